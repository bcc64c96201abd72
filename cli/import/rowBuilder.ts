/** From a record to the row that is sent: each field from its column, its default, or a refusal. */
import { readCell, type CellOptions, type FieldValue } from "./values/cellValue";
import type { FieldDefinition, RowDefinition } from "./fields";
import type { Mapping } from "./mapping";
import type { Cell, Cells } from "./record";

export type Row = Record<string, FieldValue>;

export type RowResult = { ok: true; row: Row } | { ok: false; code: string; message: string };

export type RowOptions = CellOptions & {
  /** Texts that stand in for what a file does not say; they go before the built-in ones. */
  defaults: ReadonlyMap<string, string>;
  /** Cells that mean "nothing here", besides the empty one. */
  emptyTexts: ReadonlySet<string>;
};

export type RowBuilder = {
  build(cells: Cells): RowResult;
  /** How many rows took a default, by field: what the file did not say is reported, not hidden. */
  defaulted: ReadonlyMap<string, number>;
};

export function rowBuilder(
  definition: RowDefinition,
  mapping: Mapping,
  options: RowOptions,
): RowBuilder {
  const defaulted = new Map<string, number>();

  function cellOf(field: string, cells: Cells): Cell | undefined {
    const column = mapping.get(field);
    const cell = column === undefined ? undefined : cells[column];
    if (cell === undefined || cell === null) return undefined;
    return typeof cell === "string" && (cell.trim() === "" || options.emptyTexts.has(cell.trim()))
      ? undefined
      : cell;
  }

  function standIn(field: FieldDefinition, cells: Cells): Cell | undefined {
    const declared = options.defaults.get(field.name);
    if (declared !== undefined) return declared;
    const other = field.sameAs === undefined ? undefined : cellOf(field.sameAs, cells);
    return other ?? field.fallback;
  }

  return {
    defaulted,
    build(cells) {
      const row: Row = {};
      const tookDefault: string[] = [];
      for (const field of definition.fields) {
        let cell = cellOf(field.name, cells);
        if (cell === undefined) {
          cell = standIn(field, cells);
          if (cell === undefined)
            return { ok: false, code: "MissingField", message: `${field.name}: nothing is given.` };
          tookDefault.push(field.name);
        }
        const value = readCell(field, cell, options);
        if (!value.ok) return { ...value, message: `${field.name}: ${value.message}` };
        row[field.name] = value.value;
      }
      const key = cellOf("key", cells);
      if (key !== undefined) row["key"] = String(key);
      for (const name of tookDefault) defaulted.set(name, (defaulted.get(name) ?? 0) + 1);
      return { ok: true, row };
    },
  };
}
