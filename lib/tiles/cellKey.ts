/** Keys and the order of dimension values: what makes two cells the same series, and which comes first. */
import type { DimensionValue } from "../model/cube.js";
import { valueKey } from "../model/valueKey.js";

/** A text that is equal for equal combinations of values and different for all others of equal length. */
export function cellKey(dimensions: readonly DimensionValue[]): string {
  let key = "";
  for (const value of dimensions) key += valueKey(value) + "\0";
  return key;
}

/** Nulls first, then numbers, then strings by code unit. */
export function compareDimensionValues(a: DimensionValue, b: DimensionValue): number {
  if (a === b) return 0;
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  return (a as string | number) < (b as string | number) ? -1 : 1;
}

/** Lexicographic, value by value. Both must have the same length. */
export function compareDimensions(
  a: readonly DimensionValue[],
  b: readonly DimensionValue[],
): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareDimensionValues(a[i] ?? null, b[i] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

function rankOf(value: DimensionValue): number {
  return value === null ? 0 : typeof value === "number" ? 1 : 2;
}
