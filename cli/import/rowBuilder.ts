/** From a record to the rows that are sent: each field from its columns, its default, or a refusal. */
import { identityOfCell } from "./identity/reading.js";
import type { RowDefinition } from "./fields.js";
import type { Lookup } from "./lookup.js";
import type { Mapping } from "../records/mapping.js";
import { legsOf, signed, type Leg, type MoveOptions } from "./moves.js";
import type { FieldDefinition } from "../records/fields.js";
import { cellOf, type Cell, type Cells } from "../records/record.js";
import { readCell, type CellOptions, type FieldValue } from "../records/values/cellValue.js";
import { refuseCell, type CellRefusal } from "../records/values/refusal.js";

export type Row = Record<string, FieldValue>;

/** A row without its key, and what makes it itself. */
export interface BuiltRow {
  row: Row;
  identity: string;
  /** Tells the two movements of one record apart; "" where there is one. */
  leg: Leg["name"];
}

export type RowResult = { ok: true; rows: BuiltRow[] } | (CellRefusal & { identities: string[] });

export interface RowOptions extends CellOptions {
  /** Texts that stand in for what a file does not say; they go before the built-in ones. */
  defaults: ReadonlyMap<string, string>;
  /** Cells that mean "nothing here", besides the empty one. */
  emptyTexts: ReadonlySet<string>;
  moves: MoveOptions;
}

export interface RowBuilder {
  /** A refused record keeps its identities: it takes its number among equal ones. */
  build(cells: Cells): RowResult;
  /** How many rows took a default, by field: what the file did not say is reported, not hidden. */
  defaulted: ReadonlyMap<string, number>;
  /** How many records had no match in the lookup. */
  readonly unmatched: number;
}

/** The columns that rows are made of. */
export interface RowSource {
  mapping: Mapping;
  /** The columns that identify records, where a former import of the file took others. */
  identifiedBy?: Mapping | undefined;
  lookup?: Lookup | undefined;
  /** Columns of the file itself. */
  ownColumns: readonly string[];
}

export function rowBuilder(
  definition: RowDefinition,
  { mapping, identifiedBy = mapping, lookup, ownColumns }: RowSource,
  options: RowOptions,
): RowBuilder {
  const defaulted = new Map<string, number>();
  let unmatched = 0;
  const identifying = definition.fields.filter((field) => field.identity === true);
  /** Whether only the lookup has a column that identifies records. */
  const lookedUp = identifying
    .flatMap(({ name, sameAs = "" }) => identifiedBy.get(name) ?? identifiedBy.get(sameAs) ?? [])
    .some((column) => lookup?.columns.includes(column) === true && !ownColumns.includes(column));

  const isEmpty = (cell: Cell | undefined): boolean =>
    cell === undefined ||
    cell === null ||
    (typeof cell === "string" && (cell.trim() === "" || options.emptyTexts.has(cell.trim())));

  function given(cells: Cells, column: string): Cell | undefined {
    const cell = cellOf(cells, column);
    return isEmpty(cell) ? undefined : cell;
  }

  /** The cell of a field; day and time of day in one text. */
  function mapped(name: string, cells: Cells): Cell | undefined {
    const [first, second] = mapping.get(name) ?? [];
    if (first === undefined) return undefined;
    const cell = given(cells, first);
    if (second === undefined || cell === undefined) return cell;
    const time = given(cells, second);
    return time === undefined ? cell : `${String(cell)} ${String(time)}`;
  }

  function standIn(field: FieldDefinition, cells: Cells, leg: Leg): Cell | undefined {
    const declared = options.defaults.get(field.name);
    if (declared !== undefined) return declared;
    if (field.name === "kind" && leg.kind !== undefined) return leg.kind;
    const other = field.sameAs === undefined ? undefined : mapped(field.sameAs, cells);
    return other ?? field.fallback;
  }

  function cellOfLeg(name: string, cells: Cells, leg: Leg): Cell | undefined {
    if (name === "quantity" && "quantity" in leg) return leg.quantity;
    if (name === "warehouse" && leg.warehouse !== undefined) return leg.warehouse;
    return mapped(name, cells);
  }

  function build(cells: Cells, leg: Leg): { ok: true; row: Row; took: string[] } | CellRefusal {
    const row: Row = {};
    const took: string[] = [];
    let quantity: Cell = null;
    for (const field of definition.fields) {
      let cell = cellOfLeg(field.name, cells, leg);
      if (cell === undefined) {
        cell = standIn(field, cells, leg);
        if (cell === undefined) {
          return refuseCell("MissingField", `${field.name}: nothing is given`);
        }
        took.push(field.name);
      }
      const value = readCell(field, cell, options);
      if (!value.ok) return { ...value, message: `${field.name}: ${value.message}` };
      row[field.name] = value.value;
      if (field.name === "quantity") quantity = cell;
    }
    if (typeof row["quantity"] !== "number") return { ok: true, row, took };
    const kind = String(row["kind"]);
    const sum = signed(row["quantity"], { leg, kind, cell: quantity, sign: options.moves.sign });
    if (!sum.ok) return { ...sum, message: `quantity: ${sum.message}` };
    return { ok: true, row: { ...row, quantity: sum.value }, took };
  }

  /**
   * The record's own cells decide, whatever options make of them; those of a lookup do not, only the
   * key that it is found by.
   */
  function identityOf(own: Cells, leg: Leg): string {
    const parts = identifying.map((field) => {
      const said = identityOfCell(field, ownCell(field.name, own, leg));
      const other = field.sameAs === undefined ? undefined : ownCell(field.sameAs, own, leg);
      return said === "" ? identityOfCell(field, other) : said;
    });
    const key = lookedUp && lookup !== undefined ? String(cellOf(own, lookup.key) ?? "") : "";
    return JSON.stringify([...parts, leg.name, key]);
  }

  function ownCell(name: string, own: Cells, leg: Leg): Cell | undefined {
    if (name === "quantity" && "quantity" in leg) return leg.quantity;
    if (name === "warehouse" && leg.warehouse !== undefined) return leg.warehouse;
    const [first, second] = identifiedBy.get(name) ?? [];
    const cell = first === undefined ? undefined : cellOf(own, first);
    return second === undefined
      ? cell
      : `${String(cell ?? "")} ${String(cellOf(own, second) ?? "")}`;
  }

  /** The record's cells; those that are empty are filled from its match. */
  function joined(own: Cells): Cells {
    const match = lookup?.match(own);
    if (lookup !== undefined && match === undefined) unmatched += 1;
    if (match === undefined) return own;
    const cells: Record<string, Cell | undefined> = { ...match };
    for (const [name, cell] of Object.entries(own)) {
      if (!isEmpty(cell) || !Object.hasOwn(cells, name)) cells[name] = cell;
    }
    return cells;
  }

  return {
    defaulted,
    get unmatched() {
      return unmatched;
    },
    build(own) {
      const cells = joined(own);
      const legs = legsOf(options.moves, (column) => given(cells, column));
      if ("ok" in legs) return { ...legs, identities: [identityOf(own, { name: "" })] };
      const identities = legs.map((leg) => identityOf(own, leg));
      const rows: BuiltRow[] = [];
      const taken: string[] = [];
      for (const [at, leg] of legs.entries()) {
        const built = build(cells, leg);
        if (!built.ok) return { ...built, identities };
        rows.push({ row: built.row, identity: identities[at]!, leg: leg.name });
        taken.push(...built.took);
      }
      for (const name of taken) defaulted.set(name, (defaulted.get(name) ?? 0) + 1);
      return { ok: true, rows };
    },
  };
}
