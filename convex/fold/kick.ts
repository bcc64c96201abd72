/**
 * Waking workers that have work but sleep: after a lost wake-up, and after a deploy that changed
 * cube definitions.
 */
import { v } from "convex/values";
import { internal } from "../_generated/api";
import { internalMutation, internalQuery } from "../functions";
import { findWork } from "./plan";
import { workerName } from "./status";

/** Tenants looked at in one run; the next run goes on where it stopped. */
const TENANTS_PER_RUN = 50;

/** Does the tenant's worker have something to do? */
export const hasWork = internalQuery({
  args: { tenantId: v.string() },
  returns: v.boolean(),
  handler: async (ctx, { tenantId }) => (await findWork(ctx, workerName(tenantId))).kind === "work",
});

/** Wakes every tenant's worker that has work, some tenants at a time. */
export const kickAll = internalMutation({
  args: { after: v.optional(v.string()) },
  returns: v.null(),
  handler: async (ctx, { after }) => {
    const tenants = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.gt("tenantId", after ?? ""))
      .take(TENANTS_PER_RUN);
    for (const { tenantId } of tenants) {
      const work = await ctx.runQuery(
        internal.fold.kick.hasWork,
        { tenantId },
        { useStaleSnapshot: true },
      );
      if (work) await ctx.scheduler.runAfter(0, internal.fold.wake.wake, { tenantId });
    }
    const last = tenants.at(-1);
    if (last !== undefined && tenants.length === TENANTS_PER_RUN) {
      await ctx.scheduler.runAfter(0, internal.fold.kick.kickAll, { after: last.tenantId });
    }
    return null;
  },
});
