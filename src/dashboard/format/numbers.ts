/** Measures as text: one place for digits, units, signs and the dash that stands for "nothing". */
import type { Approximation } from "../../react/index.js";
import type { Format } from "../model/members.js";

/** `short` is for axes and cards ("1.2M"), `full` for tables and readouts ("1,234,567"). */
export type Style = "short" | "full";

export const nothing = "–";

/** Values carry no currency of their own; this is the one that they are shown in. */
const currency = "USD";

const formats = {
  short: new Intl.NumberFormat(undefined, { notation: "compact", maximumSignificantDigits: 3 }),
  whole: new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 }),
  full: new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 }),
  percent: new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 }),
  shortCurrency: new Intl.NumberFormat(undefined, {
    style: "currency",
    currency,
    notation: "compact",
    maximumSignificantDigits: 3,
  }),
  fullCurrency: new Intl.NumberFormat(undefined, { style: "currency", currency }),
  bound: new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 3 }),
  change: new Intl.NumberFormat(undefined, {
    style: "percent",
    maximumFractionDigits: 1,
    signDisplay: "exceptZero",
  }),
  bigChange: new Intl.NumberFormat(undefined, {
    style: "percent",
    maximumFractionDigits: 0,
    signDisplay: "exceptZero",
  }),
};

/** Below this a card shows all digits; above, "123.5K" reads faster. */
const shortFrom = 100_000;

export function formatMeasure(
  value: number | null | undefined,
  format: Format,
  style: Style,
): string {
  if (value === null || value === undefined) return nothing;
  return trueMinus(textOf(value, format, style));
}

/** A minus sign is as wide as a digit; a hyphen is not, and reads as a dash. */
function trueMinus(text: string): string {
  return text.replace("-", "−");
}

function textOf(value: number, format: Format, style: Style): string {
  switch (format) {
    case "number":
      if (style === "full") return formats.full.format(value);
      return Math.abs(value) < shortFrom
        ? (Number.isInteger(value) ? formats.whole : formats.full).format(value)
        : formats.short.format(value);
    case "currency":
      return (style === "full" ? formats.fullCurrency : formats.shortCurrency).format(value);
    case "percent":
      return formats.percent.format(value);
    case "duration":
      return formatDuration(value, style);
    default:
      return format satisfies never;
  }
}

/** Axis labels: as short as they get. */
export function formatTick(value: number, format: Format): string {
  return trueMinus(
    format === "number" ? formats.short.format(value) : textOf(value, format, "short"),
  );
}

/** Seconds as the two largest units that matter: "45s", "12m 30s", "3h 20m", "1,234h". */
export function formatDuration(seconds: number, style: Style): string {
  const sign = seconds < 0 ? "−" : "";
  const total = Math.abs(seconds);
  if (total < 60) return `${sign}${formats.full.format(Math.round(total * 10) / 10)}s`;
  const whole = Math.round(total);
  if (whole < 3600) return sign + joinUnits(Math.floor(whole / 60), "m", whole % 60, "s");
  const minutes = Math.round(total / 60);
  const hours = Math.floor(minutes / 60);
  if (hours < 100) return sign + joinUnits(hours, "h", minutes % 60, "m");
  const format = style === "short" && hours >= shortFrom ? formats.short : formats.whole;
  return `${sign}${format.format(total / 3600)}h`;
}

function joinUnits(major: number, majorUnit: string, minor: number, minorUnit: string): string {
  return minor === 0 ? `${major}${majorUnit}` : `${major}${majorUnit} ${minor}${minorUnit}`;
}

export type Change =
  | { kind: "none" }
  | { kind: "new" }
  /** `direction` is positive where the value is larger; `text` says it by its sign. */
  | { kind: "moved"; direction: number; text: string };

/** A share above this says less than the difference does. */
const ratioMax = 10;

/**
 * How a value compares with the period before: by its share, or by the difference where a share means nothing,
 * as of a net that was or is negative.
 */
export function compare(
  current: number | null,
  previous: number | null,
  format: Format = "number",
): Change {
  if (current === null || previous === null) return { kind: "none" };
  if (previous === 0) return current === 0 ? { kind: "none" } : { kind: "new" };
  const direction = current - previous;
  const ratio = direction / previous;
  if (previous < 0 || current < 0 || ratio > ratioMax) {
    const sign = direction > 0 ? "+" : "";
    return { kind: "moved", direction, text: sign + formatMeasure(direction, format, "short") };
  }
  const share = (Math.abs(ratio) < 1 ? formats.change : formats.bigChange).format(ratio);
  return { kind: "moved", direction, text: trueMinus(share) };
}

/** How far an approximate measure may be off: "give or take 1%". */
export function formatBound({ error, kind }: Approximation): string {
  const share = formats.bound.format(error);
  return kind === "relative" ? `give or take ${share}` : `standard error ${share}`;
}

export function formatShare(share: number): string {
  return formats.percent.format(share);
}

const byteUnits = ["B", "KB", "MB", "GB"];

/** Bytes, by thousands: "812 B", "61 KB", "2.2 MB". */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit < byteUnits.length - 1; unit++) value /= 1000;
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${byteUnits[unit]}`;
}

/** Dollars of a month, which are often cents or less. */
export function formatDollars(dollars: number): string {
  if (dollars > 0 && dollars < 0.01) return "< $0.01";
  return `$${dollars.toFixed(2)}`;
}

export function formatCount(count: number): string {
  return formats.whole.format(count);
}

/** Milliseconds that something took: "12 ms", "1.9 s". */
export function formatElapsed(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${formats.full.format(Math.round(ms / 100) / 10)} s`;
}

/** How many times as much the first is: "685×"; nothing where there is no second. */
export function formatTimes(more: number, less: number): string {
  if (less <= 0) return "–";
  const times = more / less;
  return `${times < 10 ? formats.full.format(Math.round(times * 10) / 10) : formatCount(Math.round(times))}×`;
}
