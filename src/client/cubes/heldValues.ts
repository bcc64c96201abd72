/** What the app's schema lets a field of a table hold, as far as a cube can tell it apart. */
import type { GenericSchema, SchemaDefinition } from "convex/server";
import type { GenericValidator, Validator } from "convex/values";
import { refuse, suggestion } from "./refuse.js";

export type AppSchema = SchemaDefinition<GenericSchema, boolean>;
export type AppTable = GenericSchema[string];

/** Kinds of values: ids and texts are `string`, lists of them `strings`; others by their validator's name. */
export interface HeldValues {
  kinds: ReadonlySet<string>;
  /** A record may lack the field, or hold null. */
  isOptional: boolean;
}

/** Fields that Convex adds to every document, and what a cube calls them. */
export const systemFields: { readonly [field: string]: { name: string; kind: string } } = {
  _creationTime: { name: "creationTime", kind: "number" },
  _id: { name: "id", kind: "string" },
};

export function mustGetTable(schema: AppSchema, cube: string, table: string): AppTable {
  const tables: GenericSchema = schema.tables;
  const found = Object.hasOwn(tables, table) ? tables[table] : undefined;
  if (found !== undefined) return found;
  const said = table === cube ? `. Say in \`table\` which one the cube is over.` : ".";
  refuse(
    cube,
    `the schema has no table "${table}"${said}${suggestion(table, Object.keys(tables))}`,
    {
      table,
    },
  );
}

/** The fields of a table's documents; null where its validator is `v.any()` and lists none. */
export function fieldsOf(table: AppTable): string[] | null {
  const documents = documentsOf(table.validator as GenericValidator);
  if (documents === null) return null;
  return [...new Set(documents.flatMap((fields) => Object.keys(fields)))];
}

/** Every validator of a field: one of each form that a document may have. */
export function validatorsOf(table: AppTable, field: string): GenericValidator[] {
  const documents = documentsOf(table.validator as GenericValidator) ?? [];
  return documents.flatMap((fields) => fields[field] ?? []);
}

/** Null for a field that the table does not have; no kinds where the schema says nothing of it. */
export function heldValues(table: AppTable, field: string): HeldValues | null {
  const system = systemFields[field];
  if (system !== undefined) return { kinds: new Set([system.kind]), isOptional: false };
  const documents = documentsOf(table.validator as GenericValidator);
  if (documents === null) return { kinds: new Set(), isOptional: false };
  const validators = validatorsOf(table, field);
  if (validators.length === 0) return null;
  const kinds = new Set(validators.flatMap(kindsOf));
  const isNullable = kinds.delete("null");
  const isMissing =
    validators.length < documents.length ||
    validators.some(({ isOptional }) => isOptional === "optional");
  if (kinds.has("any")) return { kinds: new Set(), isOptional: true };
  return { kinds, isOptional: isNullable || isMissing };
}

type Fields = Record<string, GenericValidator>;

/** The fields of each form that a document may have. */
function documentsOf(document: GenericValidator): Fields[] | null {
  const known = document as Validator<unknown, "optional" | "required", string>;
  switch (known.kind) {
    case "object":
      return [known.fields as Fields];
    case "union": {
      const forms = known.members.map((member) => documentsOf(member));
      return forms.every((form) => form !== null) ? forms.flat() : null;
    }
    default:
      return null;
  }
}

function kindsOf(validator: GenericValidator): string[] {
  const known = validator as Validator<unknown, "optional" | "required", string>;
  switch (known.kind) {
    case "id":
      return ["string"];
    case "float64":
      return ["number"];
    case "literal":
      return [typeof known.value === "bigint" ? "int64" : typeof known.value];
    case "union":
      return known.members.flatMap((member) => kindsOf(member));
    case "array": {
      const elements = kindsOf(known.element);
      if (elements.includes("any")) return ["any"];
      return [elements.every((kind) => kind === "string") ? "strings" : "array"];
    }
    default:
      return [known.kind];
  }
}
