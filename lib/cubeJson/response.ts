/** Answers in the shape of Cube's `/load` and `/dry-run`, as its stock clients read them. */
import { RollupsError } from "../errors.js";
import { RANGE_COLUMN } from "../query/question.js";
import type { Annotation } from "./annotate.js";

export type QueryType = "regularQuery" | "compareDateRangeQuery" | "blendingQuery";

/** How rows travel. Compact and columnar ones name the members once. */
export type ResponseFormat = "default" | "compact" | "columnar";

type Value = string | number | null;
type Row = Readonly<Record<string, Value>>;
type QueryJson = Readonly<Record<string, unknown>>;

/** What an answer is made of: `aggregates:load` returns it. */
export interface Loaded {
  /** As `toQuestionJson` writes it. */
  query: QueryJson;
  data: readonly Row[];
  annotation: Annotation;
  total?: number;
  /** "cube.rollup@generation", or "scan"; several joined by ", ". */
  servedBy: string;
  exact: boolean;
  /** ISO time of the commit that the answer is of; subscriptions do without, as it would change with every commit. */
  lastRefreshTime?: string;
  watermark?: string;
}

export interface UsedPreAggregation {
  preAggregationId: string;
  /** Epoch ms: the answer is of it. */
  lastUpdatedAt?: number;
  type: "rollup";
}

export interface CubeResult {
  query: QueryJson;
  data: unknown;
  annotation: Annotation;
  lastRefreshTime?: string;
  total: number | null;
  dataSource: "default";
  dbType: "convex";
  external: boolean;
  slowQuery: false;
  /** By "cube.rollup"; empty where the source was scanned. */
  usedPreAggregations: Record<string, UsedPreAggregation>;
  /** Not of Cube: whether all measures are exact, and the commit that the answer is of. */
  exact: boolean;
  watermark?: string;
}

export interface LoadResponse {
  queryType: QueryType;
  results: CubeResult[];
  pivotQuery: QueryJson;
  slowQuery: false;
}

/**
 * Answers of several queries side by side, by the same granularity: rows say their time in `time.<granularity>` too.
 * Throws `InvalidQuery` where granularities differ, `UnsupportedQuery` for a comparison. O(rows).
 */
export function blendedResponse(
  loaded: readonly Loaded[],
  format: ResponseFormat = "default",
): LoadResponse {
  const columns = loaded.map(({ query }) => timeColumnOf(query));
  const granularities = new Set(columns.map((column) => column?.granularity ?? null));
  const [granularity] = granularities;
  if (granularity == null) throw blending("without granularity is not supported");
  if (granularities.size > 1) throw blending("granularities must match");
  const named = loaded.map((one, i): Loaded => {
    const column = columns[i]?.column as string;
    const data = one.data.map((row) => ({ ...row, [`time.${granularity}`]: row[column] ?? null }));
    return { ...one, data };
  });
  const members = (key: string) => [
    ...new Set(loaded.flatMap(({ query }) => listOf<string>(query[key]))),
  ];
  const queryType = "blendingQuery";
  return {
    queryType,
    results: named.flatMap((one) => loadResponse(one, format).results),
    pivotQuery: {
      measures: members("measures"),
      dimensions: members("dimensions"),
      timeDimensions: [{ dimension: "time", granularity }],
      queryType,
    },
    slowQuery: false,
  };
}

/** In Cube's words. */
function blending(problem: string): RollupsError {
  const message = `Data blending query ${problem}`;
  return new RollupsError("InvalidQuery", message, { path: "query", message });
}

/** The time column of a query's rows; null without granularity. Throws `UnsupportedQuery` for a comparison. */
function timeColumnOf(query: QueryJson): { column: string; granularity: string } | null {
  const [time] = listOf<TimeItem>(query["timeDimensions"]);
  if (time?.compareDateRange !== undefined) {
    const feature = "comparing date ranges while blending";
    throw new RollupsError("UnsupportedQuery", `${feature} is not supported`, {
      path: "query",
      feature,
    });
  }
  return time?.granularity === undefined
    ? null
    : { column: `${time.dimension}.${time.granularity}`, granularity: time.granularity };
}

/** One result for each range that is compared. O(rows). */
export function loadResponse(loaded: Loaded, format: ResponseFormat = "default"): LoadResponse {
  const queries = queriesOf(loaded.query);
  const compared = queries.length > 1;
  const echoed = format === "default" ? {} : { responseFormat: format };
  const results = queries.map((query): CubeResult => {
    const label = compared ? labelOf(query) : null;
    const mine =
      label === null ? loaded.data : loaded.data.filter((row) => row[RANGE_COLUMN] === label);
    return {
      query: { ...query, ...echoed },
      data: formatted(withPlainTimes(mine, query), format),
      annotation: loaded.annotation,
      ...(loaded.lastRefreshTime !== undefined && { lastRefreshTime: loaded.lastRefreshTime }),
      total: loaded.total ?? null,
      ...{ dataSource: "default", dbType: "convex", external: false, slowQuery: false },
      usedPreAggregations: usedOf(loaded),
      exact: loaded.exact,
      ...(loaded.watermark !== undefined && { watermark: loaded.watermark }),
    };
  });
  return {
    ...described(loaded.query),
    results,
    slowQuery: false,
  };
}

export interface DryRunResponse {
  queryType: QueryType;
  normalizedQueries: QueryJson[];
  queryOrder: Record<string, string>[];
  transformedQueries: QueryJson[];
  pivotQuery: QueryJson;
}

/** What a query means, without its rows. `query` is as `toQuestionJson` writes it. */
export function dryRunResponse(query: QueryJson): DryRunResponse {
  const queries = queriesOf(query);
  const order = listOf<{ id: string; desc: boolean }>(query["order"]);
  return {
    normalizedQueries: queries,
    queryOrder: order.map(({ id, desc }) => ({ [id]: desc ? "desc" : "asc" })),
    transformedQueries: queries,
    ...described(query),
  };
}

function described(query: QueryJson): { queryType: QueryType; pivotQuery: QueryJson } {
  const [first, ...others] = queriesOf(query);
  const queryType = others.length === 0 ? "regularQuery" : "compareDateRangeQuery";
  const dimensions = listOf<string>(query["dimensions"]);
  return {
    queryType,
    pivotQuery: {
      ...first,
      dimensions: others.length === 0 ? dimensions : [RANGE_COLUMN, ...dimensions],
      queryType,
    },
  };
}

interface TimeItem {
  dimension: string;
  granularity?: string;
  compareDateRange?: readonly (readonly [string, string])[];
}

/** A comparison as one query for each of its ranges. */
function queriesOf(query: QueryJson): QueryJson[] {
  const times = listOf<TimeItem>(query["timeDimensions"]);
  const ranges = times[0]?.compareDateRange;
  if (ranges === undefined) return [query];
  return ranges.map((dateRange) => ({
    ...query,
    timeDimensions: times.map(({ compareDateRange: _, ...item }) => ({ ...item, dateRange })),
  }));
}

function labelOf(query: QueryJson): string {
  const [time] = listOf<{ dateRange?: readonly string[] }>(query["timeDimensions"]);
  return (time?.dateRange ?? []).join(" - ");
}

/** Rows name a time with and without its finest granularity, which comes first, as Cube's do. */
function withPlainTimes(rows: readonly Row[], query: QueryJson): Row[] {
  const [time] = listOf<TimeItem>(query["timeDimensions"]);
  if (time?.granularity === undefined) return [...rows];
  const column = `${time.dimension}.${time.granularity}`;
  return rows.map((row) => ({ ...row, [time.dimension]: row[column] ?? null }));
}

function formatted(rows: readonly Row[], format: ResponseFormat): unknown {
  if (format === "default") return rows;
  const members = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const valueOf = (row: Row, member: string) => row[member] ?? null;
  return format === "compact"
    ? { members, dataset: rows.map((row) => members.map((member) => valueOf(row, member))) }
    : { members, columns: members.map((member) => rows.map((row) => valueOf(row, member))) };
}

function usedOf({ servedBy, lastRefreshTime }: Loaded): Record<string, UsedPreAggregation> {
  const rollups = servedBy.split(", ").flatMap((route) => {
    const [rollup, generation] = route.split("@");
    return rollup === undefined || generation === undefined ? [] : [rollup];
  });
  const updated = lastRefreshTime && { lastUpdatedAt: Date.parse(lastRefreshTime) };
  return Object.fromEntries(
    rollups.map((rollup) => [rollup, { preAggregationId: rollup, ...updated, type: "rollup" }]),
  );
}

function listOf<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}
