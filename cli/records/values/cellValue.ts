/**
 * From a cell to a field's value. Whatever would change a value on the way in (rounding, guessing a
 * separator, cutting a text) is refused by name instead.
 */
import type { FieldDefinition } from "../fields.js";
import type { Cell } from "../record.js";
import { parseTimestamp, type DateOrder } from "../time/timestamp.js";
import type { EpochUnit } from "../time/epochText.js";
import { readDurationText } from "./durationText.js";
import { isExact, readNumberText, type NumberOptions } from "./numberText.js";
import { refuseCell, type CellRefusal } from "./refusal.js";

export interface CellOptions extends NumberOptions {
  /** Zone of times that carry none. */
  timezone: string;
  dateOrder: DateOrder | undefined;
  /** Zone abbreviations that the file's owner has explained. */
  zoneNames?: ReadonlyMap<string, string> | undefined;
  epoch?: EpochUnit | undefined;
  /** Other times of the file prove that its numbers count from 1970. */
  unixEpoch?: boolean | undefined;
  /** The present, in epoch milliseconds. */
  now: number;
  /** What separates the entries of a list, by field. */
  separators: ReadonlyMap<string, string>;
  /** What the file writes for a choice, lower-cased → the choice. */
  words?: ReadonlyMap<string, string> | undefined;
}

export type FieldValue = string | number | string[];

export type CellResult = { ok: true; value: FieldValue } | CellRefusal;

const DEFAULT_SEPARATOR = "|";

/** `cell` is not empty: empty cells take defaults before they come here. */
export function readCell(field: FieldDefinition, cell: Cell, options: CellOptions): CellResult {
  switch (field.kind) {
    case "text":
      return readText(cell);
    case "texts":
      return readTexts(cell, options.separators.get(field.name) ?? DEFAULT_SEPARATOR);
    case "time":
      return readTime(cell, options);
    case "integer":
      return readInteger(cell, options);
    case "decimal":
      return readDecimal(cell, options);
    case "duration":
      return typeof cell === "string" ? readDurationText(cell, options) : readNumber(cell, options);
    case "choice":
      return readChoice(cell, field.choices ?? [], options.words);
    default:
      return field.kind satisfies never;
  }
}

function readText(cell: Cell): CellResult {
  if (typeof cell === "string") return { ok: true, value: cell.trim() };
  if (typeof cell === "number") return { ok: true, value: String(cell) };
  return refuseCell("NotText", `${JSON.stringify(cell)} is no text`);
}

function readTexts(cell: Cell, separator: string): CellResult {
  const list = typeof cell === "string" ? cell.split(separator) : cell;
  if (!Array.isArray(list) || !list.every((item): item is string => typeof item === "string")) {
    return refuseCell("NotText", `${JSON.stringify(cell)} is no list of texts`);
  }
  const items = list.map((item) => item.trim()).filter((item) => item !== "");
  return { ok: true, value: [...new Set(items)] };
}

/** Numbers of JSON are read by the rules of texts. */
export function readTime(cell: Cell, options: CellOptions): CellResult {
  if (typeof cell !== "string" && typeof cell !== "number") {
    return refuseCell("UnknownFormat", `${JSON.stringify(cell)} is no time`);
  }
  const { dateOrder: order, timezone: zone, zoneNames, epoch, unixEpoch, now } = options;
  const time = parseTimestamp(cell, { order, zone, zoneNames, epoch, unixEpoch, now });
  return time.ok ? { ok: true, value: time.ms } : time;
}

function readInteger(cell: Cell, options: CellOptions): CellResult {
  const number = readNumber(cell, options);
  if (!number.ok) return number;
  return Number.isSafeInteger(number.value)
    ? number
    : refuseCell("NotWhole", `${JSON.stringify(cell)} is no whole number`);
}

export function readDecimal(cell: Cell, options: CellOptions): CellResult {
  const number = readNumber(cell, options);
  if (!number.ok || typeof cell !== "string" || isExact(cell, number.value as number))
    return number;
  return refuseCell("NotANumber", `"${cell}" has more digits than can be kept`);
}

function readNumber(cell: Cell, options: CellOptions): CellResult {
  if (typeof cell === "number") return { ok: true, value: cell === 0 ? 0 : cell };
  if (typeof cell !== "string") {
    return refuseCell("NotANumber", `${JSON.stringify(cell)} is no number`);
  }
  return readNumberText(cell, options);
}

function readChoice(
  cell: Cell,
  choices: readonly string[],
  words: ReadonlyMap<string, string> | undefined,
): CellResult {
  const said = typeof cell === "string" ? cell.trim().toLowerCase() : "";
  const value = words?.get(said) ?? said;
  if (choices.includes(value)) return { ok: true, value };
  return refuseCell(
    "UnknownChoice",
    `${JSON.stringify(cell)} is none of ${choices.join(", ")}; say which with --kinds WORD=kind`,
  );
}
