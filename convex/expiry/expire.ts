/**
 * Letting old source records go while their rollups stay. First the time that records reach back to is
 * moved, in a transaction of its own, so that everybody stops there; only then are the records before
 * it deleted, some at a time. A crash in between leaves records that nobody looks at.
 *
 * A generation that is being built reads records and the time they reach back to; expiry reads the
 * generations being built. So of a start and a move that race, one sees the other.
 */
import type { GenericDataModel, GenericDatabaseWriter } from "convex/server";
import { v, type GenericId } from "convex/values";
import type { CubeDefinition } from "../../lib/model/cube";
import { internal } from "../_generated/api";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { expiryMutation, internalMutation, internalQuery } from "../functions";
import { readOldest } from "../sources/scan";
import { boundaryOf, expiringCubes } from "./boundary";
import { obstacleTo } from "./obstacle";
import { sourceFrom } from "./sourceFrom";

/** Tenants looked at in one run; the next run goes on where it stopped. */
const TENANTS_PER_RUN = 50;
/** Records deleted by one step: a tail of so many changes still fits beside everybody's own. */
const STEP_RECORDS = 500;
/** Records read at once, before the next look at the budget: 12 KB each at worst. */
const READ_RECORDS = 25;
/** A step goes on while it has used less than this share of every limit: what it deletes, it logs. */
const STEP_SHARE = 0.2;
/** A run goes on for so long at most, less than the time to the next one: two would get into each other's way. */
const RUN_MS = 15 * 60_000;
/** The pause between two steps, in which the worker folds and others write. */
const STEP_PAUSE_MS = 1000;

/** The cubes of a tenant that have something to expire, in a snapshot. Two documents per cube at most. */
export const due = internalQuery({
  args: { tenantId: v.string() },
  returns: v.array(v.string()),
  handler: async (ctx, { tenantId }) => {
    const tenant = await tenantOf(ctx, tenantId);
    if (tenant === null) return [];
    const cubes: string[] = [];
    for (const cube of expiringCubes()) {
      const boundary = await boundaryOf(ctx, tenant, cube);
      if (boundary !== null && (await hasRecordsBefore(ctx, tenantId, cube, boundary))) {
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
    if (expiringCubes().length === 0) return null;
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
        const until = Date.now() + RUN_MS;
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
 * Moves the time that a cube's records reach back to, or deletes some of those before it. With `until`
 * goes on until there are none, or it is that late. Does nothing while there is an obstacle;
 * `aggregates:health` names it.
 */
export const step = expiryMutation({
  args: { tenantId: v.string(), cube: v.string(), until: v.optional(v.number()) },
  returns: v.null(),
  handler: async (ctx, { tenantId, cube: name, until = 0 }) => {
    const tenant = await tenantOf(ctx, tenantId);
    const cube = expiringCubes().find((one) => one.name === name);
    if (tenant === null || cube === undefined) return null;
    const boundary = await boundaryOf(ctx, tenant, cube);
    if (boundary === null) return null;
    if ((await obstacleTo(ctx, tenant, name, boundary)) !== null) return null;
    const from = await sourceFrom(ctx, tenantId, name);
    const isLeft =
      from === null || from < boundary
        ? await move(ctx, tenantId, cube, boundary)
        : await deleteOldest(ctx, tenantId, cube, from);
    if (isLeft && Date.now() < until) {
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
  if (!(await hasRecordsBefore(ctx, tenantId, cube, from))) return false;
  const row = await ctx.db
    .query("sourceStates")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId).eq("cube", cube.name))
    .unique();
  if (row === null) await ctx.db.insert("sourceStates", { tenantId, cube: cube.name, from });
  else await ctx.db.patch("sourceStates", row._id, { from });
  return true;
}

/** Deletes a few of the oldest records before `to`; whether there may be more. */
async function deleteOldest(
  ctx: MutationCtx,
  tenantId: string,
  cube: CubeDefinition,
  to: number,
): Promise<boolean> {
  // The table is named by data here, so its type is not known.
  const db = ctx.db as unknown as GenericDatabaseWriter<GenericDataModel>;
  let deleted = 0;
  do {
    const ids = await readOldest(ctx, cube, tenantId, to, READ_RECORDS);
    for (const id of ids) await db.delete(cube.table, id as GenericId<string>);
    deleted += ids.length;
    if (ids.length < READ_RECORDS) return false;
  } while (deleted < STEP_RECORDS && (await hasRoom(ctx)));
  return true;
}

async function hasRecordsBefore(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
  cube: CubeDefinition,
  to: number,
): Promise<boolean> {
  return (await readOldest(ctx, cube, tenantId, to, 1)).length > 0;
}

async function hasRoom(ctx: MutationCtx): Promise<boolean> {
  const metrics = await ctx.meta.getTransactionMetrics();
  const { bytesWritten, documentsWritten, bytesRead, documentsRead, databaseQueries } = metrics;
  return [bytesWritten, documentsWritten, bytesRead, documentsRead, databaseQueries].every(
    ({ used, remaining }) => used <= (used + remaining) * STEP_SHARE,
  );
}

async function tenantOf(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"tenants"> | null> {
  return await ctx.db
    .query("tenants")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
}
