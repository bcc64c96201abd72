/** Splits a timestamp's text into its date and its time of day with offset. */
import { refuse, type TimestampRefusal } from "./timestampRefusal";

export type TimeOfDay = { hour: number; minute: number; second: number; millisecond: number };

export type SplitTimestamp = {
  /** What is left: the text of the date. */
  date: string;
  /** Absent when the text names a day only. Hour 24 only as 24:00:00. */
  clock?: TimeOfDay;
  /** Minutes east of UTC; absent for local times. */
  offsetMinutes?: number;
};

/** Zone abbreviations with one meaning wherever they are used (RFC 2822 and Central Europe). */
const offsetHours: Readonly<Record<string, number>> = {
  ...{ Z: 0, UTC: 0, UT: 0, GMT: 0, EST: -5, EDT: -4, MST: -7, MDT: -6, PST: -8, PDT: -7 },
  ...{ CET: 1, CEST: 2, MEZ: 1, MESZ: 2, CDT: -5 },
};

/** Abbreviations that stand for several zones: Central and China, Irish, Indian and Israeli, … */
const ambiguousZones = new Set(["CST", "IST", "BST", "AST", "SST", "ECT", "AMT"]);

const clockPattern =
  /(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?: ?(a\.? ?m\.?|p\.? ?m\.?)(?![a-z]))?/i;
const hourPattern = /(?<!\d)(\d{1,2})()()() ?(a\.? ?m\.?|p\.? ?m\.?)(?![a-z])/i;

export function readTimeOfDay(text: string): SplitTimestamp | TimestampRefusal {
  const match = clockPattern.exec(text) ?? hourPattern.exec(text);
  if (match === null) return { date: text };
  const before = text
    .slice(0, match.index)
    .replace(/(?:[\s,:T]|(?<=[\s,])(?:at|um|à|alle|a las)(?=\s)|(?<=\d)t)+$/, "");
  const clock = readClock(match);
  if ("ok" in clock) return clock;
  const after = text.slice(match.index + match[0].length).replace(/ ?\([^)]*\)$/, "");
  // ctime and JavaScript write the year behind the time or the zone: "Fri Jul 27 10:00:00 UTC 2012".
  const trailing = /^(.*?),? ?\b(\d{4})$/.exec(after);
  const yearBehind = trailing !== null && !/[+-]\d{4}$/.test(after);
  const offset = readOffset((yearBehind ? trailing[1]! : after).replace(/^[\s,]+|[\s,]+$/g, ""));
  if (typeof offset === "object") return offset;
  const date = yearBehind ? `${before} ${trailing[2]}` : before;
  return { date, clock, ...(offset === undefined ? {} : { offsetMinutes: offset }) };
}

function readClock(match: RegExpExecArray): TimeOfDay | TimestampRefusal {
  const [shown, hourText, minuteText, secondText, fraction = "", meridiem] = match;
  const hour = Number(hourText);
  const minute = Number(minuteText || 0);
  const second = Number(secondText || 0);
  const millisecond = Number(fraction.slice(0, 3).padEnd(3, "0"));
  if (minute > 59 || second > 59) return refuse("ImpossibleDate", `no clock shows ${shown}`);
  if (meridiem !== undefined) {
    if (hour < 1 || hour > 12)
      return refuse("ImpossibleDate", `a 12-hour clock never shows ${shown}`);
    const afternoon = meridiem[0]!.toLowerCase() === "p";
    return { hour: (hour % 12) + (afternoon ? 12 : 0), minute, second, millisecond };
  }
  if (hour > 24 || (hour === 24 && minute + second + millisecond > 0))
    return refuse("ImpossibleDate", `no clock shows ${shown}`);
  return { hour, minute, second, millisecond };
}

/** Minutes east of UTC, undefined for no offset at all. */
function readOffset(text: string): number | undefined | TimestampRefusal {
  if (text === "") return undefined;
  const numeric = /^(?:UTC|GMT)? ?([+\-\u2212])(\d{1,2})(?::?(\d{2}))?$/i.exec(text);
  if (numeric !== null) {
    const [, sign, hours, minutes = "0"] = numeric;
    if (Number(hours) > 14 || Number(minutes) > 59)
      return refuse("ImpossibleDate", `no zone is ${text} away from UTC`);
    const size = Number(hours) * 60 + Number(minutes);
    return sign === "+" ? size : -size;
  }
  const name = text.toUpperCase();
  const hours = offsetHours[name];
  if (hours !== undefined) return hours * 60;
  if (ambiguousZones.has(name))
    return refuse("AmbiguousDate", `${name} names several time zones; write an offset`);
  return refuse("UnknownFormat", `"${text}" behind the time is not understood`);
}
