/** The indexes that a cube's table needs, whatever they are called. */
import type { Table } from "./tables.js";

/** What of a cube says which indexes it needs. */
export interface Source {
  /** Null for an app without tenants. */
  tenant: string | null;
  /** The table's field that holds the time. */
  time: string;
}

/** The `.index(…)` lines that the table lacks. A backfill walks the first, answers read the second. */
export function missingIndexes(table: Table, { tenant, time }: Source): string[] {
  const has = (fields: readonly string[], whole: boolean) =>
    table.indexes.some(
      (index) =>
        fields.every((field, i) => index.fields[i] === field) &&
        (!whole || index.fields.length === fields.length),
    );
  // Every index ends with the time of creation, and the table has one by it alone.
  const byTime = time === "_creationTime" ? [] : [time];
  const needed: [string[], boolean][] =
    tenant === null
      ? [[byTime, false]]
      : [
          [[tenant], true],
          [[tenant, ...byTime], byTime.length === 0],
        ];
  const lines = needed
    .filter(([fields, whole]) => fields.length > 0 && !has(fields, whole))
    .map(([fields]) => indexLine(table, fields));
  return [...new Set(lines)];
}

function indexLine(table: Table, fields: readonly string[]): string {
  let name = `by_${fields.join("_and_")}`;
  // A name that is taken by an index over other fields.
  while (table.indexes.some((index) => index.name === name)) name += "_2";
  return `.index("${name}", [${fields.map((field) => JSON.stringify(field)).join(", ")}])`;
}
