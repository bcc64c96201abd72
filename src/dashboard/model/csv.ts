/** A table as CSV (RFC 4180), for spreadsheets. */
import { csvFormatRows } from "d3-dsv";
import type { Cell, Table } from "../charts/table.js";

/**
 * Numbers come whole, not as they are shown. A text that a spreadsheet would run as a formula is quoted
 * by an apostrophe, as OWASP advises: names of channels and products are other people's.
 */
export function csvOf({ columns, rows }: Table): string {
  const header = columns.map(({ title }) => safe(title));
  return csvFormatRows([header, ...rows.map((row) => row.map(textOf))]);
}

const textOf = ({ value }: Cell): string =>
  value === null ? "" : typeof value === "number" ? String(value) : safe(value);

const safe = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
