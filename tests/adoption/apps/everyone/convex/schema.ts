import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

/** One shop, no tenants. */
export default defineSchema({
  sales: defineTable({
    sku: v.string(),
    isOnline: v.optional(v.boolean()),
    price: v.number(),
    soldAt: v.number(),
  }).index("by_time", ["soldAt"]),
});
