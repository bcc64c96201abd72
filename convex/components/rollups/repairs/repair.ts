/** Restoring tiles; see `plan.ts` for where the true values come from. */
import { repairFromCells, repairFromFiner } from "../../../../lib/fold/repairPartition.js";
import { RollupsError } from "../../../../lib/errors.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { coveredFrom, storedFrom, finerLevel } from "../../../../lib/tiles/coverage.js";
import { decodeTile } from "../../../../lib/tiles/codec.js";
import type { Cell, TileColumns } from "../../../../lib/tiles/tile.js";
import { bucketStart, nextBucket } from "../../../../lib/time/calendar.js";
import { bucketOfError, mergeInto } from "../../../../lib/verification/mergeInto.js";
import { isRestored, replaceBucket } from "../../../../lib/verification/replaceBucket.js";
import { placeKey } from "../../../../lib/verification/trueCells.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import type { Budget } from "../transaction/budget.js";
import type { RepairPlan } from "../schema/work.js";
import { markSpanStale } from "../archives/archives.js";
import { failState, unrestorable } from "../generations/failState.js";
import { type TileCache } from "../tiles/store.js";
import { queueDrift, queueExtreme, queueRebuild } from "./queue.js";
import { rollupKey } from "../generations/generation.js";
import type { Generation } from "../generations/generation.js";
import { generationOf } from "../generations/generation.js";

/** One partition under repair. */
interface Site {
  generation: Generation;
  level: Level;
  /** Its place among the levels, finest first. */
  rank: number;
  /** The level that its buckets from `coveredFrom` on are made of; those before need the source. */
  finer: Level | null;
  coveredFrom: number;
  coarser: Level | undefined;
  partitionStart: number;
}

/**
 * Carries out repairs on tiles of generations that are folded up to the plan's snapshot, as many as the
 * iteration may take on. What is restored leaves the queue; what could not be had stays.
 */
export async function applyRepairs(
  ctx: MutationCtx,
  cache: TileCache,
  budget: Budget,
  states: Doc<"rollupStates">[],
  repairs: RepairPlan[],
  isCurrent: (state: Id<"rollupStates">) => boolean,
): Promise<void> {
  const read: ReadPartition = (generation, level, partitionStart) =>
    cache.whole(generation, level, partitionStart, () => budget.mayGrow(cache.loaded));
  for (const plan of repairs) {
    if (!isCurrent(plan.state)) continue;
    if (cache.loaded.ranges > 0 && budget.workLeft(cache.loaded) <= 0) return;
    const state = states.find(({ _id }) => _id === plan.state);
    const levels = state?.definition.levels ?? [];
    const rank = levels.findIndex(({ granularity }) => granularity === plan.granularity);
    const level = levels[rank];
    if (state === undefined || level === undefined) continue;
    // A plan that is delivered twice finds its repairs done.
    if ((await ctx.db.get("repairs", plan.repair)) === null) continue;
    const generation = generationOf(state);
    const { definition, coverage } = generation;
    const finer = finerLevel(definition, level);
    const site: Site = {
      generation,
      level,
      rank,
      finer,
      coveredFrom: coveredFrom(definition, coverage, level, finer),
      coarser: levels[rank + 1],
      partitionStart: plan.partitionStart,
    };
    if (plan.partitionStart < storedFrom(coverage, level)) {
      await ctx.db.delete("repairs", plan.repair);
      await passOn(ctx, state, site, plan);
      continue;
    }
    const { bucket, sourceFrom } = plan;
    const isGone = bucket !== null && sourceFrom !== null && bucket < sourceFrom;
    if (isGone && bucket < site.coveredFrom) {
      await ctx.db.delete("repairs", plan.repair);
      await failState(ctx, state._id, unrestorable(bucket));
      continue;
    }
    const isFresh = cache.loaded.documents === 0;
    const done = await restore(ctx, cache, read, site, plan).catch((error: unknown) => {
      if (error instanceof RollupsError && isBeyondRepair(error)) return error;
      throw error;
    });
    if (done === false) continue;
    // It, and what comes after it, stays in the queue until it has a transaction to itself.
    if (done !== true && !isFresh) return;
    if (done !== true && done.code === "CardinalityExceeded") {
      return await restoreInPieces(ctx, site, plan);
    }
    await ctx.db.delete("repairs", plan.repair);
    if (done !== true) return await giveUp(ctx, state, done);
    if (plan.kind === "drift") await endDegradation(ctx, state);
  }
}

/** A partition that cannot be looked at whole: its bucket, or else each of its buckets, is a large one. */
async function restoreInPieces(
  ctx: MutationCtx,
  { generation, level, partitionStart, coveredFrom }: Site,
  { kind, repair, sourceFrom }: RepairPlan,
): Promise<void> {
  if (kind === "drift") return await ctx.db.patch("repairs", repair, { isLarge: true });
  const { timezone } = generation.definition;
  const end = nextBucket(level.partition, timezone, partitionStart);
  let bucket = partitionStart;
  while (bucket < end) {
    // What is lost before the time that records reach back to stays so.
    const isLost = bucket < coveredFrom && bucket < (sourceFrom ?? -Infinity);
    if (!isLost) await queueDrift(ctx, generation, level, bucket, { isLarge: true });
    bucket = nextBucket(level.granularity, timezone, bucket);
  }
  await ctx.db.delete("repairs", repair);
}

/** Whether nothing can be restored in the tiles as they are. */
export function isBeyondRepair({ code }: RollupsError): boolean {
  return code === "CardinalityExceeded" || code === "TileTooLarge" || code === "CorruptTile";
}

/** A generation that cannot be maintained any more fails; one with a tile that cannot be read is built again. */
export async function giveUp(
  ctx: MutationCtx,
  state: Doc<"rollupStates">,
  error: RollupsError,
): Promise<void> {
  if (error.code === "CorruptTile") await queueRebuild(ctx, generationOf(state));
  else await failState(ctx, state._id, error);
}

/** What is not kept any more is not restored; the levels that are have to be. */
async function passOn(
  ctx: MutationCtx,
  state: Doc<"rollupStates">,
  { generation, coarser }: Site,
  { bucket }: RepairPlan,
): Promise<void> {
  if (bucket === null) return;
  if (coarser !== undefined) await queueDrift(ctx, generation, coarser, bucket);
  await endDegradation(ctx, state);
}

/** All chunks of a partition. Throws `CardinalityExceeded` where they do not fit any more. */
type ReadPartition = (
  generation: Generation,
  level: Level,
  partitionStart: number,
) => Promise<TileColumns[]>;

async function restore(
  ctx: MutationCtx,
  cache: TileCache,
  read: ReadPartition,
  site: Site,
  plan: RepairPlan,
): Promise<boolean> {
  if (plan.bucket === null) return await restoreExtremes(ctx, cache, read, site, plan);
  return await restoreBucket(ctx, cache, read, site, plan, plan.bucket);
}

/**
 * Gives the lost extremes of a partition their values. Where the cells that they are restored from do
 * not have them, tiles contradict those cells: somebody has written past capture, and the whole bucket
 * is rewritten. False while something waits.
 */
async function restoreExtremes(
  ctx: MutationCtx,
  cache: TileCache,
  read: ReadPartition,
  site: Site,
  plan: RepairPlan,
): Promise<boolean> {
  const { generation, level, partitionStart } = site;
  const { definition } = generation;
  const chunks = await read(generation, level, partitionStart);
  const pending = chunks
    .flatMap((tile) => decodeTile(definition, level, partitionStart, tile))
    .filter((cell) => cell.pending !== 0);
  const below: Cell[] = [];
  for (const bucket of new Set(pending.map(({ bucket }) => bucket))) {
    if (bucket >= site.coveredFrom) below.push(...(await finerCells(read, site, bucket)));
  }
  const place = { generation, level, partitionStart, drop: [] };
  const put = repairFromFiner(definition, level, partitionStart, chunks, below);
  cache.apply({ ...place, put });
  const half = await read(generation, level, partitionStart);
  const cells = plan.cells ?? [];
  cache.apply({
    ...place,
    put: repairFromCells(definition, level, partitionStart, half, cells),
  });
  const left = await read(generation, level, partitionStart);
  // What is lost before the time that records reach back to stays so, and is refused by name.
  const { sourceFrom } = plan;
  const isLost = (bucket: number) => sourceFrom !== null && bucket < sourceFrom;
  const waiting = new Set(
    below
      .filter(({ pending }) => pending !== 0)
      .map(({ bucket }) => bucketStart(level.granularity, definition.timezone, bucket)),
  );
  const isKnown = (bucket: number) =>
    bucket < site.coveredFrom ? plan.read.includes(bucket) : !waiting.has(bucket);
  const unfound = left
    .filter((chunk) => chunk.pending.length > 0)
    .flatMap((chunk) => decodeTile(definition, level, partitionStart, chunk))
    .filter((cell) => cell.pending !== 0);
  if (unfound.length < pending.length) {
    // An archive has them pending, and may outlive the records that they were found in.
    await markSpanStale(ctx, generation, [level], partitionStart, partitionStart + 1);
  }
  const stillPending = unfound.map(({ bucket }) => bucket).filter((bucket) => !isLost(bucket));
  for (const bucket of new Set(stillPending.filter(isKnown))) {
    await queueDrift(ctx, generation, level, bucket);
  }
  return stillPending.every(isKnown);
}

/** Rewrites one bucket, and has the next coarser level do the same. */
async function restoreBucket(
  ctx: MutationCtx,
  cache: TileCache,
  read: ReadPartition,
  site: Site,
  plan: RepairPlan,
  bucket: number,
): Promise<boolean> {
  const { generation, level, coarser, partitionStart } = site;
  const { definition } = generation;
  const isCovered = bucket >= site.coveredFrom;
  if (!isCovered && plan.cells === null) return false;
  const truth = isCovered
    ? mergedFrom(site, await finerCells(read, site, bucket))
    : new Map((plan.cells ?? []).map((cell) => [placeKey(cell), { ...cell, pending: 0 }]));
  if (typeof truth === "number") {
    // The finer bucket first: when it is restored, this one is queued again.
    await queueDrift(ctx, generation, site.finer ?? level, truth);
    return true;
  }
  const chunks = await read(generation, level, partitionStart);
  const wasRight = isRestored(definition, level, partitionStart, chunks, bucket, truth);
  const replaced = replaceBucket(
    definition,
    level,
    partitionStart,
    chunks,
    bucket,
    truth,
    null,
    cache.chunkLimits,
  );
  cache.apply({ generation, level, partitionStart, ...replaced });
  // Of finer levels it says nothing new where it is made of them: what was wrong there was marked then.
  const wrong = isCovered ? [level] : definition.levels.slice(0, site.rank + 1);
  const end = nextBucket(level.granularity, definition.timezone, bucket);
  await markSpanStale(ctx, generation, wrong, bucket, end);
  if (coarser === undefined) return true;
  // A bucket that reaches back before the records cannot be restored, and need not be where nothing was wrong.
  if (wasRight && isBeyondRecords(site, plan, coarser, bucket)) return true;
  await queueDrift(ctx, generation, coarser, bucket);
  return true;
}

/** Whether the bucket of the next coarser level is neither made of this level nor of records that are there. */
function isBeyondRecords(
  { generation: { definition, coverage }, level }: Site,
  { sourceFrom }: RepairPlan,
  coarser: Level,
  t: number,
): boolean {
  const start = bucketStart(coarser.granularity, definition.timezone, t);
  const isGone = sourceFrom !== null && start < sourceFrom;
  return isGone && start < coveredFrom(definition, coverage, coarser, level);
}

/** What finer cells make of the level's buckets, or the bucket of one that cannot be read. */
function mergedFrom({ generation, level }: Site, cells: Cell[]): Map<string, Cell> | number {
  try {
    return mergeInto(generation.definition, level.granularity, cells);
  } catch (error) {
    return bucketOfError(error);
  }
}

/** The cells of the next finer level within one bucket. */
async function finerCells(
  read: ReadPartition,
  { generation, level, finer }: Site,
  bucket: number,
): Promise<Cell[]> {
  if (finer === null) return [];
  const { definition } = generation;
  const zone = definition.timezone;
  const end = nextBucket(level.granularity, zone, bucket);
  const cells: Cell[] = [];
  let start = bucketStart(finer.partition, zone, bucket);
  while (start < end) {
    for (const tile of await read(generation, finer, start)) {
      for (const cell of decodeTile(definition, finer, start, tile)) {
        if (cell.bucket >= bucket && cell.bucket < end) cells.push(cell);
      }
    }
    start = nextBucket(finer.partition, zone, start);
  }
  return cells;
}

/** A generation without drift left serves again, whatever was set aside from it. */
export async function endDegradation(ctx: MutationCtx, state: Doc<"rollupStates">): Promise<void> {
  const current = await ctx.db.get("rollupStates", state._id);
  if (current === null || !current.degraded) return;
  const left = await ctx.db
    .query("repairs")
    .withIndex("by_place", (q) =>
      q
        .eq("tenantId", state.tenantId)
        .eq("kind", "drift")
        .eq("rollup", rollupKey(state.definition))
        .eq("generation", state.generation),
    )
    .first();
  if (left === null) await ctx.db.patch("rollupStates", state._id, { degraded: false });
}

/** Queues every changed partition that holds a pending cell, once. */
export async function queueRepairs(ctx: MutationCtx, cache: TileCache): Promise<boolean> {
  const pending = [...cache.pendingPartitions()];
  for (const { generation, level, partitionStart } of pending) {
    await queueExtreme(ctx, generation, level, partitionStart);
  }
  return pending.length > 0;
}
