/**
 * What to restore next. The finest level is re-read from the source, here, in the snapshot of the
 * plan; coarser levels are recomputed from finer tiles when the plan is carried out.
 */
import { decodeTile } from "../../lib/tiles/codec";
import { nextBucket } from "../../lib/time/calendar";
import { trueCells } from "../../lib/verification/trueCells";
import type { Level } from "../../lib/model/rollup";
import type { Doc } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";
import { mustCube } from "../fold/cubes";
import { REPAIR_PARTITIONS, REPAIR_RECORDS_MAX } from "../fold/limits";
import type { RepairPlan } from "../fold/work";
import { readTimeRange } from "../sources/scan";
import { readTiles, rollupKey } from "../tiles/store";
import { generationOf } from "./repair";

/** How many queued repairs are looked at to find the finest ones. */
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
  const queued = await Promise.all(
    (["drift", "extreme"] as const).map((kind) =>
      ctx.db
        .query("repairs")
        .withIndex("by_place", (q) => q.eq("tenantId", tenantId).eq("kind", kind))
        .take(LOOK_AHEAD),
    ),
  );
  const known = queued.flat().flatMap((repair) => {
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
  for (const { repair, state, rank } of known) {
    if (plans.length >= REPAIR_PARTITIONS) break;
    const level = state.definition.levels[rank];
    if (level === undefined) continue;
    const cells = rank === 0 ? await cellsFromSource(ctx, state, level, repair) : null;
    // What cannot be read now waits; it must not keep others from being repaired.
    if (rank === 0 && cells === null) continue;
    const { _id, kind, bucket, granularity, partitionStart } = repair;
    plans.push({ repair: _id, kind, bucket, state: state._id, granularity, partitionStart, cells });
  }
  return plans;
}

/** The true cells of the buckets to restore in a finest-level partition; null if they are too many. */
async function cellsFromSource(
  ctx: QueryCtx,
  state: Doc<"rollupStates">,
  level: Level,
  { partitionStart, bucket: drifted }: Doc<"repairs">,
): Promise<RepairPlan["cells"]> {
  const { definition } = state;
  const buckets =
    drifted === null ? await pendingBuckets(ctx, state, level, partitionStart) : [drifted];
  const cells: NonNullable<RepairPlan["cells"]> = [];
  let read = drifted !== null || buckets.length === 0;
  for (const bucket of buckets) {
    const facts = await readTimeRange(
      ctx,
      mustCube(state.cube),
      state.tenantId,
      bucket,
      nextBucket(level.granularity, definition.timezone, bucket),
      REPAIR_RECORDS_MAX,
    );
    if (facts === null) {
      if (drifted !== null) return null;
      continue;
    }
    read = true;
    for (const cell of trueCells(definition, level, facts).values()) {
      const { dimensions, bucket, values } = cell;
      cells.push({ dimensions, bucket, values });
    }
  }
  return read ? cells : null;
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

/** Requests to build serving generations anew, by generation. */
export async function readRebuilds(ctx: QueryCtx, tenantId: string): Promise<Doc<"repairs">[]> {
  return await ctx.db
    .query("repairs")
    .withIndex("by_place", (q) => q.eq("tenantId", tenantId).eq("kind", "rebuild"))
    .take(LOOK_AHEAD);
}
