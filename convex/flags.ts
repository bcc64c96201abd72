/**
 * The per-tenant switch between rollups ("on", the default) and the browser fallback ("off"). A
 * subscription of its own, so changing it moves live dashboards without a reload.
 */
import { v } from "convex/values";
import { tenantMutation, tenantQuery } from "./functions.js";

const vMode = v.union(v.literal("on"), v.literal("off"));

export const get = tenantQuery({
  args: {},
  returns: v.object({ mode: vMode }),
  handler: async (ctx) => {
    const flag = await ctx.db
      .query("featureFlags")
      .withIndex("by_tenant", (q) => q.eq("tenantId", ctx.member.tenantId))
      .unique();
    return { mode: flag?.mode ?? "on" };
  },
});

/** Admins only. */
export const set = tenantMutation({
  needs: "administer",
  args: { mode: vMode },
  returns: v.null(),
  handler: async (ctx, { mode }) => {
    const { tenantId } = ctx.member;
    const flag = await ctx.db
      .query("featureFlags")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .unique();
    if (flag === null) await ctx.db.insert("featureFlags", { tenantId, mode });
    else await ctx.db.patch("featureFlags", flag._id, { mode });
    return null;
  },
});
