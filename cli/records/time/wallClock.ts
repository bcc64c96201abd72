/**
 * From a wall clock in a named zone to the instant it shows, telling apart what a clock never showed
 * (the gap when clocks go forward) and what it showed twice (when they go back).
 * The calendar's own look-up moves such times instead: right for ranges, wrong for records.
 */
import { DAY_MS, HOUR_MS, civilDate, dayNumber } from "../../../lib/time/civil.js";
import { zoneTable } from "../../../lib/time/zone.js";

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

/** The wall clock read as if it were UTC. */
export function wallClockAsUtc(wall: WallClock): number {
  const { year, month, day, hour, minute, second, millisecond } = wall;
  const inDay = hour * HOUR_MS + minute * 60_000 + second * 1000 + millisecond;
  return dayNumber(year, month, day) * DAY_MS + inDay;
}

/** Whether the calendar has this day at all (31 February is none). */
export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || day > 31) return false;
  return civilDate(dayNumber(year, month, day)).month === month;
}

/** The instant at which clocks of `zone` show `wall`. Throws `UnknownZone`. O(1) amortised. */
export function instantOfWallClock(zone: string, wall: WallClock): WallClockInstant {
  const table = zoneTable(zone);
  const asUtc = wallClockAsUtc(wall);
  // No zone was ever more than a day away from UTC, so the offset is one of those within a day.
  const changes = table.changesBetween(asUtc - DAY_MS, asUtc + DAY_MS);
  if (changes.length === 0) return { kind: "once", ms: asUtc - table.offsetAt(asUtc) };
  const offsets = [table.offsetAt(asUtc - DAY_MS), ...changes.map((change) => change.offset)];
  const shown = [...new Set(offsets)]
    .map((offset) => asUtc - offset)
    .filter((ms) => ms + table.offsetAt(ms) === asUtc)
    .sort((a, b) => a - b);
  const [earlier, later] = shown;
  if (earlier !== undefined && later !== undefined) return { kind: "twice", earlier, later };
  if (earlier !== undefined) return { kind: "once", ms: earlier };
  // Behind the gap: the first change after which the clock is already past this time.
  const gap = changes.find((change) => change.start + change.offset > asUtc);
  return { kind: "never", after: gap?.start ?? asUtc };
}
