/** Restoring tiles; see `plan.ts` for where the true values come from. */
import { repairFromCells, repairFromFiner } from "../../lib/fold/repairPartition";
import { RollupsError } from "../../lib/errors";
import type { Level } from "../../lib/model/rollup";
import { decodeTile } from "../../lib/tiles/codec";
import type { Cell, TileColumns } from "../../lib/tiles/tile";
import { bucketStart, nextBucket } from "../../lib/time/calendar";
import { mergeInto } from "../../lib/verification/compareCells";
import { replaceBucket } from "../../lib/verification/replaceBucket";
import { placeKey } from "../../lib/verification/trueCells";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx } from "../_generated/server";
import type { LoadBudget } from "../fold/budget";
import type { RepairPlan } from "../fold/work";
import { failState, unrestorable } from "../rollups/failState";
import { rollupKey, type Generation, type TileCache } from "../tiles/store";
import { queueDrift, queueExtreme } from "./queue";

/** The generation that a state row describes. */
export function generationOf(state: Doc<"rollupStates">): Generation {
  return {
    tenantId: state.tenantId,
    rollup: rollupKey(state.definition),
    generation: state.generation,
    definition: state.definition,
  };
}

/** One partition under repair. */
interface Site {
  generation: Generation;
  level: Level;
  finer: Level | undefined;
  coarser: Level | undefined;
  partitionStart: number;
}

/**
 * Carries out repairs on tiles that are folded up to the plan's snapshot. What is restored leaves the
 * queue; what could not be had stays.
 */
export async function applyRepairs(
  ctx: MutationCtx,
  cache: TileCache,
  budget: LoadBudget,
  states: Doc<"rollupStates">[],
  repairs: RepairPlan[],
): Promise<void> {
  const read: ReadPartition = (generation, level, partitionStart) =>
    cache.whole(generation, level, partitionStart, () => budget.fits(cache.loaded));
  for (const plan of repairs) {
    const state = states.find(({ _id }) => _id === plan.state);
    const levels = state?.definition.levels ?? [];
    const rank = levels.findIndex(({ granularity }) => granularity === plan.granularity);
    const level = levels[rank];
    if (state === undefined || level === undefined) continue;
    // A plan that is delivered twice finds its repairs done.
    if ((await ctx.db.get("repairs", plan.repair)) === null) continue;
    const site: Site = {
      generation: generationOf(state),
      level,
      finer: levels[rank - 1],
      coarser: levels[rank + 1],
      partitionStart: plan.partitionStart,
    };
    const { bucket, sourceFrom } = plan;
    const isGone = bucket !== null && sourceFrom !== null && bucket < sourceFrom;
    if (isGone && site.finer === undefined) {
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
    await ctx.db.delete("repairs", plan.repair);
    if (done !== true) return await failState(ctx, state._id, done);
    if (plan.kind === "drift") await endDegradation(ctx, state);
  }
}

/** Whether the generation cannot be maintained any more. */
function isBeyondRepair({ code }: RollupsError): boolean {
  return code === "CardinalityExceeded" || code === "TileTooLarge";
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
  if (plan.bucket === null) return await restoreExtremes(cache, read, site, plan);
  return await restoreBucket(ctx, cache, read, site, plan, plan.bucket);
}

async function restoreExtremes(
  cache: TileCache,
  read: ReadPartition,
  site: Site,
  plan: RepairPlan,
): Promise<boolean> {
  const { generation, level, finer, partitionStart } = site;
  const { definition } = generation;
  const chunks = await read(generation, level, partitionStart);
  const pending = chunks
    .flatMap((tile) => decodeTile(definition, level, partitionStart, tile))
    .filter((cell) => cell.pending !== 0);
  const buckets = [...new Set(pending.map(({ bucket }) => bucket))];
  const below: Cell[] = [];
  if (finer !== undefined) {
    for (const bucket of buckets) below.push(...(await finerCells(read, site, finer, bucket)));
  }
  const put =
    finer === undefined
      ? repairFromCells(definition, level, partitionStart, chunks, plan.cells ?? [])
      : repairFromFiner(definition, level, partitionStart, chunks, below);
  cache.apply({ generation, level, partitionStart, put, drop: [] });
  const left = await read(generation, level, partitionStart);
  // What is lost before the time that records reach back to stays so, and is refused by name.
  const { sourceFrom } = plan;
  const isLost = (bucket: number) => sourceFrom !== null && bucket < sourceFrom;
  return left
    .filter((chunk) => chunk.pending.length > 0)
    .flatMap((chunk) => decodeTile(definition, level, partitionStart, chunk))
    .every((cell) => cell.pending === 0 || isLost(cell.bucket));
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
  const { generation, level, finer, coarser, partitionStart } = site;
  const { definition } = generation;
  if (finer === undefined && plan.cells === null) return false;
  const truth =
    finer === undefined
      ? new Map((plan.cells ?? []).map((cell) => [placeKey(cell), { ...cell, pending: 0 }]))
      : mergeInto(definition, level.granularity, await finerCells(read, site, finer, bucket));
  const chunks = await read(generation, level, partitionStart);
  const replaced = replaceBucket(definition, level, partitionStart, chunks, bucket, truth);
  cache.apply({ generation, level, partitionStart, ...replaced });
  if (coarser !== undefined) await queueDrift(ctx, generation, coarser, bucket);
  return true;
}

/** The cells of the next finer level within one bucket. */
async function finerCells(
  read: ReadPartition,
  { generation, level }: Site,
  finer: Level,
  bucket: number,
): Promise<Cell[]> {
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
async function endDegradation(ctx: MutationCtx, state: Doc<"rollupStates">): Promise<void> {
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
export async function queueRepairs(ctx: MutationCtx, cache: TileCache): Promise<void> {
  for (const { generation, level, partitionStart } of cache.pendingPartitions()) {
    await queueExtreme(ctx, generation, level, partitionStart);
  }
}
