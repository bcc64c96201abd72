/**
 * A cube in the form of Cube's own data model, as its YAML files have it: plain data, in Cube's names.
 * SQL is that of Postgres over the app's table, one column per field of a document.
 */

/** What is on one side only, or differs. */
export interface Note {
  /** The member or part of the cube, as `watch.topic`. */
  member: string;
  message: string;
}

/** Notes a difference; the name is that of a member, without its cube. */
export type Notice = (name: string, message: string) => void;

export interface Named {
  name: string;
  title?: string;
  description?: string;
  /** What Cube has no word for, under the key `rollups`, so that an import finds it again. */
  meta?: { rollups: Record<string, unknown> };
}

export interface ModelGranularity {
  name: string;
  title?: string;
  interval: string;
  origin?: string;
  offset?: string;
}

export interface ModelDimension extends Named {
  sql: string;
  type: "string" | "number" | "time";
  primary_key?: true;
  public?: boolean;
  granularities?: ModelGranularity[];
}

export interface ModelWindow {
  trailing?: string;
  leading?: string;
  offset?: "start" | "end";
}

export interface ModelMeasure extends Named {
  type: "count" | "number" | "sum" | "min" | "max" | "count_distinct" | "count_distinct_approx";
  sql?: string;
  format?: string;
  public?: false;
  filters?: { sql: string }[];
  drill_members?: string[];
  rolling_window?: ModelWindow;
}

export interface ModelSegment extends Named {
  sql: string;
}

export interface ModelPreAggregation {
  name: string;
  measures: string[];
  dimensions?: string[];
  time_dimension: string;
  granularity: string;
  partition_granularity: string;
  allow_non_strict_date_range_match: false;
  refresh_key: { every: string; incremental: true; update_window: string };
  build_range_start?: { sql: string };
  build_range_end?: { sql: string };
  indexes?: { name: string; columns: string[] }[];
}

export interface ModelCube extends Named {
  sql?: string;
  sql_table?: string;
  dimensions: ModelDimension[];
  measures: ModelMeasure[];
  segments?: ModelSegment[];
  pre_aggregations: ModelPreAggregation[];
}

/** The beginning of a member. */
export function named(
  name: string,
  { title, description }: { title?: string; description?: string },
  meta: Record<string, unknown>,
): Named {
  return withMeta(
    {
      name,
      ...(title !== undefined && { title }),
      ...(description !== undefined && { description }),
    },
    meta,
  );
}

/** Adds to what Cube has no word for. */
export function withMeta(common: Named, meta: Record<string, unknown>): Named {
  const all = { ...common.meta?.rollups, ...meta };
  return Object.keys(all).length === 0 ? common : { ...common, meta: { rollups: all } };
}
