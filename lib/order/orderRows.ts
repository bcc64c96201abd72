/** Which trees of an order statistic each row is about. One tree holds records that no question may tell apart. */
import type { DimensionValue } from "../model/cube.js";
import type { CompiledQuery } from "../query/compile.js";
import { passes, type FactDimension } from "../query/filterTest.js";
import { granularitiesOf } from "../query/normalizedQuery.js";
import { cellKey } from "../tiles/cellKey.js";
import { bucketLabel } from "../time/calendar.js";
import type { OrderGroup, StoredOrder } from "./statistic.js";

/** A row, and the trees that hold its records: places in the list of groups. */
export interface OrderRow {
  dimensions: DimensionValue[];
  /** An instant of its bucket, within the range. */
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
  const { from = null, to = null } = query.time ?? {};
  const shown = granularitiesOf(query);
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
    const labels =
      start === null ? [] : shown.map((one) => bucketLabel(one, query.timezone, start));
    const key = cellKey([...dimensions, ...labels]);
    const row = rows.get(key);
    if (row !== undefined) row.trees.push(tree);
    else rows.set(key, { dimensions, bucket: start ?? 0, trees: [tree] });
  });
  return [...rows.values()];
}
