/** Finding drift: cells that are not what they must be. */
import { RollupsError } from "../errors";
import { accumulatorKinds, type State } from "../measures/accumulators";
import type { StoredRollup } from "../model/rollup";
import type { Cell, Statistic } from "../tiles/tile";
import { cellKey } from "../tiles/cellKey";
import { bucketStart } from "../time/calendar";
import type { Granularity } from "../time/granularity";
import { placeKey } from "./trueCells";

/** The outcome of comparing stored cells with what they must be. */
export interface Comparison {
  checked: number;
  equal: number;
  /** Starts of the buckets that hold a wrong, missing or superfluous cell, ascending. */
  drifted: number[];
}

/**
 * Compares by place. A pending extreme is known to be lost and counts as equal; its repair is queued
 * elsewhere. O(cells).
 */
export function compareCells(
  rollup: StoredRollup,
  stored: Iterable<Cell>,
  truth: ReadonlyMap<string, Cell>,
): Comparison {
  const drifted = new Set<number>();
  const seen = new Set<string>();
  let equal = 0;
  for (const cell of stored) {
    const key = placeKey(cell);
    seen.add(key);
    const expected = truth.get(key);
    if (expected !== undefined && sameCell(rollup, cell, expected)) equal++;
    else drifted.add(cell.bucket);
  }
  let checked = seen.size;
  for (const [key, { bucket }] of truth) {
    if (seen.has(key)) continue;
    checked++;
    drifted.add(bucket);
  }
  return { checked, equal, drifted: [...drifted].sort((a, b) => a - b) };
}

function sameCell(rollup: StoredRollup, stored: Cell, expected: Cell): boolean {
  return rollup.accumulators.every((_accumulator, index) => {
    if ((stored.pending & (1 << index)) !== 0) return true;
    return sameStatistic(stored.values[index] ?? null, expected.values[index] ?? null);
  });
}

/** A statistic has one stored form, but for integers that a hand may have written otherwise. */
function sameStatistic(a: Statistic | null, b: Statistic | null): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a === "string" || typeof b === "string") return false;
  // Not "neither less nor greater", which goes for NaN and anything.
  return a <= b && a >= b;
}

/**
 * Finer cells merged into the buckets of a coarser level (law 5). Throws `CorruptTile`, with the `bucket`
 * of the finer cell that cannot be read. O(cells).
 */
export function mergeInto(
  rollup: StoredRollup,
  granularity: Granularity,
  finer: Iterable<Cell>,
): Map<string, Cell> {
  const { accumulators } = rollup;
  const merged = new Map<string, { place: Omit<Cell, "values">; states: (State | null)[] }>();
  for (const cell of finer) {
    const { dimensions } = cell;
    const bucket = bucketStart(granularity, rollup.timezone, cell.bucket);
    const key = `${bucket}\0${cellKey(dimensions)}`;
    let known = merged.get(key);
    if (known === undefined) {
      known = {
        place: { dimensions, bucket, pending: 0 },
        states: accumulators.map(({ kind }) => accumulatorKinds[kind].empty),
      };
      merged.set(key, known);
    }
    known.place.pending |= cell.pending;
    const { states } = known;
    accumulators.forEach(({ kind }, index) => {
      const { absorb } = accumulatorKinds[kind];
      try {
        states[index] = absorb(states[index] ?? null, cell.values[index] ?? null);
      } catch (error) {
        throw placed(error, cell);
      }
    });
  }
  return new Map(
    [...merged].map(([key, { place, states }]) => [
      key,
      {
        ...place,
        values: accumulators.map(({ kind }, index) =>
          accumulatorKinds[kind].store(states[index] ?? null),
        ),
      },
    ]),
  );
}

/** The bucket that an error is about. Throws the error where it names none. */
export function bucketOfError(error: unknown): number {
  const bucket = error instanceof RollupsError ? error.details.bucket : null;
  if (typeof bucket === "number") return bucket;
  throw error;
}

/** What cannot be read, with its place; other errors as they are. */
function placed(error: unknown, { bucket, dimensions }: Cell): unknown {
  if (!(error instanceof RollupsError) || error.code !== "CorruptTile") return error;
  return new RollupsError(error.code, error.message, { ...error.details, bucket, dimensions });
}
