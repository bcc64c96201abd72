/**
 * The measures of the query language, one record per type: which stored statistics it needs and how
 * they become the number that people see. Nulls are ignored by all but `count`; counts of
 * nothing are 0, all else of nothing is null.
 */
import { RollupsError } from "../errors.js";
import type { CubeDefinition, MeasureDefinition, MeasureFilter } from "../model/cube.js";
import { fieldTraits } from "../model/fields.js";
import { rawFilterValue } from "../model/filters.js";
import type { Accumulator, AccumulatorFilter } from "../model/rollup.js";
import type { State } from "./accumulators.js";
import type { Bins } from "./bins.js";
import { quantileOf } from "./ddSketch.js";
import { ZERO, mantissaAt, mustBeFinite, roundDyadic, type Dyadic } from "../numbers/dyadic.js";
import {
  deviationOf,
  powerOfTen,
  ratio,
  unscale,
  varianceOf,
  type Moments,
  type Exact,
} from "../numbers/exact.js";
import { estimateDistinct } from "./hyperLogLog.js";
import { nearestRank } from "./nearestRank.js";
import { everythingBefore, windowOf, type Window } from "./window.js";

/** Reads a statistic of the group being finished, by column name. */
export type ReadColumn = (column: string) => State | null;

/** The number of distinct values of a dimension in the group being finished. */
export type CountDistinct = (dimension: string) => number;

export interface MeasurePlan {
  /** Statistics to read or compute. */
  accumulators: Accumulator[];
  /** The dimensions whose distinct values are counted, where that is what the measure does. */
  distinct: string[];
  /** Where the measure is finished from a stretch of time around the bucket; null: from the bucket. */
  window: Window | null;
  /** The displayed value of the group. */
  finish(read: ReadColumn, countDistinct: CountDistinct): number | null;
}

const count: Accumulator = { column: "count", kind: "count" };

/** Plan of one measure of a valid cube. */
export function measurePlan(
  cube: CubeDefinition,
  name: string,
  measure: MeasureDefinition,
): MeasurePlan {
  const own = bucketPlan(cube, name, measure);
  const rolling = "rollingWindow" in measure ? windowOf(measure.rollingWindow) : null;
  return rolling === null ? own : { ...own, window: rolling };
}

function bucketPlan(cube: CubeDefinition, name: string, measure: MeasureDefinition): MeasurePlan {
  switch (measure.type) {
    case "count": {
      const counted = statisticsOf(cube, name, measure.filters)("count");
      return plan([counted], (read) => unscale(exact(read(counted.column)), 0));
    }
    case "countDistinct":
      // The number of distinct values is not a stored statistic: the caller counts groups.
      return {
        ...plan([count], (_read, countDistinct) => countDistinct(measure.dimension)),
        distinct: [measure.dimension],
      };
    case "ratio": {
      const [above, below] = [measure.numerator, measure.denominator].map((part) =>
        measurePlan(cube, part, mustHave(cube, part)),
      ) as [MeasurePlan, MeasurePlan];
      return {
        accumulators: [...above.accumulators, ...below.accumulators],
        distinct: [...above.distinct, ...below.distinct],
        window: null,
        finish(read, countDistinct) {
          const numerator = above.finish(read, countDistinct);
          const denominator = below.finish(read, countDistinct);
          if (numerator === null || denominator === null || denominator === 0) return null;
          return mustBeFinite(numerator / denominator + 0);
        },
      };
    }
    case "level": {
      const sum = sumOf(cube, measure.field, statisticsOf(cube, name));
      const level = plan([count, sum.statistic], (read) =>
        exact(read("count")) === 0 ? null : sum.finish(read, null),
      );
      return { ...level, window: everythingBefore };
    }
    case "sum":
    case "avg": {
      const { field, type, filters } = measure;
      const statistic = statisticsOf(cube, name, filters);
      const given = nonNull(cube, field, statistic);
      const sum = sumOf(cube, field, statistic);
      return plan([given, sum.statistic], (read) => {
        const n = exact(read(given.column));
        return n === 0 ? null : sum.finish(read, type === "sum" ? null : n);
      });
    }
    case "variance":
    case "stddev": {
      const { field, type } = measure;
      const statistic = statisticsOf(cube, name);
      const given = nonNull(cube, field, statistic);
      const { isFloat } = fieldTraits(cube, field);
      const sum = statistic(isFloat ? "floatSum" : "sum", field);
      const sumSq = statistic(isFloat ? "floatSumSq" : "sumSq", field);
      return plan([given, sum, sumSq], (read) => {
        const n = exact(read(given.column));
        if (n === 0) return null;
        const moments = momentsOf(cube, field, n, read(sum.column), read(sumSq.column));
        return mustBeFinite(type === "variance" ? varianceOf(moments) : deviationOf(moments));
      });
    }
    case "min":
    case "max": {
      const { field, type, filters } = measure;
      const { scale } = fieldTraits(cube, field);
      const statistic = statisticsOf(cube, name, filters);
      const extreme = statistic(type, field);
      // The count tells the fold when an extreme is gone for good rather than pending.
      return plan([nonNull(cube, field, statistic), extreme], (read) => {
        const value = read(extreme.column);
        return value === null ? null : unscale(value as Exact, scale);
      });
    }
    case "countDistinctApprox": {
      const field = fieldOf(cube, measure.dimension);
      const values = statisticsOf(cube, name, measure.filters)("hll", field);
      return plan([values], (read) => estimateDistinct(binsOf(read(values.column))));
    }
    case "percentile": {
      const { field, p } = measure;
      const { scale } = fieldTraits(cube, field);
      const values: Accumulator = { column: `values_${name}`, kind: "values", field, p };
      return plan([values], (read) => {
        const sorted = [...((read(values.column) ?? []) as number[])].sort((a, b) => a - b);
        const value = sorted[nearestRank(p, sorted.length)];
        return value === undefined ? null : unscale(value, scale);
      });
    }
    case "quantile": {
      const { field, q, filters } = measure;
      const { scale } = fieldTraits(cube, field);
      const values = statisticsOf(cube, name, filters)("ddSketch", field);
      return plan([values], (read) => {
        const value = quantileOf(binsOf(read(values.column)), q);
        return value === null ? null : value / powerOfTen(scale);
      });
    }
    default:
      return measure satisfies never;
  }
}

function mustHave(cube: CubeDefinition, name: string): MeasureDefinition {
  const measure = Object.hasOwn(cube.measures, name) ? cube.measures[name] : undefined;
  if (measure !== undefined) return measure;
  throw new RollupsError("InvalidDefinition", `${cube.name} has no measure ${name}`);
}

type MakeStatistic = (kind: Accumulator["kind"], field?: string) => Accumulator;

/** A measure's statistics: shared with others of the same field, or its own where it has filters. */
function statisticsOf(
  cube: CubeDefinition,
  name: string,
  filters?: readonly MeasureFilter[],
): MakeStatistic {
  if (filters === undefined) {
    return (kind, field) =>
      field === undefined ? { column: kind, kind } : { column: `${kind}_${field}`, kind, field };
  }
  const resolved = filters.map((filter) => resolveFilter(cube, filter));
  return (kind, field) => ({
    column: `${kind}_if_${name}`,
    kind,
    ...(field === undefined ? {} : { field }),
    filters: resolved,
  });
}

function resolveFilter(
  cube: CubeDefinition,
  { dimension: name, operator, values = [] }: MeasureFilter,
): AccumulatorFilter {
  const dimension = Object.hasOwn(cube.dimensions, name) ? cube.dimensions[name] : undefined;
  if (dimension === undefined || dimension.type === "time") {
    throw new RollupsError("InvalidDefinition", `${cube.name}.${name} cannot filter a measure`);
  }
  const { type, field } = dimension;
  const scale = type === "number" ? fieldTraits(cube, field).scale : 0;
  const raw = values.flatMap((value) =>
    rawFilterValue(type, scale, value === null ? null : String(value)),
  );
  return { type, field, operator, values: [...new Set(raw)] };
}

/** The field of a dimension of a valid cube. */
function fieldOf(cube: CubeDefinition, name: string): string {
  const dimension = Object.hasOwn(cube.dimensions, name) ? cube.dimensions[name] : undefined;
  if (dimension !== undefined) return dimension.field;
  throw new RollupsError("InvalidDefinition", `${cube.name} has no dimension ${name}`);
}

/** A field's sum as it is stored, and what is shown of it, divided by `n` if given. */
function sumOf(cube: CubeDefinition, field: string, statistic: MakeStatistic) {
  const { isFloat, scale } = fieldTraits(cube, field);
  const sum = statistic(isFloat ? "floatSum" : "sum", field);
  return {
    statistic: sum,
    finish(read: ReadColumn, n: Exact | null): number {
      if (isFloat) return roundDyadic((read(sum.column) ?? ZERO) as Dyadic, n ?? 1);
      const total = exact(read(sum.column));
      return n === null ? unscale(total, scale) : ratio(total, n, scale);
    },
  };
}

function momentsOf(
  cube: CubeDefinition,
  field: string,
  n: Exact,
  sum: State | null,
  sumSq: State | null,
): Moments {
  const { isFloat, scale } = fieldTraits(cube, field);
  if (!isFloat) return { n, sum: exact(sum), sumSq: exact(sumSq), scale, exponent: 0 };
  const [total, squares] = [sum ?? ZERO, sumSq ?? ZERO] as [Dyadic, Dyadic];
  const exponent = Math.min(total.exponent, Math.floor(squares.exponent / 2));
  return {
    n,
    sum: mantissaAt(total, exponent),
    sumSq: mantissaAt(squares, 2 * exponent),
    scale: 0,
    exponent,
  };
}

/** The statistic that counts the field's values: of records where none can be null. */
function nonNull(cube: CubeDefinition, field: string, statistic: MakeStatistic): Accumulator {
  return fieldTraits(cube, field).nullable ? statistic("n", field) : statistic("count");
}

function plan(accumulators: Accumulator[], finish: MeasurePlan["finish"]): MeasurePlan {
  return { accumulators, distinct: [], window: null, finish };
}

function exact(state: State | null): Exact {
  return (state ?? 0) as Exact;
}

const noBins: Bins = new Map();

function binsOf(state: State | null): Bins {
  return (state ?? noBins) as Bins;
}
