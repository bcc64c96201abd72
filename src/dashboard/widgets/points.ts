/** Rows of a trend as points on an axis: every bucket of the period, also those without records. */
import type { AggregateQuery, Row } from "../../react/index.js";
import {
  bucketsBetween,
  startOf,
  trendGranularities,
  type Day,
  type TrendGranularity,
} from "../model/calendar.js";
import { isZeroWhenEmpty, type MeasureInfo } from "../model/members.js";

export interface Axis {
  granularity: TrendGranularity;
  /** Key under which rows carry their bucket. */
  bucketKey: string;
  buckets: Day[];
}

/** The axis of the question that the rows answer; null for a question that is not a trend. */
export function axisOf(query: AggregateQuery | undefined, rows: readonly Row[]): Axis | null {
  const time = query?.timeDimensions?.[0];
  const granularity = trendGranularities.find((name) => name === time?.granularity);
  if (!time || !granularity) return null;
  const bucketKey = `${time.dimension}.${granularity}`;
  const days = rows.map((row) => bucketOf(row, bucketKey)).filter((day) => day !== "");
  const range = Array.isArray(time.dateRange) ? (time.dateRange as [Day, Day]) : null;
  const from = range?.[0] ?? days.reduce((a, b) => (a === "" || b < a ? b : a), "");
  const to = range?.[1] ?? days.reduce((a, b) => (b > a ? b : a), "");
  return {
    granularity,
    bucketKey,
    buckets: from === "" ? [] : bucketsBetween(from, to, granularity),
  };
}

/** The index of the bucket that today lies in, where that is the last one; null where all are over. A level is one at any time. */
export function partialFrom(
  { buckets, granularity }: Axis,
  measure: MeasureInfo,
  today: Day,
): number | null {
  const last = buckets.at(-1);
  if (last === undefined || measure.type === "level") return null;
  return startOf(today, granularity) === last ? buckets.length - 1 : null;
}

/** One value per bucket of the axis. Empty buckets are zero, a gap, or the level before them. */
export function valuesOn(axis: Axis, rows: readonly Row[], measure: MeasureInfo) {
  const byBucket = new Map(
    rows.map((row) => [bucketOf(row, axis.bucketKey), numberOf(row, measure.member)]),
  );
  const empty = isZeroWhenEmpty(measure) ? 0 : null;
  let level: number | null = null;
  return axis.buckets.map((bucket) => {
    const value = byBucket.get(bucket) ?? null;
    if (measure.type !== "level") return value ?? empty;
    level = value ?? level;
    return level;
  });
}

function bucketOf(row: Row, key: string): Day {
  const bucket = row[key];
  return typeof bucket === "string" ? bucket.slice(0, 10) : "";
}

export function numberOf(row: Row | undefined, member: string): number | null {
  const value = row?.[member];
  return typeof value === "number" ? value : null;
}

/** A dimension's value as text; "(none)" stands for records that do not give it. */
export function labelOf(row: Row, member: string): string {
  const value = row[member];
  return value === null || value === undefined || value === "" ? "(none)" : String(value);
}
