/**
 * Which way a stock movement goes, where its quantity alone does not say: two columns for in and out,
 * two places, or a sign that follows from the kind.
 */
import type { Cell } from "../records/record.js";
import { hasSign } from "../records/values/numberText.js";
import { refuseCell, type CellRefusal } from "../records/values/refusal.js";

export interface MoveOptions {
  /** Columns of quantities that came in and went out. */
  in?: string | undefined;
  out?: string | undefined;
  /** Columns of the places that a movement leaves and reaches. */
  from?: string | undefined;
  to?: string | undefined;
  /** Places that are no warehouse, lower-cased. */
  outside: ReadonlySet<string>;
  sign?: "by-kind" | "as-written" | undefined;
}

/** One stock movement of a record: a record with two places has two. */
export interface Leg {
  name: "" | "in" | "out";
  /** What stands in for a kind that the file does not say. */
  kind?: "receipt" | "shipment" | "transfer";
  /** Cells that are not those of the mapping. */
  quantity?: Cell | undefined;
  warehouse?: Cell;
}

type CellOf = (column: string) => Cell | undefined;

/** The movements of a record. `cell` gives undefined where the file says nothing. */
export function legsOf(options: MoveOptions, cell: CellOf): Leg[] | CellRefusal {
  if (options.in !== undefined || options.out !== undefined) return legByColumn(options, cell);
  if (options.from !== undefined || options.to !== undefined) return legsByPlace(options, cell);
  return [{ name: "" }];
}

/** A quantity with the sign of its movement: in +, out −. */
export function signed(
  quantity: number,
  { leg, kind, cell, sign }: { leg: Leg; kind: string; cell: Cell; sign: MoveOptions["sign"] },
): { ok: true; value: number } | CellRefusal {
  if (leg.name !== "") {
    if (quantity < 0) {
      const message = `${quantity} has a sign of its own, beside a column that gives the direction`;
      return refuseCell("TwoSigns", message);
    }
    return { ok: true, value: leg.name === "out" ? 0 - quantity : quantity };
  }
  const written = typeof cell === "number" ? cell < 0 : hasSign(String(cell));
  if (written || quantity === 0 || sign === "as-written") return { ok: true, value: quantity };
  if (sign === "by-kind") return byKind(quantity, kind);
  if (kind !== "shipment") return { ok: true, value: quantity };
  const message = `a shipment of ${quantity} would come in; say --sign by-kind or as-written`;
  return refuseCell("UnsignedShipment", message);
}

function byKind(quantity: number, kind: string): { ok: true; value: number } | CellRefusal {
  if (kind === "receipt" || kind === "return") return { ok: true, value: quantity };
  if (kind === "shipment") return { ok: true, value: -quantity };
  const message = `a ${kind} of ${quantity} goes either way: write a sign, or say --from and --to`;
  return refuseCell("UnknownDirection", message);
}

function legByColumn(options: MoveOptions, cell: CellOf): Leg[] | CellRefusal {
  const came = options.in === undefined ? undefined : cell(options.in);
  const went = options.out === undefined ? undefined : cell(options.out);
  const [moved, ...others] = [
    { name: "in", kind: "receipt", quantity: came } as const,
    { name: "out", kind: "shipment", quantity: went } as const,
  ].filter(({ quantity }) => quantity !== undefined && !isZero(quantity));
  if (others.length > 0) {
    return refuseCell("TwoDirections", `${came} came in and ${went} went out in one record`);
  }
  if (moved !== undefined) return [moved];
  const zero = came ?? went;
  return zero === undefined
    ? refuseCell("MissingField", "quantity: nothing is given")
    : [{ name: "in", kind: "receipt", quantity: zero }];
}

function legsByPlace(options: MoveOptions, cell: CellOf): Leg[] | CellRefusal {
  const inside = (column: string | undefined): Cell | undefined => {
    const place = column === undefined ? undefined : cell(column);
    const text = String(place ?? "").trim();
    return options.outside.has(text.toLowerCase()) ? undefined : place;
  };
  const [from, to] = [inside(options.from), inside(options.to)];
  const both = from !== undefined && to !== undefined;
  const legs: Leg[] = [];
  if (from !== undefined) {
    legs.push({ name: "out", kind: both ? "transfer" : "shipment", warehouse: from });
  }
  if (to !== undefined) {
    legs.push({ name: "in", kind: both ? "transfer" : "receipt", warehouse: to });
  }
  return legs.length > 0
    ? legs
    : refuseCell("MissingField", "warehouse: neither place is a warehouse of ours");
}

function isZero(cell: Cell): boolean {
  return cell === 0 || (typeof cell === "string" && /^[+-]?0*(?:[.,]0*)?$/.test(cell.trim()));
}
