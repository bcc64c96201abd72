/**
 * What SQL does not say exactly of our language: balances and rolling windows, which have rows of buckets without
 * records; approximate measures; months from the 31st; an order or a filter by what DuckDB computes in doubles; zones
 * that set their clocks back over midnight, where a date has two parts; ends of ranges in an hour that is repeated.
 */
import { conditionsOf, type MemberFilter } from "../oracle/filters.js";
import { moved, shownBetween } from "./oracle/clock.js";
import { orders } from "./oracle/cubes.js";
import { shortName, type Question } from "./oracle/model.js";
import { rangeOf, type Now } from "./oracle/words.js";
import { measures } from "./sql.js";

/** Measures that DuckDB computes in doubles, and rounds more than once. */
export const rounded: readonly string[] = ["averagePrice", "spread", "deviation", "weight"];

/** Why SQL does not say a question exactly; null where it does. */
export function unsaidOf(question: Question, now: Now): string | null {
  const { filters = [], order, dimensions = [], timeDimensions = [] } = question;
  const conditions = conditionsOf(filters);
  const filtered = conditions.map(({ member }) => shortName(member));
  const asked = [
    ...(question.measures ?? []).map(shortName),
    ...filtered.filter((name) => name in orders.measures),
  ];
  if (asked.some((name) => !(name in measures))) return "a measure";
  const json = JSON.stringify([dimensions, timeDimensions]);
  if (json.includes("monthEnd")) return "months from the 31st";
  if (now.zone === "Africa/Cairo") return "a clock that is set at midnight";
  const isRounded = (name: string) => rounded.includes(name);
  if (filtered.some(isRounded)) return "a filter by a rounded measure";
  const timed =
    json.includes("granularity") || dimensions.some((name) => name.split(".").length === 3);
  const [first] = question.measures ?? [];
  const usual = order === undefined && !timed && dimensions.length > 0 && first !== undefined;
  const all = JSON.stringify(order ?? {});
  if ((usual && isRounded(shortName(first))) || rounded.some((name) => all.includes(`.${name}"`)))
    return "an order by a rounded measure";
  if (question.ungrouped === true && asked.some(isRounded)) return "an order by a rounded measure";
  const ends = [...timeDimensions.flatMap(rangesOf), ...conditions.flatMap(datesOf)];
  const walls = ends.flatMap((told) => rangeOf(told, now));
  const isRepeated = (wall: string) =>
    shownBetween(now.zone, wall, moved(wall, 1, "millisecond")).length > 1;
  return walls.some(isRepeated) ? "an end in an hour that is repeated" : null;
}

type Item = NonNullable<Question["timeDimensions"]>[number];

const rangesOf = ({ dateRange, compareDateRange = [] }: Item) =>
  dateRange === undefined ? compareDateRange : [dateRange];

const datesOf = ({ member, operator, values = [] }: MemberFilter): (readonly string[])[] => {
  if (orders.dimensions[shortName(member)]?.kind !== "time") return [];
  const texts = values.filter((one) => one !== null).map(String);
  if (texts.length === 0) return [];
  return /Date/.test(operator) ? [texts] : texts.map((one) => [one]);
};
