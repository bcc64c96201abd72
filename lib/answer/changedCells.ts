/** Which cells of a level look different now, with the unfolded tail applied: what answers are kept up by. */
import type { Level, StoredRollup } from "../model/rollup.js";
import type { DecodedTile } from "../tiles/decodedTile.js";
import type { Cell } from "../tiles/tile.js";
import { bucketStart } from "../time/calendar.js";
import { cellAfter } from "./cellReader.js";
import { keyOf, type NettedLevel } from "./heldTail.js";

/** Tiles of one stretch of a level, and what the tail does to the level. */
export interface Seen {
  tiles: readonly DecodedTile[];
  tail: NettedLevel;
}

/** Null for a cell without records. */
export interface CellChange {
  before: Cell | null;
  after: Cell | null;
}

/**
 * Cells in [from, to) of which the values differ. A fold moves changes from the tail into tiles and changes none.
 * Throws as `applyDelta`. O(cells) where tiles differ; where only the tail does, of the buckets that it touches.
 */
export function changedCells(
  rollup: StoredRollup,
  { partition }: Level,
  { from, to }: { from: number | null; to: number | null },
  before: Seen,
  after: Seen,
): CellChange[] {
  const moved = before.tiles === after.tiles ? movedBuckets(before.tail, after.tail) : null;
  const partitions =
    moved && new Set([...moved].map((one) => bucketStart(partition, rollup.timezone, one)));
  const isLooked = (bucket: number) =>
    (from === null || bucket >= from) &&
    (to === null || bucket < to) &&
    (moved === null || moved.has(bucket));
  const changes = new Map<string, CellChange>();
  for (const [side, { tiles, tail }] of [
    ["before", before],
    ["after", after],
  ] as const) {
    const put = (key: string, cell: Cell | null) => {
      const change = changes.get(key) ?? { before: null, after: null };
      changes.set(key, change);
      change[side] = cell;
    };
    const applied = new Set<string>();
    for (const tile of tiles) {
      if (partitions?.has(tile.partitionStart) === false) continue;
      for (const cell of tile.cells(isLooked)) {
        const key = keyOf(cell);
        const delta = tail.deltas.get(key);
        if (delta !== undefined) applied.add(key);
        put(key, delta === undefined ? cell : cellAfter(rollup, cell, delta));
      }
    }
    for (const [key, delta] of tail.deltas) {
      if (applied.has(key) || !isLooked(delta.bucket)) continue;
      put(key, cellAfter(rollup, null, delta));
    }
  }
  return [...changes.values()].filter((change) => !isSame(change));
}

/** Those of deltas that are not the same in both. */
function movedBuckets(a: NettedLevel, b: NettedLevel): ReadonlySet<number> {
  const moved = new Set<number>();
  for (const [one, other] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const [key, delta] of one.deltas) {
      if (other.deltas.get(key) !== delta) moved.add(delta.bucket);
    }
  }
  return moved;
}

function isSame({ before, after }: CellChange): boolean {
  if (before === after) return true;
  if (before === null || after === null || before.pending !== after.pending) return false;
  return before.values.every((value, i) => value === after.values[i]);
}
