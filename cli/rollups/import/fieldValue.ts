/**
 * From a cell to a value of the schema's types. Whatever would change a value on the way in is refused by a code; what
 * only the deployment knows, such as whose an id is, it checks itself.
 */
import type { Cell } from "../../records/record.js";
import { readDecimal, readTime, type CellOptions } from "../../records/values/cellValue.js";
import { refuseCell, type CellRefusal } from "../../records/values/refusal.js";
import type { Field } from "../schema/tables.js";

export type Value = string | number | boolean | bigint | null | Cell;

export type ValueResult = { ok: true; value: Value } | CellRefusal;

const INT64_MAX = 2n ** 63n - 1n;

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...["true", "t", "yes", "y", "1"].map((word) => [word, true] as const),
  ...["false", "f", "no", "n", "0"].map((word) => [word, false] as const),
]);

/** `cell` is not empty. `isTime`: the field's numbers are epoch milliseconds. */
export function readValue(
  field: Field,
  cell: Cell,
  options: CellOptions,
  isTime: boolean,
): ValueResult {
  if (field.literals !== null) return readLiteral(cell, field.literals, options);
  const { kinds } = field;
  const isText = kinds.includes("string") || kinds.includes("id");
  if (typeof cell === "string" && isText) {
    return { ok: true, value: kinds.includes("string") ? cell : cell.trim() };
  }
  if (typeof cell === "boolean" && kinds.includes("boolean")) return { ok: true, value: cell };
  if (kinds.includes("number") && (typeof cell === "number" || kinds.length === 1)) {
    const number = isTime ? readTime(cell, options) : readDecimal(cell, options);
    return number.ok || isTime ? number : hinted(number, field, cell, options);
  }
  if (kinds.includes("bigint")) return readWhole(cell);
  if (kinds.includes("boolean")) return readBoolean(cell);
  if (kinds.includes("strings")) {
    return readStrings(cell, options.separators.get(field.name) ?? "|");
  }
  if (isText && typeof cell === "number") return { ok: true, value: String(cell) };
  // What a table's cell cannot say, a JSON file may; the schema has the last word.
  if (kinds.includes("other") && typeof cell !== "string") return { ok: true, value: cell };
  return kinds.includes("other")
    ? refuseCell(
        "NestedValue",
        "a cell cannot hold what the schema has here; send JSON, or use --to",
      )
    : refuseCell("WrongType", `${JSON.stringify(cell)} is no ${kinds.join(" or ")}`);
}

function readLiteral(
  cell: Cell,
  literals: readonly unknown[],
  { words }: CellOptions,
): ValueResult {
  const exact = literals.find((literal) => literal === cell);
  if (exact !== undefined) return { ok: true, value: exact as Value };
  const said = String(cell).trim().toLowerCase();
  const meant = (words?.get(said) ?? said).toLowerCase();
  const [found, ...others] = literals.filter((one) => String(one).toLowerCase() === meant);
  if (found !== undefined && others.length === 0) return { ok: true, value: found as Value };
  return refuseCell(
    "UnknownChoice",
    `${JSON.stringify(cell)} is none of ${literals.join(", ")}; say which with --words WORD=value`,
  );
}

/** Where a cell is no number but reads as a time, the refusal says how to tell so. */
function hinted(refusal: CellRefusal, field: Field, cell: Cell, options: CellOptions): CellRefusal {
  if (!readTime(cell, options).ok) return refusal;
  return { ...refusal, message: `${refusal.message}; is it a time (--time ${field.name})?` };
}

function readWhole(cell: Cell): ValueResult {
  const isWhole =
    (typeof cell === "number" && Number.isSafeInteger(cell)) ||
    (typeof cell === "string" && /^\s*[+-]?\d{1,19}\s*$/.test(cell));
  const value = isWhole ? BigInt(String(cell).trim().replace(/^\+/, "")) : null;
  return value !== null && value <= INT64_MAX && value >= -INT64_MAX - 1n
    ? { ok: true, value }
    : refuseCell("NotWhole", `${JSON.stringify(cell)} is no whole number of 64 bits`);
}

function readBoolean(cell: Cell): ValueResult {
  const value = booleans.get(String(cell).trim().toLowerCase());
  return value === undefined || typeof cell === "object"
    ? refuseCell("NotABoolean", `${JSON.stringify(cell)} is neither true nor false`)
    : { ok: true, value };
}

function readStrings(cell: Cell, separator: string): ValueResult {
  const list = typeof cell === "string" ? cell.split(separator).map((item) => item.trim()) : cell;
  if (!Array.isArray(list) || !list.every((item) => typeof item === "string"))
    return refuseCell("NotText", `${JSON.stringify(cell)} is no list of texts`);
  return { ok: true, value: list.filter((item) => item !== "") };
}
