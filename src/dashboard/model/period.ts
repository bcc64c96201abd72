/**
 * The period a dashboard looks at: a preset or custom dates, resolved against the anchor day (the
 * newest day that counts as "now"), with the period that it is compared with. A period that ends today is not
 * over: its change is that of its complete days, against as many of the other period.
 */
import {
  addDays,
  addMonths,
  daysBetween,
  endOfMonth,
  isDay,
  startOf,
  type Day,
} from "./calendar.js";

export const presets = [
  { id: "today", label: "Today" },
  { id: "yesterday", label: "Yesterday" },
  { id: "7d", label: "Last 7 days" },
  { id: "30d", label: "Last 30 days" },
  { id: "90d", label: "Last 90 days" },
  { id: "month", label: "This month" },
  { id: "last-month", label: "Last month" },
  { id: "quarter", label: "This quarter" },
  { id: "year", label: "Year to date" },
  { id: "12m", label: "Last 12 months" },
  { id: "all", label: "All time" },
] as const;

export type Preset = (typeof presets)[number]["id"];

export type PeriodChoice =
  | { kind: "preset"; preset: Preset }
  | { kind: "custom"; from: Day; to: Day };

/** Days, both included. */
export interface Span {
  from: Day;
  to: Day;
}

export interface Period {
  label: string;
  /** Null for all time. */
  span: Span | null;
  /** What to compare with; null for all time, and where nothing is to be compared. */
  previous: Span | null;
  /** Two spans of the same length that are over; null where there is nothing to compare, or no day is over. */
  compared: Compared | null;
}

export interface Compared {
  now: Span;
  before: Span;
  /** Whether today is left out. */
  isComplete: boolean;
}

/** What figures are compared with. */
export const comparisons = [
  { id: "previous", label: "Period before" },
  { id: "year", label: "Year before" },
  { id: "off", label: "Nothing" },
] as const;

export type Comparison = (typeof comparisons)[number]["id"];

export const defaultPeriod: PeriodChoice = { kind: "preset", preset: "30d" };

/** `today` is the day that is not over yet, whether the period ends with it or not. */
export function resolvePeriod(
  choice: PeriodChoice,
  anchor: Day,
  { comparison = "previous", today }: { comparison?: Comparison; today?: Day } = {},
): Period {
  const label =
    choice.kind === "custom"
      ? "Custom"
      : (presets.find(({ id }) => id === choice.preset)?.label ?? choice.preset);
  const resolved =
    choice.kind === "custom"
      ? byDays({ from: choice.from, to: choice.to })
      : presetSpan(choice.preset, anchor);
  if (resolved === null || comparison === "off") {
    return { label, span: resolved?.span ?? null, previous: null, compared: null };
  }
  const { span } = resolved;
  const earlier = comparison === "year" ? (one: Span) => shiftMonths(one, 12) : resolved.earlier;
  const isRunning = today !== undefined && span.from <= today && today <= span.to;
  const now = isRunning ? { from: span.from, to: addDays(today, -1) } : span;
  const compared =
    now.to < now.from ? null : { now, before: earlier(now), isComplete: now.to < span.to };
  return { label, span, previous: earlier(span), compared };
}

/** A span, and how what comes before such spans is found. */
interface Resolved {
  span: Span;
  earlier: (span: Span) => Span;
}

function presetSpan(preset: Preset, anchor: Day): Resolved | null {
  switch (preset) {
    case "today":
      return byDays({ from: anchor, to: anchor });
    case "yesterday": {
      const day = addDays(anchor, -1);
      return byDays({ from: day, to: day });
    }
    case "7d":
    case "30d":
    case "90d":
      return byDays({ from: addDays(anchor, 1 - Number.parseInt(preset, 10)), to: anchor });
    case "month":
      return byMonths({ from: startOf(anchor, "month"), to: anchor }, 1);
    case "last-month": {
      const from = addMonths(startOf(anchor, "month"), -1);
      return byMonths({ from, to: endOfMonth(from) }, 1);
    }
    case "quarter":
      return byMonths({ from: startOf(anchor, "quarter"), to: anchor }, 3);
    case "year":
      return byMonths({ from: startOf(anchor, "year"), to: anchor }, 12);
    case "12m":
      return byMonths({ from: addMonths(startOf(anchor, "month"), -11), to: anchor }, 12);
    case "all":
      return null;
    default:
      return preset satisfies never;
  }
}

/** As many days before. */
function byDays(span: Span): Resolved {
  const days = daysBetween(span.from, span.to);
  const earlier = ({ from, to }: Span) => ({ from: addDays(from, -days), to: addDays(to, -days) });
  return { span, earlier };
}

function byMonths(span: Span, months: number): Resolved {
  return { span, earlier: (one) => shiftMonths(one, months) };
}

/** Months earlier; whole months stay whole, whatever their lengths. */
function shiftMonths({ from, to }: Span, months: number): Span {
  const isWhole = from === startOf(from, "month") && to === endOfMonth(to);
  const end = addMonths(to, -months);
  return { from: addMonths(from, -months), to: isWhole ? endOfMonth(end) : end };
}

export function parsePeriod(text: string | null): PeriodChoice {
  const preset = presets.find(({ id }) => id === text);
  if (preset) return { kind: "preset", preset: preset.id };
  const [from, to] = (text ?? "").split("..");
  return from && to && isDay(from) && isDay(to) && from <= to
    ? { kind: "custom", from, to }
    : defaultPeriod;
}

export function printPeriod(choice: PeriodChoice): string {
  return choice.kind === "preset" ? choice.preset : `${choice.from}..${choice.to}`;
}
