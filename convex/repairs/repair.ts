/** Restoring lost extremes in tiles; see `plan.ts` for where their values come from. */
import { repairFromCells, repairFromFiner } from "../../lib/fold/repairPartition";
import { bucketStart, nextBucket } from "../../lib/time/calendar";
import { decodeTile } from "../../lib/tiles/codec";
import type { Cell } from "../../lib/tiles/tile";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx } from "../_generated/server";
import type { RepairPlan } from "../fold/work";
import { rollupKey, type Generation, type TileCache } from "../tiles/store";

/** The generation that a state row describes. */
export function generationOf(state: Doc<"rollupStates">): Generation {
  return {
    tenantId: state.tenantId,
    rollup: rollupKey(state.definition),
    generation: state.generation,
    definition: state.definition,
  };
}

/**
 * Carries out repairs on tiles that are folded up to the plan's snapshot. A partition without pending
 * cells leaves the queue; one whose values could not be had stays.
 */
export async function applyRepairs(
  ctx: MutationCtx,
  cache: TileCache,
  states: Doc<"rollupStates">[],
  repairs: RepairPlan[],
): Promise<void> {
  for (const plan of repairs) {
    const state = states.find(({ _id }) => _id === plan.state);
    const rank = state?.definition.levels.findIndex(
      ({ granularity }) => granularity === plan.granularity,
    );
    if (state === undefined || rank === undefined) continue;
    const level = state.definition.levels[rank];
    if (level === undefined) continue;
    const generation = generationOf(state);
    const chunks = await cache.chunks(generation, level, plan.partitionStart);
    const finer = state.definition.levels[rank - 1];
    const put =
      finer === undefined
        ? repairFromCells(state.definition, level, plan.partitionStart, chunks, plan.cells)
        : repairFromFiner(
            state.definition,
            level,
            plan.partitionStart,
            chunks,
            await finerCells(cache, generation, level, finer, plan.partitionStart, chunks),
          );
    cache.apply({ generation, level, partitionStart: plan.partitionStart, put, drop: [] });
    const left = await cache.chunks(generation, level, plan.partitionStart);
    if (left.every(({ pending }) => pending.length === 0)) {
      await ctx.db.delete("repairs", plan.repair);
    }
  }
}

/** The cells of the next finer level in every bucket that holds a pending cell. */
async function finerCells(
  cache: TileCache,
  generation: Generation,
  level: Generation["definition"]["levels"][number],
  finer: Generation["definition"]["levels"][number],
  partitionStart: number,
  chunks: Awaited<ReturnType<TileCache["chunks"]>>,
): Promise<Cell[]> {
  const { definition } = generation;
  const zone = definition.timezone;
  const pending = chunks
    .flatMap((tile) => decodeTile(definition, level, partitionStart, tile))
    .filter((cell) => cell.pending !== 0);
  const cells: Cell[] = [];
  for (const bucket of new Set(pending.map((cell) => cell.bucket))) {
    const end = nextBucket(level.granularity, zone, bucket);
    let start = bucketStart(finer.partition, zone, bucket);
    while (start < end) {
      for (const tile of await cache.chunks(generation, finer, start)) {
        cells.push(
          ...decodeTile(definition, finer, start, tile).filter(
            (cell) => cell.bucket >= bucket && cell.bucket < end,
          ),
        );
      }
      start = nextBucket(finer.partition, zone, start);
    }
  }
  return cells;
}

/** Queues every changed partition that holds a pending cell, once. */
export async function queueRepairs(ctx: MutationCtx, cache: TileCache): Promise<void> {
  for (const { generation, level, partitionStart } of cache.pendingPartitions()) {
    const place = {
      tenantId: generation.tenantId,
      rollup: generation.rollup,
      generation: generation.generation,
      granularity: level.granularity,
      partitionStart,
    };
    const queued = await ctx.db
      .query("repairs")
      .withIndex("by_tenant", (q) =>
        q
          .eq("tenantId", place.tenantId)
          .eq("rollup", place.rollup)
          .eq("generation", place.generation)
          .eq("granularity", place.granularity)
          .eq("partitionStart", partitionStart),
      )
      .first();
    if (queued === null) await ctx.db.insert("repairs", place);
  }
}
