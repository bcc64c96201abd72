/** Splits a timestamp's text into its date, its time of day and its zone. */
import { refuse, type TimestampRefusal } from "./timestampRefusal.js";
import { isZoneComment, readZone, type ZoneOptions, type ZoneText } from "./zoneText.js";

export interface TimeOfDay {
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
}

export interface SplitTimestamp {
  /** What is left: the text of the date. */
  date: string;
  /** Absent when the text names a day only. Hour 24 only as 24:00:00. */
  clock?: TimeOfDay;
  /** Every zone that the text names; they have to agree. Empty for local times. */
  zones: readonly ZoneText[];
}

const clockPattern =
  /(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(?: ?(a\.? ?m\.?|p\.? ?m\.?)(?![a-z]))?/i;
const hourPattern = /(?<!\d)(\d{1,2})()()() ?(a\.? ?m\.?|p\.? ?m\.?)(?![a-z])/i;
/** A note in any brackets at the end. */
const notePattern = /^(.*?) ?(?:\[([^[\]]*)\]|\(([^()]*)\)|\{([^{}]*)\}|<([^<>]*)>)$/;

export function readTimeOfDay(
  text: string,
  options: ZoneOptions,
): SplitTimestamp | TimestampRefusal {
  const { rest, note } = takeNote(text);
  const match = clockPattern.exec(rest) ?? hourPattern.exec(rest);
  const after = match === null ? "" : rest.slice(match.index + match[0].length);
  // ctime and JavaScript write the year behind the time or the zone: "Fri Jul 27 10:00:00 UTC 2012".
  const trailing = /^(.*?),? ?\b(\d{4})$/.exec(after);
  const yearBehind = trailing !== null && !/[+-]\d{4}$/.test(after);
  const behind = (yearBehind ? trailing[1]! : after).replace(/^[\s,]+|[\s,]+$/g, "");
  const zones = readZones(behind, note, options);
  if ("ok" in zones) {
    return zones;
  }
  if (match === null) {
    return { date: rest, zones };
  }
  const joint = rest.slice(0, match.index);
  if (mayBeRange(match, behind, joint)) {
    return refuse(
      "AmbiguousDate",
      `${match[0]}${behind} may be a range of times or a time with an offset`,
    );
  }
  const before = joint.replace(/(?:[\s,:T]|(?<=[\s,])(?:at|um|à|alle|a las)(?=\s)|(?<=\d)t)+$/, "");
  const clock = readClock(match);
  if ("ok" in clock) {
    return clock;
  }
  const date = yearBehind ? `${before} ${trailing[2]}` : before;
  return { date, clock, zones };
}

function takeNote(text: string): { rest: string; note: string | undefined } {
  const match = notePattern.exec(text);
  if (match === null) {
    return { rest: text, note: undefined };
  }
  const [, rest = "", ...notes] = match;
  return { rest, note: notes.find((note) => note !== undefined)?.trim() };
}

/** The zone behind the time and the one in brackets. */
function readZones(
  behind: string,
  note: string | undefined,
  options: ZoneOptions,
): ZoneText[] | TimestampRefusal {
  const zones: ZoneText[] = [];
  if (behind !== "") {
    const zone = readZone(behind, options);
    if (zone === undefined) {
      return refuse("UnknownFormat", `"${behind}" behind the time is not understood`);
    }
    if ("ok" in zone) return zone;
    zones.push(zone);
  }
  if (note === undefined) {
    return zones;
  }
  const zone = readZone(note, options);
  const said = zones.length > 0;
  if (zone === undefined) {
    return said && isZoneComment(note)
      ? zones
      : refuse("UnknownFormat", `"${note}" in brackets is not understood`);
  }
  // An abbreviation of several zones explains an offset, but gives none.
  if ("ok" in zone) return said && zone.code === "AmbiguousDate" ? zones : zone;
  return [...zones, zone];
}

/** `10:20-11:20`: only with seconds or a `T` before it is `-11:20` certainly an offset. */
function mayBeRange(match: RegExpExecArray, behind: string, before: string): boolean {
  const hasSeconds = (match[3] ?? "") !== "";
  const spelled = /^[-\u2212]\d{1,2}(?::\d{2})?$/.test(behind);
  return spelled && !hasSeconds && !/T$/i.test(before);
}

function readClock(match: RegExpExecArray): TimeOfDay | TimestampRefusal {
  const [shown, hourText, minuteText, secondText, fraction = "", meridiem] = match;
  const hour = Number(hourText);
  const minute = Number(minuteText || 0);
  const second = Number(secondText || 0);
  const millisecond = Number(fraction.slice(0, 3).padEnd(3, "0"));
  if (minute > 59 || second > 59) {
    return refuse("ImpossibleDate", `no clock shows ${shown}`);
  }
  if (meridiem !== undefined) {
    if (hour < 1 || hour > 12) {
      return refuse("ImpossibleDate", `a 12-hour clock never shows ${shown}`);
    }
    const afternoon = meridiem[0]!.toLowerCase() === "p";
    return { hour: (hour % 12) + (afternoon ? 12 : 0), minute, second, millisecond };
  }
  if (hour > 24 || (hour === 24 && minute + second + millisecond > 0)) {
    return refuse("ImpossibleDate", `no clock shows ${shown}`);
  }
  return { hour, minute, second, millisecond };
}
