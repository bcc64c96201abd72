/**
 * Checking rows that callers send. A table's row shape is data, so a batch can reject one row with
 * its index, code and field and go on with the rest; Convex's own argument validators would refuse
 * the whole call.
 */
import {
  clipText,
  projectFact,
  RollupsError,
  type CubeDefinition,
  type ErrorCode,
} from "../../src/client/index.js";

/** What one field of a row may hold. */
export type RowField =
  | { kind: "text" }
  | { kind: "texts" }
  | { kind: "time" }
  | { kind: "integer" }
  | { kind: "decimal"; scale: number; min: number }
  | { kind: "float" }
  | { kind: "oneOf"; values: readonly string[] };

export type RowShape = { readonly [field: string]: RowField };

/** A row that is refused: which field, and why. */
export interface RowIssue {
  code: ErrorCode;
  field: string;
  message: string;
}

export type Row = Record<string, string | number | string[]>;

/** What of a stored record is its row: the fields of its shape, and the key if it has one. */
export function rowOf(shape: RowShape, doc: object): Row {
  const fields = Object.keys({ key: "", ...shape });
  const stored = doc as Row;
  return Object.fromEntries(
    fields.flatMap((field) => {
      const value = stored[field];
      return value === undefined ? [] : [[field, value]];
    }),
  );
}

const TEXT_MAX = 512;
const TEXTS_MAX = 32;
/**
 * Characters of all texts of a row: 12 KB at worst, so that a page of a backfill, a batch and a log
 * row of such rows stay within a transaction.
 */
const ROW_TEXT_MAX = 4096;
/** Characters of an unknown field's name that a refusal echoes. */
const FIELD_SHOWN = 64;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Years 1900 to 2199: outside them a timestamp is a mistake of unit, not a date. */
const TIME_MIN = -2_208_988_800_000;
const TIME_MAX = 7_258_118_400_000;

/**
 * Checks one row against its table's shape and its cube's exact arithmetic. The row may carry `key`,
 * its idempotency key. Returns the row to store, or what is wrong with it.
 */
export function parseRow(
  shape: RowShape,
  cube: CubeDefinition,
  raw: unknown,
): { row: Row } | { issue: RowIssue } {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) {
    return invalid("", "A row is an object.");
  }
  const source = raw as Record<string, unknown>;
  for (const field of Object.keys(source)) {
    if (field !== "key" && !Object.hasOwn(shape, field)) {
      const shown = clipText(field, FIELD_SHOWN);
      return invalid(shown, `Unknown field "${shown}".`);
    }
  }
  const row: Row = {};
  if (source.key !== undefined) {
    const message = checkField({ kind: "text" }, source.key);
    if (message !== null || source.key === "") {
      return invalid("key", message ?? "An idempotency key is not empty.");
    }
    row.key = source.key as string;
  }
  for (const [field, expected] of Object.entries(shape)) {
    const value = Object.hasOwn(source, field) ? source[field] : undefined;
    const message = value === undefined ? "Missing." : checkField(expected, value);
    if (message !== null) return invalid(field, `${field}: ${message}`);
    // -0 is 0: no two rows differ by the sign of nothing.
    row[field] = typeof value === "number" ? value + 0 : (value as Row[string]);
  }
  if (textLength(row) > ROW_TEXT_MAX) {
    return invalid("", `A row holds at most ${ROW_TEXT_MAX} characters.`);
  }
  try {
    projectFact(cube, row);
  } catch (error) {
    if (!(error instanceof RollupsError)) throw error;
    const field = typeof error.details.field === "string" ? error.details.field : "";
    return { issue: { code: error.code, field, message: error.message } };
  }
  return { row };
}

function invalid(field: string, message: string): { issue: RowIssue } {
  return { issue: { code: "InvalidRow", field, message } };
}

/** What is wrong with the value, or null. */
function checkField(expected: RowField, value: unknown): string | null {
  switch (expected.kind) {
    case "text":
      return typeof value === "string" ? checkText(value) : "Expected text.";
    case "texts":
      if (!Array.isArray(value)) return "Expected a list of texts.";
      if (value.length > TEXTS_MAX) return `At most ${TEXTS_MAX} entries.`;
      for (const item of value) {
        if (typeof item !== "string") return "Expected a list of texts.";
        const message = checkText(item);
        if (message !== null) return message;
      }
      return null;
    case "time":
      if (!isInteger(value)) return "Expected a time in whole epoch milliseconds.";
      return value >= TIME_MIN && value <= TIME_MAX
        ? null
        : "Expected epoch milliseconds between the years 1900 and 2199.";
    case "integer":
      return isInteger(value) ? null : "Expected a whole number.";
    case "decimal": {
      if (typeof value !== "number" || !Number.isFinite(value)) return "Expected a number.";
      if (value < expected.min) return `Expected at least ${expected.min}.`;
      return decimals(value) <= expected.scale
        ? null
        : `Expected at most ${expected.scale} decimals.`;
    }
    case "float":
      return typeof value === "number" && Number.isFinite(value)
        ? null
        : "Expected a finite number.";
    case "oneOf":
      return typeof value === "string" && expected.values.includes(value)
        ? null
        : `Expected one of ${expected.values.join(", ")}.`;
  }
}

function textLength(row: Row): number {
  return Object.values(row).reduce<number>((sum, value) => {
    if (typeof value === "number") return sum;
    return sum + (typeof value === "string" ? value : value.join("")).length;
  }, 0);
}

function isInteger(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value);
}

function checkText(value: string): string | null {
  if (value.length > TEXT_MAX) return `At most ${TEXT_MAX} characters.`;
  return LONE_SURROGATE.test(value) ? "Contains half a character (a lone surrogate)." : null;
}

/** Decimals in the shortest text that reads back as the same number. */
function decimals(value: number): number {
  const text = String(value);
  const [mantissa, exponent] = text.split("e");
  const fraction = (mantissa ?? "").split(".")[1]?.length ?? 0;
  return Math.max(0, fraction - Number(exponent ?? 0));
}
