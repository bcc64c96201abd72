/** The unfolded changes, netted once per generation and level for all questions that add them. */
import { DeltaBatch, type CellDelta } from "../fold/deltas.js";
import type { Change } from "../fold/change.js";
import type { DimensionValue } from "../model/cube.js";
import type { Level } from "../model/rollup.js";
import type { RollupPlan } from "../planner/plan.js";
import { cellKey } from "../tiles/cellKey.js";

type Generation = Pick<RollupPlan, "rollup" | "generation">;

/** What the tail does to the cells of one level. */
export interface NettedLevel {
  /** By `keyOf`. */
  deltas: ReadonlyMap<string, CellDelta>;
  /** The buckets that they lie in. */
  buckets: ReadonlySet<number>;
}

export class HeldTail {
  private readonly netted = new Map<string, NettedLevel>();

  /** `changesOf` gives the changes that the tiles of a generation lack, in log order. */
  constructor(private readonly changesOf: (of: Generation) => readonly Change[]) {}

  /** O(changes) for the first question about a generation and level, then O(1). Throws as `DeltaBatch.add`. */
  at({ rollup, generation }: Generation, level: Level): NettedLevel {
    const key = `${rollup.cube}.${rollup.name}@${generation}/${level.granularity}`;
    let found = this.netted.get(key);
    if (found === undefined) {
      const batch = new DeltaBatch(rollup, [level]);
      for (const change of this.changesOf({ rollup, generation })) batch.add(change);
      const cells = batch.partitions().flatMap((partition) => partition.cells);
      found = {
        deltas: new Map(cells.map((delta) => [keyOf(delta), delta])),
        buckets: new Set(cells.map(({ bucket }) => bucket)),
      };
      this.netted.set(key, found);
    }
    return found;
  }
}

/** The key of a cell among those of its level. */
export function keyOf({
  bucket,
  dimensions,
}: {
  bucket: number;
  dimensions: readonly DimensionValue[];
}): string {
  return `${bucket}\0${cellKey(dimensions)}`;
}
