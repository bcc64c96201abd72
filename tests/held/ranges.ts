/** Date ranges of questions that end about now, as dates and in words. */
import type { Dice } from "../simulation/random.js";

const DAY_MS = 86_400_000;

/** So many days up to about `by`; some begin and end within a bucket, and some end in a partition that is over. */
export function rangeOf(dice: Dice, by: number, days: number): [string, string] {
  const end = by - (dice.chance(0.4) ? dice.pick([1, 1, 2, 40]) * DAY_MS : 0);
  const [from, to] = [dateOf(end - (days - 1) * DAY_MS), dateOf(end)];
  return dice.weighted<[string, string]>([
    [14, [from, to]],
    [4, [`${from}T07:00:00.000`, `${to}T16:59:59.999`]],
    [1, [`${from}T07:30:00.000`, `${to}T16:14:59.999`]],
  ]);
}

export const dateOf = (t: number) => new Date(t).toISOString().slice(0, 10);

/** Long ones only where their rows are few. */
export function rangesInWords(granularity: string | undefined): string[] {
  const short = ["today", "yesterday", "this week", "last 7 days", "from 6 days ago to now"];
  if (granularity === "hour" || granularity === "shift") return short;
  const long = [
    "this month",
    "last 3 months",
    "this quarter",
    "last year",
    "from 90 days ago to tomorrow",
  ];
  return [...short, "last 30 days", ...long];
}
