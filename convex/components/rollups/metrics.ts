/**
 * What operators measure, from documents that upkeep keeps anyway: a reading writes nothing. Tenants that sleep have
 * nothing to fold, so the pages are of those that are awake.
 */
import { getConvexSize, v } from "convex/values";
import { alertHealth } from "./alerts/health.js";
import { targetedStates } from "./alerts/observe.js";
import { FreshnessReader } from "./alerts/rollupFreshness.js";
import { lagOf } from "./answers/lag.js";
import type { QueryCtx } from "./app/ctx.js";
import { query } from "./functions.js";
import { readBackfills, readStates } from "./generations/states.js";
import { vLevel } from "./schema/alerts.js";
import type { FreshnessTargets } from "../../../lib/model/cube.js";
import { limitsOf, type LimitOverrides } from "./limits/limits.js";
import { foldState, foldPosition, oldestUnfolded } from "./log/reader.js";
import { readChain } from "./verification/account.js";
import { readVerification } from "./verification/due.js";
import { budgetBytes, current } from "../../../lib/cost/upkeep.js";
import { start } from "../../../lib/fold/position.js";

/** The deployment as a whole, and the first tenants by name for those who have few. Reads some documents. */
export const deployment = query({
  args: { limits: v.any() },
  returns: v.object({
    workers: v.number(),
    /** Bytes that verification of all tenants has used since `since`, of what it may use in 30 days. */
    verification: v.union(
      v.null(),
      v.object({ usedBytes: v.number(), bytesPerMonth: v.number(), since: v.number() }),
    ),
    writeBytesPerSecond: v.number(),
    /** The budget of each tenant; 0 for none. */
    upkeepBytesPerMonth: v.number(),
    tenants: v.array(v.string()),
  }),
  handler: async (ctx, { limits }) => {
    const { metrics, fold, verification, cost } = limitsOf(limits as LimitOverrides);
    const [upkeep, chain, tenants] = await Promise.all([
      ctx.db.query("upkeep").first(),
      readChain(ctx),
      ctx.db.query("tenants").withIndex("by_tenant").take(metrics.tenants),
    ]);
    return {
      workers: upkeep?.workers ?? 0,
      verification: chain && {
        usedBytes: chain.used,
        bytesPerMonth: verification.megabytesPerMonth * 1e6,
        since: chain.since,
      },
      writeBytesPerSecond: fold.writeBytesPerSecond,
      upkeepBytesPerMonth: cost.megabytesPerMonth * 1e6,
      tenants: tenants.map(({ tenantId }) => tenantId),
    };
  },
});

/** Tenants that are awake, by name, behind `after`. `next` is where to go on; null at the end. */
export const page = query({
  args: { after: v.string(), limits: v.any() },
  returns: v.object({
    tenants: v.array(
      v.object({
        tenantId: v.string(),
        /** Age of the oldest change that is not folded; 0 where there is none. */
        lagMs: v.number(),
        /** How long ago the worker was due; 0 where it rests. */
        overdueMs: v.number(),
        /** How often its work is halved, as iterations were lost. */
        strikes: v.number(),
      }),
    ),
    next: v.union(v.string(), v.null()),
  }),
  handler: async (ctx, { after, limits }) => {
    const { pageTenants, pageBytes } = limitsOf(limits as LimitOverrides).metrics;
    const tenants: { tenantId: string; lagMs: number; overdueMs: number; strikes: number }[] = [];
    const awake = ctx.db.query("awake").withIndex("by_tenant", (q) => q.gt("tenantId", after));
    for await (const { tenantId, dueAt, strikes } of awake) {
      const { bytesRead } = await ctx.meta.getTransactionMetrics();
      if (tenants.length >= pageTenants || bytesRead.used >= pageBytes)
        return { tenants, next: tenants.at(-1)?.tenantId ?? after };
      const { position } = (await foldState(ctx, tenantId)) ?? { position: start };
      const { lagMs } = lagOf(ctx, await oldestUnfolded(ctx, { tenantId }, position));
      tenants.push({ tenantId, lagMs, overdueMs: Math.max(0, ctx.now - dueAt), strikes });
    }
    return { tenants, next: null };
  },
});

/** One tenant in more detail. */
export const tenant = query({
  args: {
    tenantId: v.string(),
    limits: v.any(),
    /** Targets of the rollups that are told, by "cube.rollup". */
    freshness: v.any(),
  },
  returns: v.object({
    lagMs: v.number(),
    folds: v.number(),
    foldedChanges: v.number(),
    /** What folds took since the month began; a call counts as 10 KB. */
    upkeepBytes: v.number(),
    /** Counted up to the limit, as are the next two. */
    backlogRows: v.number(),
    deadLetters: v.number(),
    repairs: v.number(),
    verification: v.union(
      v.null(),
      v.object({
        passes: v.number(),
        /** Of the last whole pass. */
        checked: v.number(),
        equal: v.number(),
        unchecked: v.number(),
        finishedAt: v.union(v.number(), v.null()),
      }),
    ),
    freshness: v.array(
      v.object({
        cube: v.string(),
        rollup: v.string(),
        /** Null where it has failed. */
        ageMs: v.union(v.number(), v.null()),
        state: vLevel,
      }),
    ),
    /** Notifications that failed so far, or were given up within the week, counted up to a bound. */
    undelivered: v.number(),
  }),
  handler: async (ctx, { tenantId, limits, freshness }) => {
    const { rows: most, rowBytes } = limitsOf(limits as LimitOverrides).metrics;
    const position = await foldPosition(ctx, tenantId);
    const [fold, oldest, row, repairs] = await Promise.all([
      foldState(ctx, tenantId),
      oldestUnfolded(ctx, { tenantId }, position),
      readVerification(ctx, tenantId),
      ctx.db
        .query("repairs")
        .withIndex("by_place", (q) => q.eq("tenantId", tenantId))
        .take(most),
    ]);
    const log = ctx.db
      .query("changeLog")
      .withIndex("by_tenant_and_commitTs", (q) =>
        q.eq("tenantId", tenantId).gte("commitTs", position.commitTs),
      );
    const letters = ctx.db
      .query("deadLetters")
      .withIndex("by_record", (q) => q.eq("tenantId", tenantId));
    // Rows of the commit that the position is in are folded already.
    const backlog = await countUpTo(log, most + position.row, rowBytes);
    return {
      lagMs: lagOf(ctx, oldest).lagMs,
      folds: fold?.folds ?? 0,
      foldedChanges: fold?.foldedChanges ?? 0,
      upkeepBytes: budgetBytes(current(fold?.upkeep ?? null, ctx.now)),
      backlogRows: Math.max(0, backlog - position.row),
      deadLetters: await countUpTo(letters, most, rowBytes),
      repairs: repairs.length,
      verification: row && {
        passes: row.passes,
        checked: row.last?.checked ?? 0,
        equal: row.last?.equal ?? 0,
        unchecked: row.last?.unchecked ?? 0,
        finishedAt: row.last?.finishedAt ?? null,
      },
      freshness: await freshnessOf(ctx, tenantId, freshness as FreshnessTargets),
      undelivered: (await alertHealth(ctx, tenantId)).undelivered.length,
    };
  },
});

/** Of the rollups with a target that the tenant has. */
async function freshnessOf(
  ctx: Pick<QueryCtx, "db" | "now">,
  tenantId: string,
  targets: FreshnessTargets,
) {
  if (Object.keys(targets).length === 0) return [];
  const [states, backfills] = await Promise.all([
    readStates(ctx, tenantId),
    readBackfills(ctx, tenantId),
  ]);
  const reader = new FreshnessReader(ctx, tenantId, targets, backfills);
  const found = targetedStates(states, targets).map(async (one) => {
    const { ageMs = null, state = "ok" as const } = { ...(await reader.of(one)) };
    return { cube: one.cube, rollup: one.rollup, ageMs, state };
  });
  return await Promise.all(found);
}

async function countUpTo(
  documents: AsyncIterable<Record<string, unknown>>,
  most: number,
  bytesMost: number,
): Promise<number> {
  let [count, bytes] = [0, 0];
  for await (const { commitTs: _, ...document } of documents) {
    count++;
    bytes += getConvexSize(document as never);
    if (count >= most || bytes >= bytesMost) break;
  }
  return count;
}
