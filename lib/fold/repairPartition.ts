/**
 * Giving pending extremes their true values. Counts and sums are never pending, so only extremes are
 * replaced, and only in cells that are still pending.
 */
import { mergeStored } from "../measures/accumulators.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { cellKey } from "../tiles/cellKey.js";
import { decodeSeries, encodeSeries, type CellState } from "../tiles/codec.js";
import type { Cell, TileColumns } from "../tiles/tile.js";
import { bucketStart, partitionSlots } from "../time/calendar.js";

type TrueCell = Pick<Cell, "dimensions" | "bucket" | "values">;

/**
 * Chunks of the partition whose pending cells are among `cells`, with the extremes taken from there.
 * `cells` must hold what the source holds as of the position that the partition is folded to. Pure.
 */
export function repairFromCells(
  rollup: StoredRollup,
  level: Level,
  partitionStart: number,
  chunks: readonly TileColumns[],
  cells: readonly TrueCell[],
): TileColumns[] {
  const slots = partitionSlots(level.granularity, level.partition, rollup.timezone, partitionStart);
  const known = new Map(cells.map((cell) => [placeKey(cell.dimensions, cell.bucket), cell]));
  const put: TileColumns[] = [];
  for (const chunk of chunks) {
    if (chunk.pending.length === 0) continue;
    const series = decodeSeries(rollup, chunk);
    let changed = false;
    for (const { dimensions, cells: states } of series) {
      for (const [slot, state] of states) {
        if (state.pending === 0) continue;
        const cell = known.get(placeKey(dimensions, slots[slot] ?? NaN));
        if (cell === undefined) continue;
        states.set(slot, replaceExtremes(rollup, state, cell.values));
        changed = true;
      }
    }
    if (changed) put.push(encodeSeries(rollup, chunk, series));
  }
  return put;
}

/**
 * The same from the cells of the next finer level, all of every bucket that holds a pending cell. A
 * cell whose finer cells are pending themselves stays so. Pure.
 */
export function repairFromFiner(
  rollup: StoredRollup,
  level: Level,
  partitionStart: number,
  chunks: readonly TileColumns[],
  finer: readonly Cell[],
): TileColumns[] {
  const merged = new Map<string, { cell: TrueCell; pending: boolean }>();
  for (const { dimensions, bucket, values, pending } of finer) {
    const coarse = bucketStart(level.granularity, rollup.timezone, bucket);
    const key = placeKey(dimensions, coarse);
    const known = merged.get(key);
    merged.set(key, {
      cell: {
        dimensions,
        bucket: coarse,
        values: known === undefined ? values : mergeExtremes(rollup, known.cell.values, values),
      },
      pending: pending !== 0 || known?.pending === true,
    });
  }
  const cells = [...merged.values()].filter(({ pending }) => !pending).map(({ cell }) => cell);
  return repairFromCells(rollup, level, partitionStart, chunks, cells);
}

/** Nobody asks for the others. */
function mergeExtremes(rollup: StoredRollup, a: Cell["values"], b: Cell["values"]): Cell["values"] {
  return rollup.accumulators.map(({ kind }, index) =>
    kind === "min" || kind === "max" ? mergeStored(kind, a[index] ?? null, b[index] ?? null) : null,
  );
}

function replaceExtremes(
  rollup: StoredRollup,
  state: CellState,
  values: Cell["values"],
): CellState {
  return {
    values: state.values.map((value, index) => {
      const kind = rollup.accumulators[index]?.kind;
      return kind === "min" || kind === "max" ? (values[index] ?? null) : value;
    }),
    pending: 0,
  };
}

function placeKey(dimensions: Cell["dimensions"], bucket: number): string {
  return `${bucket}|${cellKey(dimensions)}`;
}
