/** A fold's effect on the tiles of one partition, and which chunks it needs for that. */
import type { StoredRollup } from "../model/rollup";
import { SINGLE, chunkFor, seriesHash, type Directory } from "../tiles/directory";
import type { TileColumns } from "../tiles/tile";
import { applyDelta } from "./applyDelta";
import type { CellDelta, PartitionDelta } from "./deltas";
import type { FoldResult } from "./openPartition";
import { rewriteCells, type ChunkLimits } from "./rewriteCells";

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
