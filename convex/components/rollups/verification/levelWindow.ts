/**
 * A level against the one that it is made of, some of its buckets or, of a large one, some of its series
 * at a time. Both are folded equally far, so one snapshot tells.
 */
import { RollupsError } from "../../../../lib/errors.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { storedFrom } from "../../../../lib/tiles/coverage.js";
import { bucketStart, nextBucket } from "../../../../lib/time/calendar.js";
import { BucketSums } from "../../../../lib/verification/bucketSums.js";
import { StoredSums } from "../../../../lib/verification/storedSums.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { firstPartition } from "../tiles/store.js";
import type { Findings } from "./findings.js";
import { readCells } from "./tileCells.js";
import { generationOf } from "../generations/generation.js";

/** Where the comparison of a level stands. */
export interface LevelPlace {
  from: number | null;
  hash: number;
}

/** Compares on from `place`; null where nothing of the level is left. */
export async function compareLevel(
  ctx: QueryCtx,
  state: Doc<"rollupStates">,
  level: Level,
  finer: Level,
  { from, hash }: LevelPlace,
  findings: Findings,
): Promise<LevelPlace | null> {
  const generation = generationOf(state);
  const { definition, coverage } = generation;
  const zone = definition.timezone;
  const start = Math.max(from ?? -Infinity, storedFrom(coverage, level));
  const after = ({ partition }: Level) =>
    start === -Infinity ? null : bucketStart(partition, zone, start);
  const firsts = await Promise.all(
    [level, finer].map((one) => firstPartition(ctx, generation, one.granularity, after(one))),
  );
  const first = Math.min(...firsts.map((one) => one ?? Infinity));
  if (first === Infinity) return null;
  const begin = Math.max(start, bucketStart(level.partition, zone, first));
  const end = nextBucket(level.partition, zone, bucketStart(level.partition, zone, begin));
  const stretch = {
    ...{ generation, levels: [level, finer], grain: level.granularity },
    ...{ from: begin, to: end },
  };
  const read = await readCells(ctx, stretch, hash);
  if (read.isBroken) findings.setBroken(state);
  const [coarse = [], fine = []] = read.cells;
  const truth = new BucketSums(definition, level);
  for (const cell of fine) {
    try {
      truth.addCell(cell);
    } catch (error) {
      if (!(error instanceof RollupsError)) throw error;
      // It is drift of its own level; restored, it has this one restored.
      const verdict = { bucket: cell.bucket, cells: 1, isEqual: false, unjudged: 0 };
      if (findings.room > 0) findings.add(state, finer, [verdict]);
    }
  }
  const stored = new StoredSums(definition, level, truth);
  for (const cell of coarse) stored.addCell(cell);
  // What a pending finer extreme makes of a coarser one is known when it is restored.
  const verdicts = stored
    .verdicts({ from: begin, to: read.upTo })
    .map((verdict) => ({ ...verdict, unjudged: 0 }));
  const cut = findings.add(state, level, verdicts);
  if (cut !== null) return { from: cut, hash: 0 };
  if (read.hashTo !== null) return { from: begin, hash: read.hashTo };
  return { from: read.upTo ?? end, hash: 0 };
}
