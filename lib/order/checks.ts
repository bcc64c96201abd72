/** Whether an order statistic tells what a question asks: checks by kind, as the planner has them of rollups. */
import { firstRefusal, type Check } from "../planner/checks/check.js";
import type { Refusal } from "../planner/plan.js";
import type { CompiledMeasure, CompiledQuery } from "../query/compile.js";
import { cutsOf, type FactDimension } from "../query/filterTest.js";
import { granularitiesOf } from "../query/normalizedQuery.js";
import { bucketStart, divides } from "../time/calendar.js";
import { sameZone } from "../time/zone.js";
import { orderSignature, type StoredOrder } from "./statistic.js";

type OrderCheck = Check<StoredOrder>;

/** Whether a query shows, or filters by, exact percentiles: no rollup keeps what they need. */
export function asksOrder({ accumulators }: Pick<CompiledQuery, "accumulators">): boolean {
  return accumulators.some(({ kind }) => kind === "values");
}

/** The question without exact percentiles, for a rollup to answer; null where it asks for nothing else. */
export function besideOrder(compiled: CompiledQuery): CompiledQuery | null {
  const measures = compiled.measures.filter((one) => !isPercentile(one));
  if (measures.length === 0) return null;
  const isKept = compiled.accumulators.map(({ kind }) => kind !== "values");
  return {
    ...{ ...compiled, measures },
    accumulators: compiled.accumulators.filter((_, i) => isKept[i]),
    windowed: compiled.windowed.map((needed) => needed.filter((_, i) => isKept[i])),
  };
}

/**
 * Why the statistic cannot tell the query's measures, or null. `isBeside`: a rollup tells those that are no exact
 * percentiles. O(members + filters).
 */
export function orderRefusal(
  compiled: CompiledQuery,
  order: StoredOrder,
  isBeside = false,
): Refusal | null {
  return firstRefusal(isBeside ? checks : [records, others, ...checks], compiled, order);
}

function isPercentile({ plan }: CompiledMeasure): boolean {
  return plan.accumulators.some(({ kind }) => kind === "values");
}

const records: OrderCheck = ({ query }) =>
  query.ungrouped ? { code: "Ungrouped", message: "answers no single records here" } : null;

const measures: OrderCheck = ({ measures }, { field: kept }) => {
  const member = measures.find(({ plan }) =>
    plan.accumulators.some(({ kind, field }) => kind === "values" && field !== kept),
  )?.name;
  return member === undefined ? null : missing(member, kept);
};

const others: OrderCheck = ({ measures }, { field }) => {
  const member = measures.find((one) => !isPercentile(one))?.name;
  return member === undefined ? null : missing(member, field);
};

function missing(member: string, kept: string): Refusal {
  const message = `keeps ${kept} in order, which does not tell ${member}`;
  return { code: "MissingMeasure", message, member };
}

/** Percentiles of several rows do not add up to one of all. */
const remainder: OrderCheck = ({ query }) =>
  query.others
    ? { code: "MissingMeasure", message: "does not tell what the other rows measure together" }
    : null;

const dimensions: OrderCheck = (compiled, order) =>
  treesRefusal("MissingDimension", compiled, order, compiled.groups);

const filters: OrderCheck = (compiled, order) =>
  treesRefusal("FilterNotCovered", compiled, order, compiled.filtered);

function treesRefusal(
  code: Refusal["code"],
  { cube }: CompiledQuery,
  { by }: StoredOrder,
  asked: readonly FactDimension[],
): Refusal | null {
  const missing = asked.find(
    (one) =>
      !by.some(
        ({ name, type, field }) => name === one.name && type === one.type && field === one.field,
      ),
  );
  if (missing === undefined) return null;
  const member = `${cube.name}.${missing.name}`;
  return { code, message: `has no trees by ${member}`, member };
}

const definition: OrderCheck = ({ cube }, order) =>
  orderSignature(cube, order) === order.fields
    ? null
    : {
        code: "DefinitionChanged",
        message: "was built when the cube read its fields differently",
      };

const time: OrderCheck = ({ query, timeField, filters }, order) => {
  const { time, timezone } = query;
  const shown = granularitiesOf(query);
  const ends = [time?.from ?? null, time?.to ?? null].filter((end) => end !== null);
  const cuts = [...ends, ...cutsOf(filters)];
  if (shown.length + cuts.length === 0) return null;
  const { granularity } = order;
  if (granularity === null) {
    return {
      code: "GranularityTooCoarse",
      message: "has no trees by time; it needs a granularity",
    };
  }
  if (timeField !== order.timeField) {
    return { code: "MissingDimension", message: "has no trees by this time" };
  }
  if (shown.length > 0 && !sameZone(timezone, order.timezone)) {
    return { code: "ZoneMismatch", message: `has trees in ${order.timezone}, not in ${timezone}` };
  }
  const isWhole = (t: number) => bucketStart(granularity, order.timezone, t) === t;
  if (!shown.every((one) => divides(granularity, one)) || !cuts.every(isWhole)) {
    return {
      code: "GranularityTooCoarse",
      message: `has trees by ${granularity}, which are not cut`,
    };
  }
  return null;
};

const checks: readonly OrderCheck[] = [
  records,
  measures,
  remainder,
  dimensions,
  filters,
  definition,
  time,
];
