/** The questions that all three ways of answering are asked, over the same records. */
import { DAY_MS, END_MS, FOURTEEN_MONTHS, LAST_DAY, watchRows, type Spread } from "../data/rows.js";

export const CATEGORY_COUNT = 20;
export const spread: Spread = { ...FOURTEEN_MONTHS, categories: CATEGORY_COUNT };

/** Bounds of the last so many days: local dates for Cube's JSON, instants for the peers. */
function lastDays(days: number) {
  const from = END_MS - days * DAY_MS;
  return {
    dateRange: [new Date(from).toISOString().slice(0, 10), LAST_DAY],
    range: { from, to: END_MS },
  };
}

const quarter = lastDays(90);
const month = lastDays(30);
const time = (dateRange: string[], granularity?: "day") => [
  { dimension: "watch.watchedAt", dateRange, ...(granularity && { granularity }) },
];

export type PeerRead = "dailyByCategory" | "topChannels" | "total";

export interface Question {
  name: string;
  /** Cube query JSON. */
  query: Record<string, unknown>;
  /** The fixture's `.collect()` and reduce. */
  collect: { by: "category" | "channel" | null; daily: boolean; top: boolean };
  aggregate: PeerRead;
  range: { from: number; to: number };
}

export const questions: Question[] = [
  {
    name: `daily × ${CATEGORY_COUNT} categories × 90 days`,
    query: {
      measures: ["watch.count", "watch.durationSeconds"],
      dimensions: ["watch.category"],
      timeDimensions: time(quarter.dateRange, "day"),
    },
    collect: { by: "category", daily: true, top: false },
    aggregate: "dailyByCategory",
    range: quarter.range,
  },
  {
    name: "top 10 channels, 30 days",
    query: {
      measures: ["watch.count"],
      dimensions: ["watch.channel"],
      timeDimensions: time(month.dateRange),
      order: { "watch.count": "desc" },
      limit: 10,
    },
    collect: { by: "channel", daily: false, top: true },
    aggregate: "topChannels",
    range: month.range,
  },
  {
    name: "total, 30 days",
    query: {
      measures: ["watch.count", "watch.durationSeconds"],
      timeDimensions: time(month.dateRange),
    },
    collect: { by: null, daily: false, top: false },
    aggregate: "total",
    range: month.range,
  },
];

export function inOrderOfTime(count: number) {
  return [...watchRows(count, spread)].sort((a, b) => a.watchedAt - b.watchedAt);
}
