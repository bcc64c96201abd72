import { v } from "convex/values";
import { internalQuery } from "./_generated/server";
import { mutation } from "./rollups";

export const sell = mutation({
  args: {
    sku: v.string(),
    isOnline: v.optional(v.boolean()),
    price: v.number(),
    soldAt: v.number(),
  },
  handler: (ctx, sale) => ctx.db.insert("sales", sale),
});

export const all = internalQuery({ args: {}, handler: (ctx) => ctx.db.query("sales").collect() });
