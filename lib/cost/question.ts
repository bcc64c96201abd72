/** What a question costs. */
import type { Pattern } from "../patterns/pattern.js";
import { priceOf, type Prices } from "./prices.js";

/** Of one answer. */
export interface AnswerWork {
  calls: number;
  bytes: number;
}

/** The app's function, and the component's. */
export const CALLS_PER_ANSWER = 2;
/** A cell of numbers in a tile, about. */
const BYTES_PER_CELL = 20;

/** From a planner's estimate of the cells that are read. */
export function estimatedWork(cells: number): AnswerWork {
  return { calls: CALLS_PER_ANSWER, bytes: Math.round(cells * BYTES_PER_CELL) };
}

/** Dollars of a thousand answers. */
export function pricePerThousand({ calls, bytes }: AnswerWork, prices: Prices): number {
  return 1000 * priceOf({ calls, bytesRead: bytes, bytesWritten: 0 }, prices);
}

const DAY_MS = 86_400_000;

/** Times in 30 days, at the pace since it was first seen; one that is younger than a day is taken to be a day old. */
export function askedMonthly({ asked, firstSeen }: Pattern, now: number): number {
  return (asked * 30 * DAY_MS) / Math.max(DAY_MS, now - firstSeen);
}

/** Dollars per month of a pattern whose answers take this. What browsers answer from held tiles is no call. */
export function patternCost(
  pattern: Pattern,
  work: AnswerWork,
  prices: Prices,
  now: number,
): number {
  const share = pattern.asked === 0 ? 0 : 1 - (pattern.held ?? 0) / pattern.asked;
  return (askedMonthly(pattern, now) / 1000) * share * pricePerThousand(work, prices);
}
