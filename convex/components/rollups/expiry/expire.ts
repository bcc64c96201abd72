/**
 * Letting old source records go while their rollups stay. First the time that records reach back to is
 * moved, in a transaction of its own, so that everybody stops there; only then are the records before
 * it deleted, some at a time. A crash in between leaves records that nobody looks at.
 *
 * A generation that is being built reads records and the time they reach back to; expiry reads the
 * generations being built. So of a start and a move that race, one sees the other.
 */
import { v } from "convex/values";
import type { CubeDefinition } from "../../../../lib/model/cube.js";
import { internal } from "../_generated/api.js";
import type { MutationCtx } from "../app/ctx.js";
import { storedApp } from "../app/stored.js";
import { internalMutation, upkeepMutation, upkeepQuery } from "../functions.js";
import { hasRecordsBefore } from "../sources/scan.js";
import { boundaryOf, expiringCubes } from "./boundary.js";
import { obstacleTo } from "./obstacle.js";
import { sourceFrom } from "../sources/sourceFrom.js";

/** Tenants looked at in one run; the next run goes on where it stopped. */
const TENANTS_PER_RUN = 50;
/** A run goes on for so long at most, less than the time to the next one: two would get into each other's way. */
const RUN_MS = 15 * 60_000;
/** The pause between two steps, in which the worker folds and others write. */
const STEP_PAUSE_MS = 1000;

/** The cubes of a tenant that have something to expire, in a snapshot. Two documents per cube at most. */
export const due = upkeepQuery({
  args: {},
  returns: v.array(v.string()),
  handler: async (ctx, { tenantId }) => {
    const cubes: string[] = [];
    for (const cube of expiringCubes(ctx)) {
      const boundary = await boundaryOf(ctx, tenantId, cube);
      if (boundary !== null && (await hasRecordsBefore(ctx, cube, tenantId, boundary))) {
        cubes.push(cube.name);
      }
    }
    return cubes;
  },
});

/** Starts expiry for every tenant and cube that has something to expire, some tenants at a time. */
export const runAll = internalMutation({
  args: { after: v.optional(v.string()) },
  returns: v.null(),
  handler: async (ctx, { after }) => {
    const app = await storedApp(ctx, null);
    if (app === null || expiringCubes({ app }).length === 0) return null;
    const tenants = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.gt("tenantId", after ?? ""))
      .take(TENANTS_PER_RUN);
    for (const { tenantId } of tenants) {
      const cubes = await ctx.runQuery(
        internal.expiry.expire.due,
        { tenantId },
        { useStaleSnapshot: true },
      );
      for (const cube of cubes) {
        const until = ctx.now + RUN_MS;
        await ctx.scheduler.runAfter(0, internal.expiry.expire.step, { tenantId, cube, until });
      }
    }
    const last = tenants.at(-1);
    if (last !== undefined && tenants.length === TENANTS_PER_RUN) {
      await ctx.scheduler.runAfter(0, internal.expiry.expire.runAll, { after: last.tenantId });
    }
    return null;
  },
});

/**
 * Moves the time that a cube's records reach back to, or has the app delete some of those before it. With
 * `until` goes on until there are none, or it is that late. Does nothing while there is an obstacle;
 * `health` names it.
 */
export const step = upkeepMutation({
  args: { cube: v.string(), until: v.optional(v.number()) },
  returns: v.null(),
  handler: async (ctx, { tenantId, cube: name, until = 0 }) => {
    const cube = expiringCubes(ctx).find((one) => one.name === name);
    if (cube === undefined) return null;
    const boundary = await boundaryOf(ctx, tenantId, cube);
    if (boundary === null) return null;
    if ((await obstacleTo(ctx, tenantId, name, boundary)) !== null) return null;
    const { expire } = ctx.app;
    if (expire === null) return null;
    const from = await sourceFrom(ctx, tenantId, name);
    const isLeft =
      from === null || from < boundary
        ? await move(ctx, tenantId, cube, boundary)
        : await ctx.runMutation(expire, { cube: name, tenantId, to: from });
    if (isLeft && ctx.now < until) {
      await ctx.scheduler.runAfter(STEP_PAUSE_MS, internal.expiry.expire.step, {
        tenantId,
        cube: name,
        until,
      });
    }
    return null;
  },
});

/** Where nothing is old enough the source stays whole, and nothing is refused for nothing. */
async function move(
  ctx: MutationCtx,
  tenantId: string,
  cube: CubeDefinition,
  from: number,
): Promise<boolean> {
  if (!(await hasRecordsBefore(ctx, cube, tenantId, from))) return false;
  const row = await ctx.db
    .query("sourceStates")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId).eq("cube", cube.name))
    .unique();
  if (row === null) await ctx.db.insert("sourceStates", { tenantId, cube: cube.name, from });
  else await ctx.db.patch("sourceStates", row._id, { from });
  return true;
}
