import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  orgs: defineTable({ name: v.string() }),
  users: defineTable({ tokenIdentifier: v.string() }).index("by_token", ["tokenIdentifier"]),
  orgMembers: defineTable({ orgId: v.id("orgs"), userId: v.id("users") }).index("by_org_and_user", [
    "orgId",
    "userId",
  ]),
  orders: defineTable({
    orgId: v.id("orgs"),
    customerId: v.string(),
    /** Cents. */
    amount: v.number(),
    status: v.union(v.literal("pending"), v.literal("paid"), v.literal("refunded")),
    createdAt: v.number(),
    items: v.array(v.object({ sku: v.string(), quantity: v.number() })),
  })
    .index("by_org", ["orgId"])
    .index("by_org_created", ["orgId", "createdAt"]),
});
