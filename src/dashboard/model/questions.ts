/** The questions that widgets ask, built from what the address bar says. */
import type { AggregateQuery, Filter, Row, TimeDimension } from "../../react/index.js";
import type { Granularity } from "../../../lib/time/granularity.js";
import { addDays, type Day, type TrendGranularity } from "./calendar.js";
import type { Filters } from "./filters.js";
import { keepsHours } from "./granularities.js";
import { catalogue } from "./members.js";
import type { Compared, Span } from "./period.js";
import type { CubeName } from "./views.js";

/** Bars of a ranking, and those where all are asked for. */
export const barsMax = 8;
export const barsAllMax = 500;

/** What every widget of a view shares. */
export interface Scope {
  cube: CubeName;
  /** Null: all time. */
  span: Span | null;
  /** The last day of all time; without it records of the future count, too. */
  upTo?: Day;
  filters: Filters;
}

export function timeMember(cube: CubeName): string {
  return `${cube}.${catalogue[cube]?.time}`;
}

/** The key under which rows carry their bucket, such as "watch.watchedAt.day". */
export function bucketKey(cube: CubeName, granularity: Granularity): string {
  return `${timeMember(cube)}.${granularity}`;
}

function filtersOf({ cube, span, upTo, filters }: Scope, except?: string): Filter[] {
  const chosen = Object.entries(filters)
    .filter(([dimension]) => dimension !== except)
    .map(([dimension, { operator, values }]) => ({
      member: `${cube}.${dimension}`,
      operator,
      values: [...values],
    }));
  if (span !== null || upTo === undefined) return chosen;
  return [...chosen, { member: timeMember(cube), operator: "beforeOrOnDate", values: [upTo] }];
}

function timeOf(
  { cube, span }: Pick<Scope, "cube" | "span">,
  granularity?: Granularity,
): TimeDimension[] {
  if (!span && !granularity) return [];
  return [
    {
      dimension: timeMember(cube),
      ...(granularity && { granularity }),
      ...(span && { dateRange: [span.from, span.to] as const }),
    },
  ];
}

/** One row of totals over the period. */
export function totalsQuestion(scope: Scope, measures: readonly string[]): AggregateQuery {
  return {
    measures,
    timeDimensions: timeOf(scope),
    filters: filtersOf(scope),
  };
}

/** One row of totals for each of two spans, the later one first; `totalsOf` tells them apart. */
export function comparedQuestion(
  scope: Scope,
  measures: readonly string[],
  { now, before }: Compared,
): AggregateQuery {
  return {
    measures,
    timeDimensions: [
      {
        dimension: timeMember(scope.cube),
        compareDateRange: [
          [now.from, now.to],
          [before.from, before.to],
        ],
      },
    ],
    filters: filtersOf({ ...scope, span: now }),
  };
}

/** The row of one span among those of `comparedQuestion`. */
export function totalsOf(rows: readonly Row[] | undefined, span: Span): Row | undefined {
  return rows?.find(({ compareDateRange }) => String(compareDateRange).startsWith(span.from));
}

/**
 * One row per bucket, oldest first, or one per bucket and value of `dimension`. Days take the place of hours that
 * no rollup keeps. The filter on `dimension` itself is left out, so that a click on a line keeps the others in sight.
 */
export function trendQuestion(
  scope: Scope,
  measures: readonly string[],
  granularity: TrendGranularity,
  dimension?: string,
): AggregateQuery {
  return {
    measures,
    ...(dimension && { dimensions: [`${scope.cube}.${dimension}`] }),
    timeDimensions: timeOf(scope, keptGranularity(scope, measures, granularity, dimension)),
    filters: filtersOf(scope, dimension),
    order: [[timeMember(scope.cube), "asc"]],
  };
}

/** What a trend shows where this granularity is chosen. */
export function keptGranularity(
  { cube, filters }: Scope,
  measures: readonly string[],
  granularity: TrendGranularity,
  dimension?: string,
): TrendGranularity {
  if (granularity !== "hour") return granularity;
  const filtered = Object.keys(filters).filter((name) => name !== dimension);
  const dimensions = dimension === undefined ? filtered : [...filtered, dimension];
  return keepsHours(cube, measures, dimensions) ? "hour" : "day";
}

/**
 * The values of one dimension, largest first, and a last row of what the limit leaves out, where a record is in one
 * row only. The dimension's own filter is left out, so that a click on a bar keeps the others in sight.
 */
export function rankingQuestion(
  scope: Scope,
  dimension: string,
  measures: readonly string[],
  orderBy: string,
  limit: number,
): AggregateQuery {
  return {
    measures,
    dimensions: [`${scope.cube}.${dimension}`],
    timeDimensions: timeOf(scope),
    filters: filtersOf(scope, dimension),
    order: [
      [orderBy, "desc"],
      [`${scope.cube}.${dimension}`, "asc"],
    ],
    limit,
    total: true,
    ...(!isMany(scope.cube, dimension) && { others: true }),
  };
}

/** Whether a record may have several values of a dimension. */
export function isMany(cube: CubeName, dimension: string): boolean {
  return catalogue[cube]?.dimensions[dimension]?.type === "strings";
}

/** Weekday by hour of day; the filter on weekdays is left out, so that the others stay in sight. */
export function weekQuestion(scope: Scope, measure: string): AggregateQuery {
  return {
    measures: [measure],
    dimensions: [`${scope.cube}.weekday`, `${scope.cube}.hourOfDay`],
    timeDimensions: timeOf(scope),
    filters: filtersOf(scope, "weekday"),
  };
}

/** One row per day, whatever the period. */
export function yearQuestion(scope: Scope, measure: string, year: Span): AggregateQuery {
  return trendQuestion({ ...scope, span: year }, [measure], "day");
}

/** Days up to one, or after one. */
export type Side = { upTo: Day } | { after: Day };

function sideFilter(cube: CubeName, side: Side): Filter {
  const [operator, day] =
    "upTo" in side ? ["beforeOrOnDate", side.upTo] : ["afterDate", side.after];
  return { member: timeMember(cube), operator, values: [day] };
}

/** How many records there are of the days up to one, the last `days` of them. */
export function recentQuestion(cube: CubeName, upTo: Day, days: number): AggregateQuery {
  const span = { from: addDays(upTo, 1 - days), to: upTo };
  return totalsQuestion({ cube, span, filters: {} }, [`${cube}.count`]);
}

/** Years that have records, with their counts, newest first; all of them where there is no limit. */
export function yearsQuestion(cube: CubeName, side: Side, limit?: number): AggregateQuery {
  return {
    measures: [`${cube}.count`],
    timeDimensions: timeOf({ cube, span: null }, "year"),
    filters: [sideFilter(cube, side)],
    order: [[timeMember(cube), "desc"]],
    ...(limit !== undefined && { limit }),
  };
}

/** The newest day that has records, of one year. */
export function newestDayQuestion(cube: CubeName, side: Side, year: string): AggregateQuery {
  return {
    measures: [`${cube}.count`],
    timeDimensions: timeOf({ cube, span: { from: `${year}-01-01`, to: `${year}-12-31` } }, "day"),
    filters: [sideFilter(cube, side)],
    order: [[timeMember(cube), "desc"]],
    limit: 1,
  };
}
