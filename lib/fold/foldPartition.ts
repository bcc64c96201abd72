/**
 * A fold's effect on the tiles of one partition. Every tile is read once and written at most once. A
 * series stays in its chunk until the chunk outgrows its limit and is split.
 */
import { RollupsError } from "../errors";
import type { DimensionValue } from "../model/cube";
import type { StoredRollup } from "../model/rollup";
import { cellKey, compareDimensions } from "../tiles/cellKey";
import type { Series } from "../tiles/codec";
import type { TileColumns } from "../tiles/tile";
import { partitionSlots, slotOf } from "../time/calendar";
import { applyDelta } from "./applyDelta";
import type { CellDelta, PartitionDelta } from "./deltas";
import { OpenChunk, SeriesIndex } from "./openChunk";

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

/** The cells of one series that a delta touches, and where the series is stored. */
interface Touched {
  deltas: CellDelta[];
  home: { chunk: OpenChunk; position: number } | null;
}

/**
 * Applies a partition's deltas to all of its chunks. Pure: `chunks` are not changed, but results may
 * share arrays with them. Throws `NegativeCount`, `InconsistentCell`, `SumOverflow`, `CorruptTile`.
 * O(series + slots of touched chunks).
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
  const touched = groupBySeries(delta.cells);
  const index = new SeriesIndex<Touched>(rollup.dimensions.length);
  for (const series of touched) index.set(dimensionsOf(series), series);
  const open = chunks.map((chunk) => new OpenChunk(rollup, chunk.chunk, chunk));
  for (const chunk of open) {
    chunk.find(index, (position, series) => (series.home = { chunk, position }));
  }

  const newcomers: Series[] = [];
  for (const { deltas, home } of touched) {
    const series = home?.chunk.touch(home.position) ?? newSeries(deltas);
    for (const cell of deltas) {
      const slot = slotOf(slots, cell.bucket);
      if (slot < 0) throw outside(delta, cell);
      const after = applyDelta(rollup, series.cells.get(slot) ?? null, cell);
      if (after === null) series.cells.delete(slot);
      else series.cells.set(slot, after);
    }
    if (home === null) newcomers.push(series);
  }

  let nextNumber = Math.max(-1, ...chunks.map(({ chunk }) => chunk)) + 1;
  const newChunk = (): OpenChunk => {
    const chunk = new OpenChunk(rollup, nextNumber++, null);
    open.push(chunk);
    return chunk;
  };
  for (const chunk of open) if (chunk.changed) chunk.removeEmpty();
  newcomers.sort((a, b) => compareDimensions(a.dimensions, b.dimensions));
  for (const series of newcomers) (fullestWithRoom(open, cellsMax) ?? newChunk()).add(series);
  for (let i = 0; i < open.length; i++) split(open[i] as OpenChunk, cellsMax, newChunk);

  const changed = open.filter((chunk) => chunk.changed);
  return {
    put: changed
      .filter((chunk) => chunk.size > 0)
      .sort((a, b) => a.number - b.number)
      .map((chunk) => chunk.encode()),
    drop: changed.filter((chunk) => chunk.size === 0).map((chunk) => chunk.number),
  };
}

function groupBySeries(cells: readonly CellDelta[]): Touched[] {
  const byKey = new Map<string, Touched>();
  for (const cell of cells) {
    const key = cellKey(cell.dimensions);
    const touched = byKey.get(key);
    if (touched === undefined) byKey.set(key, { deltas: [cell], home: null });
    else touched.deltas.push(cell);
  }
  return [...byKey.values()];
}

function newSeries(deltas: readonly CellDelta[]): Series {
  return { dimensions: dimensionsOf({ deltas }), cells: new Map() };
}

function dimensionsOf({ deltas }: { deltas: readonly CellDelta[] }): DimensionValue[] {
  return (deltas[0] as CellDelta).dimensions;
}

/** The fullest chunk that is less than half full; the lowest number among equals. */
function fullestWithRoom(chunks: readonly OpenChunk[], cellsMax: number): OpenChunk | undefined {
  let best: OpenChunk | undefined;
  for (const chunk of chunks) {
    if (chunk.size === 0 || chunk.cells >= cellsMax / 2) continue;
    if (best === undefined || chunk.cells > best.cells) best = chunk;
  }
  return best;
}

/** Moves the upper half of an overfull chunk's series to a new one; the caller visits that one too. */
function split(chunk: OpenChunk, cellsMax: number, newChunk: () => OpenChunk): void {
  while (chunk.changed && chunk.cells > cellsMax && chunk.size >= 2) {
    const target = newChunk();
    for (const series of chunk.takeHalf()) target.add(series);
  }
}

function outside({ partitionStart }: PartitionDelta, { bucket }: CellDelta): RollupsError {
  return new RollupsError("CorruptTile", "A delta lies outside its partition", {
    bucket,
    partitionStart,
  });
}
