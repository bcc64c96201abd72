/**
 * Where a fact counts: one combination of dimension values per distinct value of each multi-valued
 * dimension, "not given" counting as a value of its own. Values that are kept together are one value.
 */
import type { DimensionValue, Fact } from "../model/cube.js";
import { scalarOf } from "../model/fact.js";
import type { RollupDimension } from "../model/rollup.js";
import { textOfSet } from "../model/stringSet.js";
import { clockPart } from "../time/clock.js";

/** The dimension's values of one fact: exactly one unless it is multi-valued, never none. */
export function dimensionValues(
  fact: Fact,
  dimension: Pick<RollupDimension, "type" | "field">,
  timezone: string,
): readonly DimensionValue[] {
  switch (dimension.type) {
    case "string":
    case "number":
      return [scalarOf(fact, dimension.field)];
    case "strings": {
      const value = fact[dimension.field];
      if (!Array.isArray(value) || value.length === 0) return [null];
      return value.length === 1 ? (value as string[]) : [...new Set(value as string[])];
    }
    case "stringSet": {
      const value = fact[dimension.field];
      return [Array.isArray(value) ? textOfSet(value as string[]) : null];
    }
    case "hourOfDay":
    case "weekday": {
      const t = scalarOf(fact, dimension.field);
      if (typeof t !== "number") return [null];
      return [clockPart(dimension.type, timezone, t)];
    }
    default:
      return dimension.type satisfies never;
  }
}

/** Every combination of the fact's dimension values; one empty combination where there are no dimensions. */
export function combinations(
  fact: Fact,
  dimensions: readonly Pick<RollupDimension, "type" | "field">[],
  timezone: string,
): DimensionValue[][] {
  let result: DimensionValue[][] = [[]];
  for (const dimension of dimensions) {
    const values = dimensionValues(fact, dimension, timezone);
    if (values.length === 1) {
      for (const combination of result) combination.push(values[0] ?? null);
    } else {
      result = result.flatMap((combination) => values.map((value) => [...combination, value]));
    }
  }
  return result;
}
