/**
 * Calendar buckets in a zone. A bucket is an interval of instants and never overlaps the next one:
 * it runs from its start to the start of the following bucket, so a day may last 23, 24 or 25 hours
 * and an hour may be cut short where the clock is set. A day begins at the first instant that bears
 * its date; an hour begins where the wall clock shows a full hour or is set, and so does a quarter.
 * Of an app's own granularities those of minutes and hours are like hours, all others like days.
 */
import { RollupsError } from "../errors.js";
import { DAY_MS, HOUR_MS, civilDate, dayNumber, isoWeekday, modulo } from "./civil.js";
import {
  QUARTER_HOUR_MS,
  grainOf,
  indexOfWall,
  isOfClock,
  meanIntervalMs,
  wallOfIndex,
  type AnyGranularity,
  type CustomGranularity,
} from "./customGranularity.js";
import type { Granularity } from "./granularity.js";
import { zoneTable, type ZoneTable } from "./zone.js";

export { isZone } from "./zone.js";

/** The first instant that a fact may bear: 0100-01-01 UTC. */
export const TIME_MIN = dayNumber(100, 1, 1) * DAY_MS;

/** The instant after the last one that a fact may bear: 9900-01-01 UTC. */
export const TIME_MAX = dayNumber(9900, 1, 1) * DAY_MS;

/** What calendars accept beyond those limits, so that every fact's bucket and its neighbours exist: twice the longest. */
const MARGIN_MS = 85 * 366 * DAY_MS;

/** Entries kept per memo; beyond that it starts afresh. */
const MEMO_MAX = 50_000;

/** The bucket that contains `t`. Throws `TimeOutOfRange`, `UnknownZone`. Amortised O(1). */
export function bucketStart(granularity: AnyGranularity, zone: string, t: number): number {
  const table = zoneTable(zone);
  mustBeInRange(t);
  if (granularity === "hour") return hourStart(table, t, HOUR_MS);
  if (granularity === "quarterHour") return hourStart(table, t, QUARTER_HOUR_MS);
  if (typeof granularity === "object") return customStart(table, granularity, t);
  const day = dayAt(table, t);
  return dayStart(table, granularity === "day" ? day : firstDay(granularity, day));
}

/** The start of the bucket after the one that starts at `start`. Throws like `bucketStart`. */
export function nextBucket(granularity: AnyGranularity, zone: string, start: number): number {
  const table = zoneTable(zone);
  mustBeInRange(start);
  if (granularity === "hour") return nextHour(table, start);
  if (granularity === "quarterHour") return nextOnClock(table, start, QUARTER_HOUR_MS, 0);
  if (typeof granularity === "object") return nextCustom(table, granularity, start);
  let day = dayAt(table, start);
  let next = start;
  // A zone can skip a whole date (Apia, 2011-12-30): two dates then begin at the same instant.
  while (next <= start) {
    day = nextFirstDay(granularity, day);
    next = dayStart(table, day);
  }
  return next;
}

/** The first bucket boundary at or after `t`. */
export function bucketCeiling(granularity: AnyGranularity, zone: string, t: number): number {
  const start = bucketStart(granularity, zone, t);
  return start === t ? t : nextBucket(granularity, zone, start);
}

/** The wall clock at `t` as `YYYY-MM-DDTHH:mm:ss.SSS`, without offset. */
export function wallClock(zone: string, t: number): string {
  return formatWall(wallAt(zone, t));
}

/** The wall clock at `t` in milliseconds, read as if it were UTC. */
export function wallAt(zone: string, t: number): number {
  mustBeInRange(t);
  return t + zoneTable(zone).offsetAt(t);
}

/** The first instant after `t` at which the wall clock shows a multiple of `size` ms, or is set. */
export function clockMoves(zone: string, t: number, size: number): number {
  mustBeInRange(t);
  return nextOnClock(zoneTable(zone), t, size, 0);
}

/**
 * The name of a bucket: the wall clock at its nominal start, `2018-11-04T00:00:00.000` even where
 * the clock skips that midnight. An hour that the clock repeats has one name for both.
 */
export function bucketLabel(granularity: AnyGranularity, zone: string, start: number): string {
  const table = zoneTable(zone);
  mustBeInRange(start);
  if (granularity === "hour" || granularity === "quarterHour") {
    const wall = start + table.offsetAt(start);
    return formatWall(wall - modulo(wall, granularity === "hour" ? HOUR_MS : QUARTER_HOUR_MS));
  }
  if (typeof granularity === "object") {
    return formatWall(wallOfIndex(granularity, customIndex(table, granularity, start)));
  }
  const day = dayAt(table, start);
  return formatWall((granularity === "day" ? day : firstDay(granularity, day)) * DAY_MS);
}

/**
 * The instant at which the wall clock of `zone` shows `wall` (`YYYY-MM-DD` or
 * `YYYY-MM-DDTHH:mm[:ss[.SSS]]`). A time that the clock skips is moved later by the size of the gap;
 * of a time shown twice, the earlier is meant. Throws `InvalidTime`, `UnknownZone`.
 */
export function instantOf(zone: string, wall: string): number {
  const wallMs = parseWall(wall);
  if (wallMs === null)
    throw new RollupsError("InvalidTime", `Not a date or time: ${wall}`, { wall });
  mustBeInRange(wallMs);
  return locate(zoneTable(zone), wallMs).shifted;
}

/**
 * The first instant at which the wall clock shows `wallMs` (see `parseWall`) or later: where a range
 * that begins at that time begins. In a gap that is the end of the gap.
 */
export function firstInstantOf(zone: string, wallMs: number): number {
  mustBeInRange(wallMs);
  return locate(zoneTable(zone), wallMs).first;
}

/** Whether every boundary of `coarse` is one of `fine` too, in one and the same zone. */
export function divides(fine: Granularity, coarse: AnyGranularity): boolean {
  return dividedBy[grainOf(coarse)].includes(fine);
}

const dividedBy: { readonly [G in Granularity]: readonly Granularity[] } = {
  quarterHour: ["quarterHour"],
  hour: ["quarterHour", "hour"],
  day: ["quarterHour", "hour", "day"],
  week: ["quarterHour", "hour", "day", "week"],
  month: ["quarterHour", "hour", "day", "month"],
  quarter: ["quarterHour", "hour", "day", "month", "quarter"],
  year: ["quarterHour", "hour", "day", "month", "quarter", "year"],
};

/** Mean length of a bucket in ms, for estimates. */
export const meanLengthMs: { readonly [G in Granularity]: number } = {
  quarterHour: QUARTER_HOUR_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 30.436875 * DAY_MS,
  quarter: 91.310625 * DAY_MS,
  year: 365.2425 * DAY_MS,
};

/** The same of any granularity. */
export function meanLengthOf(granularity: AnyGranularity): number {
  return typeof granularity === "string" ? meanLengthMs[granularity] : meanIntervalMs(granularity);
}

const slotMemo = new Map<string, readonly number[]>();

/** The starts of all buckets of one partition, in order: slot i is bucket i. Memoised. */
export function partitionSlots(
  granularity: Granularity,
  partition: Granularity,
  zone: string,
  partitionStart: number,
): readonly number[] {
  const key = `${granularity} ${partition} ${partitionStart} ${zone}`;
  let slots = slotMemo.get(key);
  if (slots === undefined) {
    const end = nextBucket(partition, zone, partitionStart);
    const starts: number[] = [];
    for (let t = partitionStart; t < end; t = nextBucket(granularity, zone, t)) starts.push(t);
    slots = starts;
    if (slotMemo.size >= MEMO_MAX / 50) slotMemo.clear();
    slotMemo.set(key, slots);
  }
  return slots;
}

/** Position of `bucket` in sorted `slots`, or -1. O(log n). */
export function slotOf(slots: readonly number[], bucket: number): number {
  let low = 0;
  let high = slots.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const start = slots[middle] as number;
    if (start === bucket) return middle;
    if (start < bucket) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Milliseconds of `YYYY-MM-DD[THH:mm[:ss[.SSS]]]` read as if it were UTC; null if it is not such a time. */
export function parseWall(wall: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?$/.exec(
    wall,
  );
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0)) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return null;
  const number = dayNumber(year, month, day);
  if (civilDate(number).day !== day) return null;
  const milliseconds = Number((match[7] ?? "").padEnd(3, "0"));
  return number * DAY_MS + hour * HOUR_MS + minute * 60_000 + second * 1000 + milliseconds;
}

/** The inverse of `parseWall`, always with milliseconds. */
export function formatWall(wallMs: number): string {
  const day = Math.floor(wallMs / DAY_MS);
  const inDay = wallMs - day * DAY_MS;
  const { year, month, day: date } = civilDate(day);
  const hour = Math.floor(inDay / HOUR_MS);
  const minute = Math.floor(inDay / 60_000) % 60;
  const second = Math.floor(inDay / 1000) % 60;
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(date, 2)}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${pad(Math.floor(inDay) % 1000, 3)}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

function mustBeInRange(t: number): void {
  if (!(t >= TIME_MIN - MARGIN_MS && t < TIME_MAX + MARGIN_MS)) {
    throw new RollupsError("TimeOutOfRange", `Outside the years 100 to 9899: ${t}`, { t });
  }
}

/** `size` is an hour or a part of it: further back the period's start need not be known. */
function hourStart(table: ZoneTable, t: number, size: number): number {
  const period = table.periodAt(t);
  const wall = t + period.offset;
  return Math.max(wall - modulo(wall, size) - period.offset, period.start);
}

function nextHour(table: ZoneTable, start: number): number {
  return nextOnClock(table, start, HOUR_MS, 0);
}

/** Where the wall clock next shows a multiple of `size` from `origin`, or is set before. */
function nextOnClock(table: ZoneTable, start: number, size: number, origin: number): number {
  const offset = table.offsetAt(start);
  const wall = start + offset;
  const next = wall - modulo(wall - origin, size) + size - offset;
  return table.changesBetween(start, next)[0]?.start ?? next;
}

function customStart(table: ZoneTable, granularity: CustomGranularity, t: number): number {
  const index = customIndex(table, granularity, t);
  const wall = wallOfIndex(granularity, index);
  if (!isOfClock(granularity)) return locate(table, wall).first;
  const start = wall - table.offsetAt(t);
  return table.changesBetween(start, t).at(-1)?.start ?? start;
}

function nextCustom(table: ZoneTable, granularity: CustomGranularity, start: number): number {
  let index = customIndex(table, granularity, start);
  if (isOfClock(granularity)) {
    const [origin, after] = [wallOfIndex(granularity, index), wallOfIndex(granularity, index + 1)];
    return nextOnClock(table, start, after - origin, origin);
  }
  let next = start;
  // Where a date is skipped, two boundaries are one instant.
  while (next <= start) next = locate(table, wallOfIndex(granularity, ++index)).first;
  return next;
}

/** Number of the bucket that contains `t`: by the clock, or by the first instant of each. */
function customIndex(table: ZoneTable, granularity: CustomGranularity, t: number): number {
  let index = indexOfWall(granularity, t + table.offsetAt(t));
  if (isOfClock(granularity)) return index;
  while (locate(table, wallOfIndex(granularity, index + 1)).first <= t) index++;
  return index;
}

/** The date whose bucket contains `t`; differs from the wall clock's date only where that runs back over midnight. */
function dayAt(table: ZoneTable, t: number): number {
  let day = Math.floor((t + table.offsetAt(t)) / DAY_MS);
  while (dayStart(table, day + 1) <= t) day++;
  return day;
}

const dayStarts = new WeakMap<ZoneTable, Map<number, number>>();

function dayStart(table: ZoneTable, day: number): number {
  let memo = dayStarts.get(table);
  if (memo === undefined) dayStarts.set(table, (memo = new Map()));
  let start = memo.get(day);
  if (start === undefined) {
    start = locate(table, day * DAY_MS).first;
    if (memo.size >= MEMO_MAX) memo.clear();
    memo.set(day, start);
  }
  return start;
}

/**
 * Where the wall clock shows `wallMs`. `first` is the first instant that shows it or, in a gap, the
 * instant after the gap; `shifted` differs in a gap only: later by the size of the gap.
 */
function locate(table: ZoneTable, wallMs: number): { first: number; shifted: number } {
  // No zone was ever more than a day away from UTC, so the search spans a day either side.
  const from = wallMs - DAY_MS;
  let offset = table.offsetAt(from);
  for (const change of table.changesBetween(from, wallMs + DAY_MS)) {
    const t = wallMs - offset;
    if (t < change.start) return { first: t, shifted: t };
    if (wallMs - change.offset < change.start) return { first: change.start, shifted: t };
    offset = change.offset;
  }
  return { first: wallMs - offset, shifted: wallMs - offset };
}

/** Those whose buckets begin with a date. */
type CalendarGranularity = Exclude<Granularity, "quarterHour" | "hour">;

/** The first date of the bucket that the date `day` belongs to. */
function firstDay(granularity: Exclude<CalendarGranularity, "day">, day: number): number {
  if (granularity === "week") return day - isoWeekday(day) + 1;
  const { year, month } = civilDate(day);
  switch (granularity) {
    case "month":
      return dayNumber(year, month, 1);
    case "quarter":
      return dayNumber(year, month - modulo(month - 1, 3), 1);
    case "year":
      return dayNumber(year, 1, 1);
    default:
      return granularity satisfies never;
  }
}

/** The first date of the bucket after the one that `day` belongs to. */
function nextFirstDay(granularity: CalendarGranularity, day: number): number {
  if (granularity === "day") return day + 1;
  if (granularity === "week") return firstDay("week", day) + 7;
  const { year, month } = civilDate(firstDay(granularity, day));
  const months = granularity === "month" ? 1 : granularity === "quarter" ? 3 : 12;
  return dayNumber(year, month + months, 1);
}
