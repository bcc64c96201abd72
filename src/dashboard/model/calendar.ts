/**
 * Local calendar dates as "YYYY-MM-DD" text, for date pickers and axis buckets. No zones in here: a
 * date is a date, and arithmetic goes through UTC so that no clock change can bend it.
 */
import type { Granularity } from "../../../lib/time/granularity.js";

export type Day = string;

/** The granularities that trends offer. */
export const trendGranularities = ["day", "week", "month"] as const satisfies Granularity[];
export type TrendGranularity = (typeof trendGranularities)[number];

const dayMs = 86_400_000;

export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && toDay(toMs(text)) === text;
}

export function toMs(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`);
}

export function toDay(ms: number): Day {
  return Number.isNaN(ms) ? "" : new Date(ms).toISOString().slice(0, 10);
}

const days = new Map<string, Intl.DateTimeFormat>();

/** Today in a zone. */
export function todayIn(timezone: string, nowMs: number): Day {
  const options = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const format =
    days.get(timezone) ?? new Intl.DateTimeFormat("en-CA", { ...options, timeZone: timezone });
  days.set(timezone, format);
  return format.format(nowMs);
}

export function addDays(day: Day, count: number): Day {
  return toDay(toMs(day) + count * dayMs);
}

/** Same day of another month, or that month's last day. */
export function addMonths(day: Day, count: number): Day {
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month + count, 0)).getUTCDate();
  return toDay(Date.UTC(year, month - 1 + count, Math.min(date, last)));
}

export function startOf(day: Day, granularity: "week" | "month" | "quarter" | "year" | "day"): Day {
  switch (granularity) {
    case "day":
      return day;
    case "week":
      return addDays(day, -((new Date(toMs(day)).getUTCDay() + 6) % 7));
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

export function endOfMonth(day: Day): Day {
  return addDays(addMonths(startOf(day, "month"), 1), -1);
}

/** Days from `from` to `to`, both counted. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((toMs(to) - toMs(from)) / dayMs) + 1;
}

/** Starts of all buckets that touch [from, to], so that a chart shows the empty ones too. */
export function bucketsBetween(from: Day, to: Day, granularity: TrendGranularity): Day[] {
  const buckets: Day[] = [];
  let bucket = startOf(from, granularity);
  while (bucket <= to) {
    buckets.push(bucket);
    bucket = granularity === "month" ? addMonths(bucket, 1) : addDays(bucket, stepOf(granularity));
  }
  return buckets;
}

function stepOf(granularity: "day" | "week"): number {
  return granularity === "week" ? 7 : 1;
}
