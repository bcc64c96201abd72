/** From a table of the schema to a cube over it, with the reasons for each choice. */
import { missingIndexes } from "../schema/indexes.js";
import { isOf, type Field, type Table } from "../schema/tables.js";
import { factsOfName, isGroup, momentRank, ownerRank, useOfNumber, wordsOf } from "./names.js";

export interface Measure {
  name: string;
  /** As it is written into the cube. */
  definition: "count" | { sum: string } | { avg: string };
}

export interface Dimension {
  name: string;
  type: "string" | "number" | "strings";
}

export interface Rollup {
  name: string;
  dimensions: readonly string[];
}

export interface Proposal {
  table: string;
  /** Null where no field says whose a document is. */
  tenant: string | null;
  time: string;
  dimensions: readonly Dimension[];
  measures: readonly Measure[];
  rollups: readonly Rollup[];
  missingIndexes: readonly string[];
  /** Sentences about the choices. */
  reasons: readonly string[];
  /** How much the table looks like facts; below `FACTS_MIN` it does not. */
  score: number;
}

export const FACTS_MIN = 3;

const MEASURES_MAX = 4;
const DIMENSIONS_MAX = 4;
/** Cells per bucket that a rollup of several listed dimensions may have. */
const CELLS_MAX = 200;

/** Cubes for all tables, the likeliest facts first. */
export function proposeCubes(tables: readonly Table[]): Proposal[] {
  return tables.map(proposeCube).sort((a, b) => b.score - a.score);
}

export function proposeCube(table: Table): Proposal {
  const tenant = tenantOf(table);
  const time = timeOf(table, tenant);
  const { measures, sure } = measuresOf(table, time);
  const grouped = dimensionsOf(table, tenant);
  const dimensions = grouped.map((field) => ({ name: field.name, type: typeOf(field) }));
  const missing = missingIndexes(table, { tenant, time });
  const score =
    factsOfName(table.name) +
    (time === "_creationTime" ? 0 : 2) +
    (sure ? 2 : 0) +
    (measures.length > 1 ? 1 : 0) +
    Math.min(dimensions.length, 2) +
    // The app asks for it by tenant and time already.
    (tenant !== null && missing.length === 0 ? 2 : 0) +
    (tenant === null ? 0 : 1);
  return {
    table: table.name,
    tenant,
    time,
    dimensions,
    measures,
    rollups: rollupsOf(grouped),
    missingIndexes: missing,
    reasons: [
      tenant === null
        ? 'No field says whose a document is, so everything is one tenant. If one does, name it: `tenant: "…"`.'
        : `${tenant} says whose a document is.`,
      time === "_creationTime"
        ? "No field says when it happened, so _creationTime does."
        : `${time} says when it happened.`,
      measures.length > 1
        ? `${list(measures.slice(1).map(({ name }) => name))} can be added up or averaged.`
        : "No number is added up, so documents are counted.",
      dimensions.length > 0
        ? `${list(dimensions.map(({ name }) => name))} can be grouped by.`
        : "No field has few values to group by, so totals are kept.",
      ...leftOut(table, tenant, grouped),
    ],
    score,
  };
}

/** Fields that could be grouped by, where they have few values: who writes the app knows. */
function leftOut(table: Table, tenant: string | null, taken: readonly Field[]): string[] {
  const names = table.fields
    .filter((field) => isOf(field, "string", "id") && field.name !== tenant)
    .filter((field) => !taken.includes(field))
    .map(({ name }) => name);
  if (names.length === 0) return [];
  return [`Left out as dimensions: ${list(names)}. Add those that have few values.`];
}

/** The likeliest owner by name; among equals, one that an index begins with. */
function tenantOf(table: Table): string | null {
  const owners = table.fields.filter(
    (field) => isOf(field, "id", "string") && !field.optional && ownerRank(field.name) !== null,
  );
  const leads = (field: Field) => table.indexes.some(({ fields }) => fields[0] === field.name);
  const rank = (field: Field) => (ownerRank(field.name) ?? 0) + (leads(field) ? 0 : 0.5);
  return owners.sort((a, b) => rank(a) - rank(b))[0]?.name ?? null;
}

/** The likeliest moment by name; one that an index has behind the tenant comes first. */
function timeOf(table: Table, tenant: string | null): string {
  const prefix = tenant === null ? [] : [tenant];
  const indexed = (field: Field) =>
    table.indexes.some(({ fields }) =>
      [...prefix, field.name].every((name, i) => fields[i] === name),
    );
  const moments = table.fields.filter(
    (field) => isOf(field, "number") && !field.optional && momentRank(field.name) !== null,
  );
  const rank = (field: Field) => (momentRank(field.name) ?? 0) - (indexed(field) ? 100 : 0);
  return moments.sort((a, b) => rank(a) - rank(b))[0]?.name ?? "_creationTime";
}

/** The count and the numbers; `sure` where a name says that one of them is added up. */
function measuresOf(table: Table, time: string): { measures: Measure[]; sure: boolean } {
  const numbers = table.fields
    .filter((field) => isOf(field, "number") && field.literals === null && field.name !== time)
    .map(({ name }) => ({ name, use: momentRank(name) === null ? useOfNumber(name) : null }));
  const order = ["sum", "avg", "maybeSum"] as const;
  const used = order.flatMap((use) => numbers.filter((number) => number.use === use));
  const measures = used.slice(0, MEASURES_MAX).map(({ name, use }): Measure => {
    if (use === "avg") return { name: camel("average", name), definition: { avg: name } };
    return { name: name === "count" ? "sumOfCount" : name, definition: { sum: name } };
  });
  return {
    measures: [{ name: "count", definition: "count" }, ...measures],
    sure: numbers.some(({ use }) => use === "sum"),
  };
}

/** Fields of few values: listed ones first, then strings whose names say so. */
function dimensionsOf(table: Table, tenant: string | null): Field[] {
  const listed = table.fields.filter(
    (field) =>
      isOf(field, "boolean") || (field.literals !== null && isOf(field, "string", "number")),
  );
  const named = table.fields.filter(
    (field) => field.literals === null && isOf(field, "string", "strings") && isGroup(field.name),
  );
  return [...listed, ...named].filter(({ name }) => name !== tenant).slice(0, DIMENSIONS_MAX);
}

function typeOf(field: Field): Dimension["type"] {
  if (isOf(field, "strings")) return "strings";
  return isOf(field, "number") ? "number" : "string";
}

/** One rollup for the listed dimensions together while they are few cells, one for each other. */
function rollupsOf(fields: readonly Field[]): Rollup[] {
  const rollups: string[][] = [];
  const together: string[] = [];
  let cells = 1;
  for (const field of fields) {
    const { name, literals } = field;
    const values = isOf(field, "boolean") ? 2 : (literals?.length ?? Infinity);
    if (cells * values > CELLS_MAX) {
      rollups.push([name]);
      continue;
    }
    if (together.length === 0) rollups.push(together);
    together.push(name);
    cells *= values;
  }
  if (rollups.length === 0) return [{ name: "totals", dimensions: [] }];
  return rollups.map((dimensions) => ({ name: `by_${dimensions.join("_and_")}`, dimensions }));
}

function camel(first: string, name: string): string {
  const rest = wordsOf(name).map((word) => word[0]!.toUpperCase() + word.slice(1));
  return first + rest.join("");
}

function list(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
