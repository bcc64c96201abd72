/** Random questions over both cubes, of the whole language. */
import { catalogue } from "../../convex/cubes.js";
import { resolveRanges } from "../../lib/cubeJson/relativeRange.js";
import type { AggregateQuery } from "../../src/react/index.js";
import {
  keyOf,
  toWire,
  type Filter,
  type TimeDimension,
  type WireQuery,
} from "../../src/react/query.js";
import type { Reason } from "../../src/react/held/explained.js";
import type { Dice } from "../simulation/random.js";
import { customGranularities, granularitiesFor } from "./granularities.js";
import { conditionsOn, havingOf } from "./conditions.js";
import { rangeOf, rangesInWords } from "./ranges.js";

export type CubeName = "watch" | "inventory";

export interface Asked {
  cube: CubeName;
  key: string;
  query: AggregateQuery;
  wire: WireQuery;
  /** What of the language it uses. */
  features: Feature[];
  /** Why the backend has to answer, whatever is held; null where tiles may. */
  refusal: Reason | null;
}

/** Parts of the language, beside measures, dimensions and one range. */
export const features = [
  ...["granularity", "several granularities", "custom granularity", "zone", "compare"],
  ...["window", "level", "others", "total", "offset", "order", "segment", "filter", "filter tree"],
  ...["filter of times", "having", "having tree", "range in words", "open range"],
] as const;
export type Feature = (typeof features)[number];

const zones = [
  ...["UTC", "Asia/Tokyo", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"],
  "Australia/Lord_Howe",
];
const windowed = ["viewsSoFar", "viewsOfWeek"];

interface Shape {
  cube: CubeName;
  now: number;
  /** Of a rollup, most of the time. */
  measures: readonly string[];
  dimensions: readonly string[];
}

/** A question that ends about `now`, most of them such as a rollup covers. */
export function anyQuestion(dice: Dice, now: number): Asked {
  const used = new Set<Feature>();
  const shape = shapeOf(dice, now);
  const { cube, measures, dimensions } = shape;
  const by = dice.chance(0.6) ? chosen(dice, dimensions, 2) : [];
  const asked = chosen(dice, measures, 3);
  // Windows add up to the present one, so that they read what lies before the range.
  if (cube === "watch" && dimensions.length === 0 && dice.chance(0.5))
    asked.push(dice.pick(windowed));
  const times = timesOf(dice, shape, asked, used);
  const isByTime = times.some(({ granularity }) => granularity !== undefined);
  const filters = filtersOf(dice, shape, asked, used);
  const hasSegment = dimensions.includes("kind") && dice.chance(0.3);
  const hasOthers = by.length > 0 && !by.includes("topic") && !isByTime && dice.chance(0.5);
  const hasOffset = !hasOthers && dice.chance(0.15);
  const order = dice.chance(0.4) ? orderOf(dice, cube, asked, by) : null;
  const timezone = dice.chance(0.25) ? dice.pick(zones) : null;
  const total = dice.chance(0.3);
  const written: AggregateQuery = {
    measures: asked.map((name) => `${cube}.${name}`),
    ...(by.length > 0 && { dimensions: by.map((name) => `${cube}.${name}`) }),
    ...(times.length > 0 && { timeDimensions: times }),
    ...(filters.length > 0 && { filters }),
    ...(hasSegment && { segments: ["inventory.outgoing"] }),
    ...(order !== null && { order }),
    ...((hasOthers || dice.chance(0.7)) && {
      limit: hasOthers ? dice.pick([1, 2, 5]) : dice.pick([5, 20, 500]),
    }),
    ...(hasOffset && { offset: 1 + dice.below(3) }),
    ...(hasOthers && { others: true }),
    ...(total && { total }),
    ...(timezone !== null && { timezone }),
  };
  const told: [Feature, boolean][] = [
    ["granularity", isByTime],
    ["zone", timezone !== null],
    ["window", asked.some((name) => windowed.includes(name))],
    ["level", asked.includes("onHand")],
    ["others", hasOthers],
    ["offset", hasOffset],
    ["order", order !== null],
    ["segment", hasSegment],
    ["total", total],
  ];
  for (const [feature, isUsed] of told) if (isUsed) used.add(feature);
  // As the clients of Cube's language do: words are resolved where a question is asked, as it has no clock.
  const query = resolveRanges(written, now, "Europe/Berlin") as AggregateQuery;
  const isOfRecords = dice.chance(0.03);
  if (isOfRecords)
    return askedOf(cube, ofRecords(query), used, isAround(asked) ? "Invalid" : "NoRollup");
  if (used.has("range in words") && dice.chance(0.1))
    return askedOf(cube, written, used, "Invalid");
  return askedOf(cube, query, used, null);
}

function askedOf(
  cube: CubeName,
  query: AggregateQuery,
  used: ReadonlySet<Feature>,
  refusal: Reason | null,
): Asked {
  const wire = toWire(query);
  return { cube, query, wire, key: keyOf([wire, "live"]), features: [...used], refusal };
}

/** Each record for itself: no tile tells that. */
const ofRecords = ({ others: _, ...query }: AggregateQuery): AggregateQuery => ({
  ...query,
  ungrouped: true,
});

/** Of a record alone there is neither a balance nor a window. */
const isAround = (asked: readonly string[]) =>
  asked.includes("onHand") || asked.some((name) => windowed.includes(name));

function shapeOf(dice: Dice, now: number): Shape {
  const cube = dice.pick(["watch", "inventory"] as const);
  const { measures, dimensions, time, rollups } = catalogue[cube];
  // Windows are of totals.
  const one = dice.chance(0.15) ? rollups.totals : dice.pick(Object.values(rollups));
  const rollup = one as Pick<Shape, "measures" | "dimensions">;
  const ofCube = Object.keys(dimensions).filter((name) => name !== time);
  return {
    ...{ cube, now },
    measures: dice.chance(0.95) ? rollup.measures : Object.keys(measures),
    dimensions: dice.chance(0.95) ? rollup.dimensions : ofCube,
  };
}

function chosen(dice: Dice, names: readonly string[], most: number): string[] {
  if (names.length === 0) return [];
  return [...new Set(Array.from({ length: 1 + dice.below(most) }, () => dice.pick(names)))];
}

/** Empty for a question about all of time. */
function timesOf(
  dice: Dice,
  { cube, now }: Shape,
  asked: readonly string[],
  used: Set<Feature>,
): TimeDimension[] {
  const dimension = `${cube}.${catalogue[cube].time}`;
  const days = dice.pick([1, 2, 7, 14, 30, 60, 90, 180, 365, 420]);
  const fitting = granularitiesFor(cube, days);
  const granularity = dice.chance(0.6) ? dice.pick(fitting) : undefined;
  const time: TimeDimension = { dimension, ...(granularity !== undefined && { granularity }) };
  const range = (before: number) => rangeOf(dice, now - before * days * 86_400_000, days);
  if (dice.chance(0.15)) {
    used.add("compare");
    Object.assign(time, { compareDateRange: [range(0), range(1)] });
  } else if (dice.chance(0.2)) {
    used.add("range in words");
    Object.assign(time, { dateRange: dice.pick(rangesInWords(granularity)) });
  } else if (dice.chance(0.85) || granularity === "hour") {
    Object.assign(time, { dateRange: range(0) });
  } else {
    used.add("open range");
  }
  if (Object.keys(time).length === 1) return [];
  const names = granularity === undefined ? [] : [granularity];
  // A window by several granularities is refused.
  const isWindowed = asked.some((name) => windowed.includes(name));
  if (granularity !== undefined && !isWindowed && dice.chance(0.3)) names.push(dice.pick(fitting));
  if (new Set(names).size > 1) used.add("several granularities");
  if (names.some((name) => customGranularities.includes(name))) used.add("custom granularity");
  const [, ...more] = [...new Set(names)];
  return [time, ...more.map((one) => ({ dimension, granularity: one }))];
}

function filtersOf(
  dice: Dice,
  { cube, now, measures, dimensions }: Shape,
  asked: readonly string[],
  used: Set<Feature>,
): Filter[] {
  // Ranges that are compared are narrowed by nothing.
  const until = used.has("compare") ? null : now;
  const filters = dice.chance(0.5) ? conditionsOn(dice, cube, dimensions, until) : [];
  for (const filter of filters) {
    const isOfTime = JSON.stringify(filter).includes(`.${catalogue[cube].time}`);
    used.add(isOfTime ? "filter of times" : "filter");
    if (!("member" in filter)) used.add("filter tree");
  }
  if (!dice.chance(0.2)) return filters;
  const having = havingOf(dice, cube, dice.chance(0.7) ? asked : measures);
  used.add("member" in having ? "having" : "having tree");
  return [...filters, having];
}

function orderOf(
  dice: Dice,
  cube: CubeName,
  asked: readonly string[],
  by: readonly string[],
): AggregateQuery["order"] {
  const members = [...by, ...asked].map((name) => `${cube}.${name}`);
  const some = [dice.pick(members), dice.pick(members)];
  return [...new Set(some)].map((member) => [member, dice.pick(["asc", "desc"] as const)] as const);
}
