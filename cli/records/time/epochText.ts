/**
 * Epoch numbers. Seconds, milliseconds, microseconds and nanoseconds since 1970 are told apart by
 * magnitude. Other clocks count too: Apple's reference date (seconds since 2001), FILETIME (tenths of
 * microseconds since 1601), .NET ticks (since the year 1), WebKit (microseconds since 1601). A number
 * that one of them may have written is refused until the file's unit is declared.
 */
import type { DateOrder } from "./dateText.js";
import { refuse, type TimestampRefusal } from "./timestampRefusal.js";

/** What a declared unit counts: ticks per second, and where it starts, in seconds since 1970. */
const units = {
  s: { perSecond: 1n, startSeconds: 0n },
  ms: { perSecond: 1_000n, startSeconds: 0n },
  us: { perSecond: 1_000_000n, startSeconds: 0n },
  ns: { perSecond: 1_000_000_000n, startSeconds: 0n },
  apple: { perSecond: 1n, startSeconds: 978_307_200n },
  filetime: { perSecond: 10_000_000n, startSeconds: -11_644_473_600n },
  webkit: { perSecond: 1_000_000n, startSeconds: -11_644_473_600n },
  ticks: { perSecond: 10_000_000n, startSeconds: -62_135_596_800n },
} as const;

export type EpochUnit = keyof typeof units;
export const epochUnits = Object.keys(units) as EpochUnit[];

const APPLE_START_SECONDS = 978_307_200;
const DAY_SECONDS = 86_400;
/** 1973-03-03 in seconds: smaller numbers are years, spreadsheet days or durations. */
const SECONDS_MIN = 1e8;
const MS_MIN = 1e11;
const MICROS_MIN = 1e14;
/** The year 2200 in microseconds: WebKit's times of today lie beyond. */
const MICROS_MAX = 7.258e15;
const NANOS_MIN = 1e17;
const NANOS_MAX = 7.258e18;

const WAY_OUT = `declare its unit with --epoch ${epochUnits.join("|")}`;

export interface EpochOptions {
  /** The unit that the file is declared to use. */
  epoch?: EpochUnit | undefined;
  /** Other values of the column prove that it counts from 1970 (`provesUnixEpoch`). */
  unixEpoch?: boolean | undefined;
  /** The present in epoch milliseconds: no clock has counted further. */
  now: number;
}

/** `text` is an optionally signed decimal number. Fractions of a millisecond are cut off. */
export function readEpoch(
  text: string,
  order: DateOrder | undefined,
  options: EpochOptions,
): { ok: true; ms: number } | TimestampRefusal {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) {
    return refuse("UnknownFormat", `${text} is no epoch number`);
  }
  const [, sign, digits = "", fraction = ""] = match;
  const negative = sign === "-";
  if (options.epoch !== undefined) {
    return convert(negative, digits, fraction, options.epoch);
  }
  const size = Number(digits);
  const unit = unitOf(size);
  if (unit === undefined) {
    const problem = size < SECONDS_MIN ? "is too small" : "fits no unit";
    const dates = order === undefined ? "" : `, and no date in ${order} order`;
    return refuse("UnknownFormat", `${text} ${problem} for an epoch number${dates}; ${WAY_OUT}`);
  }
  const proven = negative || options.unixEpoch === true;
  if (!proven && mayCountFrom2001(size, unit, options.now)) {
    return refuse("AmbiguousDate", `${text} may count from 1970, 2001 or earlier; ${WAY_OUT}`);
  }
  return convert(negative, digits, fraction, unit);
}

/** Whether a cell can only count from 1970: for any other clock it would lie in the future. */
export function provesUnixEpoch(text: string, now: number): boolean {
  if (!/^\+?\d+(?:\.\d+)?$/.test(text)) {
    return false;
  }
  const unit = unitOf(Number(text));
  return (unit === "s" || unit === "ns") && !mayCountFrom2001(Number(text), unit, now);
}

function unitOf(size: number): "s" | "ms" | "us" | "ns" | undefined {
  if (size >= SECONDS_MIN && size < MS_MIN) return "s";
  if (size >= MS_MIN && size < MICROS_MIN) return "ms";
  if (size >= MICROS_MIN && size < MICROS_MAX) return "us";
  if (size >= NANOS_MIN && size < NANOS_MAX) return "ns";
  return undefined;
}

/** FILETIME and .NET ticks of our days lie below Apple's nanoseconds of today, too. */
function mayCountFrom2001(size: number, unit: "s" | "ms" | "us" | "ns", now: number): boolean {
  const tomorrow = now / 1000 - APPLE_START_SECONDS + DAY_SECONDS;
  if (unit === "s") return size < tomorrow;
  return unit === "ns" && size < tomorrow * 1e9;
}

/** Exact: digits are moved as text, so none is lost. */
function convert(
  negative: boolean,
  digits: string,
  fraction: string,
  unit: EpochUnit,
): { ok: true; ms: number } {
  const { perSecond, startSeconds } = units[unit];
  const scale = 10n ** BigInt(fraction.length);
  const amount = BigInt(digits + fraction) * (negative ? -1n : 1n);
  const ms = floorDivide(amount * 1000n, perSecond * scale);
  return { ok: true, ms: Number(ms + startSeconds * 1000n) };
}

/** Towards minus infinity, so that half a millisecond before the epoch is −1 ms. */
function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}
