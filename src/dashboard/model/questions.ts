/** The questions that widgets ask, built from what the address bar says. */
import type { AggregateQuery, Filter, TimeDimension } from "../../hooks";
import type { Granularity } from "../../../lib/time/granularity";
import { catalogue } from "./members";
import type { Span } from "./period";
import type { CubeName, Filters } from "./urlState";

/** What every widget of a view shares. */
export interface Scope {
  cube: CubeName;
  span: Span | null;
  filters: Filters;
}

export function timeMember(cube: CubeName): string {
  return `${cube}.${catalogue[cube]?.time}`;
}

/** The key under which rows carry their bucket, such as "watch.watchedAt.day". */
export function bucketKey(cube: CubeName, granularity: Granularity): string {
  return `${timeMember(cube)}.${granularity}`;
}

function filtersOf(cube: CubeName, filters: Filters, except?: string): Filter[] {
  return Object.entries(filters)
    .filter(([dimension]) => dimension !== except)
    .map(([dimension, values]) => ({
      member: `${cube}.${dimension}`,
      operator: "equals",
      values: [...values],
    }));
}

function timeOf({ cube, span }: Scope, granularity?: Granularity): TimeDimension[] {
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
    filters: filtersOf(scope.cube, scope.filters),
  };
}

/** One row per bucket, oldest first, or one per bucket and value of `dimension`. */
export function trendQuestion(
  scope: Scope,
  measures: readonly string[],
  granularity: Granularity,
  dimension?: string,
): AggregateQuery {
  return {
    measures,
    ...(dimension && { dimensions: [`${scope.cube}.${dimension}`] }),
    timeDimensions: timeOf(scope, granularity),
    filters: filtersOf(scope.cube, scope.filters),
    order: [[timeMember(scope.cube), "asc"]],
  };
}

/**
 * The values of one dimension, largest first. The dimension's own filter is left out, so that a
 * click on a bar keeps the others in sight.
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
    filters: filtersOf(scope.cube, scope.filters, dimension),
    order: [
      [orderBy, "desc"],
      [`${scope.cube}.${dimension}`, "asc"],
    ],
    limit,
    total: true,
  };
}

/** Weekday by hour of day. */
export function weekQuestion(scope: Scope, measure: string): AggregateQuery {
  return {
    measures: [measure],
    dimensions: [`${scope.cube}.weekday`, `${scope.cube}.hourOfDay`],
    timeDimensions: timeOf(scope),
    filters: filtersOf(scope.cube, scope.filters),
  };
}

/** The newest bucket that has records, within `span` if given. */
export function newestQuestion(
  cube: CubeName,
  granularity: Granularity,
  span: Span | null,
): AggregateQuery {
  return {
    measures: [`${cube}.count`],
    timeDimensions: timeOf({ cube, span, filters: {} }, granularity),
    order: [[timeMember(cube), "desc"]],
    limit: 1,
  };
}
