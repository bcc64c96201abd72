/**
 * The cells of a tile by columns, as questions read them: what no question looks at is never made an object of. A
 * stretch of cells is a series, so a filter on dimensions is decided once for all of them.
 */
import type { DimensionValue } from "../model/cube.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { partitionSlots } from "../time/calendar.js";
import { corrupt, mustHave } from "./corrupt.js";
import type { Cell, Statistic, TileColumns } from "./tile.js";

/** One value per series, or the values that there are and the place among them of each series' own. */
export type DimensionColumn = readonly DimensionValue[] | { of: DimensionValue[]; at: number[] };

/** A bigint as JSON has it. */
export interface WireInteger {
  n: string;
}

/** Cell → statistic. */
export type StatisticColumn = readonly (Statistic | WireInteger | null)[];

export interface DecodedColumns {
  /** Parallel to the rollup's dimensions. */
  dimensions: readonly DimensionColumn[];
  /** Series → its first cell, and behind the last series the number of all cells. */
  first: readonly number[];
  /** Cell → slot of the partition. */
  slots: readonly number[];
  /** Parallel to the rollup's accumulators. */
  values: readonly StatisticColumn[];
  /** Cell → bits of the extremes that are pending; null where none is. */
  pending: ReadonlyMap<number, number> | null;
}

export class DecodedTile {
  /** Slot → start of its bucket, epoch ms. */
  readonly buckets: readonly number[];
  /** Number of series. */
  readonly series: number;
  /** Series → its first cell, and behind the last series the number of all cells. */
  readonly first: readonly number[];
  /** Cell → slot. */
  readonly slots: readonly number[];

  /** Throws `CorruptTile` where a slot lies outside the partition. O(cells). */
  constructor(
    rollup: StoredRollup,
    { granularity, partition }: Level,
    readonly partitionStart: number,
    private readonly columns: DecodedColumns,
  ) {
    const { first, slots } = columns;
    this.buckets = partitionSlots(granularity, partition, rollup.timezone, partitionStart);
    this.first = first;
    this.slots = slots;
    this.series = first.length - 1;
    const { length } = this.buckets;
    for (const slot of slots) {
      if (slot >= length) throw corrupt(rollup, `slot ${slot} lies outside the partition`);
    }
  }

  /** Whether an extreme of any cell is pending. */
  get hasPending(): boolean {
    return this.columns.pending !== null;
  }

  /** One dimension value of one series. */
  dimensionAt(series: number, dimension: number): DimensionValue {
    const column = this.columns.dimensions[dimension];
    if (column === undefined) return null;
    if (!("of" in column)) return column[series] ?? null;
    return column.of[column.at[series] as number] ?? null;
  }

  /** Series → whether its value of a dimension meets a condition, which is asked once for each value of a short list. */
  meets(dimension: number, isMet: (value: DimensionValue) => boolean): readonly boolean[] {
    const column = this.columns.dimensions[dimension] ?? [];
    if (!("of" in column))
      return Array.from({ length: this.series }, (_, i) => isMet(column[i] ?? null));
    const met = column.of.map(isMet);
    return column.at.map((at) => met[at] === true);
  }

  /** One statistic of one cell. */
  statisticAt(cell: number, accumulator: number): Statistic | null {
    const value = this.columns.values[accumulator]?.[cell] ?? null;
    return typeof value === "object" && value !== null ? BigInt(value.n) : value;
  }

  dimensionsAt(series: number): DimensionValue[] {
    return this.columns.dimensions.map((_, dimension) => this.dimensionAt(series, dimension));
  }

  /** One cell, whole. `dimensions` are those of its series. */
  cellAt(cell: number, dimensions: DimensionValue[]): Cell {
    const { values, pending } = this.columns;
    return {
      dimensions,
      bucket: this.buckets[this.slots[cell] as number] as number,
      values: values.map((_, accumulator) => this.statisticAt(cell, accumulator)),
      pending: pending?.get(cell) ?? 0,
    };
  }

  /** The cells whose bucket is looked at, in order of series, then bucket. Those of one series share their dimensions. */
  *cells(isLooked: (bucket: number) => boolean = () => true): Generator<Cell> {
    const looked = this.buckets.map(isLooked);
    for (let series = 0; series < this.series; series++) {
      let dimensions: DimensionValue[] | null = null;
      const end = this.first[series + 1] as number;
      for (let cell = this.first[series] as number; cell < end; cell++) {
        if (!looked[this.slots[cell] as number]) continue;
        yield this.cellAt(cell, (dimensions ??= this.dimensionsAt(series)));
      }
    }
  }
}

/** A tile as it is stored. Throws `CorruptTile`. O(slots). */
export function decodeColumns(
  rollup: StoredRollup,
  level: Level,
  partitionStart: number,
  tile: TileColumns,
): DecodedTile {
  const stored = rollup.accumulators.map(({ column }) => mustHave(rollup, tile.columns, column));
  const counts = mustHave(rollup, tile.columns, "count");
  const first = [0];
  const slots: number[] = [];
  const values = stored.map((): (Statistic | null)[] => []);
  const marks = tile.pending.length === 0 ? null : marksOf(rollup, tile.pending);
  const pending = new Map<number, number>();
  counts.forEach((ofSeries, series) => {
    for (let slot = 0; slot < ofSeries.length; slot++) {
      if (ofSeries[slot] == null) continue;
      const mark = marks?.get(`${series} ${slot}`);
      if (mark !== undefined) pending.set(slots.length, mark);
      slots.push(slot);
      for (let i = 0; i < stored.length; i++) {
        values[i]?.push(stored[i]?.[series]?.[slot] ?? null);
      }
    }
    first.push(slots.length);
  });
  if (marks !== null && pending.size < marks.size)
    throw corrupt(rollup, "a pending mark has no cell");
  return new DecodedTile(rollup, level, partitionStart, {
    ...{ first, slots, values, pending: marks && pending },
    dimensions: rollup.dimensions.map(({ name }) => mustHave(rollup, tile.dimensions, name)),
  });
}

/** Series and slot → bits of the extremes that are pending there. */
export function marksOf(
  rollup: StoredRollup,
  pending: TileColumns["pending"],
): Map<string, number> {
  const marks = new Map<string, number>();
  for (const { series, slot, column } of pending) {
    const index = rollup.accumulators.findIndex((one) => one.column === column);
    if (index < 0) throw corrupt(rollup, `${column} is pending and not kept`);
    const place = `${series} ${slot}`;
    marks.set(place, (marks.get(place) ?? 0) | (1 << index));
  }
  return marks;
}
