/**
 * What a wall clock shows beside the date that buckets go by: the hour of day and the weekday. Both are
 * told from the instant and the zone alone.
 */
import { clockMoves, wallAt } from "./calendar.js";
import { DAY_MS, HOUR_MS, isoWeekday, modulo } from "./civil.js";

export type ClockPart = "hourOfDay" | "weekday";

/** Whether a dimension of that type is a part of what a clock shows. */
export function isClockPart(type: string | undefined): type is ClockPart {
  return type === "hourOfDay" || type === "weekday";
}

/** The part that the clock of `zone` shows at `t`: an hour 0–23, or a weekday as ISO counts them. */
export function clockPart(part: ClockPart, zone: string, t: number): number {
  return part === "weekday" ? weekday(zone, t) : hourOfDay(zone, t);
}

/** The first instant after `t` at which the clock shows another hour of day, or another weekday. */
export function nextClockPart(part: ClockPart, zone: string, t: number): number {
  const shown = clockPart(part, zone, t);
  const size = part === "weekday" ? DAY_MS : HOUR_MS;
  let next = t;
  // A clock that is set back may go on showing what it did.
  do next = clockMoves(zone, next, size);
  while (clockPart(part, zone, next) === shown);
  return next;
}

/** 0–23: the hour that the wall clock shows. Both hours of a repeated one are that hour. */
export function hourOfDay(zone: string, t: number): number {
  return Math.floor(modulo(wallAt(zone, t), DAY_MS) / HOUR_MS);
}

/** ISO: 1 Monday … 7 Sunday, by the wall clock's date. */
export function weekday(zone: string, t: number): number {
  return isoWeekday(Math.floor(wallAt(zone, t) / DAY_MS));
}
