import { v } from "convex/values";
import { internal } from "./_generated/api";
import { action, query } from "./_generated/server";
import { orgMutation } from "./functions";
import { requireMember } from "./model/auth";
import { refundOrder } from "./model/orders";
import { internalMutation, mutation } from "./rollups";

const vStatus = v.union(v.literal("pending"), v.literal("paid"), v.literal("refunded"));
const vOrder = {
  customerId: v.string(),
  amount: v.number(),
  status: vStatus,
  createdAt: v.number(),
  items: v.array(v.object({ sku: v.string(), quantity: v.number() })),
};

export const place = mutation({
  args: { orgId: v.id("orgs"), ...vOrder },
  handler: async (ctx, order) => {
    await requireMember(ctx, order.orgId);
    return await ctx.db.insert("orders", order);
  },
});

export const pay = orgMutation({
  args: { id: v.id("orders") },
  handler: async (ctx, { id }) => {
    const order = await ctx.db.get("orders", id);
    if (order?.orgId !== ctx.orgId) throw new Error("No such order.");
    await ctx.db.patch("orders", id, { status: "paid" });
  },
});

export const refund = orgMutation({
  args: { id: v.id("orders") },
  handler: (ctx, { id }) => refundOrder(ctx, id),
});

export const store = internalMutation({
  args: { orgId: v.id("orgs"), orders: v.array(v.object(vOrder)) },
  handler: async (ctx, { orgId, orders }) => {
    for (const order of orders) await ctx.db.insert("orders", { orgId, ...order });
  },
});

/** Takes over the orders of another shop. */
export const importOrders = action({
  args: { orgId: v.id("orgs"), orders: v.array(v.object(vOrder)) },
  handler: async (ctx, { orgId, orders }): Promise<void> => {
    for (let i = 0; i < orders.length; i += 100) {
      await ctx.runMutation(internal.orders.store, { orgId, orders: orders.slice(i, i + 100) });
    }
  },
});

export const list = query({
  args: { orgId: v.id("orgs") },
  handler: async (ctx, { orgId }) => {
    await requireMember(ctx, orgId);
    return await ctx.db
      .query("orders")
      .withIndex("by_org", (q) => q.eq("orgId", orgId))
      .collect();
  },
});
