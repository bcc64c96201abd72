/**
 * What a batch of changes does to the cells of a rollup, netted per cell, so that the order within
 * the batch does not matter and a change that is undone within it leaves no trace.
 */
import { accumulatorKinds, inputOf, isNothing, type State } from "../measures/accumulators.js";
import type { DimensionValue, Fact } from "../model/cube.js";
import { timeOf } from "../model/fact.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { cellKey } from "../tiles/cellKey.js";
import { bucketStart } from "../time/calendar.js";
import { addToBin } from "../measures/bins.js";
import { isCounted, type Change } from "./change.js";
import { combinations } from "../facts/contributions.js";
import { countedIn } from "../facts/countedFacts.js";

export interface CellDelta {
  /** Parallel to the rollup's dimensions. */
  dimensions: DimensionValue[];
  bucket: number;
  /** Parallel to the rollup's accumulators: what to merge into additive ones; null for extremes. */
  change: (State | null)[];
  /** Parallel to the rollup's accumulators: for extremes, value → records added less removed, never 0. */
  net: (ReadonlyMap<number, number> | null)[];
}

export interface PartitionDelta {
  level: Level;
  partitionStart: number;
  cells: CellDelta[];
}

type OpenDelta = CellDelta & { net: (Map<number, number> | null)[] };

/** Deltas of one partition while they are collected: cell key → delta. */
type OpenPartition = Map<string, OpenDelta>;

/** Cells of one partition that a batch touches. */
export interface TouchedCells {
  level: Level;
  partitionStart: number;
  cells: Pick<CellDelta, "dimensions" | "bucket">[];
}

/** Collects changes, then gives the netted deltas of every partition that they touch. */
export class DeltaBatch {
  private readonly open: Map<number, OpenPartition>[];
  /** Parallel to the levels: cells touched since `takeTouched`, by partition. */
  private fresh: Map<number, OpenDelta[]>[];
  private readonly levels: readonly Level[];

  /** `levels` narrows the work to some of the rollup's levels. */
  constructor(
    private readonly rollup: StoredRollup,
    levels: readonly Level[] = rollup.levels,
  ) {
    this.levels = levels;
    this.open = levels.map(() => new Map<number, OpenPartition>());
    this.fresh = levels.map(() => new Map());
  }

  /**
   * Changes of other cubes are ignored, and so are records that expire. Throws `InvalidFact` and `TimeOutOfRange`, which leave the
   * batch as it was, and `SumOverflow`, after which it must not be used. O(levels × combinations).
   */
  add({ cube, op, before, after }: Change): void {
    if (cube !== this.rollup.cube || !isCounted({ op })) return;
    const removed = before === null ? null : this.locate(before);
    const added = after === null ? null : this.locate(after);
    if (removed !== null) this.apply(removed, -1);
    if (added !== null) this.apply(added, 1);
  }

  /** Undoes `add` of a change. Its cells stay touched. Throws like `add`. O(levels × combinations). */
  undo(change: Change): void {
    this.add({ ...change, before: change.after, after: change.before });
  }

  /** The cells that changes have touched for the first time since the last call, in order of level. */
  takeTouched(): TouchedCells[] {
    const taken = this.levels.flatMap((level, index) =>
      [...(this.fresh[index] ?? [])].map(([partitionStart, cells]) => ({
        level,
        partitionStart,
        cells,
      })),
    );
    this.fresh = this.levels.map(() => new Map());
    return taken;
  }

  /** In order of level (finest first), partition, then cell as first touched. Cells that net to nothing are left out. */
  partitions(): PartitionDelta[] {
    return this.levels.flatMap((level, index) => {
      const partitions = [...(this.open[index] ?? [])].sort(([a], [b]) => a - b);
      return partitions.flatMap(([partitionStart, cells]): PartitionDelta[] => {
        const touched = [...cells.values()].filter(hasEffect);
        return touched.length === 0 ? [] : [{ level, partitionStart, cells: touched }];
      });
    });
  }

  /** Everything about a fact that can fail. */
  private locate(fact: Fact): Located {
    const { rollup } = this;
    const t = timeOf(fact, rollup.timeField);
    const cells = combinations(fact, rollup.dimensions, rollup.timezone);
    const places = this.levels.map((level) => {
      const bucket = bucketStart(level.granularity, rollup.timezone, t);
      return { bucket, partitionStart: bucketStart(level.partition, rollup.timezone, bucket) };
    });
    return { fact, cells, places, counted: countedIn(rollup.accumulators, fact, rollup.timezone) };
  }

  private apply({ fact, cells, places, counted }: Located, sign: 1 | -1): void {
    const keys = cells.map(cellKey);
    places.forEach(({ bucket, partitionStart }, index) => {
      const partitions = this.open[index] as Map<number, OpenPartition>;
      let partition = partitions.get(partitionStart);
      if (partition === undefined) partitions.set(partitionStart, (partition = new Map()));
      for (let i = 0; i < cells.length; i++) {
        const key = `${bucket}\0${keys[i]}`;
        let delta = partition.get(key);
        if (delta === undefined) {
          delta = emptyDelta(this.rollup, cells[i] as DimensionValue[], bucket);
          partition.set(key, delta);
          const fresh = this.fresh[index]?.get(partitionStart);
          if (fresh === undefined) this.fresh[index]?.set(partitionStart, [delta]);
          else fresh.push(delta);
        }
        addFact(this.rollup, delta, fact, counted, sign);
      }
    });
  }
}

/** Where a fact counts: its cells' dimension values and, parallel to the levels, its buckets. */
interface Located {
  fact: Fact;
  cells: DimensionValue[][];
  places: { bucket: number; partitionStart: number }[];
  /** Parallel to the rollup's accumulators; null for all of them. */
  counted: readonly boolean[] | null;
}

function emptyDelta(rollup: StoredRollup, dimensions: DimensionValue[], bucket: number): OpenDelta {
  return {
    dimensions,
    bucket,
    change: rollup.accumulators.map(({ kind }) => accumulatorKinds[kind].empty),
    net: rollup.accumulators.map(({ kind }) =>
      kind === "min" || kind === "max" ? new Map<number, number>() : null,
    ),
  };
}

function addFact(
  rollup: StoredRollup,
  delta: OpenDelta,
  fact: Fact,
  counted: Located["counted"],
  sign: 1 | -1,
): void {
  rollup.accumulators.forEach((accumulator, index) => {
    if (counted?.[index] === false) return;
    const value = inputOf(accumulator, fact);
    const net = delta.net[index];
    if (net != null) {
      if (typeof value !== "number") return;
      const count = (net.get(value) ?? 0) + sign;
      if (count === 0) net.delete(value);
      else net.set(value, count);
      return;
    }
    const { add, remove } = accumulatorKinds[accumulator.kind];
    delta.change[index] = (sign === 1 ? add : remove)(delta.change[index] ?? null, value);
  });
}

/** The deltas of one cell by some changes, and by later ones. Neither side changes; null where nothing is left of them. */
export function mergeDeltas(
  { accumulators }: StoredRollup,
  a: CellDelta,
  b: CellDelta,
): CellDelta | null {
  const merged: CellDelta = {
    ...a,
    change: accumulators.map(({ kind }, i) => {
      const { merge } = accumulatorKinds[kind];
      return merge(merge(null, a.change[i] ?? null), b.change[i] ?? null);
    }),
    net: a.net.map((net, i) => {
      if (net === null) return null;
      const sum = new Map(net);
      for (const [value, count] of b.net[i] ?? []) addToBin(sum, value, count);
      return sum;
    }),
  };
  return hasEffect(merged) ? merged : null;
}

function hasEffect(delta: CellDelta): boolean {
  return (
    delta.change.some((change) => !isNothing(change)) ||
    delta.net.some((net) => net !== null && net.size > 0)
  );
}
