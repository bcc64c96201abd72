/** Random filters: every operator on members of every kind, trees of them, and filters on measures. */
import type { MemberFilter, OracleFilter, Value } from "../oracle/filters.js";
import type { Dice } from "../realData/random.js";
import { anyDate, anyPair, anyWords } from "./ranges.js";
import { cities, discounts, priorities, tags } from "./world.js";

const listed = ["equals", "notEquals", "in", "notIn", "set", "notSet"];
const textual = [
  ...["contains", "notContains", "startsWith", "notStartsWith", "endsWith", "notEndsWith"],
];
const numeric = ["gt", "gte", "lt", "lte"];
const narrowing = [
  ...["inDateRange", "onTheDate", "beforeDate", "beforeOrOnDate", "afterDate", "afterOrOnDate"],
];

const patterns = [
  ...["z", "ZÜ", "ü", "σ", "ΟΔΟΣ", "ος", "%", "_", "\\", "'", "", ".", "i", "HILL", "🍎", "0"],
  ...["sü", "G", "a%", "ift", null],
];

/** Values as people write them: texts, numbers, booleans, and null for "not given". */
const valuesOf: Readonly<Record<string, readonly (Value | boolean)[]>> = {
  city: [...cities, "Zurich", null],
  paid: [true, "true", false, "false", null, "maybe"],
  tag: [...tags, "nothing", null],
  priority: [...priorities, "2", 2.5, "1e1"],
  discount: [...discounts, "0.50", 0.123, "2.5"],
  hour: [0, 1, 2, "7", 9, 22, "23", 1.5],
  weekday: [1, "2", 3, 5, 6, 7],
};

const kindOf: Readonly<Record<string, "text" | "number">> = {
  ...{ city: "text", paid: "text", tag: "text" },
  ...{ priority: "number", discount: "number", hour: "number", weekday: "number" },
};

const withValues = (member: string, operator: string, values: readonly unknown[]): MemberFilter =>
  operator === "set" || operator === "notSet"
    ? { member, operator }
    : { member, operator, values: values as Value[] };

function ofDimension(dice: Dice, cube: string, name: string): MemberFilter {
  const member = `${cube}.${name}`;
  const values = valuesOf[name]!;
  const isNumber = kindOf[name] === "number";
  const special = isNumber ? numeric : textual;
  const operator = dice.pick(dice.chance(0.5) ? special : listed);
  if (numeric.includes(operator)) {
    return withValues(member, operator, [dice.pick(values.filter((one) => one !== null))]);
  }
  const pool = textual.includes(operator) ? patterns : values;
  return withValues(member, operator, dice.shuffle(pool).slice(0, 1 + dice.below(3)));
}

/** On the time of a question. With `isFree` also such as narrow its range to one. */
function ofTime(dice: Dice, member: string, isFree: boolean): MemberFilter {
  const operator = dice.pick([
    ...["notInDateRange", "notInDateRange", "notEquals", "notIn", "notSet"],
    ...(isFree ? [...narrowing, ...narrowing, "equals", "in", "set"] : []),
  ]);
  if (operator.endsWith("DateRange")) {
    const values = dice.pick([anyPair(dice, "any"), [anyDate(dice)], [anyWords(dice, "any")]]);
    return withValues(member, operator, values);
  }
  if (narrowing.includes(operator)) {
    const dates = [[anyDate(dice)], [anyDate(dice)], [anyWords(dice, "any")], anyPair(dice, "any")];
    return withValues(member, operator, dice.pick(dates));
  }
  const dates = [anyDate(dice), anyDate(dice), null].slice(dice.below(2), 2 + dice.below(2));
  return withValues(member, operator, dates);
}

export interface FilterPool {
  cube: string;
  dimensions: readonly string[];
  /** Full name; null where the question is about no time. */
  time: string | null;
  /** Whether filters may bound the question's range. */
  mayNarrow: boolean;
}

function condition(dice: Dice, pool: FilterPool, isInOr: boolean): MemberFilter {
  if (pool.time !== null && (pool.dimensions.length === 0 || dice.chance(0.2))) {
    return ofTime(dice, pool.time, pool.mayNarrow || isInOr);
  }
  return ofDimension(dice, pool.cube, dice.pick(pool.dimensions));
}

const branches = <T>(dice: Dice, most: number, one: () => T): T[] =>
  Array.from({ length: 1 + dice.below(most) }, one);

function tree(dice: Dice, pool: FilterPool, depth: number, isInOr: boolean): OracleFilter {
  if (depth === 0 || dice.chance(0.45)) return condition(dice, pool, isInOr);
  if (dice.chance(0.4)) {
    return { and: branches(dice, 3, () => tree(dice, pool, depth - 1, isInOr)) };
  }
  // A branch of its own is as if it stood alone.
  const or = branches(dice, 3, () => 0).map((_, __, all) =>
    tree(dice, pool, depth - 1, isInOr || all.length > 1),
  );
  return { or };
}

export function anyFilters(dice: Dice, pool: FilterPool): OracleFilter[] {
  if (pool.dimensions.length === 0 && pool.time === null) return [];
  return Array.from({ length: dice.pick([0, 0, 1, 1, 2, 3]) }, () =>
    dice.chance(0.6) ? condition(dice, pool, false) : tree(dice, pool, 4, false),
  );
}

const bounds = [0, 1, 2, "3", "0.5", -1, 5, "12.345", 0.25, 1000];

function ofMeasure(dice: Dice, measures: readonly string[]): MemberFilter {
  const operator = dice.pick([...listed, ...numeric, ...numeric]);
  const values = numeric.includes(operator)
    ? [dice.pick(bounds)]
    : dice.shuffle([...bounds, null]).slice(0, 1 + dice.below(2));
  return withValues(dice.pick(measures), operator, values);
}

/** Filters on measures, by their full names. */
export function anyHaving(dice: Dice, measures: readonly string[]): OracleFilter {
  if (dice.chance(0.65)) return ofMeasure(dice, measures);
  const several = () => branches(dice, 3, () => ofMeasure(dice, measures));
  return dice.chance(0.5)
    ? { or: [...several(), { and: several() }] }
    : { and: [...several(), { or: several() }] };
}
