/** From a record to a row of the app's table: each field from its column, its default, or a refusal. */
import type { FieldDefinition, FieldSet } from "../../records/fields.js";
import type { Mapping } from "../../records/mapping.js";
import { cellOf, type Cell, type Cells } from "../../records/record.js";
import type { CellOptions } from "../../records/values/cellValue.js";
import { refuseCell, type CellRefusal } from "../../records/values/refusal.js";
import { wordsOf } from "../init/names.js";
import { isOf, type Field, type Table } from "../schema/tables.js";
import { readValue, type Value } from "./fieldValue.js";

export type Row = Record<string, Value>;

/** What of the command line says how fields are read. */
export interface FieldOptions {
  times: ReadonlySet<string>;
  numbers: ReadonlySet<string>;
  set: ReadonlyMap<string, string>;
  defaults: ReadonlyMap<string, string>;
  emptyTexts: ReadonlySet<string>;
  cells: CellOptions;
}

/** Whether the numbers of a field are times: as declared, else by its name. */
export function isTime(
  field: Field,
  { times, numbers }: Pick<FieldOptions, "times" | "numbers">,
): boolean {
  if (!isOf(field, "number") || field.literals !== null || numbers.has(field.name)) return false;
  const words = wordsOf(field.name);
  const last = words.at(-1) ?? "";
  const names = ["at", "on", "date", "datetime", "timestamp", "ts", "when"];
  return (
    times.has(field.name) ||
    names.includes(last) ||
    (last === "time" && /^((start|end|event|order)(ed)?)?time$/.test(words.join("")))
  );
}

/**
 * The fields that columns may feed: those of the table which not all rows have alike. `isWhole` is false where the app's
 * own mutation completes rows.
 */
export function fieldSetOf(table: Table, options: FieldOptions, isWhole: boolean): FieldSet {
  const fields = table.fields
    .filter(({ name }) => !options.set.has(name))
    .map((field): FieldDefinition => {
      const kind = isTime(field, options) ? "time" : "text";
      const definition = { name: field.name, kind, aliases: [] } as const;
      return field.optional || !isWhole ? { ...definition, fallback: "" } : definition;
    });
  return { cube: table.name, fields };
}

export type RowResult = { ok: true; row: Row } | CellRefusal;

/** `isWritten`: cells are texts as a table has them, whose blanks at the ends say nothing. */
export function rowsOf(
  table: Table,
  mapping: Mapping,
  options: FieldOptions & { isWhole: boolean; isWritten: boolean },
): (cells: Cells) => RowResult {
  const { cells: how, emptyTexts, isWritten } = options;
  const fields = table.fields.map((field) => ({ field, time: isTime(field, options) }));

  const given = (cells: Cells, column: string): Cell | undefined => {
    const cell = cellOf(cells, column);
    return isWritten && typeof cell === "string" ? cell.trim() : cell;
  };

  /** Day and time of day in one text. */
  function mapped(name: string, cells: Cells): Cell | undefined {
    const [first, second] = mapping.get(name) ?? [];
    if (first === undefined) return undefined;
    const [cell, time] = [given(cells, first), second === undefined ? "" : given(cells, second)];
    return isEmpty(cell) || isEmpty(time) ? cell : `${String(cell)} ${String(time)}`;
  }

  function isEmpty(cell: Cell | undefined): boolean {
    if (typeof cell !== "string") return cell === undefined || cell === null;
    return cell.trim() === "" || emptyTexts.has(cell.trim());
  }

  return (cells) => {
    const row: Row = {};
    for (const { field, time } of fields) {
      const { name, kinds, literals, nullable, absent } = field;
      const cell = options.set.get(name) ?? mapped(name, cells);
      // JSON tells an empty text from none.
      if (cell === "" && !isWritten && kinds.includes("string") && literals === null) {
        row[name] = "";
        continue;
      }
      const value = isEmpty(cell) ? options.defaults.get(name) : cell;
      if (value === undefined || value === null) {
        const isNeeded = !absent && (options.isWhole || mapping.has(name));
        if (nullable && (cell === null || isNeeded)) row[name] = null;
        else if (isNeeded) return refuseCell("MissingField", `${name}: nothing is given`);
        continue;
      }
      const read = readValue(field, value, how, time);
      if (!read.ok) return { ...read, message: `${name}: ${read.message}` };
      row[name] = read.value;
    }
    return { ok: true, row };
  };
}
