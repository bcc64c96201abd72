/** Carrying out what `largeBucket.ts` plans: a step of restoring a bucket that does not fit one look. */
import { RollupsError } from "../../../../lib/errors.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { finerLevel } from "../../../../lib/tiles/coverage.js";
import { decodeTile } from "../../../../lib/tiles/codec.js";
import { storedFrom } from "../../../../lib/tiles/coverage.js";
import type { Cell } from "../../../../lib/tiles/tile.js";
import { bucketStart, nextBucket } from "../../../../lib/time/calendar.js";
import {
  halfOf,
  HASHES,
  isInRange,
  type HashRange,
} from "../../../../lib/verification/collectCells.js";
import { bucketOfError, mergeInto } from "../../../../lib/verification/mergeInto.js";
import { replaceBucket } from "../../../../lib/verification/replaceBucket.js";
import { placeKey } from "../../../../lib/verification/trueCells.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import type { Budget } from "../transaction/budget.js";
import type { FoldJob } from "../schema/work.js";
import { markSpanStale } from "../archives/archives.js";
import type { TileCache } from "../tiles/store.js";
import { readProgress, type LargePlan } from "./largeBucket.js";
import { queueDrift, queueRebuild } from "./queue.js";
import { endDegradation, giveUp, isBeyondRepair } from "./repair.js";
import type { Generation } from "../generations/generation.js";
import { generationOf } from "../generations/generation.js";

/** From now on these buckets are restored in pieces; of lost extremes, the whole bucket is. */
export async function markLarge(
  ctx: MutationCtx,
  states: Doc<"rollupStates">[],
  oversized: FoldJob["oversized"],
): Promise<void> {
  for (const { repair: id, state: stateId, bucket } of oversized) {
    const repair = await ctx.db.get("repairs", id);
    const state = states.find(({ _id }) => _id === stateId);
    const level = state?.definition.levels.find(
      ({ granularity }) => granularity === repair?.granularity,
    );
    if (repair === null || state === undefined || level === undefined) continue;
    if (repair.kind === "drift") await ctx.db.patch("repairs", id, { isLarge: true });
    else await queueDrift(ctx, generationOf(state), level, bucket, { isLarge: true });
  }
}

interface Site {
  generation: Generation;
  level: Level;
  rank: number;
  partitionStart: number;
  bucket: number;
}

/**
 * Keeps what was collected, or puts a range of series in place, if the tiles are folded up to the plan's
 * snapshot. A plan that was made from other progress than there is now does nothing.
 */
export async function restoreLarge(
  ctx: MutationCtx,
  cache: TileCache,
  budget: Budget,
  states: Doc<"rollupStates">[],
  plan: LargePlan | null,
  isCurrent: (state: Id<"rollupStates">) => boolean,
): Promise<void> {
  if (plan === null) return;
  const state = states.find(({ _id }) => _id === plan.state);
  const rank =
    state?.definition.levels.findIndex(({ granularity }) => granularity === plan.granularity) ?? -1;
  const level = state?.definition.levels[rank];
  if (state === undefined || level === undefined || state.status !== "ready") return;
  const progress = await readProgress(ctx, state.tenantId);
  const isSame = progress?._id === plan.basis?.progress && progress?.step === plan.basis?.step;
  if (!isSame || (await ctx.db.get("repairs", plan.repair)) === null) return;
  const generation = generationOf(state);
  const { partitionStart, bucket } = plan;
  if (partitionStart < storedFrom(generation.coverage, level)) return;
  const site: Site = { generation, level, rank, partitionStart, bucket };
  const isAgain = progress?.repair === plan.repair && progress.again;
  const go = (range: HashRange, collected: LargePlan["collected"], again = isAgain) =>
    saveProgress(ctx, state.tenantId, progress, { repair: plan.repair, range, again, collected });
  if (plan.outcome === "impossible") {
    await queueRebuild(ctx, generation);
    return await finish(ctx, state, progress, plan);
  }
  if (plan.outcome === "reading") return await go(plan.range, plan.collected);
  if (!isCurrent(plan.state)) return;
  // In what little is left it would be cut for no reason.
  const isTight = budget.workLeft(cache.loaded) < ctx.app.limits.fold.pieceUs;
  if (cache.loaded.ranges > 0 && isTight) return;

  const isFresh = cache.loaded.documents === 0;
  try {
    const done = await putRange(ctx, cache, budget, site, plan);
    if (done === "unreadable") return await finish(ctx, state, progress, plan);
    if (done === "full") {
      const half = halfOf(plan.range);
      if (half !== null) return await go(half, narrowed(plan.collected, half));
      if (isFresh) throw tooMany(generation);
      // With a transaction to itself it may fit.
      return;
    }
  } catch (error) {
    if (!(error instanceof RollupsError) || !isBeyondRepair(error)) throw error;
    await finish(ctx, state, progress, plan);
    return await giveUp(ctx, state, error);
  }
  const { from, to } = plan.range;
  if (to < HASHES) return await go({ from: to, to: Math.min(HASHES, to + (to - from)) }, null);
  // Ranges that were put in place before a change was set aside may lack it.
  if (from > 0 && progress?.again === true)
    return await go({ from: 0, to: to - from }, null, false);
  const end = nextBucket(level.granularity, generation.definition.timezone, bucket);
  const wrong = plan.collected === null ? [level] : generation.definition.levels.slice(0, rank + 1);
  await markSpanStale(ctx, generation, wrong, bucket, end);
  const coarser = generation.definition.levels[rank + 1];
  if (coarser !== undefined) await queueDrift(ctx, generation, coarser, bucket);
  await finish(ctx, state, progress, plan);
}

function tooMany({ rollup }: Generation): RollupsError {
  const message = `${rollup} takes more room than a transaction can hold`;
  return new RollupsError("CardinalityExceeded", message, { rollup });
}

function narrowed(collected: LargePlan["collected"], range: HashRange): LargePlan["collected"] {
  return (
    collected && { ...collected, cells: collected.cells.filter((cell) => isInRange(range, cell)) }
  );
}

/** "full": the range does not fit what is left of the transaction. */
async function putRange(
  ctx: MutationCtx,
  cache: TileCache,
  budget: Budget,
  site: Site,
  { range, collected }: LargePlan,
): Promise<"done" | "full" | "unreadable"> {
  const { generation, level, partitionStart, bucket } = site;
  const { definition } = generation;
  const fits = () => budget.mayGrow(cache.loaded);
  let truth: ReadonlyMap<string, Cell>;
  if (collected !== null) {
    truth = new Map(collected.cells.map((cell) => [placeKey(cell), cell]));
  } else {
    const cells = await finerCells(cache, fits, site, range);
    if (cells === null) return "full";
    try {
      truth = mergeInto(definition, level.granularity, cells);
    } catch (error) {
      // The finer bucket first: when it is restored, this one is queued again.
      await queueDrift(ctx, generation, finerOf(site), bucketOfError(error));
      return "unreadable";
    }
  }
  if (!(await cache.loadRange(generation, level, partitionStart, range, fits))) return "full";
  const within = { level, partitionStart, cells: [...truth.values()] };
  if (!(await cache.load(generation, within, fits))) return "full";
  const chunks = cache.loadedChunks({ generation, level, partitionStart });
  const replaced = replaceBucket(
    definition,
    level,
    partitionStart,
    chunks,
    bucket,
    truth,
    range,
    cache.chunkLimits,
  );
  cache.apply({ generation, level, partitionStart, ...replaced });
  return "done";
}

function finerOf({ generation, level }: Site): Level {
  return finerLevel(generation.definition, level) ?? level;
}

/** The cells of the next finer level within the bucket, of series in the range; null where they do not fit. */
async function finerCells(
  cache: TileCache,
  fits: () => boolean,
  site: Site,
  range: HashRange,
): Promise<Cell[] | null> {
  const { generation, level, bucket } = site;
  const finer = finerOf(site);
  const { definition } = generation;
  const zone = definition.timezone;
  const end = nextBucket(level.granularity, zone, bucket);
  const cells: Cell[] = [];
  let start = bucketStart(finer.partition, zone, bucket);
  while (start < end) {
    if (!(await cache.loadRange(generation, finer, start, range, fits))) return null;
    const partition = { generation, level: finer, partitionStart: start };
    for (const tile of cache.loadedChunks(partition)) {
      for (const cell of decodeTile(definition, finer, start, tile)) {
        if (cell.bucket < bucket || cell.bucket >= end || !isInRange(range, cell)) continue;
        cells.push(cell);
      }
    }
    start = nextBucket(finer.partition, zone, start);
  }
  return cells;
}

async function saveProgress(
  ctx: MutationCtx,
  tenantId: string,
  progress: Doc<"largeRepairs"> | null,
  next: Pick<Doc<"largeRepairs">, "repair" | "range" | "again" | "collected">,
): Promise<void> {
  const row = { tenantId, step: (progress?.step ?? 0) + 1, ...next };
  if (progress === null) await ctx.db.insert("largeRepairs", row);
  else await ctx.db.replace("largeRepairs", progress._id, row);
}

async function finish(
  ctx: MutationCtx,
  state: Doc<"rollupStates">,
  progress: Doc<"largeRepairs"> | null,
  { repair }: LargePlan,
): Promise<void> {
  await ctx.db.delete("repairs", repair);
  if (progress !== null) await ctx.db.delete("largeRepairs", progress._id);
  await endDegradation(ctx, state);
}
