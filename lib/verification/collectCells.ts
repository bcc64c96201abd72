/**
 * The true cells of a bucket that is too large to be read at once, collected in pieces and kept current by
 * the log's changes: what tiles must hold, of the series with hashes in one range.
 */
import { applyDelta } from "../fold/applyDelta.js";
import { DeltaBatch } from "../fold/deltas.js";
import type { Fact } from "../model/cube.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { seriesHash } from "../tiles/directory.js";
import type { Cell } from "../tiles/tile.js";
import type { CountedChange } from "./bucketSums.js";
import { placeKey } from "./trueCells.js";

/** Hashes from `from` on and below `to`. */
export interface HashRange {
  from: number;
  to: number;
}

/** Hashes of series are below it. */
export const HASHES = 2 ** 53;

/** The first half of a range; null where it is a single hash. */
export function halfOf({ from, to }: HashRange): HashRange | null {
  const middle = from + Math.floor((to - from) / 2);
  return middle > from ? { from, to: middle } : null;
}

export function isInRange(
  { from, to }: HashRange,
  { dimensions }: Pick<Cell, "dimensions">,
): boolean {
  const hash = seriesHash(dimensions);
  return hash >= from && hash < to;
}

/**
 * The cells once the log's changes to records that were read are applied, and then the facts of the next
 * piece are added. Extremes that a change takes away are pending. Throws what `applyDelta` throws, where
 * the source was changed past the log.
 */
export function collectCells(
  rollup: StoredRollup,
  level: Level,
  range: HashRange,
  cells: readonly Cell[],
  changes: readonly CountedChange[],
  facts: readonly Fact[],
): Cell[] {
  const base = { cube: rollup.cube, op: "update" as const, docId: "", docCreatedAt: 0 };
  const batch = new DeltaBatch(rollup, [level]);
  for (const change of changes) batch.add({ ...base, ...change });
  for (const after of facts) batch.add({ ...base, before: null, after });
  const collected = new Map(cells.map((cell) => [placeKey(cell), cell]));
  for (const { cells: deltas } of batch.partitions()) {
    for (const delta of deltas) {
      if (!isInRange(range, delta)) continue;
      const key = placeKey(delta);
      const state = applyDelta(rollup, collected.get(key) ?? null, delta);
      const { dimensions, bucket } = delta;
      if (state === null) collected.delete(key);
      else collected.set(key, { dimensions, bucket, ...state });
    }
  }
  return [...collected.values()];
}
