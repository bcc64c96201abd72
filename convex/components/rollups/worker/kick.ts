/**
 * Waking workers that have work but sleep: after a lost wake-up, after a deploy that changed cube
 * definitions, and of tenants whose records were there before the component was.
 */
import { v } from "convex/values";
import { internal } from "../_generated/api.js";
import type { MutationCtx } from "../_generated/server.js";
import type { Ask } from "../app/protocol.js";
import { storedApp } from "../app/stored.js";
import { findWork } from "../fold/plan.js";
import { internalMutation, internalQuery } from "../functions.js";

/** Tenants looked at in one run; the next run goes on where it stopped. */
const TENANTS_PER_RUN = 50;

/** Does the tenant's worker have something to do? */
export const hasWork = internalQuery({
  args: { tenantId: v.string() },
  returns: v.boolean(),
  handler: async (ctx, { tenantId }) => {
    const app = await storedApp(ctx, tenantId);
    return app !== null && (await findWork({ ...ctx, app }, tenantId)).kind === "work";
  },
});

/** Wakes every tenant's worker that has work, some tenants at a time. */
export const kickAll = internalMutation({
  args: { after: v.optional(v.string()) },
  returns: v.null(),
  handler: async (ctx, { after }) => {
    if (after === undefined) await discoverNext(ctx);
    const tenants = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.gt("tenantId", after ?? ""))
      .take(TENANTS_PER_RUN);
    for (const { tenantId } of tenants) {
      const work = await ctx.runQuery(
        internal.worker.kick.hasWork,
        { tenantId },
        { useStaleSnapshot: true },
      );
      if (work)
        await ctx.scheduler.runAfter(0, internal.wake.wake.wake, { tenantId, source: null });
    }
    const last = tenants.at(-1);
    if (last !== undefined && tenants.length === TENANTS_PER_RUN) {
      await ctx.scheduler.runAfter(0, internal.worker.kick.kickAll, { after: last.tenantId });
    }
    return null;
  },
});

/** Tenants of the app's tables after one: one document read for each. Null where the app cannot be asked. */
export const tenantsAfter = internalQuery({
  args: { after: v.union(v.string(), v.null()) },
  returns: v.union(v.null(), v.array(v.string())),
  handler: async (ctx, { after }) => {
    const app = await storedApp(ctx, null);
    if (app === null) return null;
    const ask: Ask = { op: "tenants", after, size: TENANTS_PER_RUN };
    return (await ctx.runQuery(app.source, { ask })) as string[];
  },
});

/** Wakes the workers of tenants that upkeep does not know yet; goes on by itself until all are looked at. */
export const discover = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    if (await discoverNext(ctx)) {
      await ctx.scheduler.runAfter(0, internal.worker.kick.discover, {});
    }
    return null;
  },
});

/** Looks at the next tenants of the app's tables; whether there are more. */
async function discoverNext(ctx: MutationCtx): Promise<boolean> {
  const config = await ctx.db.query("config").first();
  if (config === null) return false;
  const found: string[] | null = await ctx.runQuery(
    internal.worker.kick.tenantsAfter,
    { after: config.discoveredTo },
    { useStaleSnapshot: true },
  );
  if (found === null) return false;
  for (const tenantId of found) {
    const known = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .unique();
    if (known !== null) continue;
    await ctx.scheduler.runAfter(0, internal.wake.wake.wake, { tenantId, source: null });
  }
  const more = found.length === TENANTS_PER_RUN;
  const discoveredTo = more ? (found.at(-1) ?? null) : null;
  if (discoveredTo !== config.discoveredTo) {
    await ctx.db.patch("config", config._id, { discoveredTo });
  }
  return more;
}
