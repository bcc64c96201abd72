/** Queries that are well-formed in part: right members with absurd ranges, zones, sizes and mixtures. */
import { catalogue } from "../../../convex/cubes.js";
import type { Dice } from "../../realData/random.js";
import { hostileValue } from "./values.js";

const cubes = Object.values(catalogue);
const granularities = ["hour", "day", "week", "month", "quarter", "year", "century", null];
const zones = ["UTC", "Europe/Berlin", "Pacific/Apia", "Asia/Kathmandu", "Etc/GMT+12", "Mars/Base"];
const dates = ["0001-01-01", "1900-01-01", "2026-01-31", "2026-02-30", "2199-12-31", "9999-12-31"];
const operators = [
  "equals",
  "notEquals",
  "in",
  "notIn",
  "set",
  "notSet",
  "contains",
  "inDateRange",
];

/** Query JSON of one cube, mostly; each part may be missing, absurd or far too much. */
export function absurdQuery(dice: Dice): Record<string, unknown> {
  const cube = dice.pick(cubes);
  const named = (names: object) => `${cube.name}.${dice.pick(Object.keys(names))}`;
  const some = (one: () => string) =>
    Array.from({ length: dice.pick([0, 1, 1, 2, 3, 50, 51, 1000]) }, one);
  const time = `${cube.name}.${cube.time}`;
  const query: Record<string, unknown> = {
    measures: some(() => named(cube.measures)),
    dimensions: dice.chance(0.5) ? [] : some(() => named(cube.dimensions)),
    timeDimensions: [
      {
        dimension: time,
        granularity: dice.pick(granularities),
        ...(dice.chance(0.7) ? { dateRange: [dice.pick(dates), dice.pick(dates)] } : {}),
      },
    ],
    filters: Array.from({ length: dice.pick([0, 0, 1, 3, 51]) }, () => ({
      member: named(cube.dimensions),
      operator: dice.pick(operators),
      values: dice.chance(0.1)
        ? Array.from({ length: dice.pick([1000, 1001]) }, (_, i) => `v${i}`)
        : [hostileValue(dice, 3)],
    })),
    order: dice.pick([undefined, {}, [[time, "desc"]], { [time]: "sideways" }, [[]], "asc"]),
    limit: dice.pick([undefined, 0, 1, 50_000, 50_001, -1, 1.5, Infinity, 2 ** 53]),
    offset: dice.pick([undefined, 0, 10, 2 ** 53 - 1, NaN]),
    total: dice.chance(0.3),
    timezone: dice.pick(zones),
  };
  for (const key of Object.keys(query)) {
    if (query[key] === undefined || dice.chance(0.15)) delete query[key];
  }
  return query;
}

/** Queries with one part that alone is too much. */
export const tooMuch: Readonly<Record<string, unknown>> = {
  "1,000 measures": { measures: Array.from({ length: 1000 }, () => "watch.count") },
  "1,000 dimensions": { dimensions: Array.from({ length: 1000 }, () => "watch.category") },
  "1,000 filters": {
    measures: ["watch.count"],
    filters: Array.from({ length: 1000 }, () => ({
      member: "watch.category",
      operator: "set",
    })),
  },
  "1,001 filter values": {
    measures: ["watch.count"],
    filters: [
      {
        member: "watch.category",
        operator: "equals",
        values: Array.from({ length: 1001 }, (_, i) => `c${i}`),
      },
    ],
  },
  "20,000 values": { measures: Array.from({ length: 100 }, () => Array(200).fill(0)) },
  "300,000 characters": { measures: ["x".repeat(300_000)] },
  "a limit beyond the largest": { measures: ["watch.count"], limit: 50_001 },
  "a limit that is no number": { measures: ["watch.count"], limit: NaN },
  "a negative offset": { measures: ["watch.count"], offset: -1 },
};
