/**
 * The two cubes that ship with the product, as data. Besides `schema.ts` and the two source files
 * this is the only place that knows about watches or stock: add a cube here for your own table.
 *
 * Rollups are narrow on purpose: cost follows the number of cells, and the planner picks the
 * cheapest one that can answer. `docs/pre_aggregation_strategy.md` says which question each serves.
 */
import type { CubeDefinition } from "../src/client/index.js";

export const watch = {
  name: "watch",
  title: "Viewing history",
  table: "watchRecords",
  time: "watchedAt",
  fields: {
    watchedAt: { type: "time" },
    videoId: { type: "string" },
    title: { type: "string" },
    channel: { type: "string" },
    topics: { type: "strings" },
    category: { type: "string" },
    viewer: { type: "string" },
    durationSeconds: { type: "decimal", scale: 3 },
  },
  dimensions: {
    watchedAt: {
      type: "time",
      field: "watchedAt",
      title: "Watched at",
      granularities: {
        fortnight: { title: "Fortnight", interval: "2 weeks", origin: "2024-01-01" },
      },
    },
    channel: { type: "string", field: "channel", title: "Channel", cardinality: 300 },
    topic: { type: "strings", field: "topics", title: "Topic", cardinality: 30 },
    category: { type: "string", field: "category", title: "Category", cardinality: 20 },
    viewer: { type: "string", field: "viewer", title: "Viewer", cardinality: 2000 },
    video: { type: "string", field: "videoId", title: "Video", cardinality: 5000 },
    title: { type: "string", field: "title", title: "Video title", cardinality: 5000 },
    hourOfDay: { type: "hourOfDay", field: "watchedAt", title: "Hour of day", cardinality: 24 },
    weekday: { type: "weekday", field: "watchedAt", title: "Weekday", cardinality: 7 },
  },
  measures: {
    count: { type: "count", title: "Views", drillMembers: ["channel", "category", "count"] },
    durationSeconds: {
      type: "sum",
      field: "durationSeconds",
      title: "Watch time",
      format: "duration",
    },
    averageDuration: {
      type: "avg",
      field: "durationSeconds",
      title: "Average watch time",
      format: "duration",
    },
    shortest: { type: "min", field: "durationSeconds", title: "Shortest", format: "duration" },
    longest: { type: "max", field: "durationSeconds", title: "Longest", format: "duration" },
    viewers: { type: "countDistinct", dimension: "viewer", title: "Viewers" },
    viewersApprox: {
      type: "countDistinctApprox",
      dimension: "viewer",
      title: "Viewers, about",
    },
    medianDuration: {
      type: "quantile",
      field: "durationSeconds",
      q: 0.5,
      title: "Median watch time",
      format: "duration",
    },
    p95Duration: {
      type: "quantile",
      field: "durationSeconds",
      q: 0.95,
      title: "95th percentile of watch time",
      format: "duration",
    },
    viewsSoFar: {
      type: "count",
      rollingWindow: { trailing: "unbounded" },
      title: "Views so far",
    },
    viewsOfWeek: {
      type: "count",
      rollingWindow: { trailing: "7 day" },
      title: "Views of seven days",
    },
  },
  rollups: {
    totals: {
      description: "Totals and trends, hour to year, with extremes.",
      dimensions: [],
      measures: ["count", "durationSeconds", "averageDuration", "shortest", "longest"],
      levels: { quarterHour: "day", hour: "day", day: "month", month: "year", year: "year" },
    },
    by_category: {
      description: "Trends and shares by category.",
      dimensions: ["category"],
      measures: ["count", "durationSeconds", "averageDuration"],
      levels: { day: "month", month: "year" },
    },
    by_topic: {
      description: "Trends and shares by topic, within a category or over all.",
      dimensions: ["topic", "category"],
      measures: ["count", "durationSeconds", "averageDuration"],
      levels: { day: "week", month: "quarter" },
    },
    by_channel: {
      description: "Top channels, within a category or over all.",
      dimensions: ["channel", "category"],
      measures: ["count", "durationSeconds", "averageDuration"],
      levels: { day: "week", month: "quarter" },
    },
    by_video: {
      description: "Top videos, within channels, categories and topics or over all.",
      dimensions: ["video", "title", "channel", "category", "topic"],
      together: ["topic"],
      measures: ["count", "durationSeconds", "averageDuration"],
      levels: { day: "week", month: "month", year: "year" },
    },
    by_topic_and_channel: {
      description: "Trends, shares and medians within channels, categories and topics at once.",
      dimensions: ["channel", "category", "topic"],
      together: ["topic"],
      measures: ["count", "durationSeconds", "averageDuration", "medianDuration"],
      levels: { day: "week", year: "year" },
    },
    viewers: {
      description: "Distinct and most active viewers.",
      dimensions: ["viewer"],
      measures: ["count", "durationSeconds", "averageDuration", "viewers"],
      levels: { day: "week", month: "month" },
    },
    audience: {
      description: "About how many viewers, and typical watch times, by category or over all.",
      dimensions: ["category"],
      measures: ["count", "viewersApprox", "medianDuration", "p95Duration"],
      levels: { day: "week", month: "month" },
    },
    by_viewer: {
      description: "Distinct viewers within channels, categories and topics.",
      dimensions: ["viewer", "channel", "category", "topic"],
      together: ["topic"],
      measures: ["count", "viewers"],
      levels: { day: "week" },
    },
    by_hour_of_week: {
      description: "When people watch: hour of day by weekday.",
      dimensions: ["weekday", "hourOfDay"],
      measures: ["count", "durationSeconds", "averageDuration"],
      levels: { day: "month", month: "year" },
    },
    by_hour_and_channel: {
      description: "When people watch within channels, categories and topics.",
      // A day tells its weekday.
      dimensions: ["hourOfDay", "channel", "category", "topic"],
      together: ["topic"],
      measures: ["count"],
      levels: { day: "week" },
    },
    extremes_by_category: {
      description: "Shortest and longest by category.",
      dimensions: ["category"],
      measures: ["count", "shortest", "longest"],
      levels: { day: "month", month: "year" },
    },
  },
} as const satisfies CubeDefinition;

export const inventory = {
  name: "inventory",
  title: "Stock movements",
  table: "inventoryRecords",
  time: "occurredAt",
  fields: {
    occurredAt: { type: "time" },
    product: { type: "string" },
    category: { type: "string" },
    warehouse: { type: "string" },
    kind: { type: "string" },
    quantity: { type: "integer" },
    unitCost: { type: "decimal", scale: 4 },
    value: { type: "product", of: ["quantity", "unitCost"] },
  },
  dimensions: {
    occurredAt: {
      type: "time",
      field: "occurredAt",
      title: "Occurred at",
      granularities: {
        shift: { title: "Shift", interval: "8 hours", offset: "6 hours" },
        fiscalYear: { title: "Fiscal year", interval: "1 year", offset: "3 months" },
      },
    },
    product: { type: "string", field: "product", title: "Product", cardinality: 2000 },
    category: { type: "string", field: "category", title: "Category", cardinality: 26 },
    warehouse: { type: "string", field: "warehouse", title: "Warehouse", cardinality: 4 },
    kind: { type: "string", field: "kind", title: "Kind", cardinality: 5 },
    hourOfDay: { type: "hourOfDay", field: "occurredAt", title: "Hour of day", cardinality: 24 },
    weekday: { type: "weekday", field: "occurredAt", title: "Weekday", cardinality: 7 },
  },
  segments: {
    outgoing: { dimension: "kind", operator: "in", values: ["shipment", "transfer"] },
  },
  measures: {
    count: { type: "count", title: "Movements" },
    quantity: {
      type: "sum",
      field: "quantity",
      title: "Quantity",
      drillMembers: ["product", "warehouse", "kind", "quantity"],
    },
    value: { type: "sum", field: "value", title: "Value", format: "currency" },
    onHand: { type: "level", field: "quantity", title: "Stock on hand" },
    minUnitCost: {
      type: "min",
      field: "unitCost",
      title: "Lowest unit cost",
      format: "currency",
    },
    maxUnitCost: {
      type: "max",
      field: "unitCost",
      title: "Highest unit cost",
      format: "currency",
    },
  },
  rollups: {
    totals: {
      description: "Totals, trends and stock on hand, hour to year.",
      dimensions: [],
      measures: ["count", "quantity", "value", "onHand"],
      levels: { quarterHour: "day", hour: "day", day: "month", month: "year", year: "year" },
    },
    by_category: {
      description: "Trends, shares and stock on hand by category.",
      dimensions: ["category"],
      measures: ["count", "quantity", "value", "onHand"],
      levels: { day: "month", month: "year", year: "year" },
    },
    by_warehouse: {
      description: "Trends, shares and stock on hand by warehouse, within a category or over all.",
      dimensions: ["warehouse", "category"],
      measures: ["count", "quantity", "value", "onHand"],
      levels: { day: "month", month: "year", year: "year" },
    },
    by_kind: {
      description: "Receipts, shipments, transfers, returns and adjustments.",
      dimensions: ["kind", "warehouse", "category"],
      measures: ["count", "quantity", "value", "onHand"],
      levels: { day: "week", month: "quarter", year: "year" },
    },
    by_product: {
      description: "Top products and their stock on hand, by warehouse, kind and category.",
      dimensions: ["product", "warehouse", "kind", "category"],
      measures: ["count", "quantity", "value", "onHand"],
      levels: { day: "week", month: "month", year: "year" },
    },
    costs: {
      description: "Lowest and highest unit cost by category.",
      dimensions: ["category"],
      measures: ["count", "quantity", "value", "minUnitCost", "maxUnitCost"],
      levels: { day: "month", month: "year" },
    },
    by_hour_of_week: {
      description: "When stock moves: hour of day by weekday.",
      dimensions: ["weekday", "hourOfDay"],
      measures: ["count", "quantity", "value"],
      levels: { day: "month", month: "year" },
    },
  },
} as const satisfies CubeDefinition;

/** Every cube of the app, by name. */
export const catalogue = { watch, inventory };

/** The tables behind the cubes; each has the index `by_tenant_and_key`. */
export type RecordTable = (typeof catalogue)[keyof typeof catalogue]["table"];
