/**
 * Giving cells of one partition new states. Every chunk that holds one of their series is read once
 * and written once; the others need not even be read.
 */
import { RollupsError } from "../errors.js";
import type { DimensionValue } from "../model/cube.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { cellKey, compareDimensions } from "../tiles/cellKey.js";
import type { CellState, Series } from "../tiles/codec.js";
import { seriesHash } from "../tiles/directory.js";
import type { Cell, TileColumns } from "../tiles/tile.js";
import { partitionSlots, slotOf } from "../time/calendar.js";
import { CELLS_MAX } from "../tiles/limits.js";
import { SeriesIndex, type OpenChunk } from "./openChunk.js";
import { OpenPartition, type FoldResult } from "./openPartition.js";

/**
 * The same for a single series, which cannot be split. 8,192 times 64 characters are half of what a
 * document may hold; its numbers, of at most 800 slots in 30 columns, take less than the other half.
 */
const SERIES_MAX = 8192;

export interface ChunkLimits {
  cellsMax?: number;
  seriesMax?: number;
}

/** Where a cell lies in its partition. */
export type CellPlace = Pick<Cell, "dimensions" | "bucket">;

/** Cells of one partition. */
export interface PartitionCells<C extends CellPlace> {
  level: Level;
  partitionStart: number;
  cells: readonly C[];
}

/** The cells of one series that change, and where the series is stored. */
interface Touched<C> {
  cells: C[];
  home: { chunk: OpenChunk; position: number } | null;
}

/**
 * Replaces each cell's state by what `after` makes of it, null being no cell. `chunks` are chunk 0,
 * unless the partition is empty, and those of `chunksFor`; more do no harm. Pure: `chunks` are not
 * changed, but results may share arrays with them. Throws `CorruptTile`, `TileTooLarge`, and what
 * `after` throws. O(series + slots of the given chunks).
 */
export function rewriteCells<C extends CellPlace>(
  rollup: StoredRollup,
  { level, partitionStart, cells }: PartitionCells<C>,
  chunks: readonly TileColumns[],
  after: (before: CellState | null, cell: C) => CellState | null,
  { cellsMax = CELLS_MAX, seriesMax = SERIES_MAX }: ChunkLimits = {},
): FoldResult {
  const slots = partitionSlots(level.granularity, level.partition, rollup.timezone, partitionStart);
  const touched = groupBySeries(cells);
  const index = new SeriesIndex<Touched<C>>(rollup.dimensions.length);
  for (const series of touched) index.set(dimensionsOf(series), series);
  const partition = new OpenPartition(rollup, chunks);
  for (const chunk of partition.open()) {
    chunk.find(index, (position, series) => (series.home = { chunk, position }));
  }

  const newcomers: Series[] = [];
  for (const { cells: changed, home } of touched) {
    const series: Series = home?.chunk.touch(home.position) ?? {
      dimensions: dimensionsOf({ cells: changed }),
      cells: new Map(),
    };
    for (const cell of changed) {
      const slot = slotOf(slots, cell.bucket);
      if (slot < 0) throw outside(partitionStart, cell);
      const state = after(series.cells.get(slot) ?? null, cell);
      if (state === null) series.cells.delete(slot);
      else series.cells.set(slot, state);
    }
    if (home === null && series.cells.size > 0) newcomers.push(series);
  }
  for (const chunk of partition.open()) if (chunk.changed) chunk.removeEmpty();
  newcomers.sort((a, b) => compareDimensions(a.dimensions, b.dimensions));
  for (const series of newcomers) partition.chunkFor(seriesHash(series.dimensions)).add(series);
  return partition.finish({ cellsMax, seriesMax });
}

function groupBySeries<C extends CellPlace>(cells: readonly C[]): Touched<C>[] {
  const byKey = new Map<string, Touched<C>>();
  for (const cell of cells) {
    const key = cellKey(cell.dimensions);
    const touched = byKey.get(key);
    if (touched === undefined) byKey.set(key, { cells: [cell], home: null });
    else touched.cells.push(cell);
  }
  return [...byKey.values()];
}

function dimensionsOf({ cells }: { cells: readonly CellPlace[] }): DimensionValue[] {
  return (cells[0] as CellPlace).dimensions;
}

function outside(partitionStart: number, { bucket }: CellPlace): RollupsError {
  return new RollupsError("CorruptTile", "A cell lies outside its partition", {
    bucket,
    partitionStart,
  });
}
