/** Reads the calendar date of a timestamp's text, by numbers or by the month's name. */
import { dayNumber, isoWeekday } from "../../../lib/time/civil.js";
import { monthNamed } from "./monthNames.js";
import { refuse, type TimestampRefusal } from "./timestampRefusal.js";
import { weekdayNamed } from "./weekdayNames.js";

/** The order in which a file writes day, month and year. */
export type DateOrder = "dmy" | "mdy" | "ymd";

export interface CalendarDate {
  year: number;
  month: number;
  day: number;
}

/** The date in `text`; it may name a day that the calendar lacks, which the caller checks. */
export function readDate(
  text: string,
  order: DateOrder | undefined,
): CalendarDate | TimestampRefusal {
  const yearFirst = /^(\d{4})([-/. ])(\d{1,2})\2(\d{1,2})$/.exec(text);
  if (yearFirst) return date(yearFirst[1], yearFirst[3], yearFirst[4]);
  const cjk = /^(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]$/.exec(text);
  if (cjk) return date(cjk[1], cjk[2], cjk[3]);
  const yearLast = /^(\d{1,2})([-/. ])(\d{1,2})\2(\d{4})$/.exec(text);
  if (yearLast) return readYearLast(text, yearLast[1]!, yearLast[3]!, yearLast[4]!, order);
  const shortYear = /^(\d{1,2})([-/. ])(\d{1,2})\2(\d{2})$/.exec(text);
  if (shortYear) return readShortYear(text, shortYear[1]!, shortYear[3]!, shortYear[4]!, order);
  return readNamedMonth(text);
}

function readYearLast(
  text: string,
  first: string,
  second: string,
  year: string,
  order: DateOrder | undefined,
): CalendarDate | TimestampRefusal {
  if (order === "dmy") return date(year, second, first);
  if (order === "mdy") return date(year, first, second);
  const [one, two] = [Number(first), Number(second)];
  // One reading is left where a number cannot be a month, or where both say the same.
  if (one === two || one > 12) return date(year, second, first);
  if (two > 12) return date(year, first, second);
  return refuse(
    "AmbiguousDate",
    `${text} may be day/month or month/day; declare it with --date-order`,
  );
}

function readShortYear(
  text: string,
  first: string,
  second: string,
  third: string,
  order: DateOrder | undefined,
): CalendarDate | TimestampRefusal {
  switch (order) {
    case "dmy":
      return date(century(third), second, first);
    case "mdy":
      return date(century(third), first, second);
    case "ymd":
      return date(century(first.padStart(2, "0")), second, third);
    case undefined:
      return refuse("AmbiguousDate", `${text} has a two-digit year; declare it with --date-order`);
    default:
      return order satisfies never;
  }
}

/** Two-digit years as POSIX reads them: 69–99 are 1969–1999, 00–68 are 2000–2068. */
function century(year: string): string {
  return (Number(year) >= 69 ? "19" : "20") + year;
}

/**
 * `Jul 27, 2012`, `27 July 2012`, `Friday, 27. Juli 2012`, `27-Jul-12`, `5 de jul. de 2012`. Any
 * other word ("not before", "circa") or mark ("~", "?") changes the meaning, so it is refused.
 */
function readNamedMonth(text: string): CalendarDate | TimestampRefusal {
  const unknown = refuse("UnknownFormat", `"${text}" is no date that is known here`);
  if (/[^\p{L}\p{M}\d\s.,/-]/u.test(text)) {
    return unknown;
  }
  const words = text.match(/\p{L}[\p{L}\p{M}]*(?:-feira)?|\d+/gu) ?? [];
  const [head = ""] = words;
  const named = words.filter((word) => monthNamed(word) !== undefined);
  // "mar." is Tuesday in "mar. 5 mars 2024" and March in "Mar 5, 2024".
  const weekday =
    monthNamed(head) === undefined || named.length > 1 ? weekdayNamed(head) : undefined;
  const rest = weekday === undefined ? words : words.slice(1);
  const months = rest.map(monthNamed).filter((month) => month !== undefined);
  const numbers = rest.filter((word) => /^\d+$/.test(word));
  if (months.length !== 1 || numbers.length !== 2 || !rest.every(isKnownWord)) {
    return unknown;
  }
  const found = arrange(String(months[0]), numbers[0]!, numbers[1]!);
  if (found === undefined) {
    return unknown;
  }
  if (
    weekday !== undefined &&
    weekday !== isoWeekday(dayNumber(found.year, found.month, found.day))
  ) {
    return refuse("ImpossibleDate", `${text} names a weekday that the calendar does not give it`);
  }
  return found;
}

/** The month is named, so of the two numbers only day and year are left to tell apart. */
function arrange(month: string, first: string, second: string): CalendarDate | undefined {
  if (first.length === 4 && second.length <= 2) return date(first, month, second);
  if (first.length > 2) return undefined;
  if (second.length === 4) return date(second, month, first);
  // With the month named, a two-digit year can only come last.
  return second.length === 2 ? date(century(second), month, first) : undefined;
}

/** A month, a number, an ordinal ending or "de": nothing that carries another meaning. */
function isKnownWord(word: string): boolean {
  return (
    /^\d+$/.test(word) ||
    monthNamed(word) !== undefined ||
    /^(de|del|of|the|st|nd|rd|th|er)$/i.test(word)
  );
}

function date(year = "", month = "", day = ""): CalendarDate {
  return { year: Number(year), month: Number(month), day: Number(day) };
}
