/**
 * The two cubes as the oracle knows them: plain rows, and a function for each member. Written from
 * the documentation of the members, not from the code that serves them.
 */
import { hourOf, weekdayOf } from "./calendar.js";
import { toUnits } from "./decimal.js";

export interface WatchRow {
  videoId: string;
  title: string;
  channel: string;
  topics: string[];
  category: string;
  viewer: string;
  /** Epoch ms. */
  watchedAt: number;
  /** At most 3 decimals. */
  durationSeconds: number;
}

export interface StockRow {
  product: string;
  category: string;
  warehouse: string;
  kind: string;
  /** Whole; positive in, negative out. */
  quantity: number;
  /** At most 4 decimals. */
  unitCost: number;
  /** Epoch ms. */
  occurredAt: number;
}

export type Value = string | number | null;

export type OracleMeasure<R> =
  | { kind: "count" }
  | { kind: "sum" | "average" | "least" | "most" | "level"; places: number; of(row: R): bigint }
  | { kind: "quantile"; q: number; places: number; of(row: R): bigint; within: number }
  /** `within`: how far an answer may be from the truth, as a share of it; not at all if absent. */
  | { kind: "distinct"; of(row: R): Value; within?: number };

export interface OracleCube<R> {
  name: string;
  timeMember: string;
  time(row: R): number;
  /** A row's values: one, or several where a member is multi-valued; "not given" is null. */
  dimensions: { [member: string]: (row: R, zone: string) => readonly Value[] };
  measures: { [member: string]: OracleMeasure<R> };
}

const seconds = (row: WatchRow) => toUnits(row.durationSeconds, 3);

export const watch: OracleCube<WatchRow> = {
  name: "watch",
  timeMember: "watch.watchedAt",
  time: (row) => row.watchedAt,
  dimensions: {
    "watch.channel": (row) => [row.channel],
    "watch.topic": (row) => (row.topics.length === 0 ? [null] : [...new Set(row.topics)]),
    "watch.category": (row) => [row.category],
    "watch.viewer": (row) => [row.viewer],
    "watch.video": (row) => [row.videoId],
    "watch.title": (row) => [row.title],
    "watch.hourOfDay": (row, zone) => [hourOf(zone, row.watchedAt)],
    "watch.weekday": (row, zone) => [weekdayOf(zone, row.watchedAt)],
  },
  measures: {
    "watch.count": { kind: "count" },
    "watch.durationSeconds": { kind: "sum", places: 3, of: seconds },
    "watch.averageDuration": { kind: "average", places: 3, of: seconds },
    "watch.shortest": { kind: "least", places: 3, of: seconds },
    "watch.longest": { kind: "most", places: 3, of: seconds },
    "watch.viewers": { kind: "distinct", of: (row) => row.viewer },
    // Five times the standard error: one answer in two million may be off by more.
    "watch.viewersApprox": { kind: "distinct", of: (row) => row.viewer, within: 5 * 0.01625 },
    "watch.medianDuration": { kind: "quantile", q: 0.5, places: 3, of: seconds, within: 0.01 },
    "watch.p95Duration": { kind: "quantile", q: 0.95, places: 3, of: seconds, within: 0.01 },
  },
};

const pieces = (row: StockRow) => BigInt(row.quantity);
const cost = (row: StockRow) => toUnits(row.unitCost, 4);

export const inventory: OracleCube<StockRow> = {
  name: "inventory",
  timeMember: "inventory.occurredAt",
  time: (row) => row.occurredAt,
  dimensions: {
    "inventory.product": (row) => [row.product],
    "inventory.category": (row) => [row.category],
    "inventory.warehouse": (row) => [row.warehouse],
    "inventory.kind": (row) => [row.kind],
    "inventory.hourOfDay": (row, zone) => [hourOf(zone, row.occurredAt)],
    "inventory.weekday": (row, zone) => [weekdayOf(zone, row.occurredAt)],
  },
  measures: {
    "inventory.count": { kind: "count" },
    "inventory.quantity": { kind: "sum", places: 0, of: pieces },
    "inventory.value": { kind: "sum", places: 4, of: (row) => pieces(row) * cost(row) },
    "inventory.onHand": { kind: "level", places: 0, of: pieces },
    "inventory.minUnitCost": { kind: "least", places: 4, of: cost },
    "inventory.maxUnitCost": { kind: "most", places: 4, of: cost },
  },
};
