/**
 * A fold's effect on the tiles of one partition. Every tile is read once and written at most once. A
 * series stays in its chunk until the chunk outgrows its limit and is split.
 */
import { RollupsError } from "../errors";
import type { StoredRollup } from "../model/rollup";
import { cellKey, compareDimensions } from "../tiles/cellKey";
import { decodeSeries, encodeSeries, type Series } from "../tiles/codec";
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
  series: Map<string, Series>;
  cells: number;
  changed: boolean;
}

/**
 * Applies a partition's deltas to all of its chunks. Pure: `chunks` are not changed. Throws
 * `NegativeCount`, `InconsistentCell`, `SumOverflow`, `CorruptTile`. O(series + touched cells).
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
    let series = chunk?.series.get(key) ?? newcomers.get(key);
    if (series === undefined) {
      series = { dimensions: cell.dimensions, cells: new Map() };
      newcomers.set(key, series);
    }
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
  for (const [key, series] of arrived.sort(([, a], [, b]) => bySeries(a, b))) {
    place(fullestWithRoom(open, cellsMax) ?? newChunk(), key, series);
  }
  for (let i = 0; i < open.length; i++) split(open[i] as Chunk, cellsMax, newChunk);

  const changed = open.filter((chunk) => chunk.changed);
  return {
    put: changed
      .filter((chunk) => chunk.series.size > 0)
      .sort((a, b) => a.number - b.number)
      .map((chunk) => encodeSeries(rollup, chunk.number, sorted(chunk))),
    drop: changed.filter((chunk) => chunk.series.size === 0).map((chunk) => chunk.number),
  };
}

function openChunk(rollup: StoredRollup, tile: TileColumns): Chunk {
  const decoded = decodeSeries(rollup, tile);
  const series = new Map(decoded.map((one) => [cellKey(one.dimensions), one]));
  const cells = decoded.reduce((total, one) => total + one.cells.size, 0);
  return { number: tile.chunk, series, cells, changed: false };
}

function removeEmptySeries(chunk: Chunk): void {
  for (const [key, series] of chunk.series) if (series.cells.size === 0) chunk.series.delete(key);
}

function place(chunk: Chunk, key: string, series: Series): void {
  chunk.series.set(key, series);
  chunk.cells += series.cells.size;
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
    const keys = [...chunk.series].sort(([, a], [, b]) => bySeries(a, b));
    const target = newChunk();
    for (const [key, series] of keys.slice(Math.ceil(keys.length / 2))) {
      chunk.series.delete(key);
      chunk.cells -= series.cells.size;
      place(target, key, series);
    }
  }
}

function sorted(chunk: Chunk): Series[] {
  return [...chunk.series.values()].sort(bySeries);
}

function bySeries(a: Series, b: Series): number {
  return compareDimensions(a.dimensions, b.dimensions);
}
