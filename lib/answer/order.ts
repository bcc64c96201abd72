/**
 * The order of an answer's rows: as asked for, then by every other group column, so that equal
 * answers are equal row by row. Rows of single records may be alike in these: their measures follow. Nulls come last in both directions.
 */
import type { Row } from "../query/answer.js";
import { timeColumns, type NormalizedQuery } from "../query/normalizedQuery.js";

/** Rows are few among so many times as many: they are picked out, and the others are not sorted. */
const FEW = 20;

/** A sorted copy of the first `count` rows in order. Texts compare by code unit. O(n log n), and O(n) for few of many. */
export function orderRows(query: NormalizedQuery, rows: readonly Row[], count = Infinity): Row[] {
  const columns = timeColumns(query);
  const [finest] = columns;
  const named = query.order.map(({ id, desc }) => ({
    key: id === query.time?.dimension && finest !== undefined ? finest : id,
    desc,
  }));
  const rest = [...columns, ...query.dimensions, ...(query.ungrouped ? query.measures : [])]
    .filter((key) => named.every((one) => one.key !== key))
    .map((key) => ({ key, desc: false }));
  const keys = [...named, ...rest];
  const compare = (a: Row, b: Row): number => {
    for (const { key, desc } of keys) {
      const order = compareValues(a[key] ?? null, b[key] ?? null, desc);
      if (order !== 0) return order;
    }
    return 0;
  };
  if (count * FEW > rows.length) return [...rows].sort(compare).slice(0, count);
  const first: Row[] = [];
  for (const row of rows) {
    let at = first.length;
    while (at > 0 && compare(row, first[at - 1] as Row) < 0) at--;
    if (at >= count) continue;
    first.splice(at, 0, row);
    if (first.length > count) first.pop();
  }
  return first;
}

function compareValues(
  a: string | number | null,
  b: string | number | null,
  desc: boolean,
): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b === desc ? 1 : -1;
}
