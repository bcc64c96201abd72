/**
 * Which lost extremes to restore next. The finest level is re-read from the source, here, in the
 * snapshot of the plan; coarser levels are recomputed from finer tiles when the plan is carried out.
 */
import { DeltaBatch } from "../../lib/fold/deltas";
import { foldPartition } from "../../lib/fold/foldPartition";
import { decodeTile } from "../../lib/tiles/codec";
import { nextBucket } from "../../lib/time/calendar";
import type { Level } from "../../lib/model/rollup";
import type { Cell } from "../../lib/tiles/tile";
import type { Doc } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";
import { REPAIR_PARTITIONS, REPAIR_RECORDS_MAX } from "../fold/limits";
import { mustCube } from "../fold/cubes";
import { readTimeRange } from "../sources/scan";
import { readTiles, rollupKey } from "../tiles/store";
import type { RepairPlan } from "../fold/work";
import { generationOf } from "./repair";

/** How many queued partitions are looked at to find the finest ones. */
const LOOK_AHEAD = 64;

/**
 * Plans at most REPAIR_PARTITIONS repairs of serving generations, finest level first. Valid only if
 * the log is folded up to the snapshot that the plan was read in.
 */
export async function planRepairs(
  ctx: QueryCtx,
  tenantId: string,
  states: Doc<"rollupStates">[],
): Promise<RepairPlan[]> {
  const queued = await ctx.db
    .query("repairs")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .take(LOOK_AHEAD);
  const known = queued.flatMap((repair) => {
    const state = states.find(
      (candidate) =>
        candidate.status === "ready" &&
        rollupKey(candidate.definition) === repair.rollup &&
        candidate.generation === repair.generation,
    );
    const rank =
      state?.definition.levels.findIndex(({ granularity }) => granularity === repair.granularity) ??
      -1;
    return state === undefined || rank < 0 ? [] : [{ repair, state, rank }];
  });
  known.sort((a, b) => a.rank - b.rank);
  const plans: RepairPlan[] = [];
  for (const { repair, state, rank } of known.slice(0, REPAIR_PARTITIONS)) {
    const level = state.definition.levels[rank];
    if (level === undefined) continue;
    plans.push({
      repair: repair._id,
      state: state._id,
      granularity: repair.granularity,
      partitionStart: repair.partitionStart,
      cells: rank === 0 ? await cellsFromSource(ctx, state, level, repair.partitionStart) : [],
    });
  }
  return plans;
}

/** The true cells of every bucket of a finest-level partition that holds a pending one. */
async function cellsFromSource(
  ctx: QueryCtx,
  state: Doc<"rollupStates">,
  level: Level,
  partitionStart: number,
): Promise<RepairPlan["cells"]> {
  const { definition } = state;
  const tiles = await readTiles(
    ctx,
    generationOf(state),
    level.granularity,
    partitionStart,
    partitionStart + 1,
  );
  const cells = tiles.flatMap(({ tile }) => decodeTile(definition, level, partitionStart, tile));
  const buckets = new Set(cells.filter(({ pending }) => pending !== 0).map(({ bucket }) => bucket));
  const repaired: Cell[] = [];
  for (const bucket of buckets) {
    const end = nextBucket(level.granularity, definition.timezone, bucket);
    const facts = await readTimeRange(
      ctx,
      mustCube(state.cube),
      state.tenantId,
      bucket,
      end,
      REPAIR_RECORDS_MAX,
    );
    if (facts === null) continue;
    const batch = new DeltaBatch({ ...definition, levels: [level] });
    facts.forEach((after, index) =>
      batch.add({
        cube: state.cube,
        op: "insert",
        docId: String(index),
        docCreatedAt: 0,
        before: null,
        after,
      }),
    );
    for (const delta of batch.partitions()) {
      const { put } = foldPartition(definition, delta, []);
      repaired.push(...put.flatMap((tile) => decodeTile(definition, level, partitionStart, tile)));
    }
  }
  return repaired.map(({ dimensions, bucket, values }) => ({ dimensions, bucket, values }));
}
