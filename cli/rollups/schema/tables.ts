/** What an app's schema says about its tables, in the few words that `init` and `check` need. */
import { Failure } from "../../failure.js";
import { moduleOf, type App } from "../app/app.js";
import { evaluate } from "../app/evaluate.js";

export type Kind = "string" | "number" | "bigint" | "boolean" | "id" | "strings" | "other";

export interface Field {
  name: string;
  /** Kinds of its values, null and undefined aside. */
  kinds: readonly Kind[];
  /** Its only values, where the schema lists them. */
  literals: readonly unknown[] | null;
  /** Whether it may be null or absent, and which of both. */
  optional: boolean;
  nullable: boolean;
  absent: boolean;
}

export interface Table {
  name: string;
  fields: readonly Field[];
  /** As `.index(name, fields)` has them; staged ones are left out. */
  indexes: readonly { name: string; fields: readonly string[] }[];
}

/** The parts of Convex's validators that are read here. */
interface Validator {
  kind: string;
  isOptional?: "optional" | "required";
  value?: unknown;
  fields?: Record<string, Validator>;
  members?: Validator[];
  element?: Validator;
}

interface TableDefinition {
  validator: Validator;
  /** What a push calls; tables of convex-ents have it too. */
  export(): { indexes: { indexDescriptor: string; fields: string[] }[] };
}

/** The path of the app's schema. Throws `NoSchema`. */
export function schemaPath(app: App): string {
  const path = moduleOf(app, "schema");
  if (path === undefined)
    throw new Failure(
      "NoSchema",
      `There is no ${app.shown(app.functions)}/schema.ts.`,
      "A cube's table, fields and indexes are taken from the schema: write one first.",
    );
  return path;
}

/** Evaluates the app's schema. Throws `NoSchema` or `NotEvaluated`. */
export async function readTables(app: App): Promise<Table[]> {
  const path = schemaPath(app);
  const exports = await evaluate(app, path);
  const tables = tablesOf(exports.default);
  if (tables === null)
    throw new Failure(
      "NoSchema",
      `${app.shown(path)} has no default export that defineSchema made.`,
    );
  return tables;
}

/** The tables of what `defineSchema` (or a wrapper such as convex-ents) made; null for anything else. */
export function tablesOf(schema: unknown): Table[] | null {
  const tables = (schema as { tables?: Record<string, TableDefinition> } | undefined)?.tables;
  if (typeof tables !== "object") return null;
  return Object.entries(tables).map(([name, table]) => ({
    name,
    fields: fieldsOf(table.validator),
    indexes: table.export().indexes.map(({ indexDescriptor, fields }) => ({
      name: indexDescriptor,
      // The tie-breaker that every index ends with.
      fields: fields.filter((field, i) => i < fields.length - 1 || field !== "_creationTime"),
    })),
  }));
}

/** Fields of a document; those that only some members of a union have may be absent. */
function fieldsOf(validator: Validator): Field[] {
  if (validator.kind === "object")
    return Object.entries(validator.fields ?? {}).map(([name, field]) => fieldOf(name, field));
  const members = (validator.members ?? []).map(fieldsOf);
  const names = new Set(members.flat().map(({ name }) => name));
  return [...names].map((name) => {
    const found = members.flatMap((fields) => fields.filter((field) => field.name === name));
    const lists = found.map(({ literals }) => literals);
    return {
      name,
      kinds: [...new Set(found.flatMap(({ kinds }) => kinds))],
      literals: lists.every((list) => list !== null) ? [...new Set(lists.flat())] : null,
      optional: found.length < members.length || found.some(({ optional }) => optional),
      nullable: found.some(({ nullable }) => nullable),
      absent: found.length < members.length || found.some(({ absent }) => absent),
    };
  });
}

function fieldOf(name: string, validator: Validator): Field {
  const members = alternatives(validator);
  const values = members.filter(({ kind }) => kind !== "null");
  const nullable = values.length < members.length;
  const absent = validator.isOptional === "optional";
  return {
    name,
    kinds: [...new Set(values.map(kindOf))],
    literals:
      values.length > 0 && values.every(({ kind }) => kind === "literal")
        ? values.map(({ value }) => value)
        : null,
    optional: absent || nullable,
    nullable,
    absent,
  };
}

function alternatives(validator: Validator): Validator[] {
  if (validator.kind !== "union") return [validator];
  return (validator.members ?? []).flatMap(alternatives);
}

function kindOf(validator: Validator): Kind {
  switch (validator.kind) {
    case "string":
    case "boolean":
    case "id":
      return validator.kind;
    case "float64":
      return "number";
    case "int64":
      return "bigint";
    case "literal":
      return typeof validator.value as Kind;
    case "array":
      return validator.element !== undefined &&
        alternatives(validator.element).every((item) => ["string", "id"].includes(kindOf(item)))
        ? "strings"
        : "other";
    default:
      return "other";
  }
}

/** Whether all values of a field are of one of these kinds. */
export function isOf(field: Field, ...kinds: Kind[]): boolean {
  return field.kinds.length > 0 && field.kinds.every((kind) => kinds.includes(kind));
}
