/**
 * The measures of the query language, one record per type: which stored statistics it needs and how
 * they become the number that people see. Nulls are ignored by all but `count`; avg, min, max and
 * sum of nothing are null, counts of nothing 0.
 */
import type { CubeDefinition, MeasureDefinition } from "../model/cube";
import { fieldTraits } from "../model/fields";
import type { Accumulator } from "../model/rollup";
import type { Exact } from "../tiles/tile";
import { ratio, unscale } from "./exact";

/** Reads a statistic of the group being finished, by column name. */
export type ReadColumn = (column: string) => Exact | null;

export interface MeasurePlan {
  /** Statistics to read or compute. */
  accumulators: Accumulator[];
  /** The dimension whose distinct values are counted, where that is what the measure does. */
  distinct: string | null;
  /** Semi-additive: finished from the running total up to the bucket's end, not from the bucket. */
  level: boolean;
  /** The displayed value of the group. */
  finish(read: ReadColumn): number | null;
}

const count: Accumulator = { column: "count", kind: "count" };

/** Plan of one measure of a valid cube. */
export function measurePlan(cube: CubeDefinition, measure: MeasureDefinition): MeasurePlan {
  switch (measure.type) {
    case "count":
      return plan([count], (read) => unscale(read("count") ?? 0, 0));
    case "countDistinct":
      // The number of distinct values is not a stored statistic: the caller counts groups.
      return { ...plan([count], () => null), distinct: measure.dimension };
    case "sum":
    case "level": {
      const { field } = measure;
      const { scale } = fieldTraits(cube, field);
      const given = nonNull(cube, field);
      const sum: Accumulator = { column: `sum_${field}`, kind: "sum", field };
      if (measure.type === "level") {
        const level = plan([count, sum], (read) =>
          isNone(read("count")) ? null : unscale(read(sum.column) ?? 0, scale),
        );
        return { ...level, level: true };
      }
      return plan([given, sum], (read) =>
        isNone(read(given.column)) ? null : unscale(read(sum.column) ?? 0, scale),
      );
    }
    case "avg": {
      const { field } = measure;
      const { scale } = fieldTraits(cube, field);
      const given = nonNull(cube, field);
      const sum: Accumulator = { column: `sum_${field}`, kind: "sum", field };
      return plan([given, sum], (read) => {
        const n = read(given.column);
        return n === null || isNone(n) ? null : ratio(read(sum.column) ?? 0, n, scale);
      });
    }
    case "min":
    case "max": {
      const { field } = measure;
      const { scale } = fieldTraits(cube, field);
      const extreme: Accumulator = {
        column: `${measure.type}_${field}`,
        kind: measure.type,
        field,
      };
      // The count tells the fold when an extreme is gone for good rather than pending.
      return plan([nonNull(cube, field), extreme], (read) => {
        const value = read(extreme.column);
        return value === null ? null : unscale(value, scale);
      });
    }
    default:
      return measure satisfies never;
  }
}

/** The statistic that counts the field's values: `count` itself where none can be null. */
function nonNull(cube: CubeDefinition, field: string): Accumulator {
  return fieldTraits(cube, field).nullable ? { column: `n_${field}`, kind: "n", field } : count;
}

function plan(accumulators: Accumulator[], finish: MeasurePlan["finish"]): MeasurePlan {
  return { accumulators, distinct: null, level: false, finish };
}

function isNone(n: Exact | null): boolean {
  return n === null || n === 0;
}
