/**
 * Date ranges in words, in Cube's grammar: `last 7 days`, `this month`, `yesterday`, `from 2 weeks ago to now`.
 * They are resolved once, where a question is asked: a query of the backend has no clock that moves.
 */
import { RollupsError } from "../errors.js";
import { formatWall, parseWall, wallAt } from "../time/calendar.js";
import { DAY_MS, HOUR_MS, civilDate, dayNumber, isoWeekday, modulo } from "../time/civil.js";
import { shiftMonths } from "../time/customGranularity.js";

type Unit = "second" | "minute" | "hour" | "day" | "week" | "month" | "quarter" | "year";

const UNIT = "(second|minute|hour|day|week|month|quarter|year)s?";
const stretch = new RegExp(`^(this|last|next) (?:(\\d{1,4}) )?${UNIT}$`);
const distance = new RegExp(`^(\\d{1,4}|an?) ${UNIT} (ago|from now)$`);

const days: Readonly<Record<string, number>> = { yesterday: -1, today: 0, tomorrow: 1 };

const lengths: Partial<Record<Unit, number>> = {
  second: 1000,
  minute: 60_000,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
};
const months: Partial<Record<Unit, number>> = { month: 1, quarter: 3, year: 12 };

/** A pair of wall clock times, both ends inclusive. */
export type WallPair = [from: string, to: string];

/**
 * What a text means at `now`, epoch ms, on the clocks of `zone`; null where it is no range in words. Weeks
 * begin on Monday. `last 7 days` and `next 7 days` leave out today; so does every other unit its own.
 */
export function relativeRange(text: string, now: number, zone: string): WallPair | null {
  const words = text.trim().toLowerCase().replace(/\s+/g, " ");
  const wall = wallAt(zone, now);
  const [, from, to] = /^from (.+) to (.+)$/.exec(words) ?? [];
  if (from !== undefined && to !== undefined) return between(from, to, wall);
  const day = dayOf(words, wall);
  if (day !== null) return pair(day, day + DAY_MS);
  const [, which, count, unit] = stretch.exec(words) ?? [];
  if (which === undefined) return null;
  const own = floor(wall, unit as Unit);
  if (which === "this") return count === undefined ? whole(own, unit as Unit, 1) : null;
  const many = Number(count ?? 1);
  if (many === 0) return null;
  return which === "last"
    ? pair(shift(own, unit as Unit, -many), own)
    : whole(shift(own, unit as Unit, 1), unit as Unit, many);
}

/**
 * Query JSON, or a list of it, with every range in words resolved. What is not understood stays as it is, to
 * be refused with its place. Throws `InvalidDateRange` for a text that is neither a date nor a range in words.
 */
export function resolveRanges(json: unknown, now: number, zone: string): unknown {
  if (Array.isArray(json)) return json.map((one) => resolveRanges(one, now, zone));
  if (!isParts(json)) return json;
  const { timezone, timeDimensions, filters } = json;
  const own = typeof timezone === "string" ? timezone : zone;
  const range = (value: unknown): unknown => resolved(value, now, own);
  return {
    ...json,
    ...(Array.isArray(timeDimensions) && {
      timeDimensions: timeDimensions.map((item: unknown) => {
        if (!isParts(item)) return item;
        const { dateRange, compareDateRange } = item;
        return {
          ...item,
          ...(dateRange !== undefined && { dateRange: range(dateRange) }),
          ...(Array.isArray(compareDateRange) && { compareDateRange: compareDateRange.map(range) }),
        };
      }),
    }),
    ...(Array.isArray(filters) && { filters: filters.map((one) => resolvedFilter(one, range)) }),
  };
}

/** A filter, or a tree of them: queries are bounded in depth before they come here. */
function resolvedFilter(filter: unknown, range: (value: unknown) => unknown): unknown {
  if (!isParts(filter)) return filter;
  const { operator, values, and, or } = filter;
  const branches = (list: readonly unknown[]) => list.map((one) => resolvedFilter(one, range));
  return {
    ...filter,
    ...(isOfDates(operator) && Array.isArray(values) && { values: range(values) }),
    ...(Array.isArray(and) && { and: branches(and) }),
    ...(Array.isArray(or) && { or: branches(or) }),
  };
}

/** Whether query JSON, or a list of it, names a range in words: only then a clock and a zone are needed. */
export function hasRanges(json: unknown): boolean {
  const probe = JSON.stringify(json) ?? "";
  try {
    return JSON.stringify(resolveRanges(json, 0, "UTC")) !== probe;
  } catch {
    return true;
  }
}

type Parts = Record<string, unknown>;

function isParts(value: unknown): value is Parts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `inDateRange`, `beforeDate`, `onTheDate`, …. */
function isOfDates(operator: unknown): boolean {
  return typeof operator === "string" && /Date(Range)?$/.test(operator);
}

function resolved(value: unknown, now: number, zone: string): unknown {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const [only] = list;
  if (list.length !== 1 || typeof only !== "string" || parseWall(only) !== null) return value;
  const range = relativeRange(only, now, zone);
  if (range !== null) return range;
  throw new RollupsError("InvalidDateRange", `Can't parse date: '${only}'`, { dateRange: only });
}

function between(from: string, to: string, wall: number): WallPair | null {
  const start = instantIn(from, wall);
  const end = instantIn(to, wall);
  if (start === null || end === null) return null;
  const words = `${from} ${to}`;
  // As fine as the finest word that is said.
  const unit = (["second", "minute", "hour"] as const).find((one) => words.includes(one)) ?? "day";
  return pair(floor(start, unit), shift(floor(end, unit), unit, 1));
}

/** The wall clock that a word, a distance or a date means. */
function instantIn(text: string, wall: number): number | null {
  if (text === "now") return wall;
  const [, count, unit, side] = distance.exec(text) ?? [];
  if (count !== undefined) {
    const many = /^an?$/.test(count) ? 1 : Number(count);
    return shift(wall, unit as Unit, side === "ago" ? -many : many);
  }
  return dayOf(text, wall) ?? parseWall(text.toUpperCase());
}

/** The start of a day that has a name of its own. */
function dayOf(text: string, wall: number): number | null {
  const away = Object.hasOwn(days, text) ? days[text] : undefined;
  return away === undefined ? null : floor(wall, "day") + away * DAY_MS;
}

/** The start of the unit that a wall clock time lies in. */
function floor(wall: number, unit: Unit): number {
  const day = wall - modulo(wall, DAY_MS);
  if (unit === "week") return day - (isoWeekday(day / DAY_MS) - 1) * DAY_MS;
  const length = lengths[unit];
  if (length !== undefined) return wall - modulo(wall, length);
  const { year, month } = civilDate(day / DAY_MS);
  return dayNumber(year, month - ((month - 1) % (months[unit] ?? 1)), 1) * DAY_MS;
}

function shift(wall: number, unit: Unit, count: number): number {
  const length = lengths[unit];
  return length === undefined
    ? shiftMonths(wall, count * (months[unit] ?? 1))
    : wall + count * length;
}

function whole(start: number, unit: Unit, count: number): WallPair {
  return pair(start, shift(start, unit, count));
}

/** Half-open to inclusive. */
function pair(from: number, to: number): WallPair {
  return [formatWall(from), formatWall(to - 1)];
}
