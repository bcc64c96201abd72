/**
 * Reads the timestamps that real exports hold: epoch numbers, ISO, day/month/year in either order,
 * month names, 12-hour clocks, offsets. It never guesses: what can be read in two ways is refused
 * as ambiguous, what no calendar or clock ever showed as impossible.
 */
import { zoneTable } from "../../../lib/time/zone.js";
import { readCompactDate, spreadCompactIso } from "./compactText.js";
import { readDate, type CalendarDate, type DateOrder } from "./dateText.js";
import { readEpoch, type EpochOptions } from "./epochText.js";
import { readTimeOfDay } from "./timeOfDayText.js";
import { refuse, type TimestampRefusal } from "./timestampRefusal.js";
import { instantOfWallClock, isCalendarDay, wallClockAsUtc, type WallClock } from "./wallClock.js";
import type { ZoneOptions, ZoneText } from "./zoneText.js";

export type { DateOrder } from "./dateText.js";
export type { TimestampRefusal } from "./timestampRefusal.js";

export interface TimestampOptions extends EpochOptions, ZoneOptions {
  /** How the file writes numeric dates. Without it, only dates with a single reading are accepted. */
  order?: DateOrder | undefined;
  /** IANA zone of local times, that is of texts without an offset of their own. */
  zone: string;
}

export type TimestampResult =
  | {
      ok: true;
      ms: number;
      /** The wall clock as ISO text, where `options.zone` was needed to place it. */
      local?: string;
    }
  | TimestampRefusal;

/**
 * Epoch milliseconds of a timestamp, fractions of a millisecond cut off. A date without a time is
 * the first instant of that day in the zone. Throws `UnknownZone` for an unknown `zone`.
 */
export function parseTimestamp(input: string | number, options: TimestampOptions): TimestampResult {
  if (typeof input === "number") {
    return readEpoch(String(input), undefined, options);
  }
  const text = tidy(input);
  if (text === "") {
    return refuse("UnknownFormat", "there is no text");
  }
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) {
    const compact = options.epoch === undefined ? readCompactDate(text, options.order) : undefined;
    if (typeof compact === "object") return compact;
    return compact === undefined
      ? readEpoch(text, options.order, options)
      : parseTimestamp(compact, options);
  }
  const time = readTimeOfDay(spreadCompactIso(text), options);
  if ("ok" in time) return time;
  const date = readDate(time.date, options.order);
  if ("ok" in date) return date;
  if (date.year < YEAR_MIN || date.year > YEAR_MAX) {
    return refuse("ImpossibleDate", `the year ${date.year} is no year of any record`);
  }
  const day = `${pad(date.year, 4)}-${pad(date.month)}-${pad(date.day)}`;
  if (!isCalendarDay(date.year, date.month, date.day)) {
    return refuse("ImpossibleDate", `the calendar has no ${day}`);
  }
  // ISO lets a day end at 24:00, which is where the next day starts.
  const endOfDay = time.clock?.hour === 24;
  const wall = endOfDay ? nextMidnight(date) : { ...date, ...(time.clock ?? midnight) };
  const wholeDay = endOfDay || time.clock === undefined;
  const [first, ...others] = time.zones;
  if (first === undefined) {
    const placed = atLocalTime(wall, options.zone, wholeDay);
    const local = new Date(wallClockAsUtc(wall)).toISOString().slice(0, -1);
    return placed.ok ? { ...placed, local } : placed;
  }
  const placed = atZone(wall, first, wholeDay);
  if (placed.ok && !others.every((zone) => agrees(wall, placed.ms, zone))) {
    return refuse("ImpossibleDate", `${text} names two zones that do not agree`);
  }
  return placed;
}

/** What calendars accept (see calendar.ts); some systems write year 1 for "no date". */
const YEAR_MIN = 100;
const YEAR_MAX = 9899;

const midnight = { hour: 0, minute: 0, second: 0, millisecond: 0 };

function atZone(wall: WallClock, zone: ZoneText, wholeDay: boolean): TimestampResult {
  if ("zone" in zone) {
    return atLocalTime(wall, zone.zone, wholeDay);
  }
  return { ok: true, ms: wallClockAsUtc(wall) - zone.offsetMinutes * 60_000 };
}

/** Whether clocks of `zone` show `wall` at the instant. */
function agrees(wall: WallClock, ms: number, zone: ZoneText): boolean {
  const offset = "zone" in zone ? zoneTable(zone.zone).offsetAt(ms) : zone.offsetMinutes * 60_000;
  return ms + offset === wallClockAsUtc(wall);
}

/** Local time → instant; a whole day starts at its first instant, be there a midnight or not. */
function atLocalTime(wall: WallClock, zone: string, wholeDay: boolean): TimestampResult {
  const instant = instantOfWallClock(zone, wall);
  switch (instant.kind) {
    case "once":
      return { ok: true, ms: instant.ms };
    case "twice":
      if (wholeDay) return { ok: true, ms: instant.earlier };
      return refuse(
        "AmbiguousDate",
        `clocks in ${zone} showed ${clockText(wall)} twice that day (they went back); write an offset`,
      );
    case "never":
      if (wholeDay && hasDay(zone, wall, instant.after)) return { ok: true, ms: instant.after };
      return refuse(
        "ImpossibleDate",
        `clocks in ${zone} never showed ${clockText(wall)} that day (they went forward over it)`,
      );
    default:
      return instant satisfies never;
  }
}

/** False for a day that a zone left out whole, as Samoa did with 30 December 2011. */
function hasDay(zone: string, wall: WallClock, after: number): boolean {
  const noon = instantOfWallClock(zone, { ...wall, hour: 12 });
  return noon.kind !== "never" || noon.after !== after;
}

function nextMidnight(date: CalendarDate): WallClock {
  const next = new Date(wallClockAsUtc({ ...date, ...midnight }) + 86_400_000);
  const [year, month, day] = [next.getUTCFullYear(), next.getUTCMonth() + 1, next.getUTCDate()];
  return { ...midnight, year, month, day };
}

/** One kind of space, no directional marks, no quotes around: what spreadsheets and locales sprinkle in. */
export function tidy(text: string): string {
  return text
    .replace(/[\u200e\u200f\u202a-\u202e\ufeff]/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^(["'])(.*)\1$/, "$2");
}

function clockText(wall: WallClock): string {
  return `${wall.year}-${pad(wall.month)}-${pad(wall.day)} ${pad(wall.hour)}:${pad(wall.minute)}`;
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, "0");
}
