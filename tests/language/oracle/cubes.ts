/** The oracle's own reading of the cubes, written down a second time. */
import { toUnits } from "../../oracle/decimal.js";
import { calendar, wallAt } from "./clock.js";
import type { Doc, Measure, Numbers, OracleCube } from "./model.js";

const given = (doc: Doc, field: string) => doc[field] as number | null;

const numbers = (field: string, places: number): Numbers => ({
  places,
  of: (doc) => (given(doc, field) === null ? null : toUnits(given(doc, field)!, places)),
});

/** Doubles are decimals, of many places: those of the weights have at most 60. */
const weight: Numbers = {
  places: 60,
  of: (doc) => {
    let whole = given(doc, "weight");
    if (whole === null) return null;
    let halvings = 0;
    for (; !Number.isInteger(whole); halvings++) whole *= 2;
    return BigInt(whole) * 5n ** BigInt(halvings) * 10n ** BigInt(60 - halvings);
  },
};

const quantity = numbers("quantity", 0);
const price = numbers("price", 3);
const amount: Numbers = {
  places: 3,
  of: (doc) => {
    const each = price.of(doc);
    return each === null ? null : each * quantity.of(doc)!;
  },
};

const back = (...length: [number, "hour" | "day"]): Measure["window"] => ({
  ...{ trailing: length, leading: null, offset: "end" },
});

export const orders: OracleCube = {
  name: "orders",
  time: "at",
  dimensions: {
    at: { kind: "time", field: "at" },
    due: { kind: "time", field: "due" },
    city: { kind: "text", field: "city" },
    paid: { kind: "text", field: "paid" },
    tag: { kind: "texts", field: "tags" },
    priority: { kind: "number", field: "priority" },
    discount: { kind: "number", field: "discount" },
    hour: { kind: "hour", field: "at" },
    weekday: { kind: "weekday", field: "at" },
  },
  granularities: [
    ...calendar,
    { name: "shift", count: 8, unit: "hour", origin: "2001-01-01T06:00:00.000" },
    { name: "fortnight", count: 2, unit: "week", origin: "2024-01-02T00:00:00.000" },
    { name: "monthEnd", count: 1, unit: "month", origin: "2024-01-31T00:00:00.000" },
    { name: "fiscalYear", count: 1, unit: "year", origin: "2001-04-01T00:00:00.000" },
  ],
  segments: {
    urgent: { member: "orders.priority", operator: "gte", values: [3] },
    early: { member: "orders.hour", operator: "lte", values: [8] },
    festive: {
      or: [
        { member: "orders.tag", operator: "equals", values: ["Süß", "gift"] },
        {
          and: [
            { member: "orders.city", operator: "startsWith", values: ["Z"] },
            { member: "orders.paid", operator: "notEquals", values: ["false"] },
          ],
        },
      ],
    },
  },
  measures: {
    count: { kind: "count" },
    quantity: { kind: "sum", numbers: quantity },
    revenue: { kind: "sum", numbers: amount },
    averagePrice: { kind: "avg", numbers: price },
    cheapest: { kind: "min", numbers: price },
    dearest: { kind: "max", numbers: price },
    fewest: { kind: "min", numbers: quantity },
    weight: { kind: "sum", numbers: weight },
    spread: { kind: "variance", numbers: price },
    deviation: { kind: "stddev", numbers: quantity },
    cities: { kind: "distinct", dimension: "city" },
    tagKinds: { kind: "distinct", dimension: "tag" },
    // So few values have registers of their own.
    citiesApprox: { kind: "distinct", dimension: "city" },
    medianPrice: { kind: "quantile", numbers: price, q: 0.5, within: 0.01 },
    exactMedian: { kind: "percentile", numbers: price, tenths: 5 },
    upperPrice: { kind: "percentile", numbers: price, tenths: 9 },
    paidCount: { kind: "count", if: ({ paid }) => paid === true },
    giftRevenue: {
      ...{ kind: "sum", numbers: amount },
      if: ({ tags, city }) => !(tags as string[]).includes("bulk") && city !== null,
    },
    nightly: {
      kind: "count",
      if: ({ at }, zone) =>
        ["22", "23", "00", "01", "02"].includes(wallAt(zone, at as number).slice(11, 13)),
    },
    unitPrice: { kind: "ratio", parts: ["revenue", "quantity"] },
    paidShare: { kind: "ratio", parts: ["paidCount", "count"] },
    stock: {
      ...{ kind: "level", numbers: quantity },
      window: { trailing: "unbounded", leading: null, offset: "end" },
    },
    runningCount: {
      kind: "count",
      window: { trailing: "unbounded", leading: null, offset: "end" },
    },
    weekRevenue: { kind: "sum", numbers: amount, window: back(7, "day") },
    monthAhead: {
      ...{ kind: "max", numbers: price },
      window: { trailing: null, leading: [1, "month"], offset: "start" },
    },
    hoursQuantity: { kind: "sum", numbers: quantity, window: back(3, "hour") },
  },
};

export const refunds: OracleCube = {
  name: "refunds",
  time: "at",
  dimensions: { at: { kind: "time", field: "at" }, city: { kind: "text", field: "city" } },
  granularities: calendar,
  segments: {},
  measures: { count: { kind: "count" }, sum: { kind: "sum", numbers: numbers("sum", 2) } },
};
