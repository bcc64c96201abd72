/**
 * A fold's effect on the tiles of one partition. Every chunk that holds a changed series is read once
 * and written once; the others need not even be read.
 */
import { RollupsError } from "../errors";
import type { DimensionValue } from "../model/cube";
import type { StoredRollup } from "../model/rollup";
import { cellKey, compareDimensions } from "../tiles/cellKey";
import type { Series } from "../tiles/codec";
import { SINGLE, chunkFor, seriesHash, type Directory } from "../tiles/directory";
import type { TileColumns } from "../tiles/tile";
import { partitionSlots, slotOf } from "../time/calendar";
import { applyDelta } from "./applyDelta";
import type { CellDelta, PartitionDelta } from "./deltas";
import { SeriesIndex, type OpenChunk } from "./openChunk";
import { OpenPartition, type FoldResult } from "./openPartition";

/**
 * Non-null cells per chunk before it is split: some 5–10 KB as stored, so that a fold rewrites
 * little and a document stays far below Convex's 1 MiB.
 */
export const CELLS_MAX = 128;

/** The cells of one series that a delta touches, and where the series is stored. */
interface Touched {
  deltas: CellDelta[];
  home: { chunk: OpenChunk; position: number } | null;
}

/** Numbers of the chunks that hold, or will hold, the series of some cells. O(cells × log chunks). */
export function chunksFor(
  directory: Directory | null,
  cells: readonly Pick<CellDelta, "dimensions">[],
): Set<number> {
  if (directory === null) return new Set(SINGLE.chunk);
  return new Set(cells.map(({ dimensions }) => chunkFor(directory, seriesHash(dimensions))));
}

/**
 * Applies a partition's deltas. `chunks` are chunk 0, unless the partition is empty, and those of
 * `chunksFor`; more do no harm. Pure: `chunks` are not changed, but results may share arrays with
 * them. Throws `NegativeCount`, `InconsistentCell`, `SumOverflow`, `CorruptTile`.
 * O(series + slots of the given chunks).
 */
export function foldPartition(
  rollup: StoredRollup,
  delta: PartitionDelta,
  chunks: readonly TileColumns[],
  limits: { cellsMax?: number } = {},
): FoldResult {
  const slots = partitionSlots(
    delta.level.granularity,
    delta.level.partition,
    rollup.timezone,
    delta.partitionStart,
  );
  const touched = groupBySeries(delta.cells);
  const index = new SeriesIndex<Touched>(rollup.dimensions.length);
  for (const series of touched) index.set(dimensionsOf(series), series);
  const partition = new OpenPartition(rollup, chunks);
  for (const chunk of partition.open()) {
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
    if (home === null && series.cells.size > 0) newcomers.push(series);
  }
  for (const chunk of partition.open()) if (chunk.changed) chunk.removeEmpty();
  newcomers.sort((a, b) => compareDimensions(a.dimensions, b.dimensions));
  for (const series of newcomers) partition.chunkFor(seriesHash(series.dimensions)).add(series);
  return partition.finish(limits.cellsMax ?? CELLS_MAX);
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

function outside({ partitionStart }: PartitionDelta, { bucket }: CellDelta): RollupsError {
  return new RollupsError("CorruptTile", "A delta lies outside its partition", {
    bucket,
    partitionStart,
  });
}
