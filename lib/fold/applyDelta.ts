/**
 * One cell's delta applied to the cell: the rule that the fold and the reader of the unfolded tail
 * share. Extremes follow the netting rule: what the batch net-adds wins if it is at least as extreme
 * as what is stored; if instead the stored extreme itself is net-removed, nobody knows the next one
 * without reading the source, and it is pending. A pending extreme keeps its last value, which bounds
 * the true one.
 */
import { RollupsError } from "../errors.js";
import { accumulatorKinds, isNothing, type State } from "../measures/accumulators.js";
import { compareExact, type Exact } from "../numbers/exact.js";
import { sameJson } from "../hash/canonical.js";
import type { Accumulator, StoredRollup } from "../model/rollup.js";
import type { CellState } from "../tiles/codec.js";
import type { Statistic } from "../tiles/tile.js";
import type { CellDelta } from "./deltas.js";

/**
 * The cell after the delta, or null if no record is left in it. `cell` is null for a cell that does
 * not exist, and is not changed. Throws `NegativeCount` where more is removed than there was,
 * `InconsistentCell` where the statistics contradict each other, `SumOverflow`.
 */
export function applyDelta(
  rollup: StoredRollup,
  cell: CellState | null,
  delta: CellDelta,
): CellState | null {
  const { accumulators } = rollup;
  const states = accumulators.map((_, index) => stateAfter(rollup, cell, delta, index));
  const count = (states[0] ?? 0) as Exact;
  if (count < 0) throw negativeCount(rollup, delta);
  if (count === 0 && cell === null) throw inconsistent(rollup, delta);
  accumulators.forEach(({ kind }, index) => {
    if (!accumulatorKinds[kind].isPossible(states[index] ?? null, count)) {
      throw inconsistent(rollup, delta);
    }
  });
  if (count === 0) return null;
  const values = accumulators.map(({ kind }, index): Statistic | null => {
    // What did not change stays as it is stored.
    if (isNothing(delta.change[index] ?? null) && cell !== null) return cell.values[index] ?? null;
    return accumulatorKinds[kind].store(states[index] ?? null);
  });
  let pending = cell?.pending ?? 0;
  accumulators.forEach(({ kind }, index) => {
    const net = delta.net[index];
    if ((kind !== "min" && kind !== "max") || net == null) return;
    const bit = 1 << index;
    const given = countOf(accumulators, index);
    if (given > 0 && values[given] === 0) {
      values[index] = null;
      pending &= ~bit;
      return;
    }
    const stored = (values[index] ?? null) as Exact | null;
    const after = extremeAfter(kind, { value: stored, isLost: (pending & bit) !== 0 }, net);
    values[index] = after.value;
    pending = after.isLost ? pending | bit : pending & ~bit;
  });
  return { values, pending };
}

/** An extreme of a cell; a lost one keeps its last value, which bounds the true one. */
export interface Extreme {
  value: Exact | null;
  isLost: boolean;
}

/** The netting rule, for a cell that is left with values. `net` is value → records added less removed. */
export function extremeAfter(
  kind: "min" | "max",
  { value, isLost }: Extreme,
  net: ReadonlyMap<number, number>,
): Extreme {
  const added = mostExtremeAdded(net, kind);
  if (added !== null && (value === null || reaches(added, value, kind))) {
    return { value: added, isLost: false };
  }
  const isRemoved = typeof value === "number" && (net.get(value) ?? 0) < 0;
  return { value, isLost: isLost || isRemoved };
}

/** One statistic with its difference merged in; an extreme as it is stored. */
function stateAfter(
  rollup: StoredRollup,
  cell: CellState | null,
  delta: CellDelta,
  index: number,
): State | null {
  const { kind } = rollup.accumulators[index] as Accumulator;
  const { absorb, merge } = accumulatorKinds[kind];
  try {
    const stored = absorb(null, cell?.values[index] ?? null);
    return merge(stored, delta.change[index] ?? null);
  } catch (error) {
    // What cannot be read is wrong at this place, which is where it is to be restored.
    if (!(error instanceof RollupsError) || error.code !== "CorruptTile") throw error;
    throw inconsistent(rollup, delta);
  }
}

/** Index of the statistic that counts the values which an extreme is taken of; 0 for all records. */
function countOf(accumulators: readonly Accumulator[], extreme: number): number {
  const { field, filters } = accumulators[extreme] as Accumulator;
  const find = (kind: Accumulator["kind"], of?: string) =>
    accumulators.findIndex(
      (one) => one.kind === kind && one.field === of && sameFilters(one.filters, filters),
    );
  const given = find("n", field);
  return given >= 0 ? given : find("count");
}

function sameFilters(a: Accumulator["filters"], b: Accumulator["filters"]): boolean {
  return a === undefined || b === undefined ? a === b : sameJson(a, b);
}

function mostExtremeAdded(net: ReadonlyMap<number, number>, kind: "min" | "max"): number | null {
  let best: number | null = null;
  for (const [value, count] of net) {
    if (count > 0 && (best === null || reaches(value, best, kind))) best = value;
  }
  return best;
}

/** Whether `a` is at least as extreme as `b`. */
function reaches(a: Exact, b: Exact, kind: "min" | "max"): boolean {
  return kind === "min" ? compareExact(a, b) <= 0 : compareExact(a, b) >= 0;
}

function negativeCount(rollup: StoredRollup, delta: CellDelta): RollupsError {
  return new RollupsError(
    "NegativeCount",
    `More records removed from a cell of ${rollup.cube}.${rollup.name} than it holds`,
    place(rollup, delta),
  );
}

function inconsistent(rollup: StoredRollup, delta: CellDelta): RollupsError {
  return new RollupsError(
    "InconsistentCell",
    `The statistics of a cell of ${rollup.cube}.${rollup.name} contradict each other`,
    place(rollup, delta),
  );
}

function place(rollup: StoredRollup, delta: CellDelta): Record<string, unknown> {
  return {
    cube: rollup.cube,
    rollup: rollup.name,
    dimensions: delta.dimensions,
    bucket: delta.bucket,
  };
}
