/** Lists of records, rows of groupings, and loops over them. */
import type * as TypeScript from "typescript";
import { apply, CannotTell, literal, type Expr } from "./expr.js";
import { Loop } from "./loop.js";
import type { Run } from "./run.js";
import { exprOf, type Cell, type Records, type Table, type Value } from "./values.js";

/** Runs a body for each record, or for each row of a grouping. */
export function loopOver(
  run: Run,
  over: Value | List,
  node: TypeScript.Node,
  assigned: Iterable<number>,
  body: (element: Value) => void,
): void {
  const items = listOf(run, over, node);
  if (items.k === "records") {
    if (items.group !== null) throw new CannotTell("a loop over the records of each group", node);
    new Loop(run.store, items, () => body(items.item), assigned).run();
    return;
  }
  if (items.k === "elements") {
    const isThere = run.store.branches?.decide(apply("!==", items.e, literal(null))) ?? false;
    return isThere ? body(exprOf(items.e)) : undefined;
  }
  throw new CannotTell("a loop over rows", node);
}

export type List = Records | Table | { k: "elements"; e: Expr };

/** What a list, Map, Set or their iterators hold. */
export function listOf(run: Run, value: Value | List, node: TypeScript.Node): List {
  if (value.k === "records" || value.k === "table" || value.k === "elements") return value;
  if (value.k === "distinct") {
    const { item } = value.of;
    // The different values of one record's list.
    if (item.k === "expr" && item.e.op === "element") return { k: "elements", e: item.e };
    throw new CannotTell("different values are looked at one by one, as for a streak", node);
  }
  if (value.k === "pairs")
    throw new CannotTell("rows are looked at together with other rows, as for retention", node);
  if (value.k === "ref") {
    const cell = run.store.cell(value.id);
    if (cell.all !== undefined) return listOf(run, cell.all, node);
    if (cell.entries?.group !== undefined && cell.kind === "map") {
      const { key, value: item } = rowOf(cell);
      return tableOf(cell, run.store.list(key, item));
    }
  }
  throw new CannotTell("a list that is not followed", node);
}

/** The key and the value of a grouping's row. */
export function rowOf(cell: Cell): { key: Value; value: Value } {
  const { group, value } = cell.entries!;
  if (group!.keys.length > 1) throw new CannotTell("rows within rows");
  return { key: exprOf({ op: "key", group: group!, at: 0 }), value: value! };
}

export const tableOf = (cell: Cell, item: Value): Table => ({
  k: "table",
  group: cell.entries!.group!,
  item,
  order: [],
  limit: null,
});

export function mapped(run: Run, list: List, fn: Value, node: TypeScript.Node): Value {
  if (list.k === "elements") throw new CannotTell("a list of each record", node);
  const item = run.store.pure(() => run.call(fn, [list.item], node));
  return { ...list, item };
}

/** Whether a list or Set holds its first items and no other. */
export const isWhole = ({ path, added }: Cell): boolean => path === undefined && added.length === 0;

export const lengthOf = (table: Table): Expr => ({
  op: "apply",
  fn: "#length",
  of: [{ op: "key", group: table.group, at: 0 }],
});
