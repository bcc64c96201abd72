/**
 * Lengths of calendar time, such as "7 day", and what they do to a wall clock. A length is counted in
 * what clocks and calendars show, not in elapsed time: one day before noon is noon, also where the
 * clock was set in between.
 */
import { TIME_MAX, TIME_MIN, divides, firstInstantOf } from "./calendar.js";
import { DAY_MS, HOUR_MS } from "./civil.js";
import { shiftMonths, type AnyGranularity } from "./customGranularity.js";
import { granularities, type Granularity } from "./granularity.js";

export const spanUnits = ["hour", "day", "week", "month", "quarter", "year"] as const;

export type SpanUnit = (typeof spanUnits)[number];

export interface Span {
  /** At least 1. */
  count: number;
  unit: SpanUnit;
}

/** The length that a text such as "1 month" or "90 days" means, or null if it means none. */
export function parseSpan(text: string): Span | null {
  const match = /^([1-9]\d{0,3}) ([a-z]+?)s?$/.exec(text);
  const unit = spanUnits.find((one) => one === match?.[2]);
  return unit === undefined ? null : { count: Number(match?.[1]), unit };
}

/**
 * The first instant at which the wall clock shows `wallMs` (see `parseWall`) moved by a span, back
 * where `sign` is -1; infinite beyond the limits of time. Of a shorter month the last day is taken.
 * Never decreases as `wallMs` grows.
 */
export function shiftedInstant(zone: string, wallMs: number, span: Span, sign: 1 | -1): number {
  const wall = shiftWall(wallMs, span.unit, sign * span.count);
  if (!(wall > TIME_MIN)) return -Infinity;
  return wall < TIME_MAX ? firstInstantOf(zone, wall) : Infinity;
}

/** The coarsest granularity of which the buckets of all given ones are made. */
export function commonGranularity(all: readonly AnyGranularity[]): Granularity {
  return granularities.findLast((fine) => all.every((one) => divides(fine, one))) ?? "quarterHour";
}

function shiftWall(wallMs: number, unit: SpanUnit, count: number): number {
  switch (unit) {
    case "hour":
      return wallMs + count * HOUR_MS;
    case "day":
      return wallMs + count * DAY_MS;
    case "week":
      return wallMs + count * 7 * DAY_MS;
    case "month":
      return shiftMonths(wallMs, count);
    case "quarter":
      return shiftMonths(wallMs, count * 3);
    case "year":
      return shiftMonths(wallMs, count * 12);
    default:
      return unit satisfies never;
  }
}
