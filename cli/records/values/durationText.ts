/** Durations: `h:m:s`, `m:s`, ISO 8601, or plain seconds. */
import { isExact, readNumberText, type NumberOptions, type NumberResult } from "./numberText.js";
import { refuseCell } from "./refusal.js";

const DAY_SECONDS = 86_400;

/**
 * Seconds. In `h:m:s` minutes end at 59; in `m:s` they do not. ISO by its rules: months and years
 * have no length in seconds, so they are refused (`UncertainDuration`).
 */
export function readDurationText(cell: string, options: NumberOptions): NumberResult {
  const text = cell.trim();
  if (text.includes(":")) {
    return readClock(text);
  }
  if (/^[+-]?P/i.test(text)) {
    return readIso(text);
  }
  const number = readNumberText(cell, options);
  return number.ok && !isExact(cell, number.value)
    ? refuseCell("NotANumber", `"${cell}" has more digits than can be kept`)
    : number;
}

function readClock(text: string): NumberResult {
  const long = /^(\d+):(\d{1,2}):(\d{1,2})(?:\.(\d{1,3}))?$/.exec(text);
  const short = /^(\d+):(\d{1,2})(?:\.(\d{1,3}))?$/.exec(text);
  const [, hours = "0", minutes = "0", seconds = "0", fraction = ""] =
    long ?? (short === null ? [] : ["", "0", short[1], short[2], short[3]]);
  const minutesMax = long === null ? Infinity : 59;
  if ((long ?? short) === null || Number(seconds) > 59 || Number(minutes) > minutesMax) {
    return refuseCell("NotANumber", `"${text}" is no duration in h:m:s or m:s`);
  }
  const whole = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  // In milliseconds, so that 0.1 + 0.2 stays 0.3.
  return { ok: true, value: (whole * 1000 + Number(fraction.padEnd(3, "0"))) / 1000 };
}

/** `PnW` alone, or `PnDTnHnMnS` in this order; only the last part may have a fraction. */
function readIso(text: string): NumberResult {
  const upper = text.toUpperCase().replaceAll(",", ".");
  const [days = ""] = upper.slice(1).split("T");
  if (/[YM]/.test(days)) {
    return refuseCell("UncertainDuration", `"${text}" has years or months, which differ in length`);
  }
  const match =
    /^P(?:([\d.]+)W|(?:([\d.]+)D)?(?:T(?=\d)(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?)$/.exec(
      upper,
    );
  const parts = match?.slice(1) ?? [];
  const given = parts.filter((part) => part !== undefined);
  const sizes = [7 * DAY_SECONDS, DAY_SECONDS, 3600, 60, 1];
  const fits = given.every((part, at) =>
    (at === given.length - 1 ? /^\d+(?:\.\d+)?$/ : /^\d+$/).test(part),
  );
  if (given.length === 0 || !fits) {
    return refuseCell("NotANumber", `"${text}" is no ISO 8601 duration`);
  }
  let ms = 0;
  for (const [at, part] of parts.entries()) {
    ms += Number(part ?? 0) * sizes[at]! * 1000;
  }
  const rounded = Math.round(ms);
  if (Math.abs(ms - rounded) > 1e-6) {
    return refuseCell("NotANumber", `"${text}" is finer than a millisecond`);
  }
  return { ok: true, value: rounded / 1000 };
}
