/** What the cells of a rollup must be, computed from source facts and from nothing stored. */
import { applyDelta } from "../fold/applyDelta.js";
import { DeltaBatch } from "../fold/deltas.js";
import type { Fact } from "../model/cube.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { cellKey } from "../tiles/cellKey.js";
import type { Cell } from "../tiles/tile.js";

/** A text that is equal for the same dimension values in the same bucket. */
export function placeKey({ bucket, dimensions }: Pick<Cell, "bucket" | "dimensions">): string {
  return `${bucket}\0${cellKey(dimensions)}`;
}

/** The cells of one level that these facts make, by place. O(facts × combinations). */
export function trueCells(
  rollup: StoredRollup,
  level: Level,
  facts: Iterable<Fact>,
): Map<string, Cell> {
  const batch = new DeltaBatch(rollup, [level]);
  for (const after of facts) {
    batch.add({
      cube: rollup.cube,
      op: "insert",
      docId: "",
      docCreatedAt: 0,
      before: null,
      after,
    });
  }
  const cells = new Map<string, Cell>();
  for (const { cells: deltas } of batch.partitions()) {
    for (const delta of deltas) {
      const state = applyDelta(rollup, null, delta);
      if (state === null) continue;
      const { dimensions, bucket } = delta;
      cells.set(placeKey(delta), { dimensions, bucket, ...state });
    }
  }
  return cells;
}
