/**
 * Epoch numbers: seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude.
 * The bands do not overlap for times between 1973 and 5138, so a reading is never a guess; smaller
 * numbers are refused, because they are years, spreadsheet days or durations far more often.
 */
import type { DateOrder } from "./dateText";
import { refuse, type TimestampRefusal } from "./timestampRefusal";

/** 1973-03-03 in seconds; also where milliseconds, microseconds and nanoseconds begin, ×1000 each. */
const smallestSeconds = 1e8;
const smallestMs = 1e11;
const smallestMicros = 1e14;
const smallestNanos = 1e17;

/** Beyond this the number is no time at all: it is an id. */
const largestNanos = 1e20;

/** `text` is an optionally signed decimal number. */
export function readEpoch(
  text: string,
  order: DateOrder | undefined,
): { ok: true; ms: number } | TimestampRefusal {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return refuse("UnknownFormat", `${text} is no epoch number`);
  const [, sign, digits = "", fraction = ""] = match;
  const size = Number(digits);
  if (size < smallestSeconds || size >= largestNanos)
    return refuse(
      "UnknownFormat",
      order === undefined
        ? `${text} is too ${size < smallestSeconds ? "small" : "large"} for an epoch number`
        : `${text} is neither an epoch number nor a date in ${order} order`,
    );
  const micros = scaledDigits(digits, fraction, size);
  // Towards minus infinity, so that 0.5 ms before the epoch is −1 ms as it is for later times.
  const signed = sign === "-" ? -micros : micros;
  const ms = Number((signed - (((signed % 1000n) + 1000n) % 1000n)) / 1000n);
  return { ok: true, ms };
}

/** Microseconds, by the band that the number lies in; digits are moved as text, so none is lost. */
function scaledDigits(digits: string, fraction: string, size: number): bigint {
  const places = size < smallestMs ? 6 : size < smallestMicros ? 3 : size < smallestNanos ? 0 : -3;
  if (places < 0) return BigInt(digits.slice(0, places));
  return BigInt(digits + fraction.slice(0, places).padEnd(places, "0"));
}
