/**
 * Whether an order statistic tells what a query asks, and which of its trees each row is about. One tree holds
 * records that no question may tell apart.
 */
import type { DimensionValue } from "../model/cube.js";
import type { Refusal } from "../planner/plan.js";
import type { CompiledQuery } from "../query/compile.js";
import { cutsOf, passes, type FactDimension } from "../query/filterTest.js";
import { granularitiesOf } from "../query/normalizedQuery.js";
import { cellKey } from "../tiles/cellKey.js";
import { bucketStart, divides } from "../time/calendar.js";
import { sameZone } from "../time/zone.js";
import { orderSignature, type OrderGroup, type StoredOrder } from "./statistic.js";

/** Whether a query shows, or filters by, exact percentiles: no rollup keeps what they need. */
export function asksOrder({ accumulators }: Pick<CompiledQuery, "accumulators">): boolean {
  return accumulators.some(({ kind }) => kind === "values");
}

/** Why the statistic cannot tell the query's measures, or null. O(members + filters). */
export function orderRefusal(compiled: CompiledQuery, order: StoredOrder): Refusal | null {
  const { cube, query, groups, filtered, measures } = compiled;
  if (query.ungrouped) return { code: "Ungrouped", message: "answers no single records here" };
  const other = measures.find(({ plan }) =>
    plan.accumulators.some(({ kind, field }) => kind !== "values" || field !== order.field),
  );
  if (other !== undefined) {
    const message = `keeps ${order.field} in order, which does not tell ${other.name}`;
    return { code: "MissingMeasure", message, member: other.name };
  }
  if (query.others) {
    return {
      code: "MissingMeasure",
      message: "does not tell what the other rows measure together",
    };
  }
  const tells = (one: FactDimension) =>
    order.by.some(
      ({ name, type, field }) => name === one.name && type === one.type && field === one.field,
    );
  for (const [code, dimensions] of [
    ["MissingDimension", groups],
    ["FilterNotCovered", filtered],
  ] as const) {
    const missing = dimensions.find((one) => !tells(one));
    if (missing === undefined) continue;
    const member = `${cube.name}.${missing.name}`;
    return { code, message: `has no trees by ${member}`, member };
  }
  if (orderSignature(cube, order) !== order.fields) {
    return {
      code: "DefinitionChanged",
      message: "was built when the cube read its fields differently",
    };
  }
  return timeRefusal(compiled, order);
}

function timeRefusal(
  { query, timeField, filters }: CompiledQuery,
  order: StoredOrder,
): Refusal | null {
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
}

/** A row, and the trees that hold its records: places in the list of groups. */
export interface OrderRow {
  dimensions: DimensionValue[];
  /** An instant of its bucket. */
  bucket: number;
  trees: number[];
}

/** The rows of a query that the statistic tells, of the groups that have trees. O(groups · filters). */
export function orderRows(
  compiled: CompiledQuery,
  order: StoredOrder,
  groups: readonly OrderGroup[],
): OrderRow[] {
  const { query, filters } = compiled;
  const { from = null, to = null, granularity = null } = query.time ?? {};
  const rows = new Map<string, OrderRow>();
  groups.forEach((group, tree) => {
    const valueOf = ({ name }: FactDimension) =>
      group[order.by.findIndex((one) => one.name === name)] ?? null;
    const start = order.granularity === null ? null : (group[order.by.length] as number);
    if (start !== null && ((from !== null && start < from) || (to !== null && start >= to))) return;
    const dimensions = compiled.groups.map(valueOf);
    const tested = {
      ...{ chosen: dimensions, t: start ?? 0 },
      valuesOf: (one: FactDimension) => [valueOf(one)],
    };
    if (!filters.every((test) => passes(test, tested))) return;
    const bucket =
      granularity === null || start === null
        ? null
        : bucketStart(granularity, query.timezone, start);
    const key = cellKey([...dimensions, bucket]);
    const row = rows.get(key);
    if (row !== undefined) row.trees.push(tree);
    else rows.set(key, { dimensions, bucket: bucket ?? start ?? 0, trees: [tree] });
  });
  return [...rows.values()];
}
