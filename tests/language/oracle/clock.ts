/**
 * The clocks of zones for the oracle. `Intl` tells what a clock shows; when it is set is found by looking. Walls are
 * texts such as `2024-03-10T01:30:00.000`, which sort like time. Imports nothing.
 */

/** A stretch of instants, half-open. */
export interface Stretch {
  from: number;
  to: number;
}

/** A stretch in which a zone's offset from UTC stays the same. */
interface Period extends Stretch {
  offset: number;
}

export type Unit = "millisecond" | "second" | "minute" | "hour" | "day" | "week" | Months;
type Months = "month" | "quarter" | "year";

/** Buckets of one length, counted on the clock from one of their boundaries. */
export interface Granularity {
  name: string;
  count: number;
  unit: Unit;
  origin: string;
}

const DAY = 86_400_000;
const lengths = { millisecond: 1, second: 1000, minute: 60_000, hour: 3_600_000 };
const daysOf = { day: 1, week: 7, month: 30.436875, quarter: 91.310625, year: 365.2425 };
const monthsOf = { month: 1, quarter: 3, year: 12 };

/** Those of the calendar, from a Monday on which a year begins. */
export const calendar: readonly Granularity[] = [
  { name: "quarterHour", count: 15, unit: "minute" as const },
  ...(["hour", "day", "week", "month", "quarter", "year"] as const).map((unit) => ({
    ...{ name: unit, count: 1, unit },
  })),
].map((one) => ({ ...one, origin: "2001-01-01T00:00:00.000" }));

const periods = new Map<string, Period[]>();

/** The zone's periods from 2020 to 2040, the first and last without an end. */
function periodsOf(zone: string): Period[] {
  const known = periods.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("sv-SE", {
    ...{ timeZone: zone, dateStyle: "short", timeStyle: "medium" },
  });
  const offsetAt = (t: number) => Date.parse(`${format.format(t).replace(" ", "T")}Z`) - t;
  const found: Period[] = [];
  let from = -Infinity;
  let offset = offsetAt(Date.UTC(2020, 0, 1));
  for (let t = Date.UTC(2020, 0, 1); t < Date.UTC(2040, 0, 1); t += DAY) {
    if (offsetAt(t + DAY) === offset) continue;
    let [low, high] = [t, t + DAY];
    while (high - low > 1000) {
      const middle = (low + high) / 2 - (((low + high) / 2) % 1000);
      if (offsetAt(middle) === offset) low = middle;
      else high = middle;
    }
    found.push({ from, to: high, offset });
    from = high;
    offset = offsetAt(high);
  }
  found.push({ from, to: Infinity, offset });
  periods.set(zone, found);
  return found;
}

const textOf = (asUtc: number) => new Date(asUtc).toISOString().slice(0, 23);
const numberOf = (wall: string) => Date.parse(`${wall}Z`);

/** What the clock shows at an instant. */
export function wallAt(zone: string, t: number): string {
  const { offset } = periodsOf(zone).find(({ to }) => t < to) as Period;
  return textOf(t + offset);
}

/** The first instant at which the clock shows a time or, where it skips it, a later one. */
export function firstInstant(zone: string, wall: string): number {
  const asUtc = numberOf(wall);
  for (const { from, to, offset } of periodsOf(zone)) {
    const t = Math.max(from, asUtc - offset);
    if (t < to) return t;
  }
  throw new Error("no end of time");
}

/** The instants at which the clock shows a time from one wall up to another: twice where it was set back between. */
export function shownBetween(zone: string, start: string, end: string): Stretch[] {
  return periodsOf(zone)
    .map(({ from, to, offset }) => ({
      from: Math.max(from, numberOf(start) - offset),
      to: Math.min(to, numberOf(end) - offset),
    }))
    .filter(({ from, to }) => from < to);
}

/** A wall moved by a length; of a shorter month the last day is taken. */
export function moved(wall: string, count: number, unit: Unit): string {
  if (unit in lengths) return textOf(numberOf(wall) + count * lengths[unit as "hour"]);
  const date = new Date(numberOf(wall));
  if (unit === "day" || unit === "week") {
    date.setUTCDate(date.getUTCDate() + count * daysOf[unit]);
    return date.toISOString().slice(0, 23);
  }
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count * monthsOf[unit as Months]);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.toISOString().slice(0, 23);
}

/** Mean length in days, by which granularities are told finer or coarser. */
export function daysOfGranularity({ count, unit }: Granularity): number {
  return count * (unit in lengths ? lengths[unit as "hour"] / DAY : daysOf[unit as "day"]);
}

/** Whether buckets go by what the clock shows, so that an hour that it repeats is one. */
export function isOfClock({ unit }: Granularity): boolean {
  return unit in lengths;
}

/** The boundary at or before a time on the clock: the name of its bucket. */
export function nameOf(granularity: Granularity, wall: string): string {
  const { count, unit, origin } = granularity;
  const at = (k: number) => moved(origin, k * count, unit);
  let k = Math.floor((numberOf(wall) - numberOf(origin)) / DAY / daysOfGranularity(granularity));
  while (at(k) > wall) k--;
  while (at(k + 1) <= wall) k++;
  return at(k);
}

/** The name of the next bucket. */
export function following(granularity: Granularity, name: string): string {
  const { count, unit, origin } = granularity;
  // Counted from the origin: a bucket that begins on the last day of a short month does not say on which day others do.
  let k =
    Math.floor((numberOf(name) - numberOf(origin)) / DAY / daysOfGranularity(granularity)) - 1;
  while (moved(origin, k * count, unit) <= name) k++;
  return moved(origin, k * count, unit);
}

/** The name of the bucket that holds an instant. One of days begins at the first instant that shows its date. */
export function bucketAt(granularity: Granularity, zone: string, t: number): string {
  let name = nameOf(granularity, wallAt(zone, t));
  if (isOfClock(granularity)) return name;
  for (;;) {
    const next = following(granularity, name);
    if (firstInstant(zone, next) > t) return name;
    name = next;
  }
}

/** The instants of a bucket. */
export function partsOf(granularity: Granularity, zone: string, name: string): Stretch[] {
  const next = following(granularity, name);
  if (isOfClock(granularity)) return shownBetween(zone, name, next);
  const stretch = { from: firstInstant(zone, name), to: firstInstant(zone, next) };
  return stretch.from < stretch.to ? [stretch] : [];
}

/** 1 Monday to 7 Sunday. */
export function weekdayOf(wall: string): number {
  return new Date(numberOf(wall)).getUTCDay() || 7;
}
