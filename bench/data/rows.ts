/**
 * Synthetic rows of both cubes, in any number. What belongs together in life does here: a video has
 * one channel, one category and up to three topics, a product one category and about one price.
 * Everything else varies.
 */
import { dice } from "./random.js";

export const DAY_MS = 86_400_000;
/** The newest day of generated data: a fixed one, so that nothing depends on when it runs. */
export const LAST_DAY = "2026-02-27";
export const END_MS = Date.parse(`${LAST_DAY}T00:00:00Z`) + DAY_MS;

export interface WatchRow extends Record<string, unknown> {
  videoId: string;
  title: string;
  channel: string;
  topics: string[];
  category: string;
  viewer: string;
  watchedAt: number;
  durationSeconds: number;
}

export type Kind = "receipt" | "shipment" | "adjustment" | "transfer" | "return";

export interface StockRow extends Record<string, unknown> {
  product: string;
  category: string;
  warehouse: string;
  kind: Kind;
  quantity: number;
  unitCost: number;
  occurredAt: number;
}

/** How rows lie in time and category. */
export interface Spread {
  seed: number;
  /** Days before `END_MS` that rows lie in. */
  days: number;
  /** Categories in use, at most 26. */
  categories: number;
  /**
   * Go through the cells of category × every so many days in turn, so that any number of rows from
   * that many cells on fills exactly the same cells. Absent: both are rolled.
   */
  gridEveryDays?: number;
}

/** Fourteen months in which all dimensions vary. */
export const FOURTEEN_MONTHS: Spread = { seed: 1, days: 425, categories: 26 };

export const CATEGORIES = [
  ...["Film", "News", "Music", "Sport", "Games", "Science", "History", "Travel", "Food"],
  ...["Comedy", "Drama", "Nature", "Politics", "Economy", "Art", "Design", "Cars", "Trains"],
  ...["Boats", "Books", "Chess", "Maths", "Code", "Gardens", "Health", "Weather"],
];
const TOPICS = 30;
const CHANNELS_PER_CATEGORY = 11;
const VIDEOS_PER_CATEGORY = 190;
const VIEWERS = 2000;

const WAREHOUSES = ["North", "South", "East", "West"];
const PRODUCTS_PER_CATEGORY = 75;
/** What a kind of movement does to the quantity. */
const KINDS: { kind: Kind; sign: (roll: number) => 1 | -1 }[] = [
  { kind: "receipt", sign: () => 1 },
  { kind: "shipment", sign: () => -1 },
  { kind: "adjustment", sign: (roll) => (roll < 0.5 ? 1 : -1) },
  { kind: "transfer", sign: (roll) => (roll < 0.5 ? 1 : -1) },
  { kind: "return", sign: () => 1 },
];

function place(spread: Spread, index: number, roll: () => number) {
  const { days, categories, gridEveryDays } = spread;
  const at = (category: number, day: number) => ({
    category,
    time: END_MS - (days - day) * DAY_MS + Math.floor(roll() * DAY_MS),
  });
  if (gridEveryDays === undefined) {
    return at(Math.floor(roll() ** 2 * categories), Math.floor(roll() * days));
  }
  const cell = index % (Math.ceil(days / gridEveryDays) * categories);
  return at(cell % categories, Math.floor(cell / categories) * gridEveryDays);
}

/** Up to three topics of one video, the same whatever else is rolled. */
function topicsOf(videoIndex: number): string[] {
  const { below, skewed } = dice(videoIndex);
  const topics = Array.from({ length: below(4) }, () => `Topic ${skewed(TOPICS)}`);
  return [...new Set(topics)];
}

/** `count` rows of viewing history. */
export function* watchRows(count: number, spread = FOURTEEN_MONTHS): Generator<WatchRow> {
  const { unit, skewed } = dice(spread.seed);
  const known = new Map<number, string[]>();
  for (let index = 0; index < count; index++) {
    const { category, time } = place(spread, index, unit);
    const video = skewed(VIDEOS_PER_CATEGORY);
    const videoIndex = category * VIDEOS_PER_CATEGORY + video;
    let topics = known.get(videoIndex);
    if (topics === undefined) known.set(videoIndex, (topics = topicsOf(videoIndex)));
    yield {
      videoId: `v${category}-${video}`,
      title: `Video ${category}-${video}`,
      channel: `Channel ${category}-${video % CHANNELS_PER_CATEGORY}`,
      topics,
      category: CATEGORIES[category]!,
      viewer: `viewer-${skewed(VIEWERS)}`,
      watchedAt: time,
      durationSeconds: Math.round(unit() ** 3 * 7_200_000) / 1000,
    };
  }
}

/** `count` stock movements. Product 1 is in the first category. */
export function* stockRows(count: number, spread = FOURTEEN_MONTHS): Generator<StockRow> {
  const { unit, below, skewed } = dice(spread.seed + 1);
  for (let index = 0; index < count; index++) {
    const { category, time } = place(spread, index, unit);
    const product = category + CATEGORIES.length * skewed(PRODUCTS_PER_CATEGORY) + 1;
    const { kind, sign } = KINDS[below(KINDS.length)]!;
    yield {
      product: `Product ${product}`,
      category: CATEGORIES[category]!,
      warehouse: WAREHOUSES[below(WAREHOUSES.length)]!,
      kind,
      quantity: sign(unit()) * (1 + below(100)),
      unitCost: Math.round((1 + (product % 97) + unit() / 10) * 10_000) / 10_000,
      occurredAt: time,
    };
  }
}

/** Rows in groups of `size`, the last one shorter. */
export function* batches<Row>(rows: Iterable<Row>, size: number): Generator<Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
