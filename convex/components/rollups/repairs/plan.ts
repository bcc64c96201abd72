/**
 * What to restore next. The finest level, and what of coarser levels no finer tiles are kept for, is
 * re-read from the source, here, in the snapshot of the plan; the rest of coarser levels is recomputed
 * from finer tiles when the plan is carried out.
 */
import { coveredFrom, storedFrom, finerLevel } from "../../../../lib/tiles/coverage.js";
import { decodeTile } from "../../../../lib/tiles/codec.js";
import { bucketStart, nextBucket } from "../../../../lib/time/calendar.js";
import { trueCells } from "../../../../lib/verification/trueCells.js";
import type { Fact } from "../../../../lib/model/cube.js";
import type { Level } from "../../../../lib/model/rollup.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { isReadLike } from "../app/readings.js";
import type { RepairPlan, FoldJob } from "../schema/work.js";
import { coverageOf } from "../generations/coverage.js";
import { readTiles } from "../tiles/store.js";
import { BucketReader } from "./bucketReader.js";
import type { LargeRepair } from "./largeBucket.js";
import { rollupKey } from "../generations/generation.js";
import { generationOf } from "../generations/generation.js";

/** Queued repairs of one level that are looked at: those that cannot be read now do not count as done. */
const LOOK_AHEAD = 64;
/** A coarser partition is restored from all finer ones that it spans: about as much as so many of the finest. */
const COARSER_COST = 4;

type Kind = "drift" | "extreme";

/** What the source says of some buckets; null where none could be read. */
type Truth = Pick<RepairPlan, "read" | "cells">;

const unread: Truth = { read: [], cells: null };

/** What there is to restore. */
export interface RepairsFound {
  plans: RepairPlan[];
  /** Buckets that turned out not to fit one look. */
  oversized: FoldJob["oversized"];
  /** A bucket that is known not to: the one under way, or else the first. */
  large: LargeRepair | null;
}

/** What one plan may still take on: what all its repairs read, and hand over, together. */
interface Room {
  partitions: number;
  looks: number;
  asks: number;
  asked: Map<string, Fact[]>;
  records: number;
  cells: number;
}

/**
 * Plans repairs of serving generations, as far as one iteration goes. A coarser partition waits until
 * the finer ones within it are restored: they are what it is restored from, and however many coarser
 * ones stand in the queue, they do not keep the finer ones from being found. Valid only if the log is
 * folded up to the snapshot that the plan was read in.
 */
export async function planRepairs(
  ctx: QueryCtx,
  tenantId: string,
  states: Doc<"rollupStates">[],
  expired: ReadonlyMap<string, number>,
  progress: Pick<Doc<"largeRepairs">, "repair"> | null,
): Promise<RepairsFound> {
  const room = {
    partitions: ctx.app.limits.fold.repairPartitions,
    looks: ctx.app.limits.fold.repairLooks,
    asked: new Map<string, Fact[]>(),
    asks: ctx.app.limits.fold.repairAsks,
    records: ctx.app.limits.fold.repairRecords,
    cells: ctx.app.limits.fold.repairCells,
  };
  const found: RepairsFound = { plans: [], oversized: [], large: null };
  for (const kind of ["drift", "extreme"] as const) {
    const queued = await ctx.db
      .query("repairs")
      .withIndex("by_place", (q) => q.eq("tenantId", tenantId).eq("kind", kind))
      .first();
    if (queued === null) continue;
    for (const state of states) {
      if (state.status !== "ready") continue;
      // The running code reads the records in another way than the tiles are of.
      if (!isReadLike(state.definition, ctx.app.readings)) continue;
      const sourceFrom = expired.get(state.cube) ?? null;
      for (const rank of state.definition.levels.keys()) {
        await planLevel(ctx, kind, state, rank, room, sourceFrom, found, progress);
        if (room.partitions <= 0) {
          // The one under way may lie behind.
          if (found.large?.repair._id !== progress?.repair) found.large = null;
          return found;
        }
        // What is left waits for what was found.
        if (room.looks <= 0) return found;
      }
    }
  }
  return found;
}

async function planLevel(
  ctx: QueryCtx,
  kind: Kind,
  state: Doc<"rollupStates">,
  rank: number,
  room: Room,
  sourceFrom: number | null,
  found: RepairsFound,
  progress: Pick<Doc<"largeRepairs">, "repair"> | null,
): Promise<void> {
  const { definition } = state;
  const coverage = coverageOf(state);
  const level = definition.levels[rank] as Level;
  const finer = finerLevel(definition, level);
  const covered = coveredFrom(definition, coverage, level, finer);
  const queue = await queuedAt(ctx, kind, state, level, null, Math.min(LOOK_AHEAD, room.looks));
  room.looks -= queue.length;
  const single = queue.flatMap(({ bucket, isLarge }) =>
    bucket === null || isLarge === true ? [] : [bucket],
  );
  const reader = new BucketReader(ctx, state, level, room, single);
  for (const repair of queue) {
    if (room.partitions <= 0) break;
    const { _id, bucket, granularity, partitionStart } = repair;
    const place = { state: state._id, granularity, partitionStart, bucket };
    const plan = { repair: _id, kind, ...place, sourceFrom };
    if (partitionStart < storedFrom(coverage, level)) {
      found.plans.push({ ...plan, ...unread });
      room.partitions -= 1;
      continue;
    }
    const end = nextBucket(level.partition, definition.timezone, partitionStart);
    const isFromFiner = (bucket ?? end - 1) >= covered;
    if (isFromFiner) {
      if (room.looks <= 0) break;
      room.looks -= 1;
      if (await isWaiting(ctx, kind, state, level, finer as Level, partitionStart)) continue;
    }
    const needsSource = (bucket ?? partitionStart) < covered;
    const isGone = needsSource && bucket !== null && sourceFrom !== null && bucket < sourceFrom;
    if (repair.isLarge === true && !isGone) {
      if (found.large === null || progress?.repair === _id) {
        found.large = { repair, state, level, isFromFiner, sourceFrom };
      }
      continue;
    }
    let truth = unread;
    if (needsSource && !isGone) {
      const { oversized, ...read } = await cellsFromSource(
        ctx,
        state,
        level,
        covered,
        repair,
        room,
        sourceFrom,
        reader,
      );
      found.oversized.push(
        ...oversized.map((at) => ({ repair: _id, state: state._id, bucket: at })),
      );
      truth = read;
      // What cannot be read now waits; it must not keep others from being repaired.
      if (truth.cells === null) continue;
    }
    found.plans.push({ ...plan, ...truth });
    room.partitions -= isFromFiner ? COARSER_COST : 1;
  }
}

/** Whether a finer partition within this one is still to be restored. */
async function isWaiting(
  ctx: QueryCtx,
  kind: Kind,
  state: Doc<"rollupStates">,
  level: Level,
  finer: Level,
  partitionStart: number,
): Promise<boolean> {
  const { timezone } = state.definition;
  const from = bucketStart(finer.partition, timezone, partitionStart);
  const to = nextBucket(level.partition, timezone, partitionStart);
  return (await queuedAt(ctx, kind, state, finer, { from, to }, 1)).length > 0;
}

/** Queued repairs of one level, in order of time; of partitions that start in [from, to) only. */
async function queuedAt(
  ctx: QueryCtx,
  kind: Kind,
  { tenantId, generation, definition }: Doc<"rollupStates">,
  { granularity }: Level,
  span: { from: number; to: number } | null,
  most: number,
): Promise<Doc<"repairs">[]> {
  return await ctx.db
    .query("repairs")
    .withIndex("by_place", (q) => {
      const level = q
        .eq("tenantId", tenantId)
        .eq("kind", kind)
        .eq("rollup", rollupKey(definition))
        .eq("generation", generation)
        .eq("granularity", granularity);
      if (span === null) return level;
      return level.gte("partitionStart", span.from).lt("partitionStart", span.to);
    })
    .take(most);
}

/**
 * The true cells of the buckets to restore in a partition, of those before `covered`, which no finer
 * level can tell; none for what room is left, and none of a bucket with too many records for one look.
 */
async function cellsFromSource(
  ctx: QueryCtx,
  state: Doc<"rollupStates">,
  level: Level,
  covered: number,
  { partitionStart, bucket: drifted }: Doc<"repairs">,
  room: Room,
  sourceFrom: number | null,
  ofQueue: BucketReader,
): Promise<Truth & { oversized: number[] }> {
  const { definition } = state;
  const pending =
    drifted === null
      ? (await pendingBuckets(ctx, state, level, partitionStart)).filter((at) => at < covered)
      : [drifted];
  const buckets = pending.filter((bucket) => sourceFrom === null || bucket >= sourceFrom);
  const reader = drifted === null ? new BucketReader(ctx, state, level, room, buckets) : ofQueue;
  const cells: NonNullable<RepairPlan["cells"]> = [];
  const read: number[] = [];
  const oversized: number[] = [];
  for (const bucket of buckets) {
    // It is queued by itself already.
    if (drifted === null && (await isQueuedLarge(ctx, state, level, partitionStart, bucket)))
      continue;
    const limit = Math.min(room.records, await affordable(ctx), ctx.app.limits.fold.repairRecords);
    if (limit <= 0 || room.asks <= 0) break;
    const facts = await reader.read(bucket, limit);
    if (facts === null) {
      if (limit === ctx.app.limits.fold.repairRecords) oversized.push(bucket);
      continue;
    }
    const found = trueCells(definition, level, facts);
    if (found.size > ctx.app.limits.fold.repairCells) oversized.push(bucket);
    if (found.size > room.cells) continue;
    room.cells -= found.size;
    read.push(bucket);
    for (const { dimensions, bucket, values } of found.values()) {
      cells.push({ dimensions, bucket, values });
    }
  }
  const isRead = read.length > 0 || buckets.length === 0;
  return { ...(isRead ? { read, cells } : unread), oversized };
}

/** Whether a bucket with lost extremes waits to be restored whole. */
async function isQueuedLarge(
  ctx: QueryCtx,
  { tenantId, generation, definition }: Doc<"rollupStates">,
  { granularity }: Level,
  partitionStart: number,
  bucket: number,
): Promise<boolean> {
  const queued = await ctx.db
    .query("repairs")
    .withIndex("by_place", (q) =>
      q
        .eq("tenantId", tenantId)
        .eq("kind", "drift")
        .eq("rollup", rollupKey(definition))
        .eq("generation", generation)
        .eq("granularity", granularity)
        .eq("partitionStart", partitionStart)
        .eq("bucket", bucket),
    )
    .first();
  return queued?.isLarge === true;
}

/** Records that one look at the source may read, of what the transaction has left. */
async function affordable(ctx: QueryCtx): Promise<number> {
  const { bytesRead, documentsRead } = await ctx.meta.getTransactionMetrics();
  const used = bytesRead.used / (bytesRead.used + bytesRead.remaining);
  return used < ctx.app.limits.fold.budgetShare ? Math.floor(documentsRead.remaining / 2) : 0;
}

async function pendingBuckets(
  ctx: QueryCtx,
  state: Doc<"rollupStates">,
  level: Level,
  partitionStart: number,
): Promise<number[]> {
  const tiles = await readTiles(
    ctx,
    generationOf(state),
    level.granularity,
    partitionStart,
    partitionStart + 1,
  );
  const cells = tiles.flatMap(({ tile }) =>
    decodeTile(state.definition, level, partitionStart, tile),
  );
  return [...new Set(cells.filter(({ pending }) => pending !== 0).map(({ bucket }) => bucket))];
}

/** Requests to build serving generations again, by generation. */
export async function readRebuilds(ctx: QueryCtx, tenantId: string): Promise<Doc<"repairs">[]> {
  return await ctx.db
    .query("repairs")
    .withIndex("by_place", (q) => q.eq("tenantId", tenantId).eq("kind", "rebuild"))
    .take(LOOK_AHEAD);
}
