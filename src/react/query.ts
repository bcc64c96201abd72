/**
 * The query language of the hooks: Cube's query JSON. Here are its type, the form that travels to
 * the backend, and the key by which two queries count as the same.
 */
import type { DateRange } from "../../lib/query/queryOf.js";
import type { Granularity } from "../../lib/time/granularity.js";

/** A value of an answer's row. Times are local wall clock: "2012-03-01T00:00:00.000". */
export type Value = string | number | boolean | null;

/** One row of an answer: member → value, for example `{"inventory.quantity": 12}`. */
export type Row = { readonly [member: string]: Value };

/** A condition, or several of which all or one must hold. All filters of a query must hold. */
export type Filter = Condition | { and: readonly Filter[] } | { or: readonly Filter[] };

/** A condition on one member. */
export type Condition = {
  member: string;
  /** One of Cube's, such as equals, contains, gte or inDateRange. */
  operator: string;
  values?: readonly (string | number | boolean | null)[];
};

export type TimeDimension = {
  dimension: string;
  /** One of the calendar's, or of those that the cube adds. */
  granularity?: Granularity | (string & Record<never, never>);
  /** A day, or [from, to] in local wall clock, both inclusive. */
  dateRange?: DateRange;
  /**
   * Instead of `dateRange`: 2 to 24 ranges, each answered by itself, all as of one commit. Rows come
   * range by range and say theirs in `compareDateRange`: "<from> - <to>" with milliseconds.
   */
  compareDateRange?: readonly DateRange[];
};

export type Direction = "asc" | "desc";

export interface AggregateQuery {
  measures?: readonly string[];
  dimensions?: readonly string[];
  timeDimensions?: readonly TimeDimension[];
  filters?: readonly Filter[];
  /** Names of the cube's segments, as "orders.large"; all must hold, too. */
  segments?: readonly string[];
  order?:
    | { readonly [member: string]: Direction | undefined }
    | readonly (readonly [string, Direction])[];
  limit?: number;
  offset?: number;
  /** Also count the rows there would be without `limit`. */
  total?: boolean;
  /** Adds a last row of what the limit leaves out; its `others` says how many rows it stands for. */
  others?: boolean;
  /** Each record has a row of its own, where the source holds few enough of them. */
  ungrouped?: boolean;
  timezone?: string;
}

/** A query as it is sent: plain JSON without undefined fields. */
export type WireQuery = { readonly [field: string]: unknown };

/** A question in its stable form: the same object while the question stays equal. */
export interface Request {
  key: string;
  query: AggregateQuery;
  wire: WireQuery;
  freshness: "live" | "folded";
}

/**
 * The form that travels. An `order` object becomes a list of pairs, because Convex sorts the fields
 * of an object and the order of its keys is the order of the sort.
 */
export function toWire(query: AggregateQuery): WireQuery {
  const { order: asked } = query;
  const order = asked && !Array.isArray(asked) ? Object.entries(asked) : asked;
  return JSON.parse(JSON.stringify({ ...query, order })) as WireQuery;
}

/** Equal keys, equal questions: field order does not matter, the order of lists does. */
export function keyOf(wire: unknown): string {
  // Entries are sorted as texts: in what order does not matter, as long as it is always the same.
  return JSON.stringify(wire, (_, value: unknown) =>
    value && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort())
      : value,
  );
}

/** The cube that a query asks, from its first member; null for a query without members. */
export function cubeOf(query: AggregateQuery): string | null {
  const member =
    query.measures?.[0] ?? query.dimensions?.[0] ?? query.timeDimensions?.[0]?.dimension;
  return member?.split(".")[0] ?? null;
}
