/**
 * Each function of the old way beside the query that takes its place, and what makes the same shape of its rows. So a
 * screen keeps its charts, and both ways can be compared before the old one is deleted.
 */
import {
  computeMovementsByKind,
  computeStockByMonth,
  computeStockLevels,
  computeTopOutgoing,
  computeUnitCosts,
  computeValueByCategory,
} from "./inventory.js";
import type { InventoryRecord, Range, WatchRecord } from "./records.js";
import { groupBy, rounded } from "./records.js";
import {
  computeActiveViewers,
  computeCategoryShares,
  computeLongestStreak,
  computeRetention,
  computeSecondsByMonth,
  computeTimeOfDay,
  computeTopChannels,
  computeTopTopics,
  computeTopVideos,
  computeTotals,
  computeViewsByDay,
  computeWeekGrid,
  longestStreak,
  retentionOf,
} from "./watch.js";

export type Row = Readonly<Record<string, unknown>>;

export interface Records {
  watch: readonly WatchRecord[];
  inventory: readonly InventoryRecord[];
}

export interface Pair {
  name: string;
  before(records: Records): unknown;
  query: Readonly<Record<string, unknown>>;
  /** Equals `before` of the records that the rows are about. */
  after(rows: readonly Row[]): unknown;
}

export interface Screen {
  range: Range;
  category: string;
  warehouse: string;
  /** How many a list shows. */
  count: number;
}

export function pairsOf({ range, category, warehouse, count }: Screen): Pair[] {
  const watched = time("watch.watchedAt", range);
  const moved = time("inventory.occurredAt", range);
  const views = { measures: ["watch.count"] };
  return [
    {
      name: "computeTotals",
      before: ({ watch }) => computeTotals(watch, range),
      query: {
        measures: ["count", "durationSeconds", "averageDuration", "shortest", "longest"].map(
          (measure) => `watch.${measure}`,
        ),
        timeDimensions: watched(),
      },
      after: ([row = {}]) => ({
        views: row["watch.count"],
        seconds: row["watch.durationSeconds"],
        average:
          row["watch.averageDuration"] === null
            ? null
            : rounded(number(row, "watch.averageDuration"), 6),
        shortest: row["watch.shortest"],
        longest: row["watch.longest"],
      }),
    },
    {
      name: "computeViewsByDay",
      before: ({ watch }) => computeViewsByDay(watch, range),
      query: { ...views, timeDimensions: watched("day") },
      after: (rows) =>
        rows.map((row) => ({
          date: text(row, "watch.watchedAt.day").slice(0, 10),
          views: row["watch.count"],
        })),
    },
    {
      name: "computeSecondsByMonth",
      before: ({ watch }) => computeSecondsByMonth(watch, range),
      query: { measures: ["watch.durationSeconds"], timeDimensions: watched("month") },
      after: (rows) =>
        rows.map((row) => ({
          month: text(row, "watch.watchedAt.month").slice(0, 7),
          seconds: row["watch.durationSeconds"],
        })),
    },
    {
      name: "computeTopChannels",
      before: ({ watch }) => computeTopChannels(watch, range, count),
      query: { ...views, ...top("watch.channel", "watch.count", count), timeDimensions: watched() },
      after: (rows) => entries(rows, "watch.channel", "watch.count"),
    },
    {
      name: "computeTopTopics",
      before: ({ watch }) => computeTopTopics(watch, range, count),
      query: {
        ...views,
        ...top("watch.topic", "watch.count", count),
        timeDimensions: watched(),
        filters: [{ member: "watch.topic", operator: "set" }],
      },
      after: (rows) => entries(rows, "watch.topic", "watch.count"),
    },
    {
      name: "computeCategoryShares",
      before: ({ watch }) => computeCategoryShares(watch, range),
      query: { ...views, ...top("watch.category", "watch.count"), timeDimensions: watched() },
      after: (rows) => {
        const all = rows.reduce((sum, row) => sum + number(row, "watch.count"), 0);
        return entries(rows, "watch.category", "watch.count").map(([name, views]) => [
          name,
          rounded(views / all, 9),
        ]);
      },
    },
    {
      name: "computeTimeOfDay",
      before: ({ watch }) => computeTimeOfDay(watch, range),
      query: { ...views, dimensions: ["watch.hourOfDay"], timeDimensions: watched() },
      after: (rows) => {
        const hours = Array<number>(24).fill(0);
        for (const row of rows) hours[number(row, "watch.hourOfDay")] = number(row, "watch.count");
        return hours;
      },
    },
    {
      name: "computeWeekGrid",
      before: ({ watch }) => computeWeekGrid(watch, range),
      query: {
        ...views,
        dimensions: ["watch.weekday", "watch.hourOfDay"],
        timeDimensions: watched(),
      },
      after: (rows) => {
        const grid = Array.from({ length: 7 }, () => Array<number>(24).fill(0));
        for (const row of rows) {
          const hours = grid[number(row, "watch.weekday") - 1]!;
          hours[number(row, "watch.hourOfDay")] = number(row, "watch.count");
        }
        return grid;
      },
    },
    {
      name: "computeTopVideos",
      before: ({ watch }) => computeTopVideos(watch, range, category, count),
      query: {
        ...views,
        ...top("watch.video", "watch.count", count),
        timeDimensions: watched(),
        filters: [{ member: "watch.category", operator: "equals", values: [category] }],
      },
      after: (rows) => entries(rows, "watch.video", "watch.count"),
    },
    {
      name: "computeActiveViewers",
      before: ({ watch }) => computeActiveViewers(watch, range),
      query: { measures: ["watch.viewers"], timeDimensions: watched("month") },
      after: (rows) =>
        rows.map((row) => ({
          month: text(row, "watch.watchedAt.month").slice(0, 7),
          viewers: row["watch.viewers"],
        })),
    },
    {
      name: "computeRetention",
      before: ({ watch }) => computeRetention(watch, range),
      query: { ...views, dimensions: ["watch.viewer"], timeDimensions: watched("month") },
      after: (rows) => {
        const months = groupBy(rows, (row) => text(row, "watch.watchedAt.month").slice(0, 7));
        const viewersOf = (some: readonly Row[]) =>
          new Set(some.map((row) => text(row, "watch.viewer")));
        return retentionOf(new Map([...months].map(([month, some]) => [month, viewersOf(some)])));
      },
    },
    {
      name: "computeLongestStreak",
      before: ({ watch }) => computeLongestStreak(watch, range),
      query: { ...views, timeDimensions: watched("day") },
      after: (rows) =>
        longestStreak(new Set(rows.map((row) => text(row, "watch.watchedAt.day").slice(0, 10)))),
    },
    {
      name: "computeStockLevels",
      before: ({ inventory }) => computeStockLevels(inventory, range.to),
      query: {
        measures: ["inventory.onHand"],
        ...top("inventory.warehouse", "inventory.onHand"),
        timeDimensions: moved(),
      },
      after: (rows) => entries(rows, "inventory.warehouse", "inventory.onHand"),
    },
    {
      name: "computeStockByMonth",
      before: ({ inventory }) => computeStockByMonth(inventory, range),
      query: { measures: ["inventory.onHand"], timeDimensions: moved("month") },
      after: (rows) =>
        rows.map((row) => ({
          month: text(row, "inventory.occurredAt.month").slice(0, 7),
          stock: row["inventory.onHand"],
        })),
    },
    {
      name: "computeMovementsByKind",
      before: ({ inventory }) => computeMovementsByKind(inventory, range),
      query: {
        measures: ["inventory.count", "inventory.quantity"],
        dimensions: ["inventory.kind"],
        timeDimensions: moved(),
      },
      after: (rows) =>
        Object.fromEntries(
          rows.map((row) => [
            text(row, "inventory.kind"),
            { movements: row["inventory.count"], quantity: row["inventory.quantity"] },
          ]),
        ),
    },
    {
      name: "computeValueByCategory",
      before: ({ inventory }) => computeValueByCategory(inventory, range),
      query: {
        measures: ["inventory.value"],
        ...top("inventory.category", "inventory.value"),
        timeDimensions: moved(),
      },
      after: (rows) =>
        entries(rows, "inventory.category", "inventory.value").map(([name, value]) => [
          name,
          rounded(value, 2),
        ]),
    },
    {
      name: "computeUnitCosts",
      before: ({ inventory }) => computeUnitCosts(inventory, range),
      query: {
        measures: ["inventory.minUnitCost", "inventory.maxUnitCost"],
        dimensions: ["inventory.category"],
        timeDimensions: moved(),
      },
      after: (rows) =>
        Object.fromEntries(
          rows.map((row) => [
            text(row, "inventory.category"),
            { lowest: row["inventory.minUnitCost"], highest: row["inventory.maxUnitCost"] },
          ]),
        ),
    },
    {
      name: "computeTopOutgoing",
      before: ({ inventory }) => computeTopOutgoing(inventory, range, warehouse, count),
      query: {
        measures: ["inventory.quantity"],
        dimensions: ["inventory.product"],
        timeDimensions: moved(),
        segments: ["inventory.outgoing"],
        filters: [{ member: "inventory.warehouse", operator: "equals", values: [warehouse] }],
        order: [
          ["inventory.quantity", "asc"],
          ["inventory.product", "asc"],
        ],
        limit: count,
      },
      after: (rows) =>
        entries(rows, "inventory.product", "inventory.quantity").map(([product, quantity]) => [
          product,
          0 - quantity,
        ]),
    },
  ];
}

/** A query's time dimension over the screen's range, in buckets or as a whole. */
const time =
  (dimension: string, { from, to }: Range) =>
  (granularity?: string) => [
    { dimension, dateRange: [from, to], ...(granularity === undefined ? {} : { granularity }) },
  ];

/** The largest first; equal ones by their names. */
const top = (dimension: string, measure: string, limit?: number) => ({
  dimensions: [dimension],
  order: [
    [measure, "desc"],
    [dimension, "asc"],
  ],
  ...(limit === undefined ? {} : { limit }),
});

const text = (row: Row, column: string) => String(row[column]);
const number = (row: Row, column: string) => Number(row[column]);

const entries = (rows: readonly Row[], name: string, value: string): [string, number][] =>
  rows.map((row) => [text(row, name), number(row, value)]);
