/** The unfolded changes, netted once per generation and level for all questions that add them. */
import { DeltaBatch, mergeDeltas, type CellDelta } from "../fold/deltas.js";
import type { Change } from "../fold/change.js";
import type { DimensionValue } from "../model/cube.js";
import type { Level, StoredRollup } from "../model/rollup.js";
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

/** What a tail of before has netted. */
export interface Earlier {
  netted: ReadonlyMap<string, NettedLevel>;
  /** Generation, as "cube.rollup@1" → how many of its changes of now, the first ones, it was netted from. */
  counts: ReadonlyMap<string, number>;
}

export class HeldTail {
  /** "cube.rollup@1/day" → what was asked for. */
  readonly netted = new Map<string, NettedLevel>();

  /** `changesOf` gives the changes that the tiles of a generation lack, in log order. */
  constructor(
    private readonly changesOf: (of: Generation) => readonly Change[],
    private readonly earlier: Earlier | null = null,
  ) {}

  /**
   * O(changes) for the first question about a generation and level, then O(1). Of what an earlier tail has netted only
   * later changes are looked at, and the deltas of cells that they leave are the same objects. Throws as `DeltaBatch.add`.
   */
  at({ rollup, generation }: Generation, level: Level): NettedLevel {
    const name = `${rollup.cube}.${rollup.name}@${generation}`;
    const key = `${name}/${level.granularity}`;
    let found = this.netted.get(key);
    if (found === undefined) {
      const changes = this.changesOf({ rollup, generation });
      const count = this.earlier?.counts.get(name);
      const known = this.earlier?.netted.get(key);
      found =
        known === undefined || count === undefined
          ? net(rollup, level, changes)
          : merge(rollup, known, net(rollup, level, changes.slice(count)));
      this.netted.set(key, found);
    }
    return found;
  }
}

function net(rollup: StoredRollup, level: Level, changes: readonly Change[]): NettedLevel {
  const batch = new DeltaBatch(rollup, [level]);
  for (const change of changes) batch.add(change);
  const cells = batch.partitions().flatMap((partition) => partition.cells);
  return {
    deltas: new Map(cells.map((delta) => [keyOf(delta), delta])),
    buckets: new Set(cells.map(({ bucket }) => bucket)),
  };
}

function merge(rollup: StoredRollup, known: NettedLevel, added: NettedLevel): NettedLevel {
  if (added.deltas.size === 0) return known;
  const deltas = new Map(known.deltas);
  for (const [key, delta] of added.deltas) {
    const before = deltas.get(key);
    const merged = before === undefined ? delta : mergeDeltas(rollup, before, delta);
    if (merged === null) deltas.delete(key);
    else deltas.set(key, merged);
  }
  return { deltas, buckets: new Set([...known.buckets, ...added.buckets]) };
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
