/**
 * Reads the timestamps that real exports hold: epoch numbers, ISO, day/month/year in either order,
 * month names, 12-hour clocks, offsets. It never guesses: what can be read in two ways is refused
 * as ambiguous, what no calendar or clock ever showed as impossible.
 */
import { readDate, type CalendarDate, type DateOrder } from "./dateText";
import { readEpoch } from "./epochText";
import { readTimeOfDay } from "./timeOfDayText";
import { refuse, type TimestampRefusal } from "./timestampRefusal";
import { instantOfWallClock, isCalendarDay, wallClockAsUtc, type WallClock } from "./wallClock";
import { isZone } from "../../../lib/time/zone";

export type { DateOrder } from "./dateText";
export type { TimestampRefusal } from "./timestampRefusal";

export type TimestampOptions = {
  /** How the file writes numeric dates. Without it, only dates with a single reading are accepted. */
  order?: DateOrder | undefined;
  /** IANA zone of local times, that is of texts without an offset of their own. */
  zone: string;
};

export type TimestampResult = { ok: true; ms: number } | TimestampRefusal;

/**
 * Epoch milliseconds of a timestamp, fractions of a millisecond cut off. A date without a time is
 * the first instant of that day in the zone. Throws `UnknownZone` for an unknown `zone`.
 */
export function parseTimestamp(input: string | number, options: TimestampOptions): TimestampResult {
  if (typeof input === "number") return readEpoch(String(input), undefined);
  const text = tidy(input);
  if (text === "") return refuse("UnknownFormat", "there is no text");
  if (/^[+-]?\d+(\.\d+)?$/.test(text)) {
    const compact = readCompact(text, options);
    return compact ?? readEpoch(text, options.order);
  }
  const { rest, zone } = takeNamedZone(spreadCompactIso(text));
  if (zone !== undefined && !isZone(zone)) return refuse("UnknownFormat", `${zone} is no zone`);
  const time = readTimeOfDay(rest);
  if ("ok" in time) return time;
  const date = readDate(time.date, options.order);
  if ("ok" in date) return date;
  if (date.year < yearMin || date.year > yearMax)
    return refuse("ImpossibleDate", `the year ${date.year} is no year of any record`);
  const day = `${date.year}-${pad(date.month)}-${pad(date.day)}`;
  if (!isCalendarDay(date.year, date.month, date.day))
    return refuse("ImpossibleDate", `the calendar has no ${day}`);
  // ISO lets a day end at 24:00, which is where the next day starts.
  const endOfDay = time.clock?.hour === 24;
  const wall = endOfDay ? nextMidnight(date) : { ...date, ...(time.clock ?? midnight) };
  if (time.offsetMinutes !== undefined)
    return { ok: true, ms: wallClockAsUtc(wall) - time.offsetMinutes * 60_000 };
  return atLocalTime(wall, zone ?? options.zone, endOfDay || time.clock === undefined);
}

/** What calendars accept (see calendar.ts); some systems write year 1 for "no date". */
const [yearMin, yearMax] = [100, 9899];

const midnight = { hour: 0, minute: 0, second: 0, millisecond: 0 };

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
function tidy(text: string): string {
  return text
    .replace(/[\u200e\u200f\u202a-\u202e\ufeff]/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^(["'])(.*)\1$/, "$2");
}

/** `20120727` and `20120727100000`, taken as dates only where ymd is declared. */
function readCompact(text: string, options: TimestampOptions): TimestampResult | undefined {
  const match = /^((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  if (options.order === "ymd") {
    const time = hour === undefined ? "" : ` ${hour}:${minute}:${second}`;
    return parseTimestamp(`${year}-${month}-${day}${time}`, options);
  }
  if (!isCalendarDay(Number(year), Number(month), Number(day))) return undefined;
  return refuse("AmbiguousDate", `${text} may be a date or an epoch number; declare ymd for dates`);
}

/** `20120727T100000Z` → `2012-07-27T10:00:00Z`. */
function spreadCompactIso(text: string): string {
  return text.replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(?:(\d\d)((?:[.,]\d+)?))?(?=$|[Z+-])/,
    (
      _,
      y: string,
      m: string,
      d: string,
      hour: string,
      minute: string,
      second = "00",
      fraction = "",
    ) => `${y}-${m}-${d}T${hour}:${minute}:${second}${fraction}`,
  );
}

/** A zone in square brackets behind the time (`[Europe/Berlin]`); an offset before it wins. */
function takeNamedZone(text: string): { rest: string; zone?: string } {
  const match = /^(.*?) ?\[([A-Za-z_]+(?:\/[A-Za-z_+\-0-9]+)*)\]$/.exec(text);
  return match === null ? { rest: text } : { rest: match[1]!, zone: match[2]! };
}

function clockText(wall: WallClock): string {
  return `${wall.year}-${pad(wall.month)}-${pad(wall.day)} ${pad(wall.hour)}:${pad(wall.minute)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
