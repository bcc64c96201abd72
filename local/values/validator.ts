/**
 * Compiles a Convex validator (the JSON that `exportArgs`, `exportReturns` and `schema.export` give)
 * into a check of wire-form values. The npm package does not check anything itself: argument,
 * return and document validation are the backend's work. Messages follow the platform's wording.
 */
import { type Json, type JsonObject, scalarTag } from "./json";

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

function mismatch(json: ValidatorJson): (value: Json, path: string) => string {
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
): Check {
  const fields = Object.entries(json.value).map(([name, field]) => ({
    name,
    optional: field.optional,
    check: compileValidator(field.fieldType, tableOfId),
  }));
  const known = new Set(fields.map((field) => field.name));
  const wrong = mismatch(json);
  const context = (value: Json, path: string) =>
    `\n\n${path === "" ? "" : `Path: ${path}\n`}Object: ${showValue(value)}\nValidator: ${showValidator(json)}`;
  return (value, path) => {
    if (!isPlainObject(value)) return wrong(value, path);
    let present = 0;
    for (const { name, optional, check } of fields) {
      const field = value[name];
      if (field === undefined) {
        if (optional) continue;
        return `Object is missing the required field \`${name}\`. Consider wrapping the field validator in \`v.optional(...)\` if this is expected.${context(value, path)}`;
      }
      present++;
      const problem = check(field, `${path}.${name}`);
      if (problem !== null) return problem;
    }
    let count = 0;
    for (const _ in value) count++;
    if (count === present) return null;
    const extra = Object.keys(value).find((name) => !known.has(name))!;
    return `Object contains extra field \`${extra}\` that is not in the validator.${context(value, path)}`;
  };
}

/** Compiles a validator. Ids are looked up with `tableOfId`, in the component that owns the function. */
export function compileValidator(json: ValidatorJson, tableOfId: TableOfId): Check {
  const wrong = mismatch(json);
  const when =
    (fits: (value: Json) => boolean): Check =>
    (value, path) =>
      fits(value) ? null : wrong(value, path);
  switch (json.type) {
    case "any":
      return () => null;
    case "null":
      return when((value) => value === null);
    case "boolean":
      return when((value) => typeof value === "boolean");
    case "string":
      return when((value) => typeof value === "string");
    case "number":
      return when((value) => typeof value === "number" || hasTag(value, "$float"));
    case "bigint":
      return when((value) => hasTag(value, "$integer"));
    case "commitTs":
      return when((value) => hasTag(value, "$integer") || hasTag(value, "$commitTs"));
    case "bytes":
      return when((value) => hasTag(value, "$bytes"));
    case "literal": {
      const expected = JSON.stringify(json.value);
      return typeof json.value === "object"
        ? when((value) => JSON.stringify(value) === expected)
        : when((value) => value === json.value);
    }
    case "id": {
      const { tableName } = json;
      return (value, path) => {
        if (typeof value !== "string") return wrong(value, path);
        const found = tableOfId(value);
        if (found === tableName) return null;
        if (found === null) return wrong(value, path);
        return `Found ID "${value}" from table \`${found}\`, which does not match the table name in validator \`v.id("${tableName}")\`.`;
      };
    }
    case "array": {
      const check = compileValidator(json.value, tableOfId);
      return (value, path) => {
        if (!Array.isArray(value)) return wrong(value, path);
        for (let i = 0; i < value.length; i++) {
          const problem = check(value[i]!, `${path}[${i}]`);
          if (problem !== null) return problem;
        }
        return null;
      };
    }
    case "record": {
      const keys = compileValidator(json.keys, tableOfId);
      const values = compileValidator(json.values.fieldType, tableOfId);
      return (value, path) => {
        if (!isPlainObject(value)) return wrong(value, path);
        for (const key in value) {
          const problem = keys(key, path) ?? values(value[key]!, `${path}.${key}`);
          if (problem !== null) return problem;
        }
        return null;
      };
    }
    case "union": {
      const checks = json.value.map((member) => compileValidator(member, tableOfId));
      return (value, path) => {
        for (const check of checks) if (check(value, path) === null) return null;
        return checks.length === 1 ? checks[0]!(value, path) : wrong(value, path);
      };
    }
    case "object":
      return compileObject(json, tableOfId);
  }
}
