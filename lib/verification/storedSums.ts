/**
 * What tiles hold of some buckets, against what they must hold. Checksums are added up, cell by cell, so
 * cells may be read some at a time; extremes are compared as they are read.
 */
import { RollupsError } from "../errors.js";
import { combinations } from "../facts/contributions.js";
import { timeOf } from "../model/fact.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import type { Cell } from "../tiles/tile.js";
import { seriesHash } from "../tiles/directory.js";
import { bucketStart } from "../time/calendar.js";
import type { BucketSums, CountedChange } from "./bucketSums.js";
import { isInside, type TimeWindow } from "./reading.js";
import { addChecksums, negateChecksum, NOTHING, sameChecksum, type Checksum } from "./checksum.js";

/** As data, to be kept between two steps. */
export interface StoredBucket {
  bucket: number;
  a: number;
  b: number;
  cells: number;
  isWrong: boolean;
  unjudged: number;
}

/** What a comparison says of one bucket. */
export interface Verdict {
  bucket: number;
  /** Cells that are there; of a bucket that differs one at least. */
  cells: number;
  isEqual: boolean;
  /** Cells whose extremes nobody can judge, as the log took the last known one away meanwhile. */
  unjudged: number;
}

interface Held {
  checksum: Checksum;
  cells: number;
  isWrong: boolean;
  unjudged: number;
}

export class StoredSums {
  private readonly buckets = new Map<number, Held>();

  constructor(
    private readonly rollup: StoredRollup,
    private readonly level: Level,
    private readonly truth: BucketSums,
  ) {}

  restore(stored: readonly StoredBucket[]): void {
    for (const { bucket, a, b, ...held } of stored) {
      this.buckets.set(bucket, { ...held, checksum: { a, b } });
    }
  }

  stored(): StoredBucket[] {
    return [...this.buckets].map(([bucket, { checksum, ...held }]) => {
      return { bucket, ...checksum, ...held };
    });
  }

  /**
   * A cell as it is in the snapshot that the truth is current in. One that cannot be read is wrong; so
   * is one of no records, which is not to be there.
   */
  addCell(cell: Cell): void {
    const { checksums, shard } = this.truth;
    const held = this.at(cell.bucket);
    if (shard === null) {
      held.cells++;
      held.isWrong ||= !isPositive(cell.values[0] ?? null);
      try {
        held.checksum = addChecksums(held.checksum, checksums.ofCell(cell));
      } catch (error) {
        if (!(error instanceof RollupsError)) throw error;
        held.isWrong = true;
      }
    }
    const extremes = this.truth.extremesOf(cell.bucket, cell.dimensions);
    if (extremes === undefined) return;
    let isUnjudged = false;
    this.truth.extremeIndexes.forEach((index, i) => {
      // A lost extreme is known to be, and restored by the worker.
      if ((cell.pending & (1 << index)) !== 0) return;
      const extreme = extremes[i];
      if (extreme?.isLost === true) isUnjudged = true;
      else if (!isSame(cell.values[index] ?? null, extreme?.value ?? null)) held.isWrong = true;
    });
    if (isUnjudged) held.unjudged++;
  }

  /** Something of the bucket cannot be read, or contradicts itself. */
  setWrong(bucket: number): void {
    this.at(bucket).isWrong = true;
  }

  /** Changes that came after the cells of series with a hash below `below` were read. */
  apply(changes: readonly CountedChange[], below: number): void {
    for (const { before, after } of changes) {
      for (const [fact, sign] of [
        [before, -1],
        [after, 1],
      ] as const) {
        if (fact === null) continue;
        const { dimensions, timezone, timeField } = this.rollup;
        const bucket = bucketStart(this.level.granularity, timezone, timeOf(fact, timeField));
        for (const values of combinations(fact, dimensions, timezone)) {
          if (seriesHash(values) >= below) continue;
          const share = this.truth.checksums.ofFactIn(fact, values);
          const held = this.at(bucket);
          held.checksum = addChecksums(held.checksum, sign === 1 ? share : negateChecksum(share));
        }
      }
    }
  }

  /**
   * Of every bucket within the window that is held, or must be, in order of time. All of their cells have
   * to be read.
   */
  verdicts(window: TimeWindow): Verdict[] {
    const { sums, shard } = this.truth;
    const all = new Set([...this.buckets.keys(), ...sums.keys()]);
    return [...all]
      .filter((bucket) => isInside(window, bucket))
      .sort((a, b) => a - b)
      .flatMap((bucket): Verdict[] => {
        const held = this.buckets.get(bucket) ?? nothing();
        const expected = sums.get(bucket) ?? NOTHING;
        const isEqual = !held.isWrong && (shard !== null || sameChecksum(held.checksum, expected));
        const cells = isEqual ? held.cells : Math.max(1, held.cells);
        return cells === 0 && held.unjudged === 0
          ? []
          : [{ bucket, cells, isEqual, unjudged: held.unjudged }];
      });
  }

  private at(bucket: number): Held {
    let held = this.buckets.get(bucket);
    if (held === undefined) this.buckets.set(bucket, (held = nothing()));
    return held;
  }
}

function nothing(): Held {
  return { checksum: NOTHING, cells: 0, isWrong: false, unjudged: 0 };
}

function isPositive(count: Cell["values"][number]): boolean {
  return count !== null && typeof count !== "string" && count > 0;
}

/** Numbers may have two types of one value, where a hand has written them. */
function isSame(a: Cell["values"][number], b: Cell["values"][number]): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a === "string" || typeof b === "string") return false;
  return a <= b && a >= b;
}
