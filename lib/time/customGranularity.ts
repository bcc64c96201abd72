/**
 * Buckets of an app's own size, such as two weeks from an origin. They are counted on the wall clock:
 * a boundary is the origin moved by some number of intervals, whatever the clock does in between, and
 * never depends on when one asks.
 */
import { DAY_MS, HOUR_MS, civilDate, dayNumber, isoWeekday, modulo } from "./civil.js";
import type { Granularity } from "./granularity.js";

export const intervalUnits = [
  ...(["minute", "hour", "day", "week"] as const),
  ...(["month", "quarter", "year"] as const),
] as const;

export type IntervalUnit = (typeof intervalUnits)[number];

export interface Interval {
  /** Not 0; negative for an interval back. */
  count: number;
  unit: IntervalUnit;
}

export interface CustomGranularity {
  name: string;
  /** Of positive count; see `intervalRefusal`. */
  interval: Interval;
  /** A boundary, as the wall clock shows it (see `parseWall`): on a quarter of an hour. */
  origin: number;
}

export type AnyGranularity = Granularity | CustomGranularity;

/** Boundaries of all that the finest tiles can tell apart lie on these. */
export const QUARTER_HOUR_MS = HOUR_MS / 4;

/**
 * Where counting begins unless a granularity says: 1 January 2001, a Monday that begins a week, a
 * month, a quarter, a year and a century.
 */
export const ORIGIN_DEFAULT = dayNumber(2001, 1, 1) * DAY_MS;

/** So that every fact's bucket and its neighbours have years of four digits. */
export const INTERVAL_YEARS_MAX = 40;

/** The interval that a text such as "2 weeks" or "-3 months" means, or null if it means none. */
export function parseInterval(text: string): Interval | null {
  const match = /^(-?[1-9]\d{0,3}) ([a-z]+?)s?$/.exec(text);
  const unit = intervalUnits.find((one) => one === match?.[2]);
  return unit === undefined ? null : { count: Number(match?.[1]), unit };
}

/** Why buckets may not be of this size, or null if they may. */
export function intervalRefusal({ count, unit }: Interval): string | null {
  if (count < 0) return "must not be negative";
  if (unit === "minute" && count % 15 !== 0) return "must be a multiple of 15 minutes";
  if (stepOf({ count, unit }).meanMs > INTERVAL_YEARS_MAX * 365.2425 * DAY_MS) {
    return `must not be longer than ${INTERVAL_YEARS_MAX} years`;
  }
  return null;
}

export function granularityName(granularity: AnyGranularity): string {
  return typeof granularity === "string" ? granularity : granularity.name;
}

/** The coarsest calendar granularity that all boundaries lie on, in one and the same zone. */
export function grainOf(granularity: AnyGranularity): Granularity {
  if (typeof granularity === "string") return granularity;
  const { interval, origin } = granularity;
  const { ms, months } = stepOf(interval);
  const onHours = modulo(origin, HOUR_MS) === 0 && ms % HOUR_MS === 0;
  if (isOfClock(granularity) || modulo(origin, DAY_MS) !== 0) {
    return onHours ? "hour" : "quarterHour";
  }
  if (months === 0) {
    const isWeekly = ms % (7 * DAY_MS) === 0 && isoWeekday(origin / DAY_MS) === 1;
    return isWeekly ? "week" : "day";
  }
  const { month, day } = civilDate(origin / DAY_MS);
  if (day !== 1) return "day";
  if (months % 12 === 0 && month === 1) return "year";
  return months % 3 === 0 && month % 3 === 1 ? "quarter" : "month";
}

/** Whether the interval is of minutes or hours: its buckets then go by what the clock shows, instant by instant. */
export function isOfClock({ interval: { unit } }: CustomGranularity): boolean {
  return unit === "minute" || unit === "hour";
}

/** Mean length of a bucket in ms. */
export function meanIntervalMs({ interval }: CustomGranularity): number {
  return stepOf(interval).meanMs;
}

/** Number of the bucket that a wall clock time lies in; bucket 0 begins at the origin. O(1). */
export function indexOfWall(granularity: CustomGranularity, wallMs: number): number {
  const { interval, origin } = granularity;
  const { ms, months } = stepOf(interval);
  if (months === 0) return Math.floor((wallMs - origin) / ms);
  const index = Math.floor((monthOf(wallMs) - monthOf(origin)) / months);
  return wallOfIndex(granularity, index) <= wallMs ? index : index - 1;
}

/** The inverse: where on the wall clock that bucket begins. Of a shorter month the last day is taken. O(1). */
export function wallOfIndex({ interval, origin }: CustomGranularity, index: number): number {
  const { ms, months } = stepOf(interval);
  return months === 0 ? origin + index * ms : shiftMonths(origin, index * months);
}

/** A wall clock time moved by an interval. Of a shorter month the last day is taken. */
export function shiftByInterval(wallMs: number, interval: Interval): number {
  const { ms, months } = stepOf(interval);
  return months === 0 ? wallMs + ms : shiftMonths(wallMs, months);
}

/** A wall clock time moved by calendar months. Of a shorter month the last day is taken. */
export function shiftMonths(wallMs: number, months: number): number {
  const date = Math.floor(wallMs / DAY_MS);
  const { year, month, day } = civilDate(date);
  const first = dayNumber(year, month + months, 1);
  const last = dayNumber(year, month + months + 1, 1) - 1;
  return Math.min(first + day - 1, last) * DAY_MS + (wallMs - date * DAY_MS);
}

/** An interval as milliseconds on the wall clock, or as calendar months; the other is 0. */
function stepOf({ count, unit }: Interval): { ms: number; months: number; meanMs: number } {
  const months = { month: 1, quarter: 3, year: 12 };
  const lengths = { minute: 60_000, hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS };
  if (unit === "month" || unit === "quarter" || unit === "year") {
    const all = count * months[unit];
    return { ms: 0, months: all, meanMs: all * 30.436875 * DAY_MS };
  }
  const ms = count * lengths[unit];
  return { ms, months: 0, meanMs: ms };
}

function monthOf(wallMs: number): number {
  const { year, month } = civilDate(Math.floor(wallMs / DAY_MS));
  return year * 12 + month;
}
