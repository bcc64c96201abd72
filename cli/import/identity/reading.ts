/**
 * What makes a record itself, in a form that no option of the importer changes: the cells of the
 * fields that identify it, each in its only reading, or as it stands in the file where an option
 * decides how to read it. `docs/designs/018-import-identity.md` says why.
 */
import type { FieldDefinition } from "../../records/fields.js";
import type { Cell } from "../../records/record.js";
import { parseTimestamp, tidy } from "../../records/time/timestamp.js";
import { readNumberText } from "../../records/values/numberText.js";

/** A fixed present: what an epoch number may count from must not change an identity as years pass. */
const AS_OF = Date.UTC(2026, 0, 1);

/** One text per cell; "" where the file says nothing. */
export function identityOfCell(field: FieldDefinition, cell: Cell | undefined): string {
  if (cell === undefined || cell === null) return "";
  if (typeof cell !== "string" && typeof cell !== "number") return JSON.stringify(cell);
  const text = tidy(String(cell));
  if (text === "" || text === "\\N") return "";
  switch (field.kind) {
    case "time":
      return identityOfTime(text);
    case "integer":
    case "decimal":
      return identityOfNumber(text);
    case "choice":
      return text.toLowerCase();
    case "text":
    case "texts":
    case "duration":
      return String(cell).trim();
    default:
      return field.kind satisfies never;
  }
}

/** The instant where the text itself says it, else the wall clock, else the text. */
function identityOfTime(text: string): string {
  const time = parseTimestamp(text, { zone: "UTC", now: AS_OF });
  if (!time.ok) return text;
  return time.local ?? `@${time.ms}`;
}

/** The number where a point and a comma cannot mean two, else the text. */
function identityOfNumber(text: string): string {
  const readings = [false, true].map((decimalComma) => readNumberText(text, { decimalComma }));
  const values = new Set(readings.map((reading) => (reading.ok ? reading.value : undefined)));
  values.delete(undefined);
  const [value, ...others] = values;
  return value === undefined || others.length > 0 ? text : String(value);
}
