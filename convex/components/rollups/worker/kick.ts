/**
 * The walk: once a day, and after a deploy that declares something else, all tenants are looked at, for what
 * time or definitions bring. It is a chain of small links. Beside it, tenants are discovered whose records
 * were there before the component was.
 */
import { v } from "convex/values";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import type { Ask } from "../app/protocol.js";
import { storedApp } from "../app/stored.js";
import { settle } from "../fold/pace.js";
import { findWork } from "../fold/plan.js";
import { areTurnsTaken } from "../fold/turns.js";
import { internalMutation, internalQuery } from "../functions.js";
import { declaredStamp } from "../generations/stamp.js";
import { hasTail, isAsDeclared } from "./settled.js";
import { readUpkeep, writeUpkeep } from "./upkeep.js";

/** Tenants of one link: asking the app about one and planning costs some 10 ms where code is new. */
const TENANTS_PER_LINK = 10;
/** The pause between two links, in which workers start and others write. */
const LINK_PAUSE_MS = 250;
/** How long the walk waits where enough tenants build. */
const TURN_PAUSE_MS = 15_000;
/** A walk that has not moved for this long has lost its link. */
export const WALK_LOST_MS = 5 * 60_000;
/** Tenants of the app's tables that one step of discovery finds. */
const TENANTS_PER_STEP = 50;

/** Does the tenant's worker have something to do? */
export const hasWork = internalQuery({
  args: { tenantId: v.string() },
  returns: v.boolean(),
  handler: async (ctx, { tenantId }) => {
    const app = await storedApp(ctx, tenantId);
    return app !== null && (await findWork({ ...ctx, app }, tenantId)).kind === "work";
  },
});

/** Begins to walk, unless a walk is under way. With `isAnew` one that is under way begins again. */
export const kickAll = internalMutation({
  args: { isAnew: v.optional(v.boolean()) },
  returns: v.null(),
  handler: async (ctx, { isAnew = false }) => {
    const { walk } = await readUpkeep(ctx);
    const isUnderWay = walk !== null && ctx.now - walk.movedAt < WALK_LOST_MS;
    if (isUnderWay && !isAnew) return null;
    const id = (walk?.id ?? 0) + 1;
    await writeUpkeep(ctx, { walk: { id, after: "", movedAt: ctx.now } });
    await ctx.scheduler.runAfter(0, internal.worker.kick.link, { walk: id });
    await ctx.scheduler.runAfter(0, internal.worker.kick.discover, {});
    return null;
  },
});

/**
 * A link. It schedules the next one, and the look at its tenants as a mutation of its own: one that fails
 * leaves out its tenants only. A link of another walk than that under way ends.
 */
export const link = internalMutation({
  args: { walk: v.number() },
  returns: v.null(),
  handler: async (ctx, { walk: id }) => {
    const { walk } = await readUpkeep(ctx);
    if (walk?.id !== id) return null;
    const found: { mustWait: boolean; tenants: string[] } = await ctx.runQuery(
      internal.worker.kick.nextTenants,
      { after: walk.after },
      { useStaleSnapshot: true },
    );
    const { mustWait, tenants } = found;
    const last = mustWait ? walk.after : tenants.at(-1);
    if (last === undefined || (!mustWait && tenants.length < TENANTS_PER_LINK)) {
      await writeUpkeep(ctx, { walk: null });
    } else {
      const pauseMs = mustWait ? TURN_PAUSE_MS : LINK_PAUSE_MS;
      await ctx.scheduler.runAfter(pauseMs, internal.worker.kick.link, { walk: id });
      await writeUpkeep(ctx, { walk: { id, after: last, movedAt: ctx.now } });
    }
    if (!mustWait && tenants.length > 0) {
      await ctx.scheduler.runAfter(0, internal.worker.kick.kickSome, { tenants });
    }
    return null;
  },
});

/** The tenants of the next link; none yet where those that build again are enough, none at all without an app. */
export const nextTenants = internalQuery({
  args: { after: v.string() },
  returns: v.object({ mustWait: v.boolean(), tenants: v.array(v.string()) }),
  handler: async (ctx, { after }) => {
    const app = await storedApp(ctx, null);
    if (app === null) return { mustWait: false, tenants: [] };
    if (await areTurnsTaken({ ...ctx, app })) return { mustWait: true, tenants: [] };
    const tenants = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.gt("tenantId", after))
      .take(TENANTS_PER_LINK);
    return { mustWait: false, tenants: tenants.map(({ tenantId }) => tenantId) };
  },
});

/** Wakes the workers of those tenants that have work. */
export const kickSome = internalMutation({
  args: { tenants: v.array(v.string()) },
  returns: v.null(),
  handler: async (ctx, { tenants }) => {
    const stored: string[] = await ctx.runQuery(
      internal.worker.kick.notEmpty,
      { tenants },
      { useStaleSnapshot: true },
    );
    for (const tenantId of stored) {
      const looked: { hasWork: boolean; settled: number | null } = await ctx.runQuery(
        internal.worker.kick.lookAt,
        { tenantId },
        { useStaleSnapshot: true },
      );
      if (looked.settled !== null) await settle(ctx, tenantId, looked.settled);
      if (!looked.hasWork) continue;
      await ctx.scheduler.runAfter(0, internal.wake.wake.wake, { tenantId, source: null });
    }
    return null;
  },
});

/**
 * Those of some tenants that are not empty, or lack something that is declared. It asks for all at once, and an empty
 * tenant costs a few hundred bytes.
 */
export const notEmpty = internalQuery({
  args: { tenants: v.array(v.string()) },
  returns: v.array(v.string()),
  handler: async (ctx, { tenants }) => {
    const found: string[] = [];
    for (const tenantId of tenants) {
      const app = await storedApp(ctx, tenantId);
      if (app === null) continue;
      const told: QueryCtx = { ...ctx, app };
      const isNothing =
        (await isAsDeclared(told, tenantId)) &&
        !(await hasTail(told, tenantId)) &&
        (await isEmpty(told, tenantId));
      if (!isNothing) found.push(tenantId);
    }
    return found;
  },
});

/**
 * Whether a tenant's worker has something to do or to wait for; `settled` is what its row does not say yet. It
 * costs the states of its rollups, and a query of its own, as a plan may read much.
 */
export const lookAt = internalQuery({
  args: { tenantId: v.string() },
  returns: v.object({ hasWork: v.boolean(), settled: v.union(v.number(), v.null()) }),
  handler: async (ctx, { tenantId }) => {
    const nothing = { hasWork: false, settled: null };
    const app = await storedApp(ctx, tenantId);
    if (app === null) return nothing;
    const told: QueryCtx = { ...ctx, app };
    const isDeclared = await isAsDeclared(told, tenantId);
    const found = await findWork(told, tenantId);
    if (found.kind !== "idle" || found.timeoutMs !== undefined)
      return { ...nothing, hasWork: true };
    return isDeclared ? nothing : { hasWork: false, settled: declaredStamp(app) };
  },
});

/** Without tiles there is nothing that grows too old. */
async function isEmpty({ db }: Pick<QueryCtx, "db">, tenantId: string): Promise<boolean> {
  const tile: Doc<"rollupTiles"> | null = await db
    .query("rollupTiles")
    .withIndex("by_partition", (q) => q.eq("tenantId", tenantId))
    .first();
  return tile === null;
}

/** Tenants of the app's tables after one: one document read for each. Null where the app cannot be asked. */
export const tenantsAfter = internalQuery({
  args: { after: v.union(v.string(), v.null()) },
  returns: v.union(v.null(), v.array(v.string())),
  handler: async (ctx, { after }) => {
    const app = await storedApp(ctx, null);
    if (app === null) return null;
    const ask: Ask = { op: "tenants", after, size: TENANTS_PER_STEP };
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
async function discoverNext(
  ctx: Pick<MutationCtx, "db" | "runQuery" | "scheduler">,
): Promise<boolean> {
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
  const more = found.length === TENANTS_PER_STEP;
  const discoveredTo = more ? (found.at(-1) ?? null) : null;
  if (discoveredTo !== config.discoveredTo) {
    await ctx.db.patch("config", config._id, { discoveredTo });
  }
  return more;
}
