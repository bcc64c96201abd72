/**
 * The period a dashboard looks at: a preset or custom dates, resolved against the anchor day (the
 * newest day that counts as "now"), with the period that it is compared with.
 */
import {
  addDays,
  addMonths,
  daysBetween,
  endOfMonth,
  isDay,
  startOf,
  type Day,
  type TrendGranularity,
} from "./calendar.js";

export const presets = [
  { id: "7d", label: "Last 7 days" },
  { id: "30d", label: "Last 30 days" },
  { id: "90d", label: "Last 90 days" },
  { id: "month", label: "This month" },
  { id: "last-month", label: "Last month" },
  { id: "year", label: "Year to date" },
  { id: "12m", label: "Last 12 months" },
  { id: "all", label: "All time" },
] as const;

export type Preset = (typeof presets)[number]["id"];

export type PeriodChoice =
  { kind: "preset"; preset: Preset } | { kind: "custom"; from: Day; to: Day };

/** Days, both included. */
export interface Span {
  from: Day;
  to: Day;
}

export interface Period {
  label: string;
  /** Null for all time. */
  span: Span | null;
  /** What to compare with; null for all time. */
  previous: Span | null;
}

export const defaultPeriod: PeriodChoice = { kind: "preset", preset: "30d" };

export function resolvePeriod(choice: PeriodChoice, anchor: Day): Period {
  if (choice.kind === "custom") {
    const span = { from: choice.from, to: choice.to };
    return { label: "Custom", span, previous: precedingDays(span) };
  }
  const label = presets.find(({ id }) => id === choice.preset)?.label ?? choice.preset;
  return { label, ...presetSpans(choice.preset, anchor) };
}

function presetSpans(preset: Preset, anchor: Day): Omit<Period, "label"> {
  switch (preset) {
    case "7d":
    case "30d":
    case "90d": {
      const span = { from: addDays(anchor, 1 - Number.parseInt(preset, 10)), to: anchor };
      return { span, previous: precedingDays(span) };
    }
    case "month":
      return monthsEarlier({ from: startOf(anchor, "month"), to: anchor }, 1);
    case "last-month": {
      const from = addMonths(startOf(anchor, "month"), -1);
      const before = addMonths(from, -1);
      return {
        span: { from, to: endOfMonth(from) },
        previous: { from: before, to: endOfMonth(before) },
      };
    }
    case "year":
      return monthsEarlier({ from: startOf(anchor, "year"), to: anchor }, 12);
    case "12m":
      return monthsEarlier({ from: addMonths(startOf(anchor, "month"), -11), to: anchor }, 12);
    case "all":
      return { span: null, previous: null };
    default:
      return preset satisfies never;
  }
}

function precedingDays({ from, to }: Span): Span {
  return { from: addDays(from, -daysBetween(from, to)), to: addDays(from, -1) };
}

function monthsEarlier(span: Span, months: number): Omit<Period, "label"> {
  return {
    span,
    previous: { from: addMonths(span.from, -months), to: addMonths(span.to, -months) },
  };
}

/** The granularity that shows a span with enough points to see a shape and few enough to read. */
export function fittingGranularity(span: Span | null): TrendGranularity {
  if (!span) return "month";
  const days = daysBetween(span.from, span.to);
  return days <= 92 ? "day" : days <= 400 ? "week" : "month";
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
