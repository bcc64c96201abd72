/** A query as the engine works with it: checked against the cube, defaults filled in, times resolved. */
import type { QueryOperator } from "../model/operators.js";
import { granularityName, type AnyGranularity } from "../time/customGranularity.js";

/** A condition on one member. */
export interface MemberFilter {
  /** Full name of a dimension or a measure. Of the times it is the query's own. */
  member: string;
  operator: QueryOperator;
  /** As in the query JSON: texts, or null for "not given". Empty for set and notSet. */
  values: (string | null)[];
}

/** A condition, or several of which all or one must hold. */
export type QueryFilter = MemberFilter | { and: QueryFilter[] } | { or: QueryFilter[] };

/** The filters of a tree, or null for a condition. */
export function branchesOf(filter: QueryFilter): QueryFilter[] | null {
  if ("and" in filter) return filter.and;
  return "or" in filter ? filter.or : null;
}

/** The conditions of some trees, from left to right. */
export function conditionsOf(filters: readonly QueryFilter[]): MemberFilter[] {
  return filters.flatMap((filter) => {
    if ("member" in filter) return [filter];
    return conditionsOf(branchesOf(filter) ?? []);
  });
}

export interface QueryTime {
  /** Full name of a time dimension. */
  dimension: string;
  /** The finest; null: the dimension only bounds the query. */
  granularity: AnyGranularity | null;
  /** Coarser ones, or such as cut across it: rows lie in one bucket of each. */
  others: AnyGranularity[];
  /** Half-open range of instants, null where unbounded. `to` is never before `from`. */
  from: number | null;
  to: number | null;
  /**
   * The same range as wall clock in the query's zone with milliseconds, both ends inclusive: what
   * people asked for.
   */
  dateRange: { from: string | null; to: string | null };
}

/** All names are full: `inventory.quantity`. */
export interface NormalizedQuery {
  cube: string;
  measures: string[];
  /** Never time dimensions. */
  dimensions: string[];
  time: QueryTime | null;
  /** Of records, on dimensions; all must hold. Ranges of the time are in `time`. */
  filters: QueryFilter[];
  /** Names of the cube's segments; all must hold, too. */
  segments: string[];
  /** Of rows, on measures, which need not be among the query's; all must hold. */
  having: QueryFilter[];
  /** Members of the query; the finest time column goes by the dimension's name, others by their own. */
  order: { id: string; desc: boolean }[];
  limit: number;
  offset: number;
  /** Whether the number of rows before limit and offset is wanted. */
  total: boolean;
  /** Whether a last row adds up what the limit leaves out. */
  others: boolean;
  /** Whether each record has rows of its own. Only the source tells them. */
  ungrouped: boolean;
  /** IANA zone of buckets, date ranges and labels. */
  timezone: string;
}

/** The measures that a query computes: its own, then those that it only filters by. */
export function computedMeasures({
  measures,
  having,
}: Pick<NormalizedQuery, "measures" | "having">): string[] {
  return [...new Set([...measures, ...conditionsOf(having).map(({ member }) => member)])];
}

/** A member's name within its cube. */
export function shortName(member: string): string {
  return member.slice(member.indexOf(".") + 1);
}

/** All granularities of a query's time, the finest first. */
export function granularitiesOf({ time }: Pick<NormalizedQuery, "time">): AnyGranularity[] {
  return time === null || time.granularity === null ? [] : [time.granularity, ...time.others];
}

/** The keys of a query's time columns in rows, as `inventory.occurredAt.month`, the finest first. */
export function timeColumns(query: Pick<NormalizedQuery, "time">): string[] {
  return granularitiesOf(query).map((one) => `${query.time?.dimension}.${granularityName(one)}`);
}
