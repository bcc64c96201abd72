/** Dates that are written without separators: `20120727`, `20120727100000`, `20120727T100000Z`. */
import type { DateOrder } from "./dateText.js";
import { refuse, type TimestampRefusal } from "./timestampRefusal.js";
import { isCalendarDay } from "./wallClock.js";

const pattern = /^((?:19|20)\d\d)(\d\d)(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(\d{3})?)?)?)?$/;

/**
 * Digits that may be a date. Where ymd is declared they are one, and the answer is its spread text.
 * Otherwise a number that the calendar knows is refused, because it may also be an epoch number.
 */
export function readCompactDate(
  text: string,
  order: DateOrder | undefined,
): string | TimestampRefusal | undefined {
  const match = pattern.exec(text);
  if (match === null) {
    return undefined;
  }
  const [, year, month, day, hour, minute = "00", second = "00", fraction = "000"] = match;
  if (order === "ymd") {
    const time = hour === undefined ? "" : ` ${hour}:${minute}:${second}.${fraction}`;
    return `${year}-${month}-${day}${time}`;
  }
  const isClock = Number(hour ?? 0) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (!isCalendarDay(Number(year), Number(month), Number(day)) || !isClock) {
    return undefined;
  }
  return refuse(
    "AmbiguousDate",
    `${text} may be a date or an epoch number; declare --date-order ymd or --epoch`,
  );
}

/** `20120727T100000Z` → `2012-07-27T10:00:00Z`. */
export function spreadCompactIso(text: string): string {
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
