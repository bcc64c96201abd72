/**
 * What the buckets of a level must hold, as checksums, and as the extremes of every cell: collected from
 * source facts or from the cells of a finer level, and kept current by the log's changes.
 */
import { extremeAfter, type Extreme } from "../fold/applyDelta.js";
import type { Change } from "../fold/change.js";
import { DeltaBatch } from "../fold/deltas.js";
import { combinations } from "../facts/contributions.js";
import { countedIn } from "../facts/countedFacts.js";
import { accumulatorKinds, inputOf } from "../measures/accumulators.js";
import type { Exact } from "../numbers/exact.js";
import type { DimensionValue, Fact } from "../model/cube.js";
import { timeOf } from "../model/fact.js";
import type { Accumulator, Level, StoredRollup } from "../model/rollup.js";
import type { Cell } from "../tiles/tile.js";
import { bucketStart, nextBucket } from "../time/calendar.js";
import { addChecksums, Checksums, negateChecksum, NOTHING, type Checksum } from "./checksum.js";

/** Some of a bucket's cells, by their place numbers: the `index`th of `of` equal ranges of them. */
export interface Shard {
  index: number;
  of: number;
}

/** A change of the log, as far as it counts in what was collected. */
export type CountedChange = Pick<Change, "before" | "after">;

/** As data, to be kept between two steps. Lists of one length each. */
export interface StoredBucketSums {
  sums: { bucket: number; a: number; b: number }[];
  /** Null where there were too many cells to keep extremes of. */
  extremes: { bucket: number; place: number; values: (number | null)[]; lost: number }[] | null;
}

/** Place numbers are below it. */
const PLACES = 2 ** 52;

/** Cells of one bucket with their extremes, by place number. */
type Cells = Map<number, Extreme[]>;

export class BucketSums {
  readonly checksums: Checksums;
  readonly sums = new Map<number, Checksum>();
  /** Indexes of the rollup's extremes. */
  readonly extremeIndexes: readonly number[];
  private cells: Map<number, Cells> | null = new Map();
  private span = { from: Infinity, to: -Infinity };

  /** With a shard only the extremes of its cells are collected, and no checksums. */
  constructor(
    private readonly rollup: StoredRollup,
    private readonly level: Level,
    readonly shard: Shard | null = null,
  ) {
    this.checksums = new Checksums(rollup);
    this.extremeIndexes = [...rollup.accumulators.keys()].filter((index) => {
      const { kind } = rollup.accumulators[index] as Accumulator;
      return kind === "min" || kind === "max";
    });
  }

  static restored(
    rollup: StoredRollup,
    level: Level,
    stored: StoredBucketSums,
    shard: Shard | null = null,
  ): BucketSums {
    const restored = new BucketSums(rollup, level, shard);
    for (const { bucket, a, b } of stored.sums) restored.sums.set(bucket, { a, b });
    if (stored.extremes === null) restored.dropExtremes();
    for (const { bucket, place, values, lost } of stored.extremes ?? []) {
      const extremes = values.map((value, i) => ({ value, isLost: (lost & (1 << i)) !== 0 }));
      restored.cellsIn(bucket).set(place, extremes);
    }
    return restored;
  }

  stored(): StoredBucketSums {
    const sums = [...this.sums].map(([bucket, { a, b }]) => ({ bucket, a, b }));
    if (this.cells === null) return { sums, extremes: null };
    const extremes = [...this.cells].flatMap(([bucket, cells]) =>
      [...cells].map(([place, found]) => ({
        bucket,
        place,
        values: found.map(({ value }) => (value === null ? null : Number(value))),
        lost: found.reduce((bits, { isLost }, i) => (isLost ? bits | (1 << i) : bits), 0),
      })),
    );
    return { sums, extremes };
  }

  /** Cells that extremes are kept of. */
  get extremeCells(): number {
    let count = 0;
    for (const cells of this.cells?.values() ?? []) count += cells.size;
    return count;
  }

  /** Whether the extremes are known; false once there were too many cells. */
  get hasExtremes(): boolean {
    return this.cells !== null;
  }

  dropExtremes(): void {
    this.cells = null;
  }

  /** The extremes of a cell, parallel to `extremeIndexes`; undefined where none are known. */
  extremesOf(
    bucket: number,
    dimensions: readonly DimensionValue[],
  ): readonly Extreme[] | undefined {
    if (this.extremeIndexes.length === 0) return undefined;
    return this.cells?.get(bucket)?.get(this.checksums.placeNumber(dimensions));
  }

  /** A record that is there. Throws `InvalidFact`, `TimeOutOfRange`. O(dimension values). */
  addFact(fact: Fact): void {
    const bucket = this.bucketOf(timeOf(fact, this.rollup.timeField));
    if (this.shard === null) this.add(bucket, this.checksums.ofFact(fact));
    if (this.extremeIndexes.length === 0 || this.cells === null) return;
    const { accumulators, dimensions, timezone } = this.rollup;
    const counted = countedIn(accumulators, fact, timezone);
    const places = combinations(fact, dimensions, timezone)
      .map((values) => this.checksums.placeNumber(values))
      .filter((place) => this.isMine(place));
    this.extremeIndexes.forEach((index, i) => {
      const accumulator = accumulators[index] as Accumulator;
      const value = counted?.[index] === false ? null : inputOf(accumulator, fact);
      for (const place of places) {
        const extreme = this.extremesAt(bucket, place)[i] as Extreme;
        extreme.value = merged(
          accumulator,
          extreme.value,
          typeof value === "number" ? value : null,
        );
      }
    });
  }

  /** What the log says about records that are collected already, in its order. O(changes × combinations). */
  apply(changes: readonly CountedChange[]): void {
    if (changes.length === 0) return;
    for (const { before, after } of changes) {
      for (const [fact, sign] of [
        [before, -1],
        [after, 1],
      ] as const) {
        if (fact === null || this.shard !== null) continue;
        const share = this.checksums.ofFact(fact);
        const bucket = this.bucketOf(timeOf(fact, this.rollup.timeField));
        this.add(bucket, sign === 1 ? share : negateChecksum(share));
      }
    }
    if (this.extremeIndexes.length > 0 && this.cells !== null) this.netExtremes(changes);
  }

  /** A cell of a finer level. Throws `CorruptTile`. */
  addCell(cell: Cell): void {
    const bucket = this.bucketOf(cell.bucket);
    this.add(bucket, this.checksums.ofCell(cell));
    if (this.extremeIndexes.length === 0 || this.cells === null) return;
    const extremes = this.extremesAt(bucket, this.checksums.placeNumber(cell.dimensions));
    this.extremeIndexes.forEach((index, i) => {
      const extreme = extremes[i] as Extreme;
      const value = cell.values[index] ?? null;
      const accumulator = this.rollup.accumulators[index] as Accumulator;
      extreme.value = merged(accumulator, extreme.value, value as Exact | null);
      extreme.isLost ||= (cell.pending & (1 << index)) !== 0;
    });
  }

  private netExtremes(changes: readonly CountedChange[]): void {
    const batch = new DeltaBatch(this.rollup, [this.level]);
    const { cube } = this.rollup;
    for (const change of changes) {
      batch.add({ cube, op: "update", docId: "", docCreatedAt: 0, ...change });
    }
    for (const { cells } of batch.partitions()) {
      for (const { dimensions, bucket, net } of cells) {
        const place = this.checksums.placeNumber(dimensions);
        if (!this.isMine(place)) continue;
        const extremes = this.extremesAt(bucket, place);
        this.extremeIndexes.forEach((index, i) => {
          const { kind } = this.rollup.accumulators[index] as Accumulator & { kind: "min" | "max" };
          extremes[i] = extremeAfter(kind, extremes[i] as Extreme, net[index] ?? new Map());
        });
      }
    }
  }

  private isMine(place: number): boolean {
    const { shard } = this;
    return shard === null || Math.floor((place / PLACES) * shard.of) === shard.index;
  }

  private add(bucket: number, share: Checksum): void {
    this.sums.set(bucket, addChecksums(this.sums.get(bucket) ?? NOTHING, share));
  }

  private cellsIn(bucket: number): Cells {
    const all = this.cells as Map<number, Cells>;
    let cells = all.get(bucket);
    if (cells === undefined) all.set(bucket, (cells = new Map()));
    return cells;
  }

  private extremesAt(bucket: number, place: number): Extreme[] {
    const cells = this.cellsIn(bucket);
    let extremes = cells.get(place);
    if (extremes === undefined) {
      extremes = this.extremeIndexes.map(() => ({ value: null, isLost: false }));
      cells.set(place, extremes);
    }
    return extremes;
  }

  /** Facts come in order of time, so most lie in the bucket of the one before. */
  private bucketOf(t: number): number {
    if (t < this.span.from || t >= this.span.to) {
      const { granularity } = this.level;
      const from = bucketStart(granularity, this.rollup.timezone, t);
      this.span = { from, to: nextBucket(granularity, this.rollup.timezone, from) };
    }
    return this.span.from;
  }
}

function merged({ kind }: Accumulator, a: Exact | null, b: Exact | null): Exact | null {
  return accumulatorKinds[kind].absorb(a, b) as Exact | null;
}
