/**
 * A fold's effect on the tiles of one partition. Every tile is read once and written at most once. A
 * series stays in its chunk until the chunk outgrows its limit and is split.
 */
import { RollupsError } from "../errors";
import type { DimensionValue } from "../model/cube";
import type { StoredRollup } from "../model/rollup";
import { cellKey, compareDimensions } from "../tiles/cellKey";
import { TileReader, encodeSeries, type Series, type StoredSeries } from "../tiles/codec";
import type { TileColumns } from "../tiles/tile";
import { partitionSlots, slotOf } from "../time/calendar";
import { applyDelta } from "./applyDelta";
import type { PartitionDelta } from "./deltas";

/**
 * Non-null cells per chunk before it is split: some 10–20 KB as stored, so that a fold rewrites
 * little and a document stays far below Convex's 1 MiB.
 */
export const CELLS_MAX = 256;

export interface FoldResult {
  /** New or changed chunks, whole, in order of chunk number. */
  put: TileColumns[];
  /** Numbers of chunks that are empty now. */
  drop: number[];
}

interface Chunk {
  number: number;
  /** Series are decoded only where a delta touches them. */
  series: Map<string, Series | StoredSeries>;
  cells: number;
  changed: boolean;
}

/**
 * Applies a partition's deltas to all of its chunks. Pure: `chunks` are not changed, but results may
 * share arrays with them. Throws `NegativeCount`, `InconsistentCell`, `SumOverflow`, `CorruptTile`.
 * O(slots to count cells + touched series).
 */
export function foldPartition(
  rollup: StoredRollup,
  delta: PartitionDelta,
  chunks: readonly TileColumns[],
  limits: { cellsMax?: number } = {},
): FoldResult {
  const cellsMax = limits.cellsMax ?? CELLS_MAX;
  const slots = partitionSlots(
    delta.level.granularity,
    delta.level.partition,
    rollup.timezone,
    delta.partitionStart,
  );
  const open = chunks.map((chunk) => openChunk(rollup, chunk));
  const home = new Map<string, Chunk>();
  for (const chunk of open) for (const key of chunk.series.keys()) home.set(key, chunk);

  const newcomers = new Map<string, Series>();
  for (const cell of delta.cells) {
    const slot = slotOf(slots, cell.bucket);
    if (slot < 0) {
      throw new RollupsError("CorruptTile", "A delta lies outside its partition", {
        bucket: cell.bucket,
        partitionStart: delta.partitionStart,
      });
    }
    const key = cellKey(cell.dimensions);
    const chunk = home.get(key);
    const series =
      chunk === undefined ? newcomer(newcomers, key, cell.dimensions) : touch(chunk, key);
    const before = series.cells.get(slot) ?? null;
    const after = applyDelta(rollup, before, cell);
    if (after === null) series.cells.delete(slot);
    else series.cells.set(slot, after);
    if (chunk !== undefined) {
      chunk.changed = true;
      chunk.cells += (after === null ? 0 : 1) - (before === null ? 0 : 1);
    }
  }

  let nextNumber = Math.max(-1, ...chunks.map(({ chunk }) => chunk)) + 1;
  const newChunk = (): Chunk => {
    const chunk = { number: nextNumber++, series: new Map(), cells: 0, changed: true };
    open.push(chunk);
    return chunk;
  };
  for (const chunk of open) if (chunk.changed) removeEmptySeries(chunk);
  const arrived = [...newcomers].filter(([, series]) => series.cells.size > 0);
  arrived.sort(([, a], [, b]) => compareDimensions(a.dimensions, b.dimensions));
  for (const [key, series] of arrived) {
    place(fullestWithRoom(open, cellsMax) ?? newChunk(), key, series);
  }
  for (let i = 0; i < open.length; i++) split(open[i] as Chunk, cellsMax, newChunk);

  const changed = open.filter((chunk) => chunk.changed);
  return {
    put: changed
      .filter((chunk) => chunk.series.size > 0)
      .sort((a, b) => a.number - b.number)
      .map((chunk) =>
        encodeSeries(
          rollup,
          chunk.number,
          sorted(chunk).map(([, series]) => series),
        ),
      ),
    drop: changed.filter((chunk) => chunk.series.size === 0).map((chunk) => chunk.number),
  };
}

function openChunk(rollup: StoredRollup, columns: TileColumns): Chunk {
  const tile = new TileReader(rollup, columns);
  const series: Chunk["series"] = new Map();
  let cells = 0;
  for (let index = 0; index < tile.size; index++) {
    series.set(tile.keyAt(index), { tile, index });
    cells += tile.cellsAt(index);
  }
  return { number: columns.chunk, series, cells, changed: false };
}

function newcomer(
  newcomers: Map<string, Series>,
  key: string,
  dimensions: DimensionValue[],
): Series {
  let series = newcomers.get(key);
  if (series === undefined) newcomers.set(key, (series = { dimensions, cells: new Map() }));
  return series;
}

/** The series, decoded from now on. */
function touch(chunk: Chunk, key: string): Series {
  const series = chunk.series.get(key) as Series | StoredSeries;
  if (!("tile" in series)) return series;
  const decoded = series.tile.seriesAt(series.index);
  chunk.series.set(key, decoded);
  return decoded;
}

function removeEmptySeries(chunk: Chunk): void {
  for (const [key, series] of chunk.series) if (cellsOf(series) === 0) chunk.series.delete(key);
}

function place(chunk: Chunk, key: string, series: Series | StoredSeries): void {
  chunk.series.set(key, series);
  chunk.cells += cellsOf(series);
  chunk.changed = true;
}

/** The fullest chunk that is less than half full; the lowest number among equals. */
function fullestWithRoom(chunks: readonly Chunk[], cellsMax: number): Chunk | undefined {
  let best: Chunk | undefined;
  for (const chunk of chunks) {
    if (chunk.series.size === 0 || chunk.cells >= cellsMax / 2) continue;
    if (best === undefined || chunk.cells > best.cells) best = chunk;
  }
  return best;
}

/** Moves the upper half of an overfull chunk's series to a new one; the caller visits that one too. */
function split(chunk: Chunk, cellsMax: number, newChunk: () => Chunk): void {
  while (chunk.changed && chunk.cells > cellsMax && chunk.series.size >= 2) {
    const target = newChunk();
    for (const [key, series] of sorted(chunk).slice(Math.ceil(chunk.series.size / 2))) {
      chunk.series.delete(key);
      chunk.cells -= cellsOf(series);
      place(target, key, series);
    }
  }
}

function cellsOf(series: Series | StoredSeries): number {
  return "tile" in series ? series.tile.cellsAt(series.index) : series.cells.size;
}

function sorted(chunk: Chunk): [string, Series | StoredSeries][] {
  return [...chunk.series]
    .map(([key, series]) => {
      const dimensions =
        "tile" in series ? series.tile.dimensionsAt(series.index) : series.dimensions;
      return { key, series, dimensions };
    })
    .sort((a, b) => compareDimensions(a.dimensions, b.dimensions))
    .map(({ key, series }) => [key, series]);
}
