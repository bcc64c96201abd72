/**
 * Tiles as they travel to a browser: one text for each. Only buckets with records take room, a dimension value is
 * written once where many series have it, and JSON is parsed at once, whatever it holds.
 */
import type { DimensionValue } from "../model/cube.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { mustHave } from "./corrupt.js";
import { DecodedTile, marksOf, type WireInteger } from "./decodedTile.js";
import type { Statistic, TileColumns } from "./tile.js";

/** A bigint, which JSON does not know, as `{n}`. No tile holds any other number that it does not. */
type WireStatistic = string | number | null | WireInteger;

type WireTile = [
  partitionStart: number,
  /** Dimension → one value per series, or the values that there are and the place among them of each series' own. */
  dimensions: Record<string, DimensionValue[] | { of: DimensionValue[]; at: number[] }>,
  /**
   * The slots with records, series after series: -1 - slot for the first of a series, then the distance to the one
   * before. 0 is a series without any.
   */
  steps: number[],
  /** Column → the values of all these slots, one after the other. */
  columns: Record<string, WireStatistic[]>,
  pending?: TileColumns["pending"],
];

/** One stored tile. `fromWire` gives of it what `decodeColumns` gives of the tile. O(slots). */
export function toWire(
  partitionStart: number,
  tile: Pick<TileColumns, "dimensions" | "columns" | "pending">,
): string {
  const steps: number[] = [];
  const columns = mapValues(tile.columns, (): WireStatistic[] => []);
  const stored = Object.entries(tile.columns).map(([name, series]) => ({
    ...{ series, told: columns[name] as WireStatistic[] },
  }));
  (tile.columns["count"] ?? []).forEach((counts, series) => {
    let last = -1;
    for (let slot = 0; slot < counts.length; slot++) {
      if (counts[slot] == null) continue;
      steps.push(last < 0 ? -1 - slot : slot - last);
      last = slot;
      for (const { series: of, told } of stored) told.push(toText(of[series]?.[slot] ?? null));
    }
    if (last < 0) steps.push(0);
  });
  const wire: WireTile = [partitionStart, mapValues(tile.dimensions, shortest), steps, columns];
  if (tile.pending.length > 0) wire.push(tile.pending);
  return JSON.stringify(wire);
}

/**
 * Tiles of one level of one generation, as `[tile,…]` of the texts of `toWire`. `shared` gives the one text that stands
 * for all that are equal: most values are in many tiles. Throws `CorruptTile` where they are not of the rollup. O(cells).
 */
export function fromWire(
  rollup: StoredRollup,
  level: Level,
  text: string,
  shared: (text: string) => string = (one) => one,
): DecodedTile[] {
  return (JSON.parse(text) as WireTile[]).map((tile) => decode(rollup, level, tile, shared));
}

function decode(
  rollup: StoredRollup,
  level: Level,
  [partitionStart, dimensions, steps, columns, marked = []]: WireTile,
  shared: (text: string) => string,
): DecodedTile {
  const marks = marked.length === 0 ? null : marksOf(rollup, marked);
  const pending = new Map<number, number>();
  const first: number[] = [];
  const slots: number[] = [];
  let slot = 0;
  for (const step of steps) {
    if (step <= 0) first.push(slots.length);
    if (step === 0) continue;
    slot = step < 0 ? -1 - step : slot + step;
    const mark = marks?.get(`${first.length - 1} ${slot}`);
    if (mark !== undefined) pending.set(slots.length, mark);
    slots.push(slot);
  }
  first.push(slots.length);
  return new DecodedTile(rollup, level, partitionStart, {
    ...{ first, slots, pending: marks && pending },
    dimensions: rollup.dimensions.map(({ name }) => {
      const column = mustHave(rollup, dimensions, name);
      const values = "of" in column ? column.of : column;
      values.forEach((value, i) => {
        if (typeof value === "string") values[i] = shared(value);
      });
      return column;
    }),
    values: rollup.accumulators.map(({ column }) => mustHave(rollup, columns, column)),
  });
}

function shortest(values: readonly DimensionValue[]): WireTile[1][string] {
  const places = new Map<DimensionValue, number>();
  for (const value of values) if (!places.has(value)) places.set(value, places.size);
  if (places.size * 2 > values.length) return [...values];
  return { of: [...places.keys()], at: values.map((value) => places.get(value) as number) };
}

function toText(value: Statistic | null): WireStatistic {
  return typeof value === "bigint" ? { n: value.toString() } : value;
}

function mapValues<From, To>(
  values: { readonly [name: string]: From },
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, one]) => [name, map(one)]));
}
