/** Rewriting one bucket of a partition to what it must be: the repair of drift. */
import type { FoldResult } from "../fold/openPartition.js";
import { rewriteCells, type CellPlace, type ChunkLimits } from "../fold/rewriteCells.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { decodeTile, type CellState } from "../tiles/codec.js";
import type { Cell, TileColumns } from "../tiles/tile.js";
import { isInRange, type HashRange } from "./collectCells.js";
import { placeKey } from "./trueCells.js";

/**
 * Changed chunks after which the bucket holds exactly `truth`, and no cell is pending in it unless it
 * is so in `truth`; with a range, of the series in it, of which `truth` then holds the cells. Other
 * cells stay. Pure; throws `CorruptTile`, `TileTooLarge`. O(series).
 */
export function replaceBucket(
  rollup: StoredRollup,
  level: Level,
  partitionStart: number,
  chunks: readonly TileColumns[],
  bucket: number,
  truth: ReadonlyMap<string, Cell>,
  range: HashRange | null = null,
  limits: ChunkLimits = {},
): FoldResult {
  const superfluous = chunks
    .flatMap((chunk) => decodeTile(rollup, level, partitionStart, chunk))
    .filter((cell) => cell.bucket === bucket && !truth.has(placeKey(cell)))
    .filter((cell) => range === null || isInRange(range, cell));
  const cells: CellPlace[] = [...superfluous, ...truth.values()];
  const after = (_before: CellState | null, cell: CellPlace): CellState | null => {
    const known = truth.get(placeKey(cell));
    return known === undefined ? null : { values: known.values, pending: known.pending };
  };
  return rewriteCells(rollup, { level, partitionStart, cells }, chunks, after, limits);
}

/** Whether a bucket holds exactly `truth` already. Throws `CorruptTile`. O(cells of the chunks). */
export function isRestored(
  rollup: StoredRollup,
  level: Level,
  partitionStart: number,
  chunks: readonly TileColumns[],
  bucket: number,
  truth: ReadonlyMap<string, Cell>,
): boolean {
  const cells = chunks
    .flatMap((chunk) => decodeTile(rollup, level, partitionStart, chunk))
    .filter((cell) => cell.bucket === bucket);
  return (
    cells.length === truth.size && cells.every((cell) => isSame(cell, truth.get(placeKey(cell))))
  );
}

function isSame({ values, pending }: Cell, other: Cell | undefined): boolean {
  if (other === undefined || pending !== other.pending) return false;
  return values.every((value, i) => value === other.values[i]);
}
