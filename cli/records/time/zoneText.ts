/** Reads what stands behind the time of a timestamp: an offset, an abbreviation, or a zone's name. */
import { isZone } from "../../../lib/time/zone.js";
import { refuse, type TimestampRefusal } from "./timestampRefusal.js";

/** Minutes east of UTC, or an IANA zone. */
export type ZoneText = { offsetMinutes: number } | { zone: string };

export interface ZoneOptions {
  /** Abbreviations that the file's owner has explained: `CST` → `America/Chicago`. */
  zoneNames?: ReadonlyMap<string, string> | undefined;
}

/** Hours east of UTC of the abbreviations that mean one zone in common use. */
const offsetHours: Readonly<Record<string, number>> = {
  ...{ Z: 0, UTC: 0, UT: 0, GMT: 0, WET: 0, WEST: 1, CET: 1, CEST: 2, MEZ: 1, MESZ: 2, EET: 2 },
  ...{ EEST: 3, MSK: 3, SAST: 2, EST: -5, EDT: -4, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 },
  ...{ AKST: -9, AKDT: -8, HST: -10, BRT: -3, JST: 9, KST: 9, AEST: 10, AEDT: 11 },
  ...{ NZST: 12, NZDT: 13 },
};

/** Abbreviations that stand for several zones: Central and China, Irish, Indian and Israeli, … */
const ambiguousNames = new Set(["CST", "IST", "BST", "AST", "SST", "ECT", "AMT", "WST", "GST"]);

const OFFSET_HOURS_MAX = 14;

/** The zone that `text` names; undefined where it is no zone at all. */
export function readZone(
  text: string,
  options: ZoneOptions,
): ZoneText | TimestampRefusal | undefined {
  const numeric = /^(?:UTC|GMT)? ?([+\-\u2212])(\d{1,2})(?::?(\d{2}))?$/i.exec(text);
  if (numeric !== null) {
    const [, sign, hours, minutes = "0"] = numeric;
    if (Number(hours) > OFFSET_HOURS_MAX || Number(minutes) > 59) {
      return refuse("ImpossibleDate", `no zone is ${text} away from UTC`);
    }
    const size = Number(hours) * 60 + Number(minutes);
    return { offsetMinutes: sign === "+" ? size : -size };
  }
  const declared = options.zoneNames?.get(text);
  if (declared !== undefined) {
    return { zone: declared };
  }
  const name = text.toUpperCase();
  const hours = offsetHours[name];
  if (hours !== undefined) {
    return { offsetMinutes: hours * 60 };
  }
  if (ambiguousNames.has(name)) {
    return refuse(
      "AmbiguousDate",
      `${name} names several time zones; say which with --zone ${text}=Area/City`,
    );
  }
  return text.includes("/") && isZone(text) ? { zone: text } : undefined;
}

/** Whether a text in brackets only names in words the offset before it, as JavaScript writes it. */
export function isZoneComment(text: string): boolean {
  return /^[\p{L} ]+$/u.test(text) && /(?:time|zeit|heure|hora|ora|tijd|tid)\b/iu.test(text);
}
