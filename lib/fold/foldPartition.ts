/** A fold's effect on the tiles of one partition, and which chunks it needs for that. */
import type { StoredRollup } from "../model/rollup.js";
import { SINGLE, chunkFor, seriesHash, type Directory } from "../tiles/directory.js";
import type { TileColumns } from "../tiles/tile.js";
import { applyDelta } from "./applyDelta.js";
import type { CellDelta, PartitionDelta } from "./deltas.js";
import type { FoldResult } from "./openPartition.js";
import { rewriteCells, type ChunkLimits } from "./rewriteCells.js";

/** Numbers of the chunks that hold, or will hold, the series of some cells. O(cells × log chunks). */
export function chunksFor(
  directory: Directory | null,
  cells: readonly Pick<CellDelta, "dimensions">[],
): Set<number> {
  if (directory === null) return new Set(SINGLE.chunk);
  return new Set(cells.map(({ dimensions }) => chunkFor(directory, seriesHash(dimensions))));
}

/**
 * Applies a partition's deltas; see `rewriteCells`. Throws `NegativeCount`, `InconsistentCell`,
 * `SumOverflow`, `CorruptTile`, `TileTooLarge`.
 */
export function foldPartition(
  rollup: StoredRollup,
  delta: PartitionDelta,
  chunks: readonly TileColumns[],
  limits: ChunkLimits = {},
): FoldResult {
  return rewriteCells(
    rollup,
    delta,
    chunks,
    (before, cell) => applyDelta(rollup, before, cell),
    limits,
  );
}
