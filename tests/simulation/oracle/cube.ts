/**
 * The simulation's cubes as the oracle knows them: a function for each member. Imports nothing of
 * the product; amounts are whole units of 10^-scale.
 */
import type { Row } from "../source/rows.js";
import { hourOf, weekdayOf } from "./clock.js";

export type Value = string | number | null;

/** Lengths such as "2 day", or "unbounded"; counted from the bucket's end unless it says otherwise. */
export interface OracleWindow {
  trailing?: string;
  leading?: string;
  offset?: "start" | "end";
}

export interface OracleMeasure {
  kind:
    | "count"
    | "sum"
    | "avg"
    | "min"
    | "max"
    | "level"
    | "distinct"
    | "approx"
    | "quantile"
    | "variance"
    | "stddev"
    | "ratio";
  /** Field of `amounts`, or for "distinct" and "approx" a dimension. */
  of?: string;
  /** The share of a "quantile". */
  q?: number;
  /** Numerator and denominator of a "ratio". */
  parts?: [string, string];
  /** What it looks at instead of its bucket; a "level" at all that is before the bucket's end. */
  window?: OracleWindow;
  /** Records that count; all where it is absent. */
  where?: (row: Row, zone: string) => boolean;
}

export interface OracleCube {
  name: string;
  /** Every value under which a record counts. */
  dimensions: { [name: string]: (row: Row, zone: string) => Value[] };
  /** Whole units of 10^-scale; floats in units of 2^-FLOAT_BITS. */
  amounts: {
    [field: string]: { scale: number; isFloat?: true; of: (row: Row) => bigint | null };
  };
  measures: { [name: string]: OracleMeasure };
}

/** More than any of the simulation's floats has behind the point. */
export const FLOAT_BITS = 60;

const units = (value: number | null | undefined, scale: number): bigint | null =>
  value == null ? null : BigInt(Math.round(value * 10 ** scale));

const salesCube: OracleCube = {
  name: "sales",
  dimensions: {
    category: (row) => [row.category!],
    warehouse: (row) => [row.warehouse ?? null],
    topic: (row) => (row.topics!.length === 0 ? [null] : [...new Set(row.topics)]),
    person: (row) => [row.person ?? null],
    price: (row) => [row.price ?? null],
    hourOfDay: (row, zone) => [hourOf(zone, row.at)],
    weekday: (row, zone) => [weekdayOf(zone, row.at)],
  },
  amounts: {
    quantity: { scale: 0, of: (row) => units(row.quantity, 0) },
    size: { scale: 0, of: (row) => units(row.size, 0) },
    price: { scale: 2, of: (row) => units(row.price, 2) },
    value: {
      scale: 2,
      of: (row) => (row.price == null ? null : units(row.quantity, 0)! * units(row.price, 2)!),
    },
    weight: {
      scale: 0,
      isFloat: true,
      // Times a power of two is exact.
      of: ({ weight = null }) => (weight === null ? null : BigInt(weight * 2 ** FLOAT_BITS)),
    },
  },
  measures: {
    count: { kind: "count" },
    peopleApprox: { kind: "approx", of: "person" },
    pricesApprox: { kind: "approx", of: "price" },
    peopleInX: { kind: "approx", of: "person", where: (row) => row.warehouse === "x" },
    peopleAround: { kind: "approx", of: "person", window: { trailing: "1 month" } },
    lowSize: { kind: "quantile", of: "size", q: 0.2 },
    sizeAround: { kind: "quantile", of: "size", q: 0.5, window: { trailing: "1 month" } },
    middlePrice: { kind: "quantile", of: "price", q: 0.5 },
    highPrice: { kind: "quantile", of: "price", q: 0.9 },
    sizeOfT: {
      kind: "quantile",
      of: "size",
      q: 0.25,
      where: ({ topics }) => topics!.includes("t") || topics!.includes("v"),
    },
    weight: { kind: "sum", of: "weight" },
    averageWeight: { kind: "avg", of: "weight" },
    lightest: { kind: "min", of: "weight" },
    heaviest: { kind: "max", of: "weight" },
    weightSpread: { kind: "variance", of: "weight" },
    quantity: { kind: "sum", of: "quantity" },
    sizes: { kind: "sum", of: "size" },
    value: { kind: "sum", of: "value" },
    onHand: { kind: "level", of: "quantity", window: { trailing: "unbounded" } },
    averagePrice: { kind: "avg", of: "price" },
    lowestPrice: { kind: "min", of: "price" },
    highestPrice: { kind: "max", of: "price" },
    smallest: { kind: "min", of: "size" },
    largestValue: { kind: "max", of: "value" },
    people: { kind: "distinct", of: "person" },
    spread: { kind: "variance", of: "price" },
    deviation: { kind: "stddev", of: "quantity" },
    valueEach: { kind: "ratio", parts: ["value", "quantity"] },
    recent: { kind: "count", window: { trailing: "2 day" } },
    sizesBefore: { kind: "sum", of: "size", window: { trailing: "unbounded", offset: "start" } },
    highestAround: { kind: "max", of: "price", window: { trailing: "1 month", leading: "6 hour" } },
    priceOfWeek: { kind: "avg", of: "price", window: { trailing: "1 week", offset: "start" } },
    inX: { kind: "count", where: (row) => row.warehouse === "x" },
    pricesOfT: {
      kind: "avg",
      of: "price",
      where: ({ topics }) => topics!.includes("t") || topics!.includes("v"),
    },
    early: {
      kind: "sum",
      of: "quantity",
      where: (row, zone) => [0, 1, 5].includes(hourOf(zone, row.at)),
    },
    lowestOfNone: {
      kind: "min",
      of: "price",
      where: ({ person, price }) => person === null && ![0, 0.1, null].includes(price!),
    },
  },
};

const visitsCube: OracleCube = {
  name: "visits",
  dimensions: { page: (row) => [row.page!] },
  amounts: { stay: { scale: 0, of: (row) => units(row.stay, 0) } },
  measures: {
    count: { kind: "count" },
    stay: { kind: "sum", of: "stay" },
    longest: { kind: "max", of: "stay" },
  },
};

export const oracleCubes: { [name: string]: OracleCube } = {
  sales: salesCube,
  visits: visitsCube,
};

/** The double nearest to units / (divisor × 10^scale). */
export function toNumber(amount: bigint, scale: number, divisor = 1): number {
  const denominator = divisor * 10 ** scale;
  const numerator = Number(amount);
  if (Number.isSafeInteger(numerator)) return numerator / denominator;
  return quotient(amount, BigInt(denominator));
}

/** The double nearest to a fraction: long division to so many decimals, which a text is read from. */
export function quotient(numerator: bigint, denominator: bigint, decimals = 40): number {
  const sign = numerator < 0n ? "-" : "";
  const magnitude = numerator < 0n ? -numerator : numerator;
  const digits = ((magnitude * 10n ** BigInt(decimals)) / denominator)
    .toString()
    .padStart(decimals + 1, "0");
  return Number(`${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`) + 0;
}

/** The double nearest to the square root of a fraction, by Newton's method to 40 decimals. */
export function root(numerator: bigint, denominator: bigint): number {
  const square = (numerator * 10n ** 80n) / denominator;
  if (square === 0n) return 0;
  // Above the root, from where every step goes down to it.
  let low = 1n << BigInt(Math.ceil(square.toString(2).length / 2));
  for (let next = low; ; low = next) {
    next = (low + square / low) / 2n;
    if (next >= low) break;
  }
  return quotient(low, 10n ** 40n);
}
