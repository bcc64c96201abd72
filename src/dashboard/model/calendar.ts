/**
 * Local calendar dates as "YYYY-MM-DD" text, for date pickers and axis buckets. No zones in here: a
 * date is a date, and arithmetic goes through UTC so that no clock change can bend it.
 */
import type { Granularity } from "../../../lib/time/granularity.js";

export type Day = string;

/** The granularities that trends offer. */
export const trendGranularities = [
  "hour",
  "day",
  "week",
  "month",
  "quarter",
  "year",
] as const satisfies Granularity[];
export type TrendGranularity = (typeof trendGranularities)[number];

/** The start of a bucket: a day, or an hour of one as "YYYY-MM-DDTHH". */
export type Bucket = string;

const dayMs = 86_400_000;
const hourMs = 3_600_000;

export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && toDay(toMs(text)) === text;
}

export function toMs(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`);
}

export function toDay(ms: number): Day {
  return Number.isNaN(ms) ? "" : new Date(ms).toISOString().slice(0, 10);
}

/** Today in a zone. */
export function todayIn(timezone: string, nowMs: number): Day {
  return dayOf(hourIn(timezone, nowMs));
}

const hourFormats = new Map<string, Intl.DateTimeFormat>();

/** The hour that a zone's clock shows, as "YYYY-MM-DDTHH". */
export function hourIn(timezone: string, nowMs: number): Bucket {
  let format = hourFormats.get(timezone);
  if (format === undefined) {
    const date = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit" } as const;
    const options = { ...date, hourCycle: "h23", timeZone: timezone } as const;
    format = new Intl.DateTimeFormat("en-CA", options);
    hourFormats.set(timezone, format);
  }
  const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
  const [year, month, day, hour] = ["year", "month", "day", "hour"].map((name) =>
    parts.get(name as never),
  );
  return `${year}-${month}-${day}T${hour}`;
}

/** The hours of a day in a zone, each once: one that the clock skips is not among them. */
export function hoursOf(day: Day, timezone: string): Bucket[] {
  const hours = new Set<Bucket>();
  // Clocks are up to fourteen hours from UTC.
  for (let hour = -14; hour < 24 + 14; hour++)
    hours.add(hourIn(timezone, toMs(day) + hour * hourMs));
  return [...hours].filter((hour) => dayOf(hour) === day);
}

export const dayOf = (bucket: Bucket): Day => bucket.slice(0, 10);

export function addDays(day: Day, count: number): Day {
  return toDay(toMs(day) + count * dayMs);
}

/** Same day of another month, or that month's last day. */
export function addMonths(day: Day, count: number): Day {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month + count, 0)).getUTCDate();
  return toDay(Date.UTC(year, month - 1 + count, Math.min(date, last)));
}

/** Granularities whose buckets are whole days. */
export type DayGranularity = Exclude<TrendGranularity, "hour">;

/** As ISO counts: 1 Monday … 7 Sunday. */
export function weekdayOf(day: Day): number {
  return ((new Date(toMs(day)).getUTCDay() + 6) % 7) + 1;
}

export function startOf(day: Day, granularity: DayGranularity): Day {
  switch (granularity) {
    case "day":
      return day;
    case "week":
      return addDays(day, 1 - weekdayOf(day));
    case "month":
      return `${day.slice(0, 8)}01`;
    case "quarter":
      return addMonths(startOf(day, "month"), -((Number(day.slice(5, 7)) - 1) % 3));
    case "year":
      return `${day.slice(0, 5)}01-01`;
    default:
      return granularity satisfies never;
  }
}

/** A year of whole weeks and the one that is not over: from a Monday to the day. */
export function yearUpTo(day: Day): { from: Day; to: Day } {
  return { from: addDays(startOf(day, "week"), -52 * 7), to: day };
}

export function endOfMonth(day: Day): Day {
  return addDays(addMonths(startOf(day, "month"), 1), -1);
}

/** Days from `from` to `to`, both counted. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((toMs(to) - toMs(from)) / dayMs) + 1;
}

/** The last day of the bucket: an hour ends on its own. */
export function lastDayOf(bucket: Bucket, granularity: TrendGranularity): Day {
  const day = dayOf(bucket);
  return granularity === "hour" ? day : addDays(nextBucket(day, granularity), -1);
}

/** Starts of all buckets that touch [from, to], so that a chart shows the empty ones too. */
export function bucketsBetween(from: Day, to: Day, granularity: DayGranularity): Day[] {
  const buckets: Day[] = [];
  let bucket = startOf(from, granularity);
  while (bucket <= to) {
    buckets.push(bucket);
    bucket = nextBucket(bucket, granularity);
  }
  return buckets;
}

function nextBucket(start: Day, granularity: DayGranularity): Day {
  switch (granularity) {
    case "day":
      return addDays(start, 1);
    case "week":
      return addDays(start, 7);
    case "month":
      return addMonths(start, 1);
    case "quarter":
      return addMonths(start, 3);
    case "year":
      return addMonths(start, 12);
    default:
      return granularity satisfies never;
  }
}
