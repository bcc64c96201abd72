/**
 * Tiles as they travel to a browser: one text for each. Only buckets with records take room, a dimension value is
 * written once where many series have it, and JSON is parsed at once, whatever it holds.
 */
import type { DimensionValue } from "../model/cube.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { partitionSlots } from "../time/calendar.js";
import { corrupt, mustHave } from "./corrupt.js";
import type { Cell, DecodedTile, Statistic, TileColumns } from "./tile.js";

/** A bigint, which JSON does not know, as `{n}`. No tile holds any other number that it does not. */
type WireStatistic = string | number | null | { n: string };

type WireTile = [
  partitionStart: number,
  /** Dimension → one value per series, or the values that there are and the place among them of each series' own. */
  dimensions: Record<string, DimensionValue[] | { of: DimensionValue[]; at: number[] }>,
  /** Series → slots with records, each as the distance to the one before. */
  steps: number[][],
  /** Column → the values of all these slots, one after the other. */
  columns: Record<string, WireStatistic[]>,
  pending?: TileColumns["pending"],
];

/** One stored tile. `fromWire` gives of it what `decodeTile` gives of the tile. O(slots). */
export function toWire(
  partitionStart: number,
  tile: Pick<TileColumns, "dimensions" | "columns" | "pending">,
): string {
  const counts = tile.columns["count"] ?? [];
  const present = counts.map((slots) =>
    slots.flatMap((count, slot) => (count === null ? [] : [slot])),
  );
  const columns = mapValues(tile.columns, (series) =>
    present.flatMap((slots, i) => slots.map((slot) => toText(series[i]?.[slot] ?? null))),
  );
  const steps = present.map((slots) => slots.map((slot, i) => slot - (slots[i - 1] ?? 0)));
  const wire: WireTile = [partitionStart, mapValues(tile.dimensions, shortest), steps, columns];
  if (tile.pending.length > 0) wire.push(tile.pending);
  return JSON.stringify(wire);
}

/**
 * Tiles of one level of one generation, as `[tile,…]` of the texts of `toWire`. Throws `CorruptTile` where
 * they are not of the rollup. O(cells).
 */
export function fromWire(rollup: StoredRollup, level: Level, text: string): DecodedTile[] {
  return (JSON.parse(text) as WireTile[]).map((tile) => decode(rollup, level, tile));
}

function decode(
  rollup: StoredRollup,
  { granularity, partition }: Level,
  [partitionStart, dimensions, steps, columns, pending = []]: WireTile,
): DecodedTile {
  const buckets = partitionSlots(granularity, partition, rollup.timezone, partitionStart);
  const values = rollup.accumulators.map(({ column }) => mustHave(rollup, columns, column));
  const named = rollup.dimensions.map(({ name }) => {
    const stored = mustHave(rollup, dimensions, name);
    return Array.isArray(stored) ? stored : stored.at.map((at) => stored.of[at] ?? null);
  });
  const marks = marksOf(rollup, pending);
  const cells: Cell[] = [];
  steps.forEach((distances, series) => {
    const own = named.map((one) => one[series] ?? null);
    let slot = 0;
    for (const distance of distances) {
      slot += distance;
      const bucket = buckets[slot];
      if (bucket === undefined) throw corrupt(rollup, `slot ${slot} lies outside the partition`);
      const at = cells.length;
      cells.push({
        dimensions: own,
        bucket,
        values: values.map((column) => fromText(column[at] ?? null)),
        pending: marks.get(`${series} ${slot}`) ?? 0,
      });
    }
  });
  return { partitionStart, cells };
}

/** Series and slot → bits of the extremes that are pending there. */
function marksOf(rollup: StoredRollup, pending: TileColumns["pending"]): Map<string, number> {
  const marks = new Map<string, number>();
  for (const { series, slot, column } of pending) {
    const index = rollup.accumulators.findIndex((one) => one.column === column);
    if (index < 0) throw corrupt(rollup, `${column} is pending and not kept`);
    const place = `${series} ${slot}`;
    marks.set(place, (marks.get(place) ?? 0) | (1 << index));
  }
  return marks;
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

function fromText(value: WireStatistic): Statistic | null {
  return value !== null && typeof value === "object" ? BigInt(value.n) : value;
}

function mapValues<From, To>(
  values: { readonly [name: string]: From },
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, one]) => [name, map(one)]));
}
