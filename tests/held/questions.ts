/** Random questions over both cubes, of the whole language that screens speak. */
import { catalogue } from "../../convex/cubes.js";
import type { AggregateQuery } from "../../src/react/index.js";
import { keyOf, toWire, type Filter, type WireQuery } from "../../src/react/query.js";
import type { Dice } from "../simulation/random.js";

const DAY_MS = 86_400_000;

export interface Asked {
  cube: "watch" | "inventory";
  key: string;
  query: AggregateQuery;
  wire: WireQuery;
}

const granularities = {
  watch: ["hour", "day", "week", "month", "quarter", "year", "fortnight"],
  inventory: ["hour", "day", "week", "month", "quarter", "year", "shift", "fiscalYear"],
} as const;

/** A question that ends about `now`, most of them such as a rollup covers. */
export function anyQuestion(dice: Dice, now: number): Asked {
  const cube = dice.pick(["watch", "inventory"] as const);
  const { measures, dimensions, time, rollups } = catalogue[cube];
  const rollup = dice.pick(Object.values(rollups)) as {
    dimensions: readonly string[];
    measures: readonly string[];
  };
  const chosen = (names: readonly string[], most: number) =>
    names.length === 0 || most === 0
      ? []
      : [...new Set(Array.from({ length: 1 + dice.below(most) }, () => dice.pick(names)))];
  const told = dice.chance(0.95) ? rollup.measures : Object.keys(measures);
  const kept = dice.chance(0.95)
    ? rollup.dimensions
    : Object.keys(dimensions).filter((name) => name !== time);
  const by = dice.chance(0.6) ? chosen(kept, 2) : [];
  const asked = chosen(told, 3);
  // Windows add up to the present one, so that they read what lies before the range.
  if (cube === "watch" && rollup.dimensions.length === 0 && dice.chance(0.3)) {
    asked.push(dice.pick(["viewsSoFar", "viewsOfWeek"]));
  }
  const days = dice.pick([1, 2, 7, 14, 30, 60, 90, 180, 365, 420]);
  const granularity = dice.chance(0.6) ? grainOf(dice, cube, days) : undefined;
  const compares = dice.chance(0.15);
  const range = (before: number) => rangeOf(dice, now - before * days * DAY_MS, days);
  const isBounded = dice.chance(0.85) || granularity === "hour";
  const timeDimension = {
    dimension: `${cube}.${time}`,
    ...(granularity === undefined ? {} : { granularity }),
    ...(compares
      ? { compareDateRange: [range(0), range(1)] }
      : isBounded
        ? { dateRange: range(0) }
        : {}),
  };
  const filters = filtersOf(dice, cube, kept);
  if (dice.chance(0.15)) {
    const member = `${cube}.${dice.chance(0.7) ? asked[0] : dice.pick(told)}`;
    const operator = dice.pick(["gt", "lte", "notEquals"]);
    filters.push({ member, operator, values: [String(dice.below(4))] });
  }
  const query: AggregateQuery = {
    measures: asked.map((name) => `${cube}.${name}`),
    ...(by.length === 0 ? {} : { dimensions: by.map((name) => `${cube}.${name}`) }),
    ...(Object.keys(timeDimension).length === 1 ? {} : { timeDimensions: [timeDimension] }),
    ...(filters.length === 0 ? {} : { filters }),
    ...(kept.includes("kind") && dice.chance(0.2) ? { segments: ["inventory.outgoing"] } : {}),
    ...(dice.chance(0.3) ? { order: { [`${cube}.${asked[0]}`]: "desc" as const } } : {}),
    ...(dice.chance(0.7) ? { limit: dice.pick([5, 20, 500]) } : {}),
    ...(dice.chance(0.3) ? { total: true } : {}),
    ...(dice.chance(0.25)
      ? {
          timezone: dice.pick([
            ...["UTC", "Asia/Tokyo", "Europe/Berlin", "Asia/Kathmandu"],
            "America/New_York",
          ]),
        }
      : {}),
  };
  const wire = toWire(query);
  return { cube, query, wire, key: keyOf([wire, "live"]) };
}

/** Not so fine that an answer has thousands of rows. */
function grainOf(dice: Dice, cube: keyof typeof granularities, days: number): string {
  const fitting = granularities[cube].filter((name) =>
    days > 60 ? !["hour", "shift", "day"].includes(name) : days > 7 ? name !== "hour" : true,
  );
  return dice.pick(fitting);
}

function rangeOf(dice: Dice, end: number, days: number): [string, string] {
  const date = (t: number) => new Date(t).toISOString().slice(0, 10);
  const [from, to] = [date(end - (days - 1) * DAY_MS), date(end)];
  return dice.weighted<[string, string]>([
    [16, [from, to]],
    [2, [`${from}T07:00:00.000`, `${to}T16:59:59.999`]],
    [1, [`${from}T07:30:00.000`, `${to}T16:14:59.999`]],
  ]);
}

const values: Record<string, readonly string[]> = {
  category: ["Film", "News", "Music", "Sport"],
  warehouse: ["North", "South"],
  kind: ["receipt", "shipment"],
  channel: ["Channel 0-1", "Channel 1-2"],
  topic: ["Topic 1", "Topic 2"],
};

function filtersOf(dice: Dice, cube: string, kept: readonly string[]): Filter[] {
  const names = kept.filter((name) => values[name] !== undefined);
  if (names.length === 0 || dice.chance(0.6)) return [];
  const condition = () => {
    const name = dice.pick(names);
    const operator = dice.pick([
      ...["equals", "equals", "equals", "notEquals", "contains", "notStartsWith", "endsWith"],
    ]);
    const some = values[name]!;
    const wanted = dice.chance(0.5) ? [dice.pick(some)] : some.slice(0, 2);
    const part = (text: string) => text.slice(1, 3).toUpperCase();
    const isOfText = /With|contains/.test(operator);
    return { member: `${cube}.${name}`, operator, values: isOfText ? wanted.map(part) : wanted };
  };
  if (dice.chance(0.75)) return [condition()];
  return [{ or: [condition(), { and: [condition(), condition()] }] }];
}
