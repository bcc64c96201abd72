/**
 * Date ranges of queries: wall clock in the query's zone, both ends inclusive, a bare date meaning
 * all of that day. Texts here have the form `YYYY-MM-DDTHH:mm:ss.SSS`, which sorts like time.
 */
import { TIME_MAX, TIME_MIN, firstInstantOf, formatWall, parseWall } from "../time/calendar.js";

import type { QueryOperator } from "../model/operators.js";

export interface WallRange {
  from: string | null;
  to: string | null;
}

export const everything: WallRange = { from: null, to: null };

/** The range of `"2012-03-01"`, `["2012-03-01"]` or `[from, to]`; null where a text is no date or time. */
export function parseDateRange(
  texts: readonly [string] | readonly [string, string],
): WallRange | null {
  const [first, second = first] = texts;
  const from = rangeStart(first);
  const to = rangeEnd(second);
  return from === null || to === null ? null : { from, to };
}

/** The earliest time that a text may mean, or null. */
export function rangeStart(text: string): string | null {
  const wall = parseWall(text);
  return wall === null ? null : formatWall(wall);
}

/** The latest time that a text may mean, or null: the last millisecond of a bare date. */
export function rangeEnd(text: string): string | null {
  const wall = parseWall(text);
  if (wall === null) return null;
  return isBareDate(text) ? `${formatWall(wall).slice(0, 11)}23:59:59.999` : formatWall(wall);
}

/**
 * What a filter asks of a time: that one of the ranges holds it or, without `any`, that none does. A date that is
 * equalled is its first millisecond. Times are always given, so null equals none. Null where a text is no date.
 * All other operators take a date, or a range as `[from, to]`: before its start, after its end.
 */
export function wallRangesOf({
  operator,
  values,
}: {
  operator: QueryOperator;
  values: readonly (string | null)[];
}): { any: boolean; ranges: WallRange[] } | null {
  const texts = values.filter((text) => text !== null);
  const any = !operator.startsWith("not");
  switch (operator) {
    case "set":
      return { any, ranges: [everything] };
    case "notSet":
      return { any: true, ranges: [] };
    case "equals":
    case "in":
    case "notEquals":
    case "notIn": {
      const starts = texts.map(rangeStart);
      if (starts.includes(null)) return null;
      return { any, ranges: starts.map((from) => ({ from, to: from })) };
    }
    default: {
      const range = parseDateRange(texts as [string]);
      return range === null ? null : { any, ranges: [sideOf(operator, range)] };
    }
  }
}

/** What lies on that side of a range that has both ends, or within it. */
function sideOf(operator: QueryOperator, { from, to }: WallRange): WallRange {
  switch (operator) {
    case "beforeDate":
      return { from: null, to: justBefore(from as string) };
    case "beforeOrOnDate":
      return { from: null, to };
    case "afterDate":
      return { from: justAfter(to as string), to: null };
    case "afterOrOnDate":
      return { from, to: null };
    default:
      return { from, to };
  }
}

/** What both ranges contain. */
export function intersect(a: WallRange, b: WallRange): WallRange {
  return { from: latest(a.from, b.from), to: earliest(a.to, b.to) };
}

/**
 * The instants of a range, half-open. Ends beyond the limits of time are unbounded; a range whose
 * ends cross is empty: `to` equals `from`.
 */
export function resolveRange(
  zone: string,
  range: WallRange,
): { from: number | null; to: number | null } {
  const from = range.from === null ? null : instant(zone, parseWall(range.from) as number);
  const to = range.to === null ? null : instant(zone, (parseWall(range.to) as number) + 1);
  const low = from === null || from <= TIME_MIN ? null : Math.min(from, TIME_MAX);
  const high = to === null || to >= TIME_MAX ? null : Math.max(to, TIME_MIN);
  return { from: low, to: low !== null && high !== null ? Math.max(low, high) : high };
}

/** The last millisecond before a wall clock time. */
function justBefore(wall: string): string {
  return formatWall((parseWall(wall) as number) - 1);
}

/** The first millisecond after a wall clock time. */
function justAfter(wall: string): string {
  return formatWall((parseWall(wall) as number) + 1);
}

function instant(zone: string, wallMs: number): number {
  return firstInstantOf(zone, Math.min(Math.max(wallMs, TIME_MIN), TIME_MAX));
}

function isBareDate(text: string): boolean {
  return text.length === 10;
}

function latest(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}

function earliest(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}
