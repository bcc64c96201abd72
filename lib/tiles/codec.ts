/**
 * Between the columns of a stored tile and what the engine works with: series while folding, cells
 * while reading.
 */
import type { DimensionValue } from "../model/cube.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { partitionSlots } from "../time/calendar.js";
import { corrupt, mustHave } from "./corrupt.js";
import type { Cell, Slots, Statistic, TileColumns } from "./tile.js";

export { cellKey } from "./cellKey.js";

/** One cell's statistics without its place. `values` is parallel to the rollup's accumulators. */
export interface CellState {
  values: (Statistic | null)[];
  /** Bit i set: `values[i]` is an extreme that is pending. */
  pending: number;
}

/** All buckets of one combination of dimension values in one partition; holes where no record is. */
export interface Series {
  dimensions: DimensionValue[];
  /** Slot → cell. */
  cells: Map<number, CellState>;
}

/** A series that is still as stored. */
export interface StoredSeries {
  tile: TileReader;
  index: number;
}

/** Characters of a sketch that take as much room as a cell of numbers. */
const CELL_CHARACTERS = 64;

/** Characters of a series' dimension values that its cells' share of a document has room for. */
const NAMES_CHARACTERS = 512;

/** The size of a series, in cells of numbers. */
export function weightOf(cells: number, characters: number): number {
  return cells + Math.floor(characters / CELL_CHARACTERS);
}

/** Characters of all texts among some values. */
export function charactersOf(values: Iterable<Statistic | null>): number {
  let characters = 0;
  for (const value of values) if (typeof value === "string") characters += value.length;
  return characters;
}

/** What the dimension values of a series take beyond what names usually do: a set may hold thousands. */
export function excessOf(dimensions: readonly DimensionValue[]): number {
  return Math.max(0, charactersOf(dimensions) - NAMES_CHARACTERS);
}

/**
 * Looks into one stored tile without decoding more than is asked for. Throws `CorruptTile` where the
 * tile does not have the form of its rollup.
 */
export class TileReader {
  /** Number of series. */
  readonly size: number;
  private readonly counts: readonly Slots[];
  /** Parallel to the rollup's accumulators: series → slots. */
  private readonly columns: readonly (readonly Slots[])[];
  /** Parallel to the rollup's dimensions: series → value. */
  private readonly dimensions: readonly (readonly DimensionValue[])[];
  /** Series → slot → bits; null where nothing is pending. */
  private readonly pending: Map<number, Map<number, number>> | null;

  constructor(
    private readonly rollup: StoredRollup,
    columns: TileColumns,
  ) {
    const column = (name: string) => mustHave(rollup, columns.columns, name);
    this.counts = column("count");
    this.size = this.counts.length;
    this.columns = rollup.accumulators.map((accumulator) => column(accumulator.column));
    this.dimensions = rollup.dimensions.map(({ name }) =>
      mustHave(rollup, columns.dimensions, name),
    );
    this.pending = columns.pending.length === 0 ? null : this.readPending(columns.pending);
  }

  /** Dimension values of one series. */
  dimensionsAt(index: number): DimensionValue[] {
    return this.dimensions.map((values) => values[index] ?? null);
  }

  /** One dimension value of one series. */
  dimensionAt(index: number, dimension: number): DimensionValue {
    return this.dimensions[dimension]?.[index] ?? null;
  }

  /** How much one series adds to the size of its chunk, in cells. O(slots). */
  weightAt(index: number): number {
    let cells = 0;
    for (const count of this.counts[index] ?? []) if (count != null) cells++;
    let characters = excessOf(this.dimensionsAt(index));
    for (const column of this.columns) characters += charactersOf(column[index] ?? []);
    return weightOf(cells, characters);
  }

  /** One series, decoded. O(slots). */
  seriesAt(index: number): Series {
    const cells: Series["cells"] = new Map();
    this.eachCell(index, (slot, values, pending) => cells.set(slot, { values, pending }));
    return { dimensions: this.dimensionsAt(index), cells };
  }

  /** The cells of one series in order of slots. */
  eachCell(
    index: number,
    visit: (slot: number, values: (Statistic | null)[], pending: number) => void,
  ): void {
    const counts = this.counts[index] as Slots;
    const pending = this.pending?.get(index);
    for (let slot = 0; slot < counts.length; slot++) {
      if (counts[slot] == null) continue;
      const values = new Array<Statistic | null>(this.columns.length);
      for (let i = 0; i < values.length; i++) {
        values[i] = this.columns[i]?.[index]?.[slot] ?? null;
      }
      visit(slot, values, pending?.get(slot) ?? 0);
    }
  }

  /** One series' slots in one accumulator's column, as stored. */
  slotsAt(index: number, accumulator: number): Slots {
    return this.columns[accumulator]?.[index] ?? [];
  }

  /** Slot → bits of one series. */
  pendingAt(index: number): ReadonlyMap<number, number> | undefined {
    return this.pending?.get(index);
  }

  private readPending(marks: TileColumns["pending"]): Map<number, Map<number, number>> {
    const pending = new Map<number, Map<number, number>>();
    for (const { series, slot, column } of marks) {
      const index = this.rollup.accumulators.findIndex((one) => one.column === column);
      if (index < 0 || this.counts[series]?.[slot] == null) {
        throw corrupt(this.rollup, "a pending mark has no cell");
      }
      let slots = pending.get(series);
      if (slots === undefined) pending.set(series, (slots = new Map()));
      slots.set(slot, (slots.get(slot) ?? 0) | (1 << index));
    }
    return pending;
  }
}

/**
 * Every cell of one tile, in order of series, then bucket; cells of one series share their
 * `dimensions` array. Throws `CorruptTile`. O(slots).
 */
export function decodeTile(
  rollup: StoredRollup,
  level: Level,
  partitionStart: number,
  columns: TileColumns,
): Cell[] {
  const slots = partitionSlots(level.granularity, level.partition, rollup.timezone, partitionStart);
  const tile = new TileReader(rollup, columns);
  const cells: Cell[] = [];
  for (let index = 0; index < tile.size; index++) {
    const dimensions = tile.dimensionsAt(index);
    tile.eachCell(index, (slot, values, pending) => {
      const bucket = slots[slot];
      if (bucket === undefined) throw corrupt(rollup, `slot ${slot} lies outside the partition`);
      cells.push({ dimensions, bucket, values, pending });
    });
  }
  return cells;
}

/** The series of one tile, in stored order. Throws `CorruptTile`. O(slots). */
export function decodeSeries(rollup: StoredRollup, columns: TileColumns): Series[] {
  const tile = new TileReader(rollup, columns);
  return Array.from({ length: tile.size }, (_, index) => tile.seriesAt(index));
}

/**
 * The stored form of a chunk. The inverse of `decodeSeries`; series that are still as stored share
 * their arrays with the tile they come from. O(slots of decoded series + series).
 */
export function encodeSeries(
  rollup: StoredRollup,
  { chunk, directory }: Pick<TileColumns, "chunk" | "directory">,
  series: readonly (Series | StoredSeries)[],
): TileColumns {
  const values = series.map((one) =>
    "tile" in one ? one.tile.dimensionsAt(one.index) : one.dimensions,
  );
  const dimensions: TileColumns["dimensions"] = {};
  rollup.dimensions.forEach(({ name }, index) => {
    dimensions[name] = values.map((one) => one[index] ?? null);
  });
  const columns: TileColumns["columns"] = {};
  rollup.accumulators.forEach(({ column }, index) => {
    columns[column] = series.map((one) =>
      "tile" in one ? one.tile.slotsAt(one.index, index) : encodeSlots(one, index),
    );
  });
  const pending = series.flatMap((one, index) => {
    const bits = "tile" in one ? one.tile.pendingAt(one.index) : pendingOf(one);
    return [...(bits ?? [])].flatMap(([slot, mask]) =>
      rollup.accumulators.flatMap(({ column }, bit) =>
        (mask & (1 << bit)) === 0 ? [] : [{ series: index, slot, column }],
      ),
    );
  });
  return { chunk, directory, dimensions, columns, pending };
}

function encodeSlots(series: Series, accumulator: number): Slots {
  let length = 0;
  for (const [slot, { values }] of series.cells) {
    if (values[accumulator] != null && slot >= length) length = slot + 1;
  }
  const slots: Slots = new Array<Statistic | null>(length).fill(null);
  for (const [slot, { values }] of series.cells) {
    const value = values[accumulator];
    if (value != null) slots[slot] = value;
  }
  return slots;
}

function pendingOf(series: Series): Map<number, number> {
  const pending = [...series.cells].filter(([, cell]) => cell.pending !== 0);
  return new Map(pending.sort(([a], [b]) => a - b).map(([slot, cell]) => [slot, cell.pending]));
}
