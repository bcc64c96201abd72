/**
 * From a cell to a field's value. Whatever would change a value on the way in (rounding, guessing a
 * separator, cutting a text) is refused by name instead.
 */
import { parseTimestamp, type DateOrder } from "./time/timestamp";
import type { Cell } from "./record";
import type { FieldDefinition } from "./fields";

export type CellOptions = {
  /** Zone of times that carry none. */
  timezone: string;
  dateOrder: DateOrder | undefined;
  /** What separates the entries of a list, by field. */
  separators: ReadonlyMap<string, string>;
  /** The file writes 1.234,50 for what others write 1,234.50. */
  decimalComma: boolean;
};

export type FieldValue = string | number | string[];

export type CellResult =
  { ok: true; value: FieldValue } | { ok: false; code: string; message: string };

const defaultSeparator = "|";

/** `cell` is not empty: empty cells take defaults before they come here. */
export function readCell(field: FieldDefinition, cell: Cell, options: CellOptions): CellResult {
  switch (field.kind) {
    case "text":
      return readText(cell);
    case "texts":
      return readTexts(cell, options.separators.get(field.name) ?? defaultSeparator);
    case "time":
      return readTime(cell, options);
    case "integer":
      return readInteger(cell, options);
    case "decimal":
      return readNumber(cell, options);
    case "duration":
      return readDuration(cell, options);
    case "choice":
      return readChoice(cell, field.choices ?? []);
    default:
      return field.kind satisfies never;
  }
}

function readText(cell: Cell): CellResult {
  if (typeof cell === "string") return { ok: true, value: cell.trim() };
  if (typeof cell === "number") return { ok: true, value: String(cell) };
  return refuse("NotText", `${JSON.stringify(cell)} is no text.`);
}

function readTexts(cell: Cell, separator: string): CellResult {
  const list = typeof cell === "string" ? cell.split(separator) : cell;
  if (!Array.isArray(list) || !list.every((item): item is string => typeof item === "string"))
    return refuse("NotText", `${JSON.stringify(cell)} is no list of texts.`);
  const items = list.map((item) => item.trim()).filter((item) => item !== "");
  return { ok: true, value: [...new Set(items)] };
}

/** Numbers in JSON are epoch milliseconds, as our own rows are; texts are whatever the file writes. */
function readTime(cell: Cell, options: CellOptions): CellResult {
  if (typeof cell === "number")
    return Number.isSafeInteger(cell)
      ? { ok: true, value: cell }
      : refuse("UnknownFormat", `${cell} is no time in whole epoch milliseconds.`);
  if (typeof cell !== "string")
    return refuse("UnknownFormat", `${JSON.stringify(cell)} is no time.`);
  const time = parseTimestamp(cell, { order: options.dateOrder, zone: options.timezone });
  return time.ok ? { ok: true, value: time.ms } : time;
}

function readInteger(cell: Cell, options: CellOptions): CellResult {
  const number = readNumber(cell, options);
  if (!number.ok) return number;
  return Number.isSafeInteger(number.value)
    ? number
    : refuse("NotWhole", `${JSON.stringify(cell)} is no whole number.`);
}

/**
 * Plain and grouped numbers, a currency sign, a percent-free decimal part, and accountants'
 * negatives: (100), 100-. Refused when the separators do not fit, as in 1.234 with a decimal comma
 * left undeclared and more than one reading.
 */
function readNumber(cell: Cell, options: CellOptions): CellResult {
  if (typeof cell === "number") return { ok: true, value: cell === 0 ? 0 : cell };
  if (typeof cell !== "string")
    return refuse("NotANumber", `${JSON.stringify(cell)} is no number.`);
  let text = cell.trim().replace(/[\u2212\u2013]/g, "-");
  let negative = false;
  if (/^\(.*\)$/.test(text)) [negative, text] = [true, text.slice(1, -1).trim()];
  else if (/^-/.test(text)) [negative, text] = [true, text.slice(1).trim()];
  else if (/-$/.test(text)) [negative, text] = [true, text.slice(0, -1).trim()];
  else if (/^\+/.test(text)) text = text.slice(1).trim();
  text = text.replace(/^[$€£¥]\s?|\s?[$€£¥]$/g, "");
  const [group, point] = options.decimalComma ? [".", ","] : [",", "."];
  const grouped = new RegExp(`^\\d{1,3}([${group}\\s'])\\d{3}(?:\\1\\d{3})*(?=$|\\${point})`);
  if (grouped.test(text)) text = text.replace(new RegExp(`[${group}\\s']`, "g"), "");
  if (options.decimalComma) text = text.replace(",", ".");
  if (!/^(?:\d+\.?\d*|\.\d+)$/.test(text))
    return refuse("NotANumber", `"${cell}" is no number as this file writes them.`);
  const value = Number(text);
  return { ok: true, value: negative && value !== 0 ? -value : value };
}

/** Seconds, `h:mm:ss`, `mm:ss` or ISO 8601 (`PT1H2M3S`). */
function readDuration(cell: Cell, options: CellOptions): CellResult {
  if (typeof cell !== "string") return readNumber(cell, options);
  const text = cell.trim();
  const clock = /^(?:(\d+):)?(\d{1,2}):([0-5]\d(?:\.\d{1,3})?)$/.exec(text);
  if (clock !== null) return toSeconds(clock[1], clock[2], clock[3]);
  const iso = /^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?$/i.exec(text);
  if (iso !== null && /\d/.test(text))
    return toSeconds(String(Number(iso[1] ?? 0) * 24 + Number(iso[2] ?? 0)), iso[3], iso[4]);
  return readNumber(cell, options);
}

function toSeconds(hours = "0", minutes = "0", seconds = "0"): CellResult {
  // In milliseconds, so that 0.1 + 0.2 stays 0.3.
  const ms =
    (Number(hours) * 3600 + Number(minutes) * 60) * 1000 + Math.round(Number(seconds) * 1000);
  return { ok: true, value: ms / 1000 };
}

function readChoice(cell: Cell, choices: readonly string[]): CellResult {
  const value = typeof cell === "string" ? cell.trim().toLowerCase() : "";
  if (choices.includes(value)) return { ok: true, value };
  return refuse("UnknownChoice", `${JSON.stringify(cell)} is none of ${choices.join(", ")}.`);
}

function refuse(code: string, message: string): CellResult {
  return { ok: false, code, message };
}
