/** Rows of a trend as points on an axis: every bucket of the period, also those without records. */
import type { AggregateQuery, Row } from "../../react/index.js";
import {
  bucketsBetween,
  dayOf,
  hoursOf,
  lastDayOf,
  startOf,
  trendGranularities,
  weekdayOf,
  type Bucket,
  type Day,
  type TrendGranularity,
} from "../model/calendar.js";
import type { Range } from "../charts/useBrush.js";
import type { Span } from "../model/period.js";
import { isZeroWhenEmpty, type MeasureInfo } from "../model/members.js";

export interface Axis {
  granularity: TrendGranularity;
  /** Key under which rows carry their bucket. */
  bucketKey: string;
  /** An hour that the clock shows twice is there twice, if both have records. */
  buckets: Bucket[];
}

/** What the tenant's clock shows. */
export interface Clock {
  timezone: string;
  /** The hour that is not over. */
  hour: Bucket;
}

/** The axis of the question that the rows answer; null for a question that is not a trend. */
export function axisOf(
  query: AggregateQuery | undefined,
  rows: readonly Row[],
  clock: Clock,
): Axis | null {
  const time = query?.timeDimensions?.[0];
  const granularity = trendGranularities.find((name) => name === time?.granularity);
  if (!time || !granularity) return null;
  const bucketKey = `${time.dimension}.${granularity}`;
  const given = rows
    .map((row) => bucketOf(row, { bucketKey, granularity }))
    .filter((bucket) => bucket !== "");
  const range = Array.isArray(time.dateRange) ? (time.dateRange as [Bucket, Bucket]) : null;
  const from = range?.[0] ?? given.reduce((a, b) => (a === "" || b < a ? b : a), "");
  const to = range?.[1] ?? given.reduce((a, b) => (b > a ? b : a), "");
  const buckets =
    from === ""
      ? []
      : granularity === "hour"
        ? hoursBetween(from, to, given, clock)
        : bucketsBetween(from, to, granularity);
  return { granularity, bucketKey, buckets: buckets.filter(isAskedFor(query, granularity)) };
}

/** Days that a filter on weekdays leaves out are not on the axis: nothing is known of them. */
function isAskedFor({ filters = [] }: AggregateQuery, granularity: TrendGranularity) {
  const filter = filters.find((one) => "member" in one && one.member.endsWith(".weekday"));
  if (granularity !== "hour" && granularity !== "day") return () => true;
  if (filter === undefined || !("values" in filter)) return () => true;
  const { operator, values } = filter;
  return (bucket: Bucket) =>
    (values ?? []).includes(String(weekdayOf(dayOf(bucket)))) === (operator === "equals");
}

/** All hours of the days, but those of today that have not come. */
function hoursBetween(from: Bucket, to: Bucket, given: readonly Bucket[], clock: Clock): Bucket[] {
  const times = new Map<Bucket, number>();
  for (const hour of given) times.set(hour, (times.get(hour) ?? 0) + 1);
  const hours = bucketsBetween(dayOf(from), dayOf(to), "day").flatMap((day) =>
    hoursOf(day, clock.timezone),
  );
  const isToCome = (hour: Bucket) => hour > clock.hour && dayOf(hour) === dayOf(clock.hour);
  return hours.flatMap((hour) =>
    isToCome(hour) && !times.has(hour) ? [] : Array<Bucket>(times.get(hour) ?? 1).fill(hour),
  );
}

/** The index of the bucket that now lies in, where that is the last one; null where all are over. A level is one at any time. */
export function partialFrom(
  { buckets, granularity }: Axis,
  measure: MeasureInfo,
  { hour }: Clock,
): number | null {
  const last = buckets.at(-1);
  if (last === undefined || measure.type === "level") return null;
  const now = granularity === "hour" ? hour : startOf(dayOf(hour), granularity);
  return now === last ? buckets.length - 1 : null;
}

/** One value per bucket of the axis. */
export function valuesOn(axis: Axis, rows: readonly Row[], measure: MeasureInfo) {
  const byBucket = new Map<Bucket, (number | null)[]>();
  for (const row of rows) {
    const bucket = bucketOf(row, axis);
    byBucket.set(bucket, [...(byBucket.get(bucket) ?? []), numberOf(row, measure.member)]);
  }
  return filled(axis.buckets, byBucket, measure);
}

/** Takes the values out of the map, bucket by bucket. Empty buckets are zero, a gap, or the level before them. */
export function filled(
  buckets: readonly string[],
  byBucket: ReadonlyMap<string, (number | null)[]>,
  measure: MeasureInfo,
): (number | null)[] {
  const empty = isZeroWhenEmpty(measure) ? 0 : null;
  let level: number | null = null;
  return buckets.map((bucket) => {
    const value = byBucket.get(bucket)?.shift() ?? null;
    if (measure.type !== "level") return value ?? empty;
    level = value ?? level;
    return level;
  });
}

function bucketOf(row: Row, { bucketKey, granularity }: Omit<Axis, "buckets">): Bucket {
  const bucket = row[bucketKey];
  if (typeof bucket !== "string") return "";
  return granularity === "hour" ? bucket.slice(0, 13) : dayOf(bucket);
}

/** Whether names of single days, or hours, would be too many on the axis. */
export function isLongAxis({
  granularity,
  buckets,
}: {
  granularity: string;
  buckets: readonly string[];
}): boolean {
  return buckets.length > (granularity === "hour" ? 80 : granularity === "day" ? 200 : 60);
}

/** The days of some buckets in a row, as far as the period has them; `upTo` ends all time. */
export function spanOfBuckets(
  { buckets, granularity }: Axis,
  range: Range,
  within: Span | null,
  upTo: Day,
): Span {
  const first = dayOf(buckets[range.from] ?? "");
  const last = lastDayOf(buckets[range.to] ?? "", granularity);
  const end = within?.to ?? (upTo > first ? upTo : last);
  return {
    from: within !== null && within.from > first ? within.from : first,
    to: last > end ? end : last,
  };
}

/** A period is of days: of hours those of whole days are taken. */
export function wholeDays({ buckets, granularity }: Axis, range: Range): Range {
  if (granularity !== "hour") return range;
  const first = dayOf(buckets[range.from] ?? "");
  const last = dayOf(buckets[range.to] ?? "");
  return {
    from: buckets.findIndex((bucket) => dayOf(bucket) === first),
    to: buckets.findLastIndex((bucket) => dayOf(bucket) === last),
  };
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
