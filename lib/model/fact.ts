/**
 * From source documents to facts: the projection that a cube sees, exact and canonical. Whatever
 * cannot be held exactly is refused here, at the door, rather than rounded later.
 */
import { RollupsError } from "../errors.js";
import { scaleDecimal } from "../numbers/exact.js";
import { TIME_MAX, TIME_MIN } from "../time/calendar.js";
import type { CubeDefinition, Fact, FactValue, FieldDefinition } from "./cube.js";

/** Only the document's own properties are read. */
type Document = Record<string, unknown>;

/**
 * The fact of one document: one value per field of the cube. Times are floored to whole
 * milliseconds, `strings` become sorted and distinct, decimals integers × 10^scale.
 * Throws `InvalidFact` with `{field}` where a value is missing, of another type, or not exact.
 */
export function projectFact(cube: CubeDefinition, doc: Document): Fact {
  const fact: Record<string, FactValue> = {};
  const products: [string, readonly [string, string]][] = [];
  for (const [field, definition] of Object.entries(cube.fields)) {
    if (definition.type === "product") products.push([field, definition.of]);
    else fact[field] = projectField(field, definition, doc);
  }
  for (const [field, [a, b]] of products) {
    fact[field] = multiply(field, fact[a] ?? null, fact[b] ?? null);
  }
  return fact;
}

/** Whether two facts of one cube hold the same values. O(fields). */
export function sameFact(a: Fact, b: Fact): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameValue(a[name], b[name]))
  );
}

/** A fact's value in a field that holds no arrays; null where it is not given. */
export function scalarOf(fact: Fact, field: string): string | number | null {
  const value = fact[field];
  return typeof value === "string" || typeof value === "number" ? value : null;
}

/** A fact's value in a numeric field; null where it is not given. */
export function numberOf(fact: Fact, field: string): number | null {
  const value = fact[field];
  return typeof value === "number" ? value : null;
}

/** A fact's time in ms. Throws `InvalidFact`. */
export function timeOf(fact: Fact, timeField: string): number {
  const value = fact[timeField];
  if (typeof value !== "number") throw invalid(timeField, "has no time");
  return value;
}

function sameValue(a: FactValue | undefined, b: FactValue | undefined): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, i) => value === b[i]);
  }
  return a === b;
}

function projectField(
  field: string,
  definition: Exclude<FieldDefinition, { type: "product" }>,
  doc: Document,
): FactValue {
  const source = definition.from ?? field;
  const value = Object.hasOwn(doc, source) ? (doc[source] ?? null) : null;
  if (definition.type === "strings") return projectStrings(field, value);
  if (value === null) {
    if (definition.type !== "time" && definition.nullable === true) return null;
    throw invalid(field, "is missing");
  }
  switch (definition.type) {
    case "string":
      if (typeof value === "boolean") return String(value);
      if (typeof value !== "string") throw invalid(field, "must be a string or a boolean");
      return value;
    case "time":
      return projectTime(field, value);
    case "integer":
      return projectInteger(field, value);
    case "decimal":
      return projectDecimal(field, value, definition.scale);
    case "float":
      if (typeof value !== "number" || !Number.isFinite(value)) {
        throw invalid(field, "must be a finite number");
      }
      return value + 0;
    default:
      return definition satisfies never;
  }
}

function projectStrings(field: string, value: unknown): readonly string[] {
  if (value === null) return [];
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw invalid(field, "must be an array of strings");
  }
  return [...new Set(value as string[])].sort();
}

function projectTime(field: string, value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw invalid(field, "must be a time in milliseconds");
  }
  const t = Math.floor(value) + 0;
  if (t < TIME_MIN || t >= TIME_MAX) throw invalid(field, "lies outside the years 100 to 9899");
  return t;
}

function projectInteger(field: string, value: unknown): number {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) {
    throw invalid(field, "must be a whole number");
  }
  if (!Number.isInteger(number)) throw invalid(field, "must be a whole number");
  return mustBeSafe(field, number);
}

function projectDecimal(field: string, value: unknown, scale: number): number {
  if (typeof value === "bigint") {
    const scaled = value * 10n ** BigInt(scale);
    return mustBeSafe(field, Number(scaled));
  }
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw invalid(field, "must be a finite number");
  }
  const scaled = scaleDecimal(value, scale);
  if (scaled === null) throw invalid(field, `has more than ${scale} decimals`);
  return mustBeSafe(field, scaled);
}

function multiply(field: string, a: FactValue, b: FactValue): number | null {
  if (typeof a !== "number" || typeof b !== "number") return null;
  const product = a * b;
  return mustBeSafe(field, product);
}

function mustBeSafe(field: string, value: number): number {
  if (!Number.isSafeInteger(value)) throw invalid(field, "is too large to be held exactly");
  return value + 0;
}

function invalid(field: string, problem: string): RollupsError {
  return new RollupsError("InvalidFact", `${field} ${problem}`, { field });
}
