/**
 * How many records fall into each hour of two years: growth, seasons, weekdays and hours of the day,
 * in the tenant's own zone, and some weather. Counts add up to the total exactly.
 */
import { hourOfDay, weekday } from "../../lib/time/clock.js";
import type { Random } from "./random.js";

export const HOUR_MS = 3_600_000;

/** Two years: enough for a year-over-year comparison to have both years. */
export const historyHours = 2 * 365 * 24;

export type LoadShape = {
  timezone: string;
  /** Load at the end over load at the start. */
  growth: number;
  /** Relative load by month, January first. */
  months: readonly number[];
  /** Relative load by weekday, Monday first. */
  weekdays: readonly number[];
  /** Relative load by hour of the day. */
  hours: readonly number[];
};

/** An hour of history: where it starts, and how many records it has. */
export type Hour = { start: number; count: number };

/**
 * The hours before `end`, oldest first; the last one ends at `end` and may be cut short where `end`
 * is no full hour, so nothing lies in the future.
 */
export function spreadOverHours(
  total: number,
  end: number,
  shape: LoadShape,
  random: Random,
): Hour[] {
  const firstHour = Math.floor(end / HOUR_MS) - historyHours + 1;
  const weights = new Float64Array(historyHours);
  let weightTotal = 0;
  let weather = 1;
  for (let index = 0; index < historyHours; index += 1) {
    const start = (firstHour + index) * HOUR_MS;
    // Days differ from each other, hours of one day less so.
    if (index % 24 === 0) weather = Math.exp(0.12 * random.normal());
    const share = Math.min(HOUR_MS, end - start) / HOUR_MS;
    const weight = share * weather * (0.85 + 0.3 * random.next()) * shapeAt(shape, start, index);
    weights[index] = weight;
    weightTotal += weight;
  }
  // Rounding the running total, not each hour, so that the counts add up.
  let soFar = 0;
  let counted = 0;
  return Array.from(weights, (weight, index) => {
    soFar += weight;
    const upTo = index === historyHours - 1 ? total : Math.round((soFar / weightTotal) * total);
    const count = upTo - counted;
    counted = upTo;
    return { start: (firstHour + index) * HOUR_MS, count };
  });
}

function shapeAt(shape: LoadShape, start: number, index: number): number {
  const { timezone, growth, months, weekdays, hours } = shape;
  const grown = growth ** (index / historyHours);
  // Seasons change slowly, so the month in UTC is near enough.
  const month = months[new Date(start).getUTCMonth()] ?? 1;
  const day = weekdays[weekday(timezone, start) - 1] ?? 1;
  return grown * month * day * (hours[hourOfDay(timezone, start)] ?? 1);
}
