/**
 * Times as text. Buckets are local wall clock already ("2012-03-01T00:00:00.000") and are printed as
 * they are; instants (commit timestamps) are printed in the tenant's zone.
 */
import type { Bucket, Day, TrendGranularity } from "../model/calendar.js";
import { dayOf, lastDayOf, toMs } from "../model/calendar.js";
import type { Span } from "../model/period.js";

const utc = { timeZone: "UTC" } as const;

const formats = {
  day: new Intl.DateTimeFormat(undefined, { ...utc, day: "numeric", month: "short" }),
  dayLong: new Intl.DateTimeFormat(undefined, {
    ...utc,
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  }),
  date: new Intl.DateTimeFormat(undefined, {
    ...utc,
    day: "numeric",
    month: "short",
    year: "numeric",
  }),
  month: new Intl.DateTimeFormat(undefined, { ...utc, month: "short" }),
  monthYear: new Intl.DateTimeFormat(undefined, { ...utc, month: "short", year: "numeric" }),
  weekdayLong: new Intl.DateTimeFormat(undefined, { ...utc, weekday: "long" }),
  weekday: new Intl.DateTimeFormat(undefined, { ...utc, weekday: "short" }),
  monthLong: new Intl.DateTimeFormat(undefined, { ...utc, month: "long", year: "numeric" }),
};

type Name = keyof typeof formats;

/** Texts that are made at each rendering of a chart, of a few days again and again. */
const texts = new Map<string, string>();
const textsMax = 2000;

function textOf(name: Name, from: Day, to: Day = from): string {
  const key = `${name} ${from} ${to}`;
  let text = texts.get(key);
  if (text === undefined) {
    const format = formats[name];
    text = from === to ? format.format(toMs(from)) : format.formatRange(toMs(from), toMs(to));
    if (texts.size === textsMax) texts.clear();
    texts.set(key, text);
  }
  return text;
}

/** A bucket's name on an axis, or nothing. `isLongSpan`: it is too long to name days, or hours within days. */
export function formatBucketTick(
  bucket: Bucket,
  granularity: TrendGranularity,
  isLongSpan: boolean,
) {
  const day = dayOf(bucket);
  switch (granularity) {
    case "hour":
      return hourTick(day, hourOf(bucket), isLongSpan ? 24 : 3);
    case "day":
    case "week":
      return textOf(isLongSpan ? "monthYear" : "day", day);
    case "month":
      return textOf("monthYear", day);
    case "quarter":
      return quarterName(day);
    case "year":
      return day.slice(0, 4);
    default:
      return granularity satisfies never;
  }
}

/** Midnight by its day, and every so many hours. */
function hourTick(day: Day, hour: number, every: number): string {
  if (hour === 0) return textOf("day", day);
  return hour % every === 0 ? formatHour(hour) : "";
}

const hourOf = (bucket: Bucket) => Number(bucket.slice(11, 13));

function quarterName(day: Day): string {
  return `Q${Math.ceil(Number(day.slice(5, 7)) / 3)} ${day.slice(0, 4)}`;
}

/** A bucket's name in a readout or a table: the days that count, where the span takes only some of it. */
export function formatBucket(
  bucket: Bucket,
  granularity: TrendGranularity,
  span: Span | null = null,
): string {
  if (bucket === "") return "";
  const day = dayOf(bucket);
  if (granularity === "day") return textOf("dayLong", day);
  if (granularity === "hour") return `${textOf("dayLong", day)}, ${formatHour(hourOf(bucket))}`;
  const end = lastDayOf(day, granularity);
  const from = span !== null && span.from > day ? span.from : day;
  const to = span !== null && span.to < end ? span.to : end;
  const isWhole = from === day && to === end;
  if (!isWhole || granularity === "week") return formatSpan({ from, to });
  if (granularity === "month") return textOf("monthLong", day);
  return granularity === "quarter" ? quarterName(day) : day.slice(0, 4);
}

export function formatSpan({ from, to }: Span): string {
  return textOf("date", from, to);
}

/** The same beside another span: without the year where all of both lie in one. */
export function formatSpanBeside({ from, to }: Span, other: Span): string {
  const years = new Set([from, to, other.from, other.to].map((day) => day.slice(0, 4)));
  if (years.size > 1) return formatSpan({ from, to });
  return textOf("day", from, to);
}

/** The month's short name. */
export function formatMonth(day: Day): string {
  return textOf("month", day);
}

export function formatDay(day: Day): string {
  return textOf("date", day);
}

/** A commit timestamp (nanoseconds as text) as epoch ms; null for text that is none, and before the first commit. */
export function commitMs(commitTs: string | null): number | null {
  if (commitTs === null || !/^\d+$/.test(commitTs) || /^0+$/.test(commitTs)) return null;
  return Number(BigInt(commitTs) / 1_000_000n);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** An instant as clock time in a zone. */
export function formatClock(ms: number, timezone: string): string {
  const options = { hour: "numeric", minute: "2-digit", second: "2-digit" } as const;
  const clock =
    clocks.get(timezone) ?? new Intl.DateTimeFormat(undefined, { ...options, timeZone: timezone });
  clocks.set(timezone, clock);
  return clock.format(ms);
}

/** An instant with its day, in a zone. */
export function formatInstant(ms: number, timezone: string): string {
  const options = { dateStyle: "medium", timeStyle: "medium", timeZone: timezone } as const;
  return new Intl.DateTimeFormat(undefined, options).format(ms);
}

/** A lag as people say it: "live", "0.4 s behind", "3 min behind". */
export function formatLag(lagMs: number | null): string {
  if (lagMs === null) return "";
  if (lagMs < 50) return "up to date";
  if (lagMs < 60_000) return `${(lagMs / 1000).toFixed(1)} s behind`;
  return `${Math.round(lagMs / 60_000)} min behind`;
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "narrow" });

/** How long ago: "now", "12s ago", "5 min ago", "2 days ago". */
export function formatAgo(ms: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - ms) / 1000));
  if (seconds < 5) return relative.format(0, "second");
  if (seconds < 60) return relative.format(-seconds, "second");
  if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86_400) return relative.format(-Math.floor(seconds / 3600), "hour");
  return relative.format(-Math.floor(seconds / 86_400), "day");
}

/** ISO weekday as a whole word. */
export function formatWeekdayLong(weekday: number): string {
  return textOf("weekdayLong", `2024-01-0${weekday}`);
}

/** ISO weekday (1 Monday … 7 Sunday) as a short name. 1 January 2024 was a Monday. */
export function formatWeekday(weekday: number): string {
  return textOf("weekday", `2024-01-0${weekday}`);
}

export function formatHour(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}
