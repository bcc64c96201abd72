/**
 * What an app declares: a cube over one of its tables, with the fields that a fact keeps, the
 * dimensions and measures that questions use, and the rollups that are kept up to date. All of it
 * is plain data, so a definition can be stored beside the tiles that were built from it.
 */
import type { Granularity } from "../time/granularity.js";
import type { FilterOperator, OrderOperator, TextOperator } from "./operators.js";

/** A scalar that a dimension can take. `null` stands for "not given". */
export type DimensionValue = string | number | null;

/** One value of a fact: `strings` fields hold arrays, all others scalars. */
export type FactValue = string | number | null | readonly string[];

/**
 * The projection of a source document that a cube sees: field name → value. Decimal fields are held
 * as integers scaled by 10^scale, times as epoch milliseconds, floats as they are.
 */
export type Fact = { readonly [field: string]: FactValue };

/** How a fact's field is read from the source document. `from` is the document's field (default: same name). */
export type FieldDefinition =
  | { type: "time"; from?: string }
  /** A boolean is the text "true" or "false". */
  | { type: "string"; from?: string; nullable?: boolean }
  /** Multi-valued; duplicates count once, an empty array counts as "not given". */
  | { type: "strings"; from?: string }
  /** Whole numbers, exact. */
  | { type: "integer"; from?: string; nullable?: boolean }
  /** Numbers with at most `scale` decimals, exact: stored as integers × 10^scale. */
  | { type: "decimal"; scale: number; from?: string; nullable?: boolean }
  /** Any finite doubles. What is summed of them is exact, and rounded once, when it is shown. */
  | { type: "float"; from?: string; nullable?: boolean }
  /** The exact product of two integer or decimal fields; its scale is the sum of theirs; null where either is. */
  | { type: "product"; of: readonly [string, string] };

export type DimensionDefinition = {
  title?: string;
  description?: string;
  /** Expected number of distinct values; the planner's cost estimate (default 100). */
  cardinality?: number;
} & (
  | { type: "string"; field: string }
  /** One record counts under each of the field's values. The field has type `strings`. */
  | { type: "strings"; field: string }
  | { type: "number"; field: string }
  /** `granularities`: those that queries may name besides the calendar's. No rollup is built for them. */
  | {
      type: "time";
      field: string;
      granularities?: { readonly [name: string]: GranularityDefinition };
    }
  /** 0–23, in the query's zone. */
  | { type: "hourOfDay"; field: string }
  /** ISO: 1 Monday … 7 Sunday, in the query's zone. */
  | { type: "weekday"; field: string }
);

/**
 * Buckets of the app's own size on the clocks of the query's zone, such as `{ interval: "2 weeks",
 * origin: "2024-01-01" }`. Lengths are a count and one unit, from 15 minutes to 40 years; minutes are
 * multiples of 15.
 */
export interface GranularityDefinition {
  title?: string;
  interval: string;
  /**
   * A date or time at which one of the buckets begins (default 2001-01-01, a Monday). Of a day that a
   * month lacks its last day is taken.
   */
  origin?: string;
  /** Instead of `origin`: how far it lies after 2001-01-01, as "6 hours"; before it, as "-1 day". */
  offset?: string;
}

/**
 * A condition that a record must meet to count for a measure, on any of the cube's dimensions; of a
 * multi-valued one, any of the record's values may meet it. Numbers are as people write them. Hours of
 * day and weekdays are those of the tenant's zone, whatever zone a query asks in.
 */
export interface MeasureFilter {
  dimension: string;
  operator: FilterOperator;
  /** None for `set` and `notSet`; else at least one. `null` stands for "not given". */
  values?: readonly (string | number | null)[];
}

/**
 * Records that a query may be confined to by a name: a condition on one of the cube's dimensions but times, or
 * several of which all or one must hold. Hours of day and weekdays are those of the query's zone. It is looked
 * up when a question is asked, so no rollup is built for it: one answers that keeps the dimensions.
 */
export type SegmentDefinition =
  | {
      dimension: string;
      operator: FilterOperator | TextOperator | OrderOperator;
      /** None for `set` and `notSet`, one for `gt` and its like, else at least one; null is "not given". */
      values?: readonly (string | number | null)[];
    }
  | { and: readonly SegmentDefinition[] }
  | { or: readonly SegmentDefinition[] };

/**
 * Makes a measure look at a stretch of time around its bucket instead of at the bucket. Lengths are
 * `"7 day"`, `"1 month"`, … on the clocks of the query's zone, or `"unbounded"`; at least one is given.
 * `{ trailing: "unbounded" }` is a running total.
 */
export interface RollingWindow {
  /** How far back the window reaches from `offset`; not at all if absent. */
  trailing?: string;
  /** How far ahead the window reaches from `offset`; not at all if absent. */
  leading?: string;
  /** The end of the bucket that both are counted from (default "end"). */
  offset?: "start" | "end";
}

export type MeasureDefinition = {
  title?: string;
  description?: string;
  format?: "number" | "currency" | "percent" | "duration";
  /** What a click on a value of this measure shows: members of the cube. Cube's clients ask for them. */
  drillMembers?: readonly string[];
} &
  /** With `filters`, records that do not pass all of them do not count for this measure. */
  (
    | { type: "count"; filters?: readonly MeasureFilter[]; rollingWindow?: RollingWindow }
    | {
        type: "sum" | "avg" | "min" | "max";
        field: string;
        filters?: readonly MeasureFilter[];
        rollingWindow?: RollingWindow;
      }
    /** Of the population, exact but for one rounding at the very end; in the field's unit squared, and in its unit. */
    | { type: "variance" | "stddev"; field: string; rollingWindow?: RollingWindow }
    /** Number of distinct values of a dimension. */
    | { type: "countDistinct"; dimension: string }
    /**
     * About the same number, with a standard error of 1.625 %, of a `string` or `number` dimension that
     * a rollup need not keep. "Not given" is no value.
     */
    | {
        type: "countDistinctApprox";
        dimension: string;
        filters?: readonly MeasureFilter[];
        rollingWindow?: RollingWindow;
      }
    /**
     * The value that a share `q` of the records does not exceed: the one at rank ⌊q · (n − 1)⌋, give or
     * take 1 % of it. Of integer, decimal and product fields; `q` is from 0 to 1.
     */
    | {
        type: "quantile";
        field: string;
        q: number;
        filters?: readonly MeasureFilter[];
        rollingWindow?: RollingWindow;
      }
    /**
     * The least value that a share `p` of the records does not exceed, exactly, as `percentile_disc` of SQL; `p` is
     * from 0 to 1. An order statistic of the field answers it, or a scan: no rollup keeps it.
     */
    | { type: "percentile"; field: string; p: number; exact: true }
    /**
     * One measure's value divided by another's of the same cube, neither of them a ratio, a level,
     * rolling or approximate; null where the denominator is 0 or either is null.
     */
    | { type: "ratio"; numerator: string; denominator: string }
    /** Closing balance: the running total of `field` up to the end of a bucket. Never summed over time. */
    | { type: "level"; field: string }
  );

/**
 * A stored result at a chosen grain. `levels` lists the granularities kept, each with the partition
 * that one tile spans, for example `{ hour: "day", day: "month", month: "year" }`. `quarterHour` is kept
 * only for tenants that have zones of other minutes (`resolveRollup`), so never alone.
 */
export interface RollupDefinition {
  description?: string;
  dimensions: readonly string[];
  /**
   * Those of its multi-valued dimensions whose values are kept together: a record is in one cell, not
   * in one per value. Such a rollup also serves totals, and filters on several values. It holds a cell
   * per set of values that occurs, so it is for values that occur together, such as a video's topics.
   */
  together?: readonly string[];
  measures: readonly string[];
  levels: { readonly [G in Granularity]?: Granularity };
  /**
   * How long tiles of a level are kept, as `{ hour: "90 day" }`; for ever if not listed. A partition
   * whose end is longer ago than that stops answering, and is deleted some days later. Changing it
   * rebuilds nothing.
   */
  retain?: { readonly [G in Granularity]?: string };
  /** Tiles that are deleted for their age are archived in file storage before, for `rollups:restore`. */
  archive?: boolean;
  /** How far behind the rollup may be. Changing it rebuilds nothing. */
  freshness?: FreshnessTarget;
}

/**
 * The age of the oldest change that a rollup has not folded, in ms, from which on it is too old: `warn`, `error`, or both,
 * of which `warn` is not the larger one. A worker that is well rests up to `limits.fold.restMsMax` (45,000), so less is
 * refused.
 */
export interface FreshnessTarget {
  warn?: number;
  error?: number;
}

/** Targets by "cube.rollup", of those that have one. */
export type FreshnessTargets = Readonly<Record<string, FreshnessTarget>>;

/**
 * Values of a field that are kept in order, for exact percentiles, ranks, and records by their place. There is a tree
 * for each combination of values of `by` that occurs and, with a `granularity`, for each bucket of the cube's time.
 */
export interface OrderStatisticDefinition {
  description?: string;
  /** Of type integer, decimal, float or product. */
  field: string;
  /** Dimensions of type string or number: those that percentiles are grouped or filtered by. */
  by: readonly string[];
  /** Ranges of time and rows by time are made of whole buckets of it. */
  granularity?: OrderGranularity;
}

export type OrderGranularity = Exclude<Granularity, "quarterHour" | "hour">;

export interface CubeDefinition {
  name: string;
  title?: string;
  description?: string;
  /** The source table. */
  table: string;
  /** The name of the one time dimension that rollups are bucketed by. */
  time: string;
  /**
   * How long source records are kept, such as `"2 year"`: upkeep deletes those whose time is longer
   * ago, and their rollups stay. Kept for ever if absent.
   */
  expire?: string;
  fields: { readonly [field: string]: FieldDefinition };
  dimensions: { readonly [name: string]: DimensionDefinition };
  measures: { readonly [name: string]: MeasureDefinition };
  segments?: { readonly [name: string]: SegmentDefinition };
  rollups: { readonly [name: string]: RollupDefinition };
  orderStatistics?: { readonly [name: string]: OrderStatisticDefinition };
}

/** All cubes of an app, by name. */
export type Catalogue = { readonly [cube: string]: CubeDefinition };
