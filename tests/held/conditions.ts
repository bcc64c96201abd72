/** Filters of questions: of records, by texts, numbers and times, and of rows; single ones and trees. */
import { catalogue } from "../../convex/cubes.js";
import type { Condition, Filter } from "../../src/react/query.js";
import type { Dice } from "../simulation/random.js";
import { dateOf } from "./ranges.js";

const values: Record<string, readonly string[]> = {
  category: ["Film", "News", "Music", "Sport"],
  warehouse: ["North", "South"],
  kind: ["receipt", "shipment"],
  channel: ["Channel 0-1", "Channel 1-2"],
  topic: ["Topic 1", "Topic 2"],
};
const numbers = ["hourOfDay", "weekday"];
const ofTexts = [
  "contains",
  "notContains",
  "startsWith",
  "notStartsWith",
  "endsWith",
  "notEndsWith",
];
const ofNumbers = ["gt", "gte", "lt", "lte"];
const ofDays = ["beforeDate", "beforeOrOnDate", "afterDate", "afterOrOnDate", "onTheDate"];

/** One or two filters by the dimensions and, unless `now` is null, by the time; none where there is nothing to filter by. */
export function conditionsOn(
  dice: Dice,
  cube: "watch" | "inventory",
  dimensions: readonly string[],
  now: number | null,
): Filter[] {
  const names = dimensions.filter((name) => name in values || numbers.includes(name));
  if (names.length === 0 && now === null) return [];
  const condition = (): Condition =>
    now !== null && (names.length === 0 || dice.chance(0.1))
      ? onTime(dice, `${cube}.${catalogue[cube].time}`, now)
      : onDimension(dice, cube, dice.pick(names));
  return dice.chance(0.2) ? [anyTree(dice, condition), condition()] : [anyTree(dice, condition)];
}

/** Of rows, by measures. */
export function havingOf(dice: Dice, cube: string, measures: readonly string[]): Filter {
  return anyTree(dice, () => {
    const member = `${cube}.${dice.pick(measures)}`;
    if (dice.chance(0.1)) return { member, operator: dice.pick(["set", "notSet"]) };
    const operator = dice.pick([...ofNumbers, "equals", "notEquals", "notIn"]);
    return { member, operator, values: [String(dice.below(4))] };
  });
}

function anyTree(dice: Dice, condition: () => Condition): Filter {
  return dice.weighted<() => Filter>([
    [7, condition],
    [1, () => ({ or: [condition(), condition()] })],
    [1, () => ({ and: [condition(), { or: [condition(), condition()] }] })],
    [1, () => ({ or: [condition(), { and: [condition(), { or: [condition(), condition()] }] }] })],
  ])();
}

function onDimension(dice: Dice, cube: string, name: string): Condition {
  const member = `${cube}.${name}`;
  if (dice.chance(0.05)) return { member, operator: dice.pick(["set", "notSet"]) };
  if (numbers.includes(name)) {
    if (dice.chance(0.5))
      return { member, operator: dice.pick(ofNumbers), values: [dice.below(7)] };
    return { member, operator: dice.pick(["in", "notIn"]), values: [1, 2, 5] };
  }
  const known = values[name] as readonly string[];
  const some = dice.chance(0.5) ? [dice.pick(known)] : known.slice(0, 2);
  if (dice.chance(0.6)) {
    const operator = dice.pick(["equals", "equals", "equals", "in", "notEquals", "notIn"]);
    return { member, operator, values: dice.chance(0.1) ? [...some, null] : some };
  }
  return {
    member,
    operator: dice.pick(ofTexts),
    values: some.map((text) => text.slice(1, 3).toUpperCase()),
  };
}

function onTime(dice: Dice, member: string, now: number): Condition {
  const day = () => dateOf(now - dice.below(60) * 86_400_000);
  if (dice.chance(0.6)) return { member, operator: dice.pick(ofDays), values: [day()] };
  const ends = [day(), day()].sort();
  return { member, operator: dice.pick(["inDateRange", "notInDateRange"]), values: ends };
}
