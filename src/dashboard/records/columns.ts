/** The columns of a cube's records, from its row shape and its definition. */
import { inventoryShape, watchShape } from "../../../convex/sources/shapes.js";
import type { RowField } from "../../../convex/sources/rows.js";
import { formatMeasure, nothing } from "../format/numbers.js";
import { catalogue, type Format } from "../model/members.js";
import type { CubeName } from "../model/views.js";
import type { Row, Value } from "./functions.js";

export interface Column {
  field: string;
  shape: RowField;
  title: string;
  isTime: boolean;
  isNumber: boolean;
  /** What its numbers are stored in, where that is not shown; else empty. */
  unit: string;
  /** As the list begins. */
  isShown: boolean;
  /** Pixels, at least. */
  width: number;
  text: (row: Row) => string;
}

const shapes: Record<CubeName, Record<string, RowField>> = {
  watch: watchShape,
  inventory: inventoryShape,
};

/** Said by another column in words. */
const codes = new Set(["videoId"]);

const widths = { time: 192, number: 112, text: 132 } as const;

/** Time first, then as rows have them. */
export function columnsOf(cube: CubeName, timezone: string): Column[] {
  const columns = Object.entries(shapes[cube]).map(([field, shape]): Column => {
    const { kind } = shape;
    const isTime = kind === "time";
    const isNumber = kind === "integer" || kind === "decimal" || kind === "float";
    const format = formatOf(cube, field);
    const clock = isTime ? clockOf(timezone) : null;
    return {
      ...{ field, shape, isTime, isNumber },
      title: titleOf(cube, field),
      unit: format === "duration" ? "seconds" : "",
      isShown: !codes.has(field),
      width: widths[isTime ? "time" : isNumber ? "number" : "text"],
      text: (row) => textOf(row[field], format, clock),
    };
  });
  return columns.sort((a, b) => Number(b.isTime) - Number(a.isTime));
}

function textOf(value: Value | undefined, format: Format, clock: Intl.DateTimeFormat | null) {
  if (typeof value === "number")
    return clock?.format(value) ?? formatMeasure(value, format, "full");
  const text = Array.isArray(value) ? value.join(", ") : (value ?? "");
  return text === "" ? nothing : text;
}

function clockOf(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(undefined, { timeZone, dateStyle: "medium", timeStyle: "short" });
}

function measuresOf(cube: CubeName, field: string) {
  return Object.values(catalogue[cube]?.measures ?? {}).filter(
    (measure) => "field" in measure && measure.field === field,
  );
}

/** As the cube calls the dimension or the sum of it, else its own name as words: "unitCost", "Unit cost". */
function titleOf(cube: CubeName, field: string): string {
  const dimensions = Object.values(catalogue[cube]?.dimensions ?? {});
  const named =
    dimensions.find((one) => one.field === field) ??
    measuresOf(cube, field).find(({ type }) => type === "sum");
  if (named?.title !== undefined) return named.title;
  const words = field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function formatOf(cube: CubeName, field: string): Format {
  return measuresOf(cube, field).find(({ format }) => format !== undefined)?.format ?? "number";
}

/** How a record is called where one is meant: its first text, and its time. */
export function nameOf(columns: readonly Column[], row: Row): string {
  const text = columns.find(({ shape, isShown }) => shape.kind === "text" && isShown);
  const time = columns.find(({ isTime }) => isTime);
  return [text, time].flatMap((column) => (column ? [column.text(row)] : [])).join(", ");
}

/** Whether a record has a text in any column, whatever the case. */
export function hasText(columns: readonly Column[], row: Row, needle: string): boolean {
  const wanted = needle.trim().toLowerCase();
  return columns.some((column) => column.text(row).toLowerCase().includes(wanted));
}

/** Numbers by size, texts by alphabet, lists by their texts. */
export function compareBy(column: Column, one: Row, other: Row): number {
  const [a, b] = [one[column.field], other[column.field]];
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a ?? "").localeCompare(String(b ?? ""));
}
