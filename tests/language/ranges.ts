/** Random dates, and date ranges in every form that a question may give them. */
import type { Dice } from "../realData/random.js";
import { anyTime } from "./world.js";

const DAY = 86_400_000;

/** How long a range is at most: buckets of it are filled in where a question asks for balances. */
export type Reach = "hours" | "days" | "any";

/** As a date, or as a time with minutes, seconds or milliseconds. */
function textOf(dice: Dice, t: number): string {
  return new Date(t).toISOString().slice(0, dice.pick([10, 10, 10, 16, 19, 23]));
}

export const anyDate = (dice: Dice) => textOf(dice, anyTime(dice));

/** A start and an end that is not before it. */
export function anyPair(dice: Dice, reach: Reach): [string, string] {
  const start = anyTime(dice);
  const days = { hours: 4, days: 100, any: 700 }[reach];
  const from = textOf(dice, start);
  const to = textOf(dice, start + Math.floor(dice.next() ** 2 * days * DAY));
  // A time that is said less precisely may lie before the start.
  return from.slice(0, 10) === to.slice(0, 10) && to.length > 10
    ? [from.slice(0, 10), to]
    : [from, to];
}

const units = {
  hours: ["hour", "hour", "day", "minute", "second"],
  days: ["hour", "day", "week", "month"],
  any: ["second", "minute", "hour", "day", "week", "month", "quarter", "year"],
} as const;

/** Cube's grammar. */
export function anyWords(dice: Dice, reach: Reach): string {
  const unit = dice.pick(units[reach]);
  const isShort = unit === "second" || unit === "minute";
  const count = 1 + dice.below(isShort ? 400 : reach === "any" ? 12 : 3);
  const several = `${count} ${unit}${count === 1 && dice.chance(0.5) ? "" : "s"}`;
  const words = dice.pick([
    ...["today", "yesterday", "tomorrow"],
    ...[`this ${unit}`, `last ${unit}`, `next ${unit}`, `last ${unit}`],
    ...[`last ${several}`, `last ${several}`, `next ${several}`],
    ...[`from ${several} ago to now`, `from ${several} ago to tomorrow`],
    ...[`from yesterday to ${several} from now`, `from a day ago to an hour from now`],
    ...(reach === "any" ? ["from 2023-12-31 to today", `from 2023-11-05T06:30 to now`] : []),
  ]);
  if (dice.chance(0.1)) return ` ${words.toUpperCase().replace(" ", "  ")}`;
  return words;
}

/** What `dateRange` may be. */
export function anyRange(dice: Dice, reach: Reach): string | string[] {
  if (dice.chance(0.3)) return anyWords(dice, reach);
  if (dice.chance(0.1)) return anyPair(dice, reach)[0].slice(0, 10);
  if (dice.chance(0.1)) return [anyPair(dice, reach)[0].slice(0, 10)];
  return anyPair(dice, reach);
}
