/**
 * The indexes of the app's table that upkeep and scans read by, found by their fields, whatever they are
 * called: one over the tenant, by which backfill walks in the order of creation, and one over tenant and time.
 */
import type { CubeDefinition } from "../../../lib/model/cube.js";
import { mustGetTable, type AppSchema } from "./heldValues.js";
import { refuse } from "./refuse.js";

export interface CubeIndexes {
  /** Of a tenant's records in the order of creation; of all records in an app without tenants. */
  byTenant: string;
  /** Of a tenant's records in the order of their time. */
  byTime: string;
  /** The field of a document that holds its time. */
  timeField: string;
}

/** Orders every table by creation; Convex makes it, and appends `_creationTime` to all others. */
const creationIndex = "by_creation_time";
const creationTime = "_creationTime";

interface Index {
  indexDescriptor: string;
  fields: string[];
}

/** Throws `InvalidDefinition` with `{table, missing}`: the fields of each index to add. O(indexes). */
export function indexesOf(
  schema: AppSchema,
  cube: CubeDefinition,
  tenant: string | null,
): CubeIndexes {
  const table = mustGetTable(schema, cube.name, cube.table);
  const { indexes, stagedDbIndexes } = exportOf(table);
  const timeField = timeFieldOf(cube);
  const owner = tenant === null ? [] : [tenant];
  const byTenant = ordered(indexes, owner);
  const byTime = timeField === creationTime ? byTenant : ordering(indexes, [...owner, timeField]);
  if (byTenant !== null && byTime !== null) return { byTenant, byTime, timeField };
  const missing = [
    ...(byTenant === null ? [owner] : []),
    ...(byTime === null && timeField !== creationTime ? [[...owner, timeField]] : []),
  ];
  const isStaged = missing.some((fields) => ordering(stagedDbIndexes, fields) !== null);
  const several = missing.length > 1;
  return refuse(
    cube.name,
    `table "${cube.table}" needs ${several ? "indexes" : "an index"} over ${missing.map(quoted).join(" and ")}. ` +
      `In the schema, add ${missing.map(line).join("")} to it.` +
      (isStaged ? " A staged index does not count." : ""),
    { table: cube.table, missing },
  );
}

/** The field of a document that holds the time of a cube. */
function timeFieldOf({ dimensions, fields, time }: CubeDefinition): string {
  const dimension = dimensions[time];
  const field = dimension !== undefined && "field" in dimension ? dimension.field : time;
  const definition = fields[field];
  return (definition?.type === "time" ? definition.from : undefined) ?? field;
}

/** An index over these fields and no other, so that records of one value lie in the order of creation. */
function ordered(indexes: readonly Index[], fields: readonly string[]): string | null {
  if (fields.length === 0) return creationIndex;
  const found = indexes.find(
    (index) => index.fields.length === fields.length && startsWith(index, fields),
  );
  return found?.indexDescriptor ?? null;
}

/** An index that starts with these fields; rather one that has no others. */
function ordering(indexes: readonly Index[], fields: readonly string[]): string | null {
  const found = indexes.find((index) => startsWith(index, fields));
  return ordered(indexes, fields) ?? found?.indexDescriptor ?? null;
}

function startsWith(index: Index, fields: readonly string[]): boolean {
  return fields.every((field, i) => index.fields[i] === field);
}

/** What a push takes of a table: those of convex-ents have it, too. Staged indexes are listed apart. */
function exportOf(table: object): { indexes: Index[]; stagedDbIndexes: Index[] } {
  const { indexes, stagedDbIndexes = [] } = (
    table as { export(): { indexes: Index[]; stagedDbIndexes?: Index[] } }
  ).export();
  return { indexes, stagedDbIndexes };
}

function quoted(fields: readonly string[]): string {
  return `[${fields.map((field) => `"${field}"`).join(", ")}]`;
}

function line(fields: readonly string[]): string {
  return `.index("by_${fields.join("_and_")}", ${quoted(fields)})`;
}
