/**
 * From a wall clock in a named zone to the instant it shows, refusing what a clock never showed
 * (the gap when clocks go forward) and what it showed twice (when they go back).
 */

/** A proleptic Gregorian date and time of day; month 1–12, day 1–31, hour 0–23. */
export type WallClock = {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
};

export type WallClockInstant =
  | { kind: "once"; ms: number }
  /** Clocks went back: the earlier and the later instant that show this wall clock. */
  | { kind: "twice"; earlier: number; later: number }
  /** Clocks went forward over it; `after` is the first instant behind the gap. */
  | { kind: "never"; after: number };

const dayMs = 86_400_000;

/** The wall clock read as if it were UTC; years below 100 are themselves, not 19xx. */
export function wallClockAsUtc(wall: WallClock): number {
  const { year, month, day, hour, minute, second, millisecond } = wall;
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute, second, millisecond));
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime();
}

/** Whether the calendar has this day at all (31 February is none). */
export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
  return day <= days;
}

/** Whether `zone` is a time zone that this runtime knows. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** The instant at which clocks of `zone` show `wall`. Throws RangeError for an unknown zone. */
export function instantOfWallClock(zone: string, wall: WallClock): WallClockInstant {
  const asUtc = wallClockAsUtc(wall);
  const before = offsetOnDay(zone, Math.floor(asUtc / dayMs) - 1);
  const after = offsetOnDay(zone, Math.floor(asUtc / dayMs) + 2);
  if (before === after) return { kind: "once", ms: asUtc - before };
  // A change of offset lies near: the offset is one of the two, and the instant must agree with it.
  const earlier = asUtc - before;
  const later = asUtc - after;
  const earlierHolds = offsetAt(zone, earlier) === before;
  const laterHolds = offsetAt(zone, later) === after;
  if (earlierHolds && laterHolds) return { kind: "twice", earlier, later };
  if (earlierHolds) return { kind: "once", ms: earlier };
  if (laterHolds) return { kind: "once", ms: later };
  return { kind: "never", after: transitionBetween(zone, later, earlier) };
}

/** Bisects for the first instant after `low` that has the offset of `high`; zones change on whole seconds. */
function transitionBetween(zone: string, low: number, high: number): number {
  const target = offsetAt(zone, high);
  let [below, above] = [low, high];
  while (above - below > 1000) {
    const middle = below + Math.floor((above - below) / 2000) * 1000;
    if (offsetAt(zone, middle) === target) above = middle;
    else below = middle;
  }
  return above - (((above % 1000) + 1000) % 1000);
}

// Offsets are asked per day of a file's rows: a few thousand entries serve millions of rows.
const offsetsMax = 50_000;
const dayOffsets = new Map<string, number>();

function offsetOnDay(zone: string, day: number): number {
  const key = `${zone} ${day}`;
  const known = dayOffsets.get(key);
  if (known !== undefined) return known;
  const offset = offsetAt(zone, day * dayMs);
  if (dayOffsets.size >= offsetsMax) dayOffsets.clear();
  dayOffsets.set(key, offset);
  return offset;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Local time minus UTC, in milliseconds, in force at an instant. */
function offsetAt(zone: string, ms: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "gregory",
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    formats.set(zone, format);
  }
  const parts: Record<string, string> = {};
  for (const { type, value } of format.formatToParts(ms)) parts[type] = value;
  const year = Number(parts["year"]);
  const local = wallClockAsUtc({
    year: parts["era"] === "BC" ? 1 - year : year,
    month: Number(parts["month"]),
    day: Number(parts["day"]),
    hour: Number(parts["hour"]),
    minute: Number(parts["minute"]),
    second: Number(parts["second"]),
    millisecond: 0,
  });
  return local - Math.floor(ms / 1000) * 1000;
}
