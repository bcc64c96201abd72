/** Where the accumulators of a loop are: a path per object that its variables lead to, and what is there. */
import type { Expr } from "./expr.js";
import type { Cell, Value } from "./values.js";

/** What a run leaves at a place: a value, or what it added to a list or Set there. */
export type Leaf = { e: Expr } | { added: readonly Value[] };

export interface Place {
  path: string;
  entries: Cell["entries"];
  cell: Cell;
}

/** All objects that can be reached from the cells that a loop writes, by where they are. */
export function placesOf(cells: Map<number, Cell>, touched: ReadonlySet<number>): Place[] {
  const places: Place[] = [];
  const visit = (value: Value | null | undefined, path: string) => {
    if (value?.k === "ref") look(value.id, path);
  };
  const look = (id: number, path: string) => {
    const cell = cells.get(id);
    if (cell === undefined) return;
    if (cell.kind === "value") return visit(cell.value, path);
    places.push({ path, entries: cell.entries, cell });
    for (const [name, part] of cell.parts) visit(part, `${path}.${name}`);
    visit(cell.entries?.value, `${path}[]`);
  };
  for (const id of touched) look(id, String(id));
  return places;
}

export function leafAt(
  cells: Map<number, Cell>,
  touched: ReadonlySet<number>,
  place: string,
): Leaf | null {
  for (const id of touched) {
    const cell = cells.get(id);
    if (cell?.kind === "value" && String(id) === place && cell.value?.k === "expr")
      return { e: cell.value.e };
  }
  for (const { path, entries, cell } of placesOf(cells, touched)) {
    if (path === place && (cell.kind === "list" || cell.kind === "set")) {
      if (cell.added.length > 0) return { added: cell.added };
      return null;
    }
    if (`${path}[]` === place && entries?.value?.k === "expr") return { e: entries.value.e };
    for (const [name, part] of cell.parts)
      if (`${path}.${name}` === place && part.k === "expr") return { e: part.e };
  }
  return null;
}

export function filledAt(
  cell: Cell | undefined,
  id: string,
  cells: Map<number, Cell>,
): Value | undefined {
  let at = cell;
  let value: Value | undefined;
  for (let rest = id; rest.endsWith("[]"); rest = rest.slice(0, -2)) {
    if (at?.kind === "value" && at.value?.k === "ref") at = cells.get(at.value.id);
    value = (at?.filled ?? at?.uniform)?.value;
    if (value?.k === "ref") at = cells.get(value.id);
  }
  return value;
}
