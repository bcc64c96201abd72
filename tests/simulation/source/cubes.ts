/**
 * The simulation's cubes, in several versions: what one deploy after the other declares. Rollups are
 * added, changed and removed between versions; members stay.
 */
import type { Catalogue, CubeDefinition, RollupDefinition } from "../../../lib/model/cube.js";
import { defineCube } from "../../../lib/resolve/defineCube.js";

const additive = [
  ...["count", "quantity", "sizes", "value", "onHand", "averagePrice"],
  ...["recent", "sizesBefore", "priceOfWeek", "valueEach"],
];
const filtered = ["inX", "pricesOfT", "early", "peopleInX", "sizeOfT"];
const extremes = [
  ...["count", "lowestPrice", "highestPrice", "highestAround", "smallest", "largestValue"],
];
const spreads = ["spread", "deviation"];
const sketches = [
  ...["peopleApprox", "pricesApprox", "middlePrice", "highPrice", "lowSize"],
  ...["peopleAround", "sizeAround"],
];
const floats = ["weight", "averageWeight", "lightest", "heaviest", "weightSpread"];

const totals: RollupDefinition = {
  dimensions: [],
  measures: [...additive, ...extremes, ...spreads],
  levels: { hour: "day", day: "month", month: "year" },
};
const byCategory: RollupDefinition = {
  dimensions: ["category"],
  measures: [...additive, ...extremes, ...filtered, "lowestOfNone"],
  levels: { day: "month", month: "year" },
};
const byWarehouse: RollupDefinition = {
  dimensions: ["warehouse", "category"],
  measures: additive,
  levels: { day: "month" },
};
const byTopic: RollupDefinition = {
  dimensions: ["topic", "category"],
  measures: [
    ...["count", "averagePrice", "lowestPrice", "pricesOfT", "deviation", "priceOfWeek"],
    ...["peopleApprox", "weight", "sizeOfT"],
  ],
  levels: { day: "week", year: "year" },
};
/** A record is in one cell, whatever its topics. */
const byTopics: RollupDefinition = {
  dimensions: ["warehouse", "topic"],
  together: ["topic"],
  measures: [
    ...["count", "quantity", "averagePrice", "lowestPrice", "highestPrice", "pricesOfT", "onHand"],
    ...["recent", "peopleApprox", "middlePrice", "weight"],
  ],
  levels: { day: "week", month: "year" },
};
const byPerson: RollupDefinition = {
  dimensions: ["person", "price"],
  measures: ["count", "people", "onHand", "smallest", "spread", "recent", "middlePrice"],
  levels: { hour: "month", quarter: "year" },
};
const byHourOfWeek: RollupDefinition = {
  dimensions: ["weekday", "hourOfDay"],
  measures: ["count", "sizes", "highestPrice"],
  levels: { week: "week" },
};

/** What cannot be told from counts and whole sums; with quarters of an hour. */
const approximate: RollupDefinition = {
  dimensions: ["category"],
  measures: ["count", ...sketches, ...floats, "peopleInX"],
  levels: { quarterHour: "day", hour: "day", day: "month", month: "year" },
};
const byQuarter: RollupDefinition = {
  dimensions: ["warehouse"],
  measures: ["count", "quantity", "onHand", "recent", "weight", "middlePrice", "lowestPrice"],
  levels: { quarterHour: "week", week: "week" },
};

/** What others hold, too: it can be derived from them. */
const derivable: RollupDefinition = {
  dimensions: [],
  measures: ["count", "quantity", "averagePrice", "lowestPrice", "weight", "middlePrice"],
  levels: { day: "month", month: "year" },
};
const byDay: RollupDefinition = {
  dimensions: ["category", "warehouse"],
  measures: [...additive, ...extremes, ...sketches, ...floats],
  levels: { day: "month", month: "year" },
};

/** Rollup names that some version declares; questions choose which the planner may see. */
export const rollupNames = [
  ...["totals", "byCategory", "byWarehouse", "byTopic", "byPerson", "byHourOfWeek", "byPage"],
  ...["approximate", "byQuarter", "derivable", "byDay", "byTopics"],
];

const versions: Record<string, RollupDefinition>[] = [
  { totals, byCategory, byTopic },
  // Added.
  { totals, byCategory, byTopic, byPerson },
  // Changed: other dimensions, other levels, other measures.
  {
    totals: { ...totals, levels: { day: "month", year: "year" } },
    byCategory: { ...byCategory, dimensions: ["category", "warehouse"] },
    byTopic: { ...byTopic, measures: ["count", "sizes"] },
  },
  // Removed.
  { totals, byWarehouse },
  { byWarehouse, byHourOfWeek, byPerson },
  { byCategory, byHourOfWeek },
];

/** Buckets of the app's own: of the clock, of the calendar, and of months that lack the day. */
const granularities = {
  halfHour: { interval: "30 minutes" },
  shift: { interval: "8 hours", offset: "6 hours" },
  fortnight: { interval: "2 weeks", origin: "2024-12-30" },
  monthFrom31: { interval: "1 month", origin: "2024-01-31" },
  fiscalYear: { interval: "1 year", origin: "2024-04-01" },
} as const;

/** How a version reads its source, where it is not as usual. */
interface Reading {
  priceScale?: number;
  fields?: CubeDefinition["fields"];
  expire?: string;
}

function sales(
  rollups: Record<string, RollupDefinition>,
  { priceScale = 2, fields = {}, ...rest }: Reading = {},
): CubeDefinition {
  return defineCube<CubeDefinition>({
    name: "sales",
    table: "sales",
    time: "at",
    ...rest,
    fields: {
      at: { type: "time" },
      category: { type: "string" },
      warehouse: { type: "string", nullable: true },
      topics: { type: "strings" },
      person: { type: "string", nullable: true },
      quantity: { type: "integer" },
      size: { type: "integer", nullable: true },
      price: { type: "decimal", scale: priceScale, nullable: true },
      value: { type: "product", of: ["quantity", "price"] },
      weight: { type: "float", nullable: true },
      ...fields,
    },
    dimensions: {
      at: { type: "time", field: "at", granularities },
      category: { type: "string", field: "category", cardinality: 2 },
      warehouse: { type: "string", field: "warehouse", cardinality: 3 },
      topic: { type: "strings", field: "topics", cardinality: 4 },
      person: { type: "string", field: "person", cardinality: 3 },
      price: { type: "number", field: "price", cardinality: 6 },
      hourOfDay: { type: "hourOfDay", field: "at" },
      weekday: { type: "weekday", field: "at" },
    },
    measures: {
      count: { type: "count" },
      quantity: { type: "sum", field: "quantity" },
      sizes: { type: "sum", field: "size" },
      value: { type: "sum", field: "value" },
      onHand: { type: "level", field: "quantity" },
      averagePrice: { type: "avg", field: "price" },
      lowestPrice: { type: "min", field: "price" },
      highestPrice: { type: "max", field: "price" },
      smallest: { type: "min", field: "size" },
      largestValue: { type: "max", field: "value" },
      people: { type: "countDistinct", dimension: "person" },
      spread: { type: "variance", field: "price" },
      deviation: { type: "stddev", field: "quantity" },
      valueEach: { type: "ratio", numerator: "value", denominator: "quantity" },
      recent: { type: "count", rollingWindow: { trailing: "2 day" } },
      sizesBefore: {
        type: "sum",
        field: "size",
        rollingWindow: { trailing: "unbounded", offset: "start" },
      },
      highestAround: {
        type: "max",
        field: "price",
        rollingWindow: { trailing: "1 month", leading: "6 hour" },
      },
      priceOfWeek: {
        type: "avg",
        field: "price",
        rollingWindow: { trailing: "1 week", offset: "start" },
      },
      inX: {
        type: "count",
        filters: [{ dimension: "warehouse", operator: "equals", values: ["x"] }],
      },
      pricesOfT: {
        type: "avg",
        field: "price",
        filters: [{ dimension: "topic", operator: "in", values: ["t", "v"] }],
      },
      peopleApprox: { type: "countDistinctApprox", dimension: "person" },
      pricesApprox: { type: "countDistinctApprox", dimension: "price" },
      peopleInX: {
        type: "countDistinctApprox",
        dimension: "person",
        filters: [{ dimension: "warehouse", operator: "equals", values: ["x"] }],
      },
      peopleAround: {
        type: "countDistinctApprox",
        dimension: "person",
        rollingWindow: { trailing: "1 month" },
      },
      lowSize: { type: "quantile", field: "size", q: 0.2 },
      sizeAround: {
        type: "quantile",
        field: "size",
        q: 0.5,
        rollingWindow: { trailing: "1 month" },
      },
      middlePrice: { type: "quantile", field: "price", q: 0.5 },
      highPrice: { type: "quantile", field: "price", q: 0.9 },
      sizeOfT: {
        type: "quantile",
        field: "size",
        q: 0.25,
        filters: [{ dimension: "topic", operator: "in", values: ["t", "v"] }],
      },
      weight: { type: "sum", field: "weight" },
      averageWeight: { type: "avg", field: "weight" },
      lightest: { type: "min", field: "weight" },
      heaviest: { type: "max", field: "weight" },
      weightSpread: { type: "variance", field: "weight" },
      early: {
        type: "sum",
        field: "quantity",
        filters: [{ dimension: "hourOfDay", operator: "in", values: [0, 1, 5] }],
      },
      lowestOfNone: {
        type: "min",
        field: "price",
        filters: [
          { dimension: "person", operator: "notSet" },
          { dimension: "price", operator: "notIn", values: [0, 0.1, null] },
        ],
      },
    },
    rollups,
  });
}

const visits = defineCube<CubeDefinition>({
  name: "visits",
  table: "visits",
  time: "at",
  fields: {
    at: { type: "time" },
    page: { type: "string" },
    stay: { type: "integer", nullable: true },
  },
  dimensions: {
    at: { type: "time", field: "at", granularities },
    page: { type: "string", field: "page", cardinality: 2 },
  },
  measures: {
    count: { type: "count" },
    stay: { type: "sum", field: "stay" },
    longest: { type: "max", field: "stay" },
  },
  rollups: {
    byPage: {
      dimensions: ["page"],
      measures: ["count", "stay", "longest"],
      levels: { day: "month" },
    },
  },
});

/** A field that no rollup keeps; a rollup's tiles do not depend on it. */
const anotherField: Reading = {
  fields: { sizeAgain: { type: "integer", from: "size", nullable: true } },
};

export const catalogues: Catalogue[] = [
  ...versions.map((rollups) => ({ sales: sales(rollups), visits })),
  { sales: sales(versions[0]!, { priceScale: 3 }), visits },
  { sales: sales(versions[0]!, anotherField), visits },
  // Later than what traces were kept of: their numbers stay.
  { sales: sales({ totals, approximate, byTopic }), visits },
  { sales: sales({ byCategory, approximate, byQuarter }), visits },
  // Levels that are kept for a limited time, and the same ones for longer.
  {
    sales: sales({
      totals: { ...totals, retain: { hour: "20 day", day: "3 month" } },
      approximate: { ...approximate, retain: { quarterHour: "8 day", hour: "15 day" } },
      byTopic: { ...byTopic, retain: { day: "10 week" } },
    }),
    visits,
  },
  {
    sales: sales({
      totals: { ...totals, retain: { hour: "60 day" } },
      byCategory: { ...byCategory, retain: { day: "1 month" } },
      byTopic: { ...byTopic, retain: { day: "1 year" } },
    }),
    visits,
  },
  // Records that expire, with rollups that can be derived from one another, and others.
  { sales: sales({ totals, byCategory, byDay }, { expire: "4 month" }), visits },
  { sales: sales({ totals, derivable, byDay, byTopic }, { expire: "4 month" }), visits },
  {
    sales: sales(
      {
        totals: { ...totals, retain: { hour: "20 day" } },
        byDay: { ...byDay, levels: { day: "month", month: "year", year: "year" } },
        derivable,
      },
      { expire: "2 month" },
    ),
    visits,
  },
  { sales: sales({ byTopics, byTopic, byHourOfWeek }), visits },
];

/** Like version 0, but prices are read with another scale than tiles and log rows from before have. */
export const rescaled = versions.length;
/** Like version 0, but with another field. */
export const widened = versions.length + 1;
/** Versions whose records expire. */
export const expiring = [5, 6, 7].map((more) => widened + more);
/** Versions that keep tiles or records for a limited time. */
export const limited = [widened + 3, widened + 4, ...expiring];
