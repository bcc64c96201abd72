/**
 * How the clocks of two zones differ over the decades that records are of, so that it can be said once
 * whether buckets of one zone are made of those of the other, instead of bucket by bucket.
 */
import { DAY_MS, HOUR_MS, dayNumber, modulo } from "./civil.js";
import { zoneTable, type ZoneTable } from "./zone.js";

/** Since 1970 the zone database records all zones; before, local mean times make most of them odd. */
export const COMPARED_FROM = 0;

/** Rules known today go on as they are; beyond this nobody has records yet. */
export const COMPARED_TO = dayNumber(2050, 1, 1) * DAY_MS;

export interface ZoneDifference {
  /** Greatest common divisor of all differences between the clocks, in ms; 0 where they always agree. */
  clocks: number;
  /** The same, and of what the clock of `b` shows where a date of `a` begins as its clock is set, skipping midnight. */
  dates: number;
  /** The same, and of what the clock of `b` shows whenever that of `a` is set alone, which cuts hours. */
  hours: number;
}

/** Differences kept before all are forgotten. */
const MEMO_MAX = 1000;
const memo = new Map<string, ZoneDifference>();

/** Between COMPARED_FROM and COMPARED_TO. Throws `UnknownZone`. Some ms once, then O(1). */
export function zoneDifference(a: string, b: string): ZoneDifference {
  const key = `${a} ${b}`;
  let known = memo.get(key);
  if (known === undefined) {
    if (memo.size >= MEMO_MAX) memo.clear();
    memo.set(key, (known = compare(zoneTable(a), zoneTable(b))));
  }
  return known;
}

/** Whether the clocks of two zones are at times not a whole number of hours apart. */
export function isPartOfHourApart(a: string, b: string): boolean {
  return zoneDifference(a, b).clocks % HOUR_MS !== 0;
}

/** A stretch of time in which neither of two clocks is set, and how far one is ahead of the other. */
export interface Apart {
  from: number;
  to: number;
  apartMs: number;
}

/** [from, to) in such stretches, of which there is one at least. O(changes of offsets). */
export function apartOver(a: string, b: string, from: number, to: number): Apart[] {
  const [one, other] = [zoneTable(a), zoneTable(b)];
  const set = [one, other].flatMap((table) =>
    table.changesBetween(from, to - 1).map(({ start }) => start),
  );
  const starts = [from, ...new Set(set)].sort((x, y) => x - y);
  return starts.map((start, i) => ({
    from: start,
    to: starts[i + 1] ?? to,
    apartMs: one.offsetAt(start) - other.offsetAt(start),
  }));
}

/** Whether the clock was ever set back over a midnight that it had shown, so that a date came in two parts. */
export function showsDatesAgain(zone: string): boolean {
  const table = zoneTable(zone);
  return startsOf(table).some((t) => {
    const date = (at: number) => Math.floor((at + table.offsetAt(at)) / DAY_MS);
    return date(t) < date(t - 1);
  });
}

function compare(a: ZoneTable, b: ZoneTable): ZoneDifference {
  if (a.canonical === b.canonical) return { clocks: 0, dates: 0, hours: 0 };
  const setA = startsOf(a);
  const setB = new Set(startsOf(b));
  const apart = [COMPARED_FROM, ...setA, ...setB].map((t) => a.offsetAt(t) - b.offsetAt(t));
  const clocks = apart.reduce(commonDivisor, 0);
  const shown = (t: number) => modulo(t + b.offsetAt(t), DAY_MS);
  const alone = setA.filter((t) => !setB.has(t));
  return {
    clocks,
    dates: alone
      .filter((t) => skipsMidnight(a, t))
      .map(shown)
      .reduce(commonDivisor, clocks),
    hours: alone.map(shown).reduce(commonDivisor, clocks),
  };
}

/** Whether the clock, set at `t`, goes over a midnight without showing it. */
function skipsMidnight(table: ZoneTable, t: number): boolean {
  const midnight = Math.ceil((t + table.offsetAt(t - 1)) / DAY_MS) * DAY_MS;
  return midnight < t + table.offsetAt(t);
}

function startsOf(table: ZoneTable): number[] {
  return table.changesBetween(COMPARED_FROM, COMPARED_TO).map(({ start }) => start);
}

function commonDivisor(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}
