/**
 * Compiles a Convex validator (the JSON that `exportArgs`, `exportReturns` and `schema.export` give)
 * into a check of wire-form values. The npm package does not check anything itself: argument,
 * return and document validation are the backend's work. Messages follow the platform's wording.
 */
import { type Json, type JsonObject, scalarTag } from "./json.js";

export type ValidatorJson =
  | { type: "null" | "number" | "bigint" | "commitTs" | "boolean" | "string" | "bytes" | "any" }
  | { type: "literal"; value: Json }
  | { type: "id"; tableName: string }
  | { type: "array"; value: ValidatorJson }
  | { type: "record"; keys: ValidatorJson; values: { fieldType: ValidatorJson } }
  | { type: "union"; value: ValidatorJson[] }
  | { type: "object"; value: { [field: string]: FieldJson } };

interface FieldJson {
  fieldType: ValidatorJson;
  optional: boolean;
}

/** Returns null when the value fits, else the message to show. */
export type Check = (value: Json, path: string) => string | null;

/** The name of the table that an id belongs to, or null when it is no id of this component. */
export type TableOfId = (id: string) => string | null;

/** Shows a wire-form value the way the platform's messages do. */
export function showValue(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return Number.isInteger(value) ? value.toFixed(1) : String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(showValue).join(", ")}]`;
  const tag = scalarTag(value);
  if (tag === "$integer") {
    return `${Buffer.from(value[tag] as string, "base64").readBigInt64LE()}n`;
  }
  if (tag !== null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, field]) => `${key}: ${showValue(field)}`)
    .join(", ")}}`;
}

/** Shows a validator as the source that makes it. */
export function showValidator(json: ValidatorJson): string {
  switch (json.type) {
    case "number":
      return "v.float64()";
    case "bigint":
      return "v.int64()";
    case "literal":
      return `v.literal(${showValue(json.value)})`;
    case "id":
      return `v.id("${json.tableName}")`;
    case "array":
      return `v.array(${showValidator(json.value)})`;
    case "record":
      return `v.record(${showValidator(json.keys)}, ${showValidator(json.values.fieldType)})`;
    case "union":
      return `v.union(${json.value.map(showValidator).join(", ")})`;
    case "object":
      return `v.object({${Object.entries(json.value)
        .map(([name, field]) => {
          const shown = showValidator(field.fieldType);
          return `${name}: ${field.optional ? `v.optional(${shown})` : shown}`;
        })
        .join(", ")}})`;
    default:
      return `v.${json.type}()`;
  }
}

/** A validator in two halves, so that values that fit (and unions' other members) cost no messages. */
interface Compiled {
  fits(value: Json): boolean;
  /** The message for a value that does not fit. */
  explain(value: Json, path: string): string;
}

function mismatch(json: ValidatorJson): Compiled["explain"] {
  return (value, path) =>
    `Value does not match validator.\n${path === "" ? "" : `Path: ${path}\n`}Value: ${showValue(value)}\nValidator: ${showValidator(json)}`;
}

function hasTag(value: Json, tag: string): boolean {
  return (
    value !== null && typeof value === "object" && !Array.isArray(value) && scalarTag(value) === tag
  );
}

function isPlainObject(value: Json): value is JsonObject {
  return (
    value !== null &&
    typeof value === "object" &&
    !Array.isArray(value) &&
    scalarTag(value) === null
  );
}

function compileObject(
  json: Extract<ValidatorJson, { type: "object" }>,
  tableOfId: TableOfId,
): Compiled {
  const fields = Object.entries(json.value).map(([name, field]) => ({
    name,
    optional: field.optional,
    ...compile(field.fieldType, tableOfId),
  }));
  const known = new Set(fields.map((field) => field.name));
  const context = (value: Json, path: string) =>
    `\n\n${path === "" ? "" : `Path: ${path}\n`}Object: ${showValue(value)}\nValidator: ${showValidator(json)}`;
  return {
    fits(value) {
      if (!isPlainObject(value)) return false;
      let present = 0;
      for (const field of fields) {
        const fieldValue = value[field.name];
        if (fieldValue === undefined) {
          if (field.optional) continue;
          return false;
        }
        if (!field.fits(fieldValue)) return false;
        present++;
      }
      let count = 0;
      for (const _ in value) count++;
      return count === present;
    },
    explain(value, path) {
      if (!isPlainObject(value)) return mismatch(json)(value, path);
      for (const field of fields) {
        const fieldValue = value[field.name];
        if (fieldValue === undefined && !field.optional) {
          return `Object is missing the required field \`${field.name}\`. Consider wrapping the field validator in \`v.optional(...)\` if this is expected.${context(value, path)}`;
        }
        if (fieldValue !== undefined && !field.fits(fieldValue)) {
          return field.explain(fieldValue, `${path}.${field.name}`);
        }
      }
      const extra = Object.keys(value).find((name) => !known.has(name))!;
      return `Object contains extra field \`${extra}\` that is not in the validator.${context(value, path)}`;
    },
  };
}

function compileArray(json: Extract<ValidatorJson, { type: "array" }>, tableOfId: TableOfId) {
  const element = compile(json.value, tableOfId);
  return {
    fits: (value: Json) => Array.isArray(value) && value.every((each) => element.fits(each)),
    explain(value: Json, path: string) {
      if (!Array.isArray(value)) return mismatch(json)(value, path);
      const at = value.findIndex((each) => !element.fits(each));
      return element.explain(value[at]!, `${path}[${at}]`);
    },
  };
}

function compileRecord(json: Extract<ValidatorJson, { type: "record" }>, tableOfId: TableOfId) {
  const keys = compile(json.keys, tableOfId);
  const values = compile(json.values.fieldType, tableOfId);
  return {
    fits(value: Json) {
      if (!isPlainObject(value)) return false;
      for (const key in value) if (!keys.fits(key) || !values.fits(value[key]!)) return false;
      return true;
    },
    explain(value: Json, path: string) {
      if (!isPlainObject(value)) return mismatch(json)(value, path);
      for (const key in value) {
        if (!keys.fits(key)) return keys.explain(key, path);
        if (!values.fits(value[key]!)) return values.explain(value[key]!, `${path}.${key}`);
      }
      return mismatch(json)(value, path);
    },
  };
}

function compileId(json: Extract<ValidatorJson, { type: "id" }>, tableOfId: TableOfId): Compiled {
  const { tableName } = json;
  return {
    fits: (value) => typeof value === "string" && tableOfId(value) === tableName,
    explain(value, path) {
      const found = typeof value === "string" ? tableOfId(value) : null;
      if (found === null) return mismatch(json)(value, path);
      return `Found ID "${String(value)}" from table \`${found}\`, which does not match the table name in validator \`v.id("${tableName}")\`.`;
    },
  };
}

function compileLiteral(expected: Json): Compiled["fits"] {
  if (typeof expected !== "object") return (value) => value === expected;
  const text = JSON.stringify(expected);
  return (value) => JSON.stringify(value) === text;
}

const SCALARS: Record<string, Compiled["fits"]> = {
  any: () => true,
  null: (value) => value === null,
  boolean: (value) => typeof value === "boolean",
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number" || hasTag(value, "$float"),
  bigint: (value) => hasTag(value, "$integer"),
  commitTs: (value) => hasTag(value, "$integer") || hasTag(value, "$commitTs"),
  bytes: (value) => hasTag(value, "$bytes"),
};

function compile(json: ValidatorJson, tableOfId: TableOfId): Compiled {
  switch (json.type) {
    case "object":
      return compileObject(json, tableOfId);
    case "array":
      return compileArray(json, tableOfId);
    case "record":
      return compileRecord(json, tableOfId);
    case "id":
      return compileId(json, tableOfId);
    case "literal":
      return { fits: compileLiteral(json.value), explain: mismatch(json) };
    case "union": {
      const members = json.value.map((member) => compile(member, tableOfId));
      return {
        fits: (value) => members.some((member) => member.fits(value)),
        explain: members.length === 1 ? members[0]!.explain : mismatch(json),
      };
    }
    default:
      return { fits: SCALARS[json.type]!, explain: mismatch(json) };
  }
}

/** Compiles a validator. Ids are looked up with `tableOfId`, in the component that owns the function. */
export function compileValidator(json: ValidatorJson, tableOfId: TableOfId): Check {
  const { fits, explain } = compile(json, tableOfId);
  return (value, path) => (fits(value) ? null : explain(value, path));
}
