import { ConvexError, v } from "convex/values";
import { internalQuery } from "./_generated/server";
import { internalMutation, mutation } from "./rollups";

export const sell = mutation({
  args: {
    sku: v.string(),
    isOnline: v.optional(v.boolean()),
    price: v.number(),
    soldAt: v.number(),
  },
  handler: (ctx, sale) => ctx.db.insert("sales", sale),
});

/** What a file of the till says: prices in cents. */
export const importTill = internalMutation({
  args: {
    rows: v.array(v.object({ sku: v.string(), price: v.number(), soldAt: v.number() })),
  },
  handler: async (ctx, { rows }) => {
    for (const row of rows) {
      if (row.price < 0) throw new ConvexError({ code: "Refund", message: "That is a refund." });
      await ctx.db.insert("sales", { ...row, price: row.price / 100 });
    }
  },
});

export const all = internalQuery({ args: {}, handler: (ctx) => ctx.db.query("sales").collect() });
