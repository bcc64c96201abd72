/** Random questions over the whole language, most of them such as some rollup covers. */
import type { Dice } from "../realData/random.js";
import { orders } from "./cubes.js";
import { anyFilters, anyHaving } from "./filters.js";
import type { Question } from "./oracle/model.js";
import { anyRange, anyWords, anyPair, type Reach } from "./ranges.js";
import { changes, zones } from "./world.js";

const rollups = Object.values(orders.rollups);
const windowed = ["stock", "runningCount", "weekRevenue", "monthAhead", "hoursQuantity"];
/** Rows are not told apart by it: it is off by up to 1 %. */
const approximate = "medianPrice";
const percentiles = ["exactMedian", "upperPrice"];
const fine = ["quarterHour", "hour", "shift"];
const granularities = [
  ...["quarterHour", "hour", "hour", "day", "day", "week", "month", "month", "quarter", "year"],
  ...["shift", "fortnight", "monthEnd", "fiscalYear"],
];

interface Pool {
  measures: readonly string[];
  dimensions: readonly string[];
}

/** What a rollup keeps, what its buckets tell besides, or all there is. */
function anyPool(dice: Dice): Pool {
  if (dice.chance(0.15)) {
    const all = Object.keys(orders.dimensions).filter((name) => name !== "at" && name !== "due");
    return { measures: Object.keys(orders.measures), dimensions: all };
  }
  const { measures, dimensions } = dice.pick(rollups);
  const told = dice.chance(0.2) ? ["hour", "weekday"] : [];
  return { measures, dimensions: [...new Set([...dimensions, ...told])] };
}

const some = <T>(dice: Dice, items: readonly T[], counts: readonly number[]): T[] =>
  dice.shuffle(items).slice(0, dice.pick(counts));

const full = (name: string) => `orders.${name}`;

interface Chosen extends Pool {
  /** What filters may be about. */
  pool: Pool;
  ungrouped: boolean;
  isOfDue: boolean;
  /** Measures that rows may be told apart by. */
  exact: readonly string[];
}

function anyMembers(dice: Dice): Chosen {
  const pool = anyPool(dice);
  const ungrouped = dice.chance(0.04);
  const isOfDue = dice.chance(0.03);
  const isPlain = ungrouped || isOfDue || dice.chance(0.6);
  const may = pool.measures.filter(
    (name) => !(isPlain && windowed.includes(name)) && !(ungrouped && name === approximate),
  );
  const dimensions = some(dice, pool.dimensions, [0, 0, 1, 1, 2, 2, 3]);
  const measures = some(dice, may, [0, 1, 1, 2, 3, 4]);
  // Rows without an order are by their first measure.
  if (measures[0] === approximate) measures.push(measures.shift()!);
  const exact = may.filter((name) => name !== approximate);
  if (measures[0] === approximate || measures.length + dimensions.length === 0) {
    measures.unshift(dice.pick(exact));
  }
  return { pool, ungrouped, isOfDue, dimensions, measures, exact };
}

/** Windows of hours, by the hour, on a day on which clocks are set: elsewhere an hour is an hour. */
function anyAtChange(dice: Dice): Question {
  const [timezone, day] = dice.pick(changes);
  const { totals, byTags, elsewhere } = orders.rollups;
  const { measures, dimensions }: Pool = dice.pick([totals, byTags, elsewhere]);
  const others = measures.filter((name) => name !== approximate && name !== "hoursQuantity");
  return {
    measures: ["hoursQuantity", ...some(dice, others, [0, 1, 2])].map(full),
    dimensions: some(dice, dimensions, [0, 0, 1]).map(full),
    timeDimensions: [
      { dimension: full("at"), granularity: dice.pick(fine), dateRange: [day, day] },
    ],
    ...(dice.chance(0.2) && {
      filters: anyFilters(dice, {
        ...{ cube: "orders", dimensions, time: full("at"), mayNarrow: true },
      }),
    }),
    timezone,
  };
}

/** Exact percentiles, alone or beside what rollups keep, mostly such as an order statistic tells. */
function anyOrdered(dice: Dice): Question {
  const isOfDays = dice.chance(0.6);
  const { measures } = dice.pick([orders.rollups.byCity, orders.rollups.totals]);
  const others = measures.filter((name) => name !== approximate && !windowed.includes(name));
  const dimensions = some(dice, isOfDays ? ["city"] : ["city", "priority"], [0, 1, 1, 2]);
  const granularity = dice.pick([null, "day", "week", "month", "month", "quarter", "fortnight"]);
  const dateRange = dice.chance(0.6) ? { dateRange: anyRange(dice, "days") } : {};
  const asked = dice.shuffle([
    ...some(dice, percentiles, [1, 1, 2]),
    ...some(dice, others, [0, 1, 2]),
  ]);
  const at = { dimension: full("at"), ...dateRange };
  const isWeekly = granularity === "week" && dice.chance(0.4);
  const filters = [
    ...anyFilters(dice, { cube: "orders", dimensions, time: full("at"), mayNarrow: false }),
    ...(dice.chance(0.2) ? [anyHaving(dice, asked.map(full))] : []),
  ];
  return {
    measures: asked.map(full),
    dimensions: dimensions.map(full),
    ...(isOfDays && {
      timeDimensions: [
        { ...at, ...(granularity !== null && { granularity }) },
        ...(isWeekly ? [{ dimension: full("at"), granularity: "month" }] : []),
      ],
    }),
    ...(dice.chance(0.3) && { filters }),
    ...(dice.chance(0.2) && { segments: [full("urgent")] }),
    ...anyOrder(dice, [...asked, ...dimensions].map(full)),
    ...anyPage(dice, !isOfDays && dimensions.length > 0),
    ...(dice.chance(0.3) && { total: true }),
  };
}

/** A question about the orders. */
export function anyQuestion(dice: Dice): Question {
  if (dice.chance(0.05)) return anyAtChange(dice);
  if (dice.chance(0.1)) return anyOrdered(dice);
  const { pool, ungrouped, isOfDue, dimensions, measures, exact } = anyMembers(dice);
  const having = dice.chance(0.2) ? [anyHaving(dice, exact.map(full))] : [];
  const looksAround = windowed.some((name) =>
    JSON.stringify([measures.map(full), having]).includes(`"${full(name)}"`),
  );
  const time = anyTimes(dice, isOfDue ? "due" : "at", looksAround, isOfDue);
  const filters = anyFilters(dice, {
    cube: "orders",
    dimensions: pool.dimensions,
    time: isOfDue ? full("due") : full("at"),
    mayNarrow: !time.isComparison && !(looksAround && !time.isBounded),
  });
  const segments = dice.chance(0.2) ? some(dice, ["urgent", "early", "festive"], [1, 1, 2]) : [];
  const { parted, items } = time;
  const timed = [...parted, ...items.flatMap(({ granularity }) => granularity ?? [])];
  const question: Question = {
    ...(measures.length > 0 && { measures: measures.map(full) }),
    ...(dimensions.length + parted.length > 0 && {
      dimensions: [...dimensions.map(full), ...parted.map((name) => full(`${time.name}.${name}`))],
    }),
    ...(items.length > 0 && { timeDimensions: items }),
    ...(filters.length + having.length > 0 && { filters: dice.shuffle([...filters, ...having]) }),
    ...(segments.length > 0 && { segments: segments.map(full) }),
    ...(dice.chance(0.4) && { timezone: dice.pick(zones) }),
    ...(ungrouped && { ungrouped }),
  };
  const canHaveOthers =
    !ungrouped && timed.length === 0 && dimensions.length > 0 && !dimensions.includes("tag");
  const exactOnes = measures.filter((name) => name !== approximate);
  return {
    ...question,
    ...anyOrder(dice, [
      ...[...exactOnes, ...dimensions].map(full),
      ...(timed.length > 0 ? [full(time.name)] : []),
      ...timed.map((name) => full(`${time.name}.${name}`)),
    ]),
    ...anyPage(dice, canHaveOthers),
    ...(dice.chance(0.35) && { total: true }),
  };
}

function anyPage(dice: Dice, canHaveOthers: boolean): Question {
  if (canHaveOthers && dice.chance(0.35)) return { limit: dice.below(6), others: true };
  return {
    ...(dice.chance(0.35) && { limit: dice.below(12) }),
    ...(dice.chance(0.2) && { offset: dice.below(5) }),
  };
}

type Item = NonNullable<Question["timeDimensions"]>[number];

interface Times {
  /** Short name. */
  name: string;
  items: Item[];
  /** Granularities that are asked for among the dimensions. */
  parted: string[];
  isComparison: boolean;
  isBounded: boolean;
}

function anyTimes(dice: Dice, name: string, looksAround: boolean, mustBeNamed: boolean): Times {
  const dimension = full(name);
  const pool = granularities.filter((one) => name === "at" || !isCustom(one));
  const granularity = dice.chance(0.5) ? dice.pick(pool) : null;
  const reach: Reach =
    !looksAround || granularity === null ? "any" : fine.includes(granularity) ? "hours" : "days";
  const isBounded = looksAround || dice.chance(0.5);
  const range = anyRange(dice, reach);
  const times: Times = { name, items: [], parted: [], isComparison: false, isBounded };
  if (granularity === null && !isBounded && !mustBeNamed) return times;
  if (dice.chance(0.1)) {
    const compared = Array.from({ length: 2 + dice.below(2) }, () =>
      dice.chance(0.3) ? anyWords(dice, reach) : anyPair(dice, reach),
    );
    const item = { dimension, ...(granularity !== null && { granularity }) };
    return { ...times, items: [{ ...item, compareDateRange: compared }], isComparison: true };
  }
  const bound = isBounded ? { dateRange: range } : {};
  if (granularity !== null && dice.chance(0.15)) {
    return { ...times, parted: [granularity], items: isBounded ? [{ dimension, ...bound }] : [] };
  }
  times.items.push({ dimension, ...(granularity !== null && { granularity }), ...bound });
  if (granularity !== null && !looksAround && dice.chance(0.2)) {
    times.items.push({ dimension, granularity: dice.pick(pool) });
  }
  return times;
}

const isCustom = (name: string) => Object.hasOwn(orders.dimensions.at.granularities, name);

/** In the three forms that an order may have, or none. */
function anyOrder(dice: Dice, columns: readonly string[]): Pick<Question, "order"> {
  if (dice.chance(0.5)) return {};
  const chosen = some(dice, columns, [0, 1, 1, 2, 3]);
  const items = chosen.map((id): [string, string] => [id, dice.pick(["asc", "desc"])]);
  return {
    order: dice.pick([
      Object.fromEntries(items),
      items,
      items.map(([id, direction]) => ({ id, desc: direction === "desc" })),
    ]),
  };
}

/** Several questions by one granularity, over both cubes. */
export function anyBlend(dice: Dice): Question[] {
  const granularity = dice.pick(["hour", "day", "week", "month", "quarter"]);
  const dateRange = anyRange(dice, "any");
  const timezone = dice.chance(0.4) ? { timezone: dice.pick(zones) } : {};
  const refunds: Question = {
    measures: dice.pick([["refunds.sum"], ["refunds.count"], ["refunds.count", "refunds.sum"]]),
    ...(dice.chance(0.3) && { dimensions: ["refunds.city"] }),
    timeDimensions: [{ dimension: "refunds.at", granularity, dateRange }],
    ...(dice.chance(0.4) && {
      filters: anyFilters(dice, {
        ...{ cube: "refunds", dimensions: ["city"], time: "refunds.at", mayNarrow: true },
      }),
    }),
    ...timezone,
  };
  const ofOrders = Array.from({ length: 1 + dice.below(2) }, (): Question => {
    const { measures, dimensions } = dice.pick(rollups);
    const plain = measures.filter((name) => !windowed.includes(name) && name !== approximate);
    return {
      measures: some(dice, plain, [1, 2]).map(full),
      dimensions: some(dice, dimensions, [0, 0, 1]).map(full),
      timeDimensions: [{ dimension: "orders.at", granularity, dateRange }],
      ...timezone,
    };
  });
  return dice.chance(0.8) ? dice.shuffle([refunds, ...ofOrders]) : [...ofOrders, ...ofOrders];
}
