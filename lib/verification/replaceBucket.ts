/** Rewriting one bucket of a partition to what it must be: the repair of drift. */
import { foldPartition } from "../fold/foldPartition";
import type { FoldResult } from "../fold/openPartition";
import type { CellDelta } from "../fold/deltas";
import { addExact, negateExact } from "../measures/exact";
import type { Level, StoredRollup } from "../model/rollup";
import { decodeSeries, decodeTile, encodeSeries } from "../tiles/codec";
import type { Cell, TileColumns } from "../tiles/tile";
import { partitionSlots, slotOf } from "../time/calendar";
import { placeKey } from "./trueCells";

/**
 * Changed chunks after which the bucket holds exactly `truth`, and no cell is pending in it unless it
 * is so in `truth`. Other buckets stay. Pure; O(series).
 */
export function replaceBucket(
  rollup: StoredRollup,
  level: Level,
  partitionStart: number,
  chunks: readonly TileColumns[],
  bucket: number,
  truth: ReadonlyMap<string, Cell>,
): FoldResult {
  const stored = chunks
    .flatMap((chunk) => decodeTile(rollup, level, partitionStart, chunk))
    .filter((cell) => cell.bucket === bucket);
  const known = new Map(stored.map((cell) => [placeKey(cell), cell]));
  const cells: CellDelta[] = [];
  for (const [key, cell] of known) {
    if (!truth.has(key)) cells.push(difference(rollup, cell, null));
  }
  for (const [key, cell] of truth) {
    cells.push(difference(rollup, known.get(key) ?? null, cell));
  }
  const folded = foldPartition(rollup, { level, partitionStart, cells }, chunks);
  const drop = new Set(folded.drop);
  const changed = new Map(folded.put.map((chunk) => [chunk.chunk, chunk]));
  const after = [
    ...chunks.filter(({ chunk }) => !drop.has(chunk) && !changed.has(chunk)),
    ...folded.put,
  ];
  const slots = partitionSlots(level.granularity, level.partition, rollup.timezone, partitionStart);
  const slot = slotOf(slots, bucket);
  const put = after.flatMap((chunk) => {
    const series = decodeSeries(rollup, chunk);
    let touched = changed.has(chunk.chunk);
    for (const { dimensions, cells: states } of series) {
      const cell = truth.get(placeKey({ bucket, dimensions }));
      if (cell === undefined || !states.has(slot)) continue;
      states.set(slot, { values: cell.values, pending: cell.pending });
      touched = true;
    }
    return touched ? [encodeSeries(rollup, chunk, series)] : [];
  });
  return { put, drop: folded.drop };
}

/** What turns one cell's additive statistics into another's; its extremes are set afterwards. */
function difference(rollup: StoredRollup, from: Cell | null, to: Cell | null): CellDelta {
  const place = (to ?? from) as Cell;
  return {
    dimensions: place.dimensions,
    bucket: place.bucket,
    change: rollup.accumulators.map(({ kind }, index) =>
      kind === "min" || kind === "max"
        ? 0
        : addExact(to?.values[index] ?? 0, negateExact(from?.values[index] ?? 0)),
    ),
    net: rollup.accumulators.map(() => null),
  };
}
