/**
 * Between the columns of a stored tile and what the engine works with: series while folding, cells
 * while reading.
 */
import { RollupsError } from "../errors";
import type { DimensionValue } from "../model/cube";
import type { Level, StoredRollup } from "../model/rollup";
import { partitionSlots } from "../time/calendar";
import type { Cell, Exact, Slots, TileColumns } from "./tile";

export { cellKey } from "./cellKey";

/** One cell's statistics without its place. `values` is parallel to the rollup's accumulators. */
export interface CellState {
  values: (Exact | null)[];
  /** Bit i set: `values[i]` is an extreme that is pending. */
  pending: number;
}

/** All buckets of one combination of dimension values in one partition; holes where no record is. */
export interface Series {
  dimensions: DimensionValue[];
  /** Slot → cell. */
  cells: Map<number, CellState>;
}

/** Every cell of one tile, in order of series, then bucket. Throws `CorruptTile`. O(slots). */
export function decodeTile(
  rollup: StoredRollup,
  level: Level,
  partitionStart: number,
  columns: TileColumns,
): Cell[] {
  const slots = partitionSlots(level.granularity, level.partition, rollup.timezone, partitionStart);
  const cells: Cell[] = [];
  for (const series of decodeSeries(rollup, columns)) {
    for (const [slot, { values, pending }] of series.cells) {
      const bucket = slots[slot];
      if (bucket === undefined) throw corrupt(rollup, `slot ${slot} lies outside the partition`);
      cells.push({ dimensions: series.dimensions, bucket, values, pending });
    }
  }
  return cells;
}

/** The series of one tile, in stored order. Throws `CorruptTile`. O(slots). */
export function decodeSeries(rollup: StoredRollup, columns: TileColumns): Series[] {
  const counts = columnOf(rollup, columns, "count");
  const accumulators = rollup.accumulators.map(({ column }) => columnOf(rollup, columns, column));
  const dimensions = rollup.dimensions.map(({ name }) => dimensionOf(rollup, columns, name));
  const decoded = counts.map((count, index): Series => {
    const cells = new Map<number, CellState>();
    for (let slot = 0; slot < count.length; slot++) {
      if (count[slot] == null) continue;
      const values = accumulators.map((series) => series[index]?.[slot] ?? null);
      cells.set(slot, { values, pending: 0 });
    }
    return { dimensions: dimensions.map((values) => values[index] ?? null), cells };
  });
  for (const { series, slot, column } of columns.pending) {
    const cell = decoded[series]?.cells.get(slot);
    const index = rollup.accumulators.findIndex((accumulator) => accumulator.column === column);
    if (cell === undefined || index < 0) throw corrupt(rollup, "a pending mark has no cell");
    cell.pending |= 1 << index;
  }
  return decoded;
}

/** The stored form of a chunk. The inverse of `decodeSeries`. O(slots). */
export function encodeSeries(
  rollup: StoredRollup,
  chunk: number,
  series: readonly Series[],
): TileColumns {
  const dimensions: TileColumns["dimensions"] = {};
  rollup.dimensions.forEach(({ name }, index) => {
    dimensions[name] = series.map((one) => one.dimensions[index] ?? null);
  });
  const columns: TileColumns["columns"] = {};
  rollup.accumulators.forEach(({ column }, index) => {
    columns[column] = series.map((one) => encodeSlots(one, index));
  });
  const pending: TileColumns["pending"] = [];
  series.forEach((one, index) => {
    for (const [slot, cell] of sortedCells(one)) {
      if (cell.pending === 0) continue;
      rollup.accumulators.forEach(({ column }, bit) => {
        if ((cell.pending & (1 << bit)) !== 0) pending.push({ series: index, slot, column });
      });
    }
  });
  return { chunk, dimensions, columns, pending };
}

function encodeSlots(series: Series, accumulator: number): Slots {
  let length = 0;
  for (const [slot, { values }] of series.cells) {
    if (values[accumulator] != null) length = Math.max(length, slot + 1);
  }
  const slots: Slots = new Array<Exact | null>(length).fill(null);
  for (const [slot, { values }] of series.cells) {
    const value = values[accumulator];
    if (value != null) slots[slot] = value;
  }
  return slots;
}

function sortedCells(series: Series): [number, CellState][] {
  return [...series.cells].sort(([a], [b]) => a - b);
}

function columnOf(rollup: StoredRollup, tile: TileColumns, column: string): Slots[] {
  const series = Object.hasOwn(tile.columns, column) ? tile.columns[column] : undefined;
  if (series === undefined) throw corrupt(rollup, `the column ${column} is missing`);
  return series;
}

function dimensionOf(rollup: StoredRollup, tile: TileColumns, name: string): DimensionValue[] {
  const values = Object.hasOwn(tile.dimensions, name) ? tile.dimensions[name] : undefined;
  if (values === undefined) throw corrupt(rollup, `the dimension ${name} is missing`);
  return values;
}

function corrupt(rollup: StoredRollup, problem: string): RollupsError {
  return new RollupsError("CorruptTile", `A tile of ${rollup.cube}.${rollup.name}: ${problem}`, {
    cube: rollup.cube,
    rollup: rollup.name,
  });
}
