/** Records as a browser got them from `.collect()`: whole documents of the app's own tables. */

export interface WatchRecord {
  /** Epoch ms. */
  watchedAt: number;
  videoId: string;
  title: string;
  channel: string;
  topics: readonly string[];
  category: string;
  viewer: string;
  durationSeconds: number;
}

export interface InventoryRecord {
  /** Epoch ms. */
  occurredAt: number;
  product: string;
  category: string;
  warehouse: string;
  kind: string;
  /** Positive in, negative out. */
  quantity: number;
  unitCost: number;
}

/** Two dates, both inclusive, in UTC. */
export interface Range {
  from: string;
  to: string;
}

export const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10);
export const monthOf = (time: number): string => dateOf(time).slice(0, 7);

export const isIn = (time: number, { from, to }: Range): boolean => {
  const date = dateOf(time);
  return date >= from && date <= to;
};

/** Adding floats drifts: legacy code rounds what it shows. */
export const rounded = (value: number, places: number): number =>
  Math.round(value * 10 ** places) / 10 ** places;

export function groupBy<Item, Key>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

export const sumOf = <Item>(items: readonly Item[], valueOf: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + valueOf(item), 0);

/** The largest values first; equal ones by their keys. */
export const topOf = (
  totals: Iterable<readonly [string, number]>,
  count: number,
): [string, number][] =>
  [...totals]
    .map(([key, value]): [string, number] => [key, value])
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, count);
