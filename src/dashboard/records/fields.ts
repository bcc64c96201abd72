/** A record as the fields of a form: texts as people write them, and the values that are meant. */
import { instantOf, wallClock } from "../../../lib/time/calendar.js";
import type { RowField } from "../../../convex/sources/rows.js";
import type { Column } from "./columns.js";
import type { Row, Value } from "./functions.js";

/** What a form shows of a value. Times are the clock of a zone, as `datetime-local` has them. */
export function fieldText(shape: RowField, value: Value | undefined, timezone: string): string {
  if (value === undefined) return "";
  if (shape.kind === "time") return wallClock(timezone, Number(value)).slice(0, 19);
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** The value that a text means; null where it means none. The backend checks the rest. */
export function fieldValue(shape: RowField, text: string, timezone: string): Value | null {
  switch (shape.kind) {
    case "text":
    case "oneOf":
      return text;
    case "texts":
      return text.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));
    case "time":
      return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? instantOf(timezone, text) : null;
    case "integer":
    case "decimal":
    case "float":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
    default:
      return shape satisfies never;
  }
}

/** What a field takes, in words. */
export function expected(shape: RowField, timezone: string): string {
  switch (shape.kind) {
    case "text":
      return "Up to 512 characters";
    case "texts":
      return "Up to 32, with commas between them";
    case "oneOf":
      return "One of the list";
    case "time":
      return `Between 1900 and 2199, in ${timezone.replaceAll("_", " ")}`;
    case "integer":
      return "A whole number";
    case "decimal":
      return `${shape.min} or more, with up to ${shape.scale} decimals`;
    case "float":
      return "A number";
    default:
      return shape satisfies never;
  }
}

/** The values that a form changes, and the fields whose text means nothing. */
export function changesOf(
  columns: readonly Column[],
  row: Row,
  texts: Readonly<Record<string, string>>,
  timezone: string,
): { patch: Row; wrong: string[] } {
  const patch: Row = {};
  const wrong: string[] = [];
  for (const { field, shape } of columns) {
    const text = texts[field] ?? "";
    if (text === fieldText(shape, row[field], timezone)) continue;
    const value = fieldValue(shape, text, timezone);
    if (value === null) wrong.push(field);
    else patch[field] = value;
  }
  return { patch, wrong };
}
