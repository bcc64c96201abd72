/** What a person wants to know about a tenant's rollups, in bounded reads. */
import { budgetBytes, current, isOverBudget, type Counted } from "../../../../lib/cost/upkeep.js";
import { wallClock } from "../../../../lib/time/calendar.js";
import { v, type Infer } from "convex/values";
import { newestOfTenant } from "../log/cubeLog.js";
import { foldPosition, foldState, oldestUnfolded, readLog } from "../log/reader.js";
import { lagOf } from "./lag.js";
import { punctualityOf, vPunctuality, vWorker } from "./punctuality.js";
import { components } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import type { Limits } from "../limits/limits.js";
import { sourcesHealth, vSourceHealth } from "../expiry/health.js";
import { ordersHealth, vOrderHealth } from "./ordersHealth.js";
import { readAwake } from "../wake/awake.js";
import { workerName } from "../wake/status.js";
import { readRestores } from "../retention/restore.js";
import { vGranularity, vStatus } from "../schema/validators.js";
import {
  verificationHealth,
  vRollupVerified,
  vVerificationHealth,
} from "../verification/health.js";
import { alertHealth, vAlertHealth } from "../alerts/health.js";
import { FreshnessReader } from "../alerts/rollupFreshness.js";
import { readBackfills, readStates } from "../generations/states.js";
import { vLevel } from "../schema/alerts.js";

/** Counting stops here; a figure at the bound means "at least". */
const COUNT_MAX = 100;
/** … and where log rows are large, before: a look at a backlog takes a tenth of a second then. */
const LOG_BYTES_MAX = 512 * 1024;

const vProgress = v.object({
  cube: v.string(),
  rollups: v.array(v.string()),
  documents: v.number(),
  /** 0 to 1, or null when the source was empty at the start. */
  progress: v.union(v.number(), v.null()),
  documentsPerSecond: v.number(),
  startedAt: v.number(),
});

export const vHealth = v.object({
  tenantId: v.string(),
  /**
   * How upkeep asks the app: as this call does, by a handle of another module, which may lead nowhere,
   * or not at all, before the first captured write or `start`.
   */
  handle: v.union(v.literal("current"), v.literal("other"), v.literal("none")),
  watermark: v.string(),
  /** Age of the oldest change that is not folded, a rest included; 0 where there is none. */
  lagMs: v.number(),
  /** Log rows not yet folded, at most 100; fewer are counted where they are large. */
  backlog: v.number(),
  worker: vWorker,
  ...vPunctuality,
  rollups: v.array(
    v.object({
      cube: v.string(),
      rollup: v.string(),
      generation: v.number(),
      status: vStatus,
      degraded: v.boolean(),
      /** Why the status is "failed". */
      failure: v.union(v.null(), v.object({ code: v.string(), message: v.string() })),
      /** Levels that are kept for a limited time: from which local date on they answer, and are stored. */
      coverage: v.array(
        v.object({
          granularity: vGranularity,
          from: v.union(v.string(), v.null()),
          storedFrom: v.union(v.string(), v.null()),
        }),
      ),
      progress: v.union(v.number(), v.null()),
      /** With their index, by the sizes of the newest tiles; null before these are taken, which is after a pass. */
      storedBytes: v.union(v.number(), v.null()),
      /** Of `upkeep`, by what a change cost in the last large fold, as if cubes changed alike; null before one. */
      upkeepShare: v.union(v.number(), v.null()),
      /** Against the target of the rollup; null where it has none, and for a generation that goes. */
      freshness: v.union(
        v.null(),
        v.object({
          warnMs: v.union(v.number(), v.null()),
          errorMs: v.union(v.number(), v.null()),
          /** Of the oldest change that it has not folded, or of its build; 0 where it has all, null where it has failed. */
          ageMs: v.union(v.number(), v.null()),
          /** As it is now; `alerts` has what was told of it. */
          state: vLevel,
          /** Epoch ms; null where it is "ok", and where it has failed. */
          since: v.union(v.number(), v.null()),
        }),
      ),
      ...vRollupVerified,
    }),
  ),
  /** What folds took since their month began. Backfills, repairs and verification are not in it. */
  upkeep: v.object({
    since: v.number(),
    calls: v.number(),
    bytesRead: v.number(),
    bytesWritten: v.number(),
  }),
  /** Of `limits.cost`; null without one. A call counts as 10 KB. `isSlow`: folds rest longer until the month ends. */
  budget: v.union(
    v.null(),
    v.object({
      megabytesPerMonth: v.number(),
      usedMegabytes: v.number(),
      isOver: v.boolean(),
      isSlow: v.boolean(),
    }),
  ),
  orderStatistics: v.array(vOrderHealth),
  /** Cubes whose records expire, or have. */
  sources: v.array(vSourceHealth),
  backfills: v.array(vProgress),
  /** Expired tiles on their way back, or the reason why they do not come. */
  restores: v.array(
    v.object({
      rollup: v.string(),
      granularity: vGranularity,
      from: v.union(v.string(), v.null()),
      status: v.string(),
      error: v.union(v.null(), v.object({ code: v.string(), message: v.string() })),
    }),
  ),
  /** At most 100 each. */
  deadLetters: v.number(),
  repairs: v.number(),
  /** Buckets among these that verification found wrong, and that are not restored yet. */
  drifts: v.number(),
  /** The continuous comparison of tiles with the source; null before its first step. */
  verification: v.union(v.null(), vVerificationHealth),
  /** Null where the app wants none. */
  alerts: v.union(v.null(), vAlertHealth),
});

export async function tenantHealth(
  ctx: QueryCtx,
  tenantId: string,
): Promise<Infer<typeof vHealth>> {
  const position = await foldPosition(ctx, tenantId);
  const [
    newest,
    log,
    states,
    backfills,
    deadLetters,
    repairs,
    worker,
    { verification, verifiedOf },
    restores,
    awake,
  ] = await Promise.all([
    newestOfTenant(ctx, tenantId),
    readLog(ctx, { tenantId }, position, {
      changes: Infinity,
      rows: COUNT_MAX,
      bytes: LOG_BYTES_MAX,
    }),
    readStates(ctx, tenantId),
    readBackfills(ctx, tenantId),
    ctx.db
      .query("deadLetters")
      .withIndex("by_record", (q) => q.eq("tenantId", tenantId))
      .take(COUNT_MAX),
    ctx.db
      .query("repairs")
      .withIndex("by_place", (q) => q.eq("tenantId", tenantId))
      .take(COUNT_MAX),
    ctx.runQuery(components.batchWorker.lib.status, { name: workerName(tenantId) }),
    verificationHealth(ctx, tenantId),
    readRestores(ctx, tenantId),
    readAwake(ctx, tenantId),
  ]);
  const [fold, sizes] = await Promise.all([
    foldState(ctx, tenantId),
    ctx.db
      .query("tileSizes")
      .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId))
      .take(COUNT_MAX),
  ]);
  const upkeep = current(fold?.upkeep ?? null, ctx.now);
  const stored: Record<string, number> = Object.assign({}, ...sizes.map((one) => one.stored ?? {}));
  const shares = sharesOf(fold?.costs ?? []);
  const kind = worker?.kind ?? "absent";
  const { lagMs } = lagOf(ctx, await oldestUnfolded(ctx, { tenantId }, position));
  const config = await ctx.db.query("config").first();
  const handle = config === null ? "none" : config.source === ctx.app.source ? "current" : "other";
  const fresh = new FreshnessReader(ctx, tenantId, ctx.app.freshness, backfills);
  const freshness = new Map(
    await Promise.all(
      states.map(async (state) => [state._id, await freshOf(fresh, state)] as const),
    ),
  );
  const progress = backfills.map((backfill) => ({ backfill, ...progressOf(backfill) }));
  return {
    tenantId,
    handle,
    watermark: newest.toString(),
    lagMs,
    backlog: log.rows.length,
    worker: kind,
    ...punctualityOf(ctx, kind, awake, lagMs > 0),
    upkeep,
    budget: budgetOf(upkeep, ctx.app.limits.cost),
    orderStatistics: await ordersHealth(ctx, tenantId),
    sources: await sourcesHealth(ctx, tenantId),
    rollups: states.map(
      ({
        _id,
        cube,
        rollup,
        generation,
        status,
        degraded,
        failure = null,
        definition,
        coverage = [],
      }) => ({
        cube,
        rollup,
        generation,
        status,
        degraded,
        failure,
        coverage: coverage.map(({ granularity, servedFrom, storedFrom }) => ({
          granularity,
          from: localDate(definition.timezone, servedFrom),
          storedFrom: localDate(definition.timezone, storedFrom),
        })),
        progress:
          progress.find(
            ({ backfill }) =>
              backfill.cube === cube &&
              backfill.generations.some(
                (built) => built.rollup === rollup && built.generation === generation,
              ),
          )?.progress ?? null,
        storedBytes: stored[`${cube}.${rollup}@${generation}`] ?? null,
        upkeepShare: shares.get(_id) ?? null,
        freshness: freshness.get(_id) ?? null,
        ...verifiedOf({ _id }),
      }),
    ),
    backfills: progress.map(({ backfill, ...figures }) => ({
      cube: backfill.cube,
      rollups: backfill.generations.map(({ rollup }) => rollup),
      documents: backfill.documents,
      startedAt: backfill.startedAt,
      ...figures,
    })),
    restores: restores.flatMap(({ state: id, granularity, from, status, error }) => {
      const state = states.find(({ _id }) => _id === id);
      if (state === undefined) return [];
      const { cube, rollup, definition } = state;
      const date = localDate(definition.timezone, from);
      return [{ rollup: `${cube}.${rollup}`, granularity, from: date, status, error }];
    }),
    deadLetters: deadLetters.length,
    repairs: repairs.length,
    drifts: repairs.filter(({ isFound }) => isFound === true).length,
    verification,
    alerts: ctx.app.alerts === undefined ? null : await alertHealth(ctx, tenantId),
  };
}

async function freshOf(reader: FreshnessReader, one: Doc<"rollupStates">) {
  const found = await reader.of(one);
  if (found === null) return null;
  const { target, ageMs, state, since } = found;
  return { warnMs: target.warn ?? null, errorMs: target.error ?? null, ageMs, state, since };
}

function sharesOf(costs: NonNullable<Doc<"foldStates">["costs"]>): Map<string, number> {
  const all = costs.reduce((sum, { us }) => sum + us, 0);
  return new Map(all === 0 ? [] : costs.map(({ state, us }) => [state, us / all]));
}

function budgetOf(upkeep: Counted, { megabytesPerMonth, slow }: Limits["cost"]) {
  if (megabytesPerMonth === 0) return null;
  const isOver = isOverBudget(upkeep, megabytesPerMonth);
  const usedMegabytes = budgetBytes(upkeep) / 1e6;
  return { megabytesPerMonth, usedMegabytes, isOver, isSlow: isOver && slow > 0 };
}

function localDate(zone: string, t: number | null): string | null {
  return t === null ? null : wallClock(zone, t).slice(0, 10);
}

/** The share of the source, by time of creation, that a backfill has passed. */
function progressOf(backfill: {
  cursor: null | "end" | { createdAt: number };
  firstCreatedAt: number | null;
  lastCreatedAt: number | null;
  documents: number;
  startedAt: number;
  updatedAt: number;
}): { progress: number | null; documentsPerSecond: number } {
  const { cursor, firstCreatedAt, lastCreatedAt, documents, startedAt, updatedAt } = backfill;
  const seconds = Math.max(1, updatedAt - startedAt) / 1000;
  const documentsPerSecond = Math.round(documents / seconds);
  if (cursor === "end") return { progress: 1, documentsPerSecond };
  if (firstCreatedAt === null || lastCreatedAt === null) {
    return { progress: null, documentsPerSecond };
  }
  if (cursor === null) return { progress: 0, documentsPerSecond };
  const span = lastCreatedAt - firstCreatedAt;
  const passed = span === 0 ? 1 : (cursor.createdAt - firstCreatedAt) / span;
  return { progress: Math.min(1, Math.max(0, passed)), documentsPerSecond };
}
