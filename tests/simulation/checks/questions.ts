/** Random questions about the simulation's cubes. */
import type { OracleFilter } from "../../oracle/filters.js";
import type { Question } from "../oracle/question.js";
import { oracleCubes, type OracleCube } from "../oracle/cube.js";
import { ownNames } from "../oracle/clock.js";
import type { Dice } from "../random.js";
import { zones } from "../source/rows.js";

const filterValues: Record<string, (string | null)[]> = {
  category: ["a", "b", "c"],
  warehouse: ["x", "y", null],
  topic: ["t", "u", "v", null],
  person: ["p", "q", null],
  price: ["0.1", "0.20", "10.05", "0", "0.001", null],
  hourOfDay: ["0", "1", "5", "23"],
  weekday: ["1", "3", "7"],
  page: ["home", "shop"],
};

const ofNumbers = new Set(["price", "hourOfDay", "weekday"]);
const orderOperators = ["gt", "gte", "lt", "lte"];
const textOperators = [
  ...["contains", "notContains", "startsWith", "notStartsWith", "endsWith", "notEndsWith"],
];

/** What a rollup can tell about. */
export interface Members {
  cube: string;
  dimensions: readonly string[];
  measures: readonly string[];
}

/** Ends of ranges: whole days, and times within hours, around what happens to the instants. */
const dayRanges = [
  ["2024-12-31", "2024-12-31"],
  ["2025-01-01", "2025-01-31"],
  ["2025-03-09", "2025-03-09"],
  ["2025-03-01", "2025-03-31"],
  ["2025-04-05", "2025-04-06"],
  ["2025-11-02", "2025-11-02"],
  ["2025-01-01", "2025-12-31"],
  ["2024-02-01", "2025-03-09"],
];
const timeRanges = [
  ["2024-12-31T23:30:00.000", "2025-01-01T05:29:59.999"],
  ["2025-03-09T01:15:00.000", "2025-03-09T03:14:59.999"],
  ["2025-03-08T23:00:00.000", "2025-03-10T09:00:00.000"],
  ["2025-04-06T01:45:00.000", "2025-04-06T02:10:00.000"],
  ["2025-11-02T00:30:00.000", "2025-11-02T01:29:59.999"],
  ["2025-01-01T00:00:00.001", "2025-11-02T23:59:59.998"],
];

/**
 * Most questions are about the members of one of the given rollups, so that one can answer them; the
 * others are about any members.
 */
export function anyQuestion(dice: Dice, rollups: readonly Members[]): Question {
  const rollup = dice.pick(rollups);
  const cube = oracleCubes[rollup.cube]!;
  const all = { measures: Object.keys(cube.measures), dimensions: Object.keys(cube.dimensions) };
  const members = dice.chance(0.85) ? rollup : all;
  const { measures: known } = cube;
  const isPlain = (name: string) => known[name]!.window === undefined;
  // What looks around its bucket has rows in many buckets, so fewer questions are about it.
  const measures = someMeasures(
    dice,
    dice.chance(0.35) ? members.measures : members.measures.filter(isPlain),
  );
  const { dimensions } = members;
  const grouped = [
    ...new Set(
      dimensions.length === 0
        ? []
        : Array.from({ length: dice.pick([0, 0, 1, 1, 2]) }, () => dice.pick(dimensions)),
    ),
  ];
  const isAround = !measures.every(isPlain);
  const asked = anyTime(dice, isAround);
  const compared = dice.chance(0.1) ? anyComparison(dice, isAround, asked) : null;
  const time = compared === null ? asked : { granularity: asked?.granularity ?? null, ...open };
  const ordering = [...measures, ...grouped, ...(time?.granularity == null ? [] : ["at"])];
  const isCut = dice.chance(0.1);
  return {
    cube: cube.name,
    measures,
    dimensions: grouped,
    time,
    compared,
    filters: someFilters(dice, dimensions, grouped),
    having: dice.chance(0.1) ? [anyHaving(dice, cube, members.measures, isAround)] : [],
    order: dice.chance(0.8) ? null : [[dice.pick(ordering), dice.pick(["asc", "desc"] as const)]],
    limit: isCut ? 1 + dice.below(3) : null,
    offset: isCut ? dice.below(2) : 0,
    total: dice.chance(0.1),
    timezone: dice.chance(0.8) ? null : dice.pick(zones),
  };
}

/** A question by hours of day or weekdays, or about some of them, mostly in another zone than the tenant's. */
export function anyClockQuestion(dice: Dice, rollups: readonly Members[]): Question {
  const question = anyQuestion(
    dice,
    rollups.filter(({ cube }) => cube === "sales"),
  );
  const asked = dice.pick([["hourOfDay"], ["weekday"], ["weekday", "hourOfDay"]]);
  const isGrouped = dice.chance(0.6);
  const has = (name: string) => question.dimensions.includes(name);
  return {
    ...question,
    dimensions: isGrouped
      ? [...question.dimensions.slice(0, 1), ...asked.filter((name) => !has(name))]
      : question.dimensions.slice(0, 1),
    filters: isGrouped && dice.chance(0.6) ? [] : someFilters(dice, asked, asked),
    order:
      question.order === null
        ? null
        : [[question.measures[0]!, dice.pick(["asc", "desc"] as const)]],
    timezone: dice.chance(0.25) ? null : dice.pick(zones),
  };
}

function someMeasures(dice: Dice, all: readonly string[]): string[] {
  const count = dice.weighted([
    [3, 1],
    [4, 2],
    [2, 4],
  ]);
  return [...new Set(Array.from({ length: count }, () => dice.pick(all)))];
}

function anyTime(dice: Dice, isAround: boolean): Question["time"] {
  if (dice.chance(isAround ? 0.1 : 0.3)) return null;
  let granularity = dice.weighted([
    [3, null],
    [1.5, "quarterHour"],
    [2, "hour"],
    [3, "day"],
    [1, "week"],
    [2, "month"],
    [1, "quarter"],
    [1, "year"],
    [2, dice.pick(ownNames)],
  ]);
  const [from, to] = dice.chance(0.6) ? wholeDays(dice.pick(dayRanges)) : dice.pick(timeRanges);
  // There may be a row in every bucket: few of them, or the check takes all day.
  const isLong = lengthOf([from!, to!]) > 40;
  const isFine = granularity !== null && ofTheClock.has(granularity);
  if (isAround && granularity !== null && (isLong || (isFine && lengthOf([from!, to!]) > 3))) {
    granularity = granularity === "fiscalYear" ? granularity : isLong ? "month" : "day";
  }
  if (isAround && isFine) return { granularity, from: from!, to: to! };
  return dice.weighted([
    [6, { granularity, from: from!, to: to! }],
    [
      2,
      {
        granularity: isAround && granularity !== null ? "quarter" : granularity,
        from: null,
        to: null,
      },
    ],
    [
      1,
      {
        granularity: isAround && granularity !== null ? "month" : granularity,
        from: from!,
        to: null,
      },
    ],
    [
      1,
      {
        granularity: isAround && granularity !== null ? "month" : granularity,
        from: null,
        to: to!,
      },
    ],
  ]);
}

const open = { from: null, to: null };
const ofTheClock = new Set(["quarterHour", "hour", "halfHour", "shift"]);

/** In days, about. */
const lengthOf = ([from, to]: readonly [string, string]) =>
  (Date.parse(`${to}Z`) - Date.parse(`${from}Z`)) / 86_400_000;

/** Two or three ranges; short ones where there may be a row in every bucket. */
function anyComparison(
  dice: Dice,
  isAround: boolean,
  time: Question["time"],
): NonNullable<Question["compared"]> {
  const most = !isAround || time?.granularity == null ? Infinity : 3;
  const all = [...dayRanges.map(wholeDays), ...timeRanges] as [string, string][];
  const ranges = all.filter((range) => lengthOf(range) < most);
  return Array.from({ length: 2 + dice.below(2) }, () => dice.pick(ranges));
}

const wholeDays = ([from, to]: readonly string[]) => [`${from}T00:00:00.000`, `${to}T23:59:59.999`];

/** On a measure that is exact. Where nothing looks around its bucket, this does not either. */
function anyHaving(
  dice: Dice,
  { measures }: OracleCube,
  names: readonly string[],
  isAround: boolean,
): OracleFilter {
  const exact = names.filter((name) => {
    const { kind, window } = measures[name]!;
    return kind !== "approx" && kind !== "quantile" && (isAround || window === undefined);
  });
  const condition = () => {
    const member = dice.pick(exact);
    const operator = dice.pick([...orderOperators, "equals", "notEquals", "set", "notSet"]);
    if (operator === "set" || operator === "notSet") return { member, operator };
    return { member, operator, values: [dice.pick(["0", "1", "2", "-1", "10.5"])] };
  };
  if (exact.length === 0) return { member: "count", operator: "gte", values: ["1"] };
  return dice.chance(0.7) ? condition() : { or: [condition(), condition()] };
}

function someFilters(
  dice: Dice,
  dimensions: readonly string[],
  grouped: readonly string[],
): Question["filters"] {
  const count = dimensions.length === 0 ? 0 : dice.pick([0, 0, 0, 0, 0, 1, 1, 1, 1, 2]);
  return Array.from({ length: count }, () => {
    if (dice.chance(0.8)) return condition();
    const or = [condition(), condition()];
    return dice.chance(0.5) ? { or } : { or: [{ and: or }, condition()] };
  });

  function condition(): OracleFilter {
    const own = grouped.length > 0 && dice.chance(0.4);
    const member = dice.pick(own ? grouped : dimensions);
    const operator = dice.chance(0.75)
      ? dice.pick(["equals", "in", "notEquals", "notIn", "set", "notSet"])
      : dice.pick(ofNumbers.has(member) ? orderOperators : textOperators);
    if (operator === "set" || operator === "notSet") return { member, operator };
    const some = dice.some(filterValues[member]!, 0.4);
    const values = some.length > 0 ? some : [filterValues[member]![0]!];
    if (!orderOperators.includes(operator)) return { member, operator, values };
    return { member, operator, values: [values.find((one) => one !== null) ?? "1"] };
  }
}
