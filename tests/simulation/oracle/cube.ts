/**
 * The simulation's cubes as the oracle knows them: a function for each member. Imports nothing of
 * the product; amounts are whole units of 10^-scale.
 */
import type { Row } from "../source/rows";
import { hourOf, weekdayOf } from "./clock";

export type Value = string | number | null;

export interface OracleMeasure {
  kind: "count" | "sum" | "avg" | "min" | "max" | "level" | "distinct";
  /** Field of `amounts`, or for "distinct" a dimension. */
  of?: string;
  /** Records that count; all where it is absent. */
  where?: (row: Row, zone: string) => boolean;
}

export interface OracleCube {
  name: string;
  /** Every value under which a record counts. */
  dimensions: { [name: string]: (row: Row, zone: string) => Value[] };
  amounts: { [field: string]: { scale: number; of: (row: Row) => bigint | null } };
  measures: { [name: string]: OracleMeasure };
}

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
  },
  measures: {
    count: { kind: "count" },
    quantity: { kind: "sum", of: "quantity" },
    sizes: { kind: "sum", of: "size" },
    value: { kind: "sum", of: "value" },
    onHand: { kind: "level", of: "quantity" },
    averagePrice: { kind: "avg", of: "price" },
    lowestPrice: { kind: "min", of: "price" },
    highestPrice: { kind: "max", of: "price" },
    smallest: { kind: "min", of: "size" },
    largestValue: { kind: "max", of: "value" },
    people: { kind: "distinct", of: "person" },
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
  const sign = amount < 0n ? "-" : "";
  const magnitude = amount < 0n ? -amount : amount;
  const digits = ((magnitude * 10n ** 40n) / BigInt(denominator)).toString().padStart(41, "0");
  return Number(`${sign}${digits.slice(0, -40)}.${digits.slice(-40)}`);
}
