/** The buckets of an answer over time, those without rows included, by the calendar that the backend counts by. */
import { granularityOf } from "../../../lib/model/granularities.js";
import {
  bucketLabel,
  bucketStart,
  firstInstantOf,
  instantOf,
  meanLengthOf,
  nextBucket,
} from "../../../lib/time/calendar.js";
import type { AnyGranularity } from "../../../lib/time/customGranularity.js";
import type { Row } from "../../react/index.js";
import { formatBucket, formatBucketTick, formatDay, formatHour } from "../format/times.js";
import {
  addDays,
  daysBetween,
  toMs,
  trendGranularities,
  type TrendGranularity,
} from "../model/calendar.js";
import { isToldByTime, type MeasureInfo } from "../model/members.js";
import type { Span } from "../model/period.js";
import type { CubeName } from "../model/views.js";
import { filled, isLongAxis } from "../widgets/points.js";
import { cubeOf, granularitiesOf, isComplete, type Asked } from "./asked.js";

/** Points on one axis; more are a smear. */
const pointsMax = 800;
/** A longer axis shows what there are rows of. */
const filledMax = 5000;

const dayMs = 86_400_000;
const weekMs = 7 * dayMs;

export interface Axis {
  granularity: string;
  /** Key under which rows carry their bucket. */
  bucketKey: string;
  /** As rows carry them; an hour that the clock shows twice is there twice. */
  buckets: readonly string[];
  /** The index of a last bucket that is not over; null where all are. */
  partialFrom: number | null;
}

function definitionOf(cube: CubeName, name: string): AnyGranularity {
  const { time, dimensions } = cubeOf(cube);
  const dimension = dimensions[time];
  return (dimension && granularityOf(dimension, name)) ?? "day";
}

const trendOf = (name: string): TrendGranularity | undefined =>
  trendGranularities.find((one) => one === name);

/** The title of a granularity, such as "Day" or "Fiscal year". */
export function granularityTitle(cube: CubeName, name: string): string {
  const { time, dimensions } = cubeOf(cube);
  const dimension = dimensions[time];
  const own = dimension?.type === "time" ? dimension.granularities?.[name]?.title : undefined;
  if (own !== undefined) return own;
  const text = name === "quarterHour" ? "quarter hour" : name;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The granularities that a period can be read by. All time is no matter of days: it offers none finer than a week. */
export function readableGranularities(cube: CubeName, span: Span | null): string[] {
  const length = span === null ? null : daysBetween(span.from, span.to) * dayMs;
  return granularitiesOf(cube).filter((name) => {
    const size = meanLengthOf(definitionOf(cube, name));
    return length === null ? size >= weekMs : length / size <= pointsMax;
  });
}

export interface AxisInput {
  cube: CubeName;
  asked: Asked;
  span: Span | null;
  rows: readonly Row[];
  timezone: string;
  now: number;
}

/** Null for what is not asked by time. */
export function axisOf({ cube, asked, span, rows, timezone, now }: AxisInput): Axis | null {
  const { granularity } = asked;
  if (granularity === null) return null;
  const bucketKey = `${cube}.${cubeOf(cube).time}.${granularity}`;
  const given = [...new Set(rows.map((row) => String(row[bucketKey] ?? "")))]
    .filter(Boolean)
    .sort();
  const axis = { granularity, bucketKey, buckets: given, partialFrom: null };
  const definition = definitionOf(cube, granularity);
  const bounds = boundsOf(span, given, timezone);
  // Of days and hours that a filter leaves out nothing is known; each week has some that it does not.
  const isKnown =
    meanLengthOf(definition) >= weekMs ||
    !asked.filters.some((filter) => isComplete(filter) && isToldByTime(cube, filter.dimension));
  if (bounds === null || !isKnown) return axis;
  const buckets: string[] = [];
  let last = -Infinity;
  let next = bucketStart(definition, timezone, bounds.from);
  while (
    next <= bounds.to &&
    (next <= now || bucketLabel(definition, timezone, next) <= (given.at(-1) ?? ""))
  ) {
    if (buckets.length > filledMax) return axis;
    buckets.push(bucketLabel(definition, timezone, next));
    last = next;
    next = nextBucket(definition, timezone, next);
  }
  const isRunning = last <= now && now < next;
  return { ...axis, buckets, partialFrom: isRunning ? buckets.length - 1 : null };
}

/** The first and the last instant that the axis shows. */
function boundsOf(span: Span | null, given: readonly string[], timezone: string) {
  if (span !== null) {
    const from = firstInstantOf(timezone, toMs(span.from));
    return { from, to: firstInstantOf(timezone, toMs(addDays(span.to, 1))) - 1 };
  }
  const [first] = given;
  const last = given.at(-1);
  if (first === undefined || last === undefined) return null;
  return { from: instantOf(timezone, first), to: instantOf(timezone, last) };
}

/** One value per bucket. Empty buckets are zero, a gap, or the level before them. */
export function valuesOn(axis: Axis, rows: readonly Row[], measure: MeasureInfo) {
  const byBucket = new Map<string, (number | null)[]>();
  for (const row of rows) {
    const value = row[measure.member];
    const bucket = String(row[axis.bucketKey] ?? "");
    const values = byBucket.get(bucket) ?? [];
    byBucket.set(bucket, [...values, typeof value === "number" ? value : null]);
  }
  return filled(axis.buckets, byBucket, measure);
}

/** A bucket's name in a readout or a table. */
export function bucketName(bucket: string, granularity: string, span: Span | null): string {
  const trend = trendOf(granularity);
  if (trend !== undefined) return formatBucket(bucket.slice(0, 13), trend, span);
  const clock = bucket.slice(11, 16);
  if (granularity === "quarterHour") {
    return `${formatBucket(bucket.slice(0, 10), "day")}, ${clock}`;
  }
  const day = `from ${formatDay(bucket.slice(0, 10))}`;
  return clock === "00:00" ? day : `${day}, ${clock}`;
}

/** Names on the axis, or nothing where a bucket goes without. */
export function ticksOf(axis: Axis): string[] {
  const { buckets, granularity } = axis;
  const trend = trendOf(granularity);
  const isLong = isLongAxis(axis);
  if (trend !== undefined) {
    return buckets.map((bucket) => formatBucketTick(bucket.slice(0, 13), trend, isLong));
  }
  return buckets.map((bucket, i) => {
    const day = bucket.slice(0, 10);
    if (day !== buckets[i - 1]?.slice(0, 10)) return formatBucketTick(day, "day", isLong);
    const isHour = bucket.slice(14, 16) === "00" && Number(bucket.slice(11, 13)) % 3 === 0;
    return isHour && !isLong ? formatHour(Number(bucket.slice(11, 13))) : "";
  });
}
