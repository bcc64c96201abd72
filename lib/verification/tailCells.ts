/** Cells of tiles with what the log did to them since they were folded. */
import { RollupsError } from "../errors.js";
import { applyDelta } from "../fold/applyDelta.js";
import type { CellDelta } from "../fold/deltas.js";
import type { StoredRollup } from "../model/rollup.js";
import type { Cell } from "../tiles/tile.js";
import { placeKey } from "./trueCells.js";

/**
 * The cells after the deltas, new ones included. A delta that does not fit its cell, as one that removes
 * more than there is, is told to `setWrong` with its bucket, and the cell is left out. O(cells + deltas).
 */
export function withDeltas(
  rollup: StoredRollup,
  cells: readonly Cell[],
  deltas: readonly CellDelta[],
  setWrong: (bucket: number) => void,
): Cell[] {
  if (deltas.length === 0) return [...cells];
  const left = new Map(deltas.map((delta) => [placeKey(delta), delta]));
  const buckets = new Set(deltas.map(({ bucket }) => bucket));
  const after: Cell[] = [];
  const apply = (cell: Cell | null, delta: CellDelta) => {
    try {
      const state = applyDelta(rollup, cell, delta);
      const { dimensions, bucket } = delta;
      if (state !== null) after.push({ dimensions, bucket, ...state });
    } catch (error) {
      if (!(error instanceof RollupsError)) throw error;
      setWrong(delta.bucket);
    }
  };
  for (const cell of cells) {
    const key = buckets.has(cell.bucket) ? placeKey(cell) : "";
    const delta = left.get(key);
    if (delta === undefined) after.push(cell);
    else apply(cell, delta);
    left.delete(key);
  }
  for (const delta of left.values()) apply(null, delta);
  return after;
}
