/** Two cubes with one of everything that questions can ask about, and rollups that cover them in part. */
import { defineCube } from "../../lib/resolve/defineCube.js";

export const orders = defineCube({
  name: "orders",
  table: "orders",
  time: "at",
  fields: {
    at: { type: "time" },
    due: { type: "time" },
    city: { type: "string", nullable: true },
    paid: { type: "string", nullable: true },
    tags: { type: "strings" },
    priority: { type: "integer", nullable: true },
    discount: { type: "decimal", scale: 2, nullable: true },
    quantity: { type: "integer" },
    price: { type: "decimal", scale: 3, nullable: true },
    weight: { type: "float", nullable: true },
    amount: { type: "product", of: ["quantity", "price"] },
  },
  dimensions: {
    at: {
      type: "time",
      field: "at",
      granularities: {
        shift: { interval: "8 hours", offset: "6 hours" },
        fortnight: { interval: "2 weeks", origin: "2024-01-02" },
        monthEnd: { interval: "1 month", origin: "2024-01-31" },
        fiscalYear: { interval: "1 year", offset: "3 months" },
      },
    },
    due: { type: "time", field: "due" },
    city: { type: "string", field: "city" },
    paid: { type: "string", field: "paid", cardinality: 3 },
    tag: { type: "strings", field: "tags", cardinality: 5 },
    priority: { type: "number", field: "priority", cardinality: 4 },
    discount: { type: "number", field: "discount", cardinality: 5 },
    hour: { type: "hourOfDay", field: "at" },
    weekday: { type: "weekday", field: "at" },
  },
  measures: {
    count: { type: "count" },
    quantity: { type: "sum", field: "quantity" },
    revenue: { type: "sum", field: "amount" },
    averagePrice: { type: "avg", field: "price" },
    cheapest: { type: "min", field: "price" },
    dearest: { type: "max", field: "price" },
    fewest: { type: "min", field: "quantity" },
    weight: { type: "sum", field: "weight" },
    spread: { type: "variance", field: "price" },
    deviation: { type: "stddev", field: "quantity" },
    cities: { type: "countDistinct", dimension: "city" },
    tagKinds: { type: "countDistinct", dimension: "tag" },
    citiesApprox: { type: "countDistinctApprox", dimension: "city" },
    medianPrice: { type: "quantile", field: "price", q: 0.5 },
    exactMedian: { type: "percentile", field: "price", p: 0.5, exact: true },
    upperPrice: { type: "percentile", field: "price", p: 0.9, exact: true },
    paidCount: {
      type: "count",
      filters: [{ dimension: "paid", operator: "equals", values: ["true"] }],
    },
    giftRevenue: {
      type: "sum",
      field: "amount",
      filters: [
        { dimension: "tag", operator: "notEquals", values: ["bulk"] },
        { dimension: "city", operator: "set" },
      ],
    },
    nightly: {
      type: "count",
      filters: [{ dimension: "hour", operator: "in", values: [22, 23, 0, 1, 2] }],
    },
    unitPrice: { type: "ratio", numerator: "revenue", denominator: "quantity" },
    paidShare: { type: "ratio", numerator: "paidCount", denominator: "count" },
    stock: { type: "level", field: "quantity" },
    runningCount: { type: "count", rollingWindow: { trailing: "unbounded" } },
    weekRevenue: { type: "sum", field: "amount", rollingWindow: { trailing: "7 day" } },
    monthAhead: {
      type: "max",
      field: "price",
      rollingWindow: { leading: "1 month", offset: "start" },
    },
    hoursQuantity: { type: "sum", field: "quantity", rollingWindow: { trailing: "3 hour" } },
  },
  segments: {
    urgent: { dimension: "priority", operator: "gte", values: [3] },
    early: { dimension: "hour", operator: "lt", values: [9] },
    festive: {
      or: [
        { dimension: "tag", operator: "in", values: ["gift", "Süß"] },
        {
          and: [
            { dimension: "city", operator: "startsWith", values: ["z"] },
            { dimension: "paid", operator: "notEquals", values: ["false"] },
          ],
        },
      ],
    },
  },
  orderStatistics: {
    prices: { field: "price", by: ["city", "priority"] },
    pricesByDay: { field: "price", by: ["city"], granularity: "day" },
  },
  rollups: {
    totals: {
      dimensions: [],
      measures: [
        ...(["count", "quantity", "revenue", "averagePrice", "cheapest", "dearest"] as const),
        ...(["fewest", "weight", "spread", "deviation", "citiesApprox", "medianPrice"] as const),
        ...(["paidCount", "giftRevenue", "nightly", "unitPrice", "paidShare", "stock"] as const),
        ...(["runningCount", "weekRevenue", "monthAhead", "hoursQuantity"] as const),
      ],
      levels: { hour: "day", day: "month", month: "year" },
    },
    byCity: {
      dimensions: ["city", "priority"],
      measures: [
        ...(["count", "quantity", "revenue", "averagePrice", "cheapest", "dearest"] as const),
        ...(["spread", "cities", "paidCount", "unitPrice", "paidShare", "stock"] as const),
        ...(["runningCount", "weekRevenue", "monthAhead", "medianPrice"] as const),
      ],
      levels: { day: "month", week: "week", month: "year", year: "year" },
    },
    byTag: {
      dimensions: ["tag", "city", "paid"],
      measures: [
        ...(["count", "quantity", "revenue", "cheapest", "cities", "tagKinds", "weight"] as const),
        ...(["giftRevenue", "unitPrice", "stock", "runningCount", "citiesApprox"] as const),
      ],
      levels: { hour: "day", day: "quarter", quarter: "year" },
    },
    byTags: {
      dimensions: ["tag", "city", "priority", "paid", "weekday"],
      together: ["tag"],
      measures: [
        ...(["count", "quantity", "revenue", "averagePrice", "dearest", "cities"] as const),
        ...(["paidCount", "paidShare", "unitPrice", "fewest", "stock", "weekRevenue"] as const),
        ...(["hoursQuantity", "medianPrice", "giftRevenue"] as const),
      ],
      levels: { hour: "week", day: "year" },
    },
    byClock: {
      dimensions: ["hour", "weekday"],
      measures: ["count", "quantity", "revenue", "dearest", "nightly", "stock", "deviation"],
      levels: { day: "month", year: "year" },
    },
    monthly: {
      dimensions: ["city", "tag", "priority", "paid", "discount"],
      together: ["tag"],
      measures: ["count", "quantity", "revenue", "cities", "paidCount", "stock", "spread"],
      levels: { month: "year" },
    },
    /** Of a generation that is built for another zone than the tenant's. */
    elsewhere: {
      dimensions: ["city", "paid", "priority", "discount"],
      measures: [
        ...(["count", "quantity", "revenue", "averagePrice", "cheapest", "cities"] as const),
        ...(["nightly", "runningCount", "hoursQuantity", "weight", "paidShare"] as const),
        "paidCount",
      ],
      levels: { quarterHour: "day", hour: "day", day: "month" },
    },
  },
});

/** Asked beside the orders. */
export const refunds = defineCube({
  name: "refunds",
  table: "refunds",
  time: "at",
  fields: {
    at: { type: "time" },
    city: { type: "string", nullable: true },
    sum: { type: "decimal", scale: 2 },
  },
  dimensions: {
    at: { type: "time", field: "at" },
    city: { type: "string", field: "city" },
  },
  measures: {
    count: { type: "count" },
    sum: { type: "sum", field: "sum" },
  },
  rollups: {
    byCity: {
      dimensions: ["city"],
      measures: ["count", "sum"],
      levels: { hour: "day", day: "month", month: "year" },
    },
    totals: { dimensions: [], measures: ["count", "sum"], levels: { day: "year" } },
  },
});

export const catalogue = { orders, refunds };
