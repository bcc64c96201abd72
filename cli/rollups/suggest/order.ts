/** From a function that compares two rows to what they are ordered by. */
import type * as TypeScript from "typescript";
import { CannotTell, same, type Expr } from "./expr.js";
import type { Run } from "./run.js";
import { exprOf, type Order, type Table, type Value } from "./values.js";

/** Throws `CannotTell` for a comparison of another kind than differences, `<`, `>`, `localeCompare`, joined by `||`. */
export function orderOf(
  run: Run,
  table: Table,
  compare: Value | undefined,
  node: TypeScript.Node,
): Order[] {
  if (compare === undefined) {
    const by = keyOf(run, table.item);
    return [{ by, descending: false, locale: false }];
  }
  const left = marked(run, table.item, "left");
  const right = marked(run, table.item, "right");
  const compared = run.store.pure(() => run.call(compare, [left, right], node));
  return orders(run.scalar(compared, node), node);
}

/** Without a function, texts are in order of their codes. */
function keyOf(run: Run, item: Value): Expr {
  if (item.k === "expr" && item.e.op === "key") return item.e;
  if (item.k === "ref") {
    // Pairs are compared as texts, which begin with the key.
    const first = run.store.cell(item.id).parts.get("0");
    if (first?.k === "expr" && first.e.op === "key" && isDay(first.e)) return first.e;
  }
  throw new CannotTell("rows sorted as texts");
}

const isDay = (e: Expr & { op: "key" }): boolean => {
  const key = e.group.keys[e.at];
  return key?.op === "apply" && key.fn.startsWith("#iso");
};

/** A row's values with a mark that says on which side of the comparison they are. */
function marked(run: Run, value: Value, side: string): Value {
  if (value.k === "expr") return exprOf({ op: "apply", fn: `#${side}`, of: [value.e] });
  if (value.k !== "ref") return value;
  const cell = run.store.cell(value.id);
  return run.store.ref({
    ...cell,
    parts: new Map([...cell.parts].map(([name, part]) => [name, marked(run, part, side)])),
  });
}

function orders(e: Expr, node: TypeScript.Node): Order[] {
  if (e.op === "apply") {
    const [a, b, c] = e.of;
    if (e.fn === "||" && a && b) return [...orders(a, node), ...orders(b, node)];
    if (e.fn === "-" && a && b) return [orderBy(a, b, false, node)];
    if (e.fn === ".localeCompare" && a && b && e.of.length === 2)
      return [orderBy(a, b, true, node)];
    if (e.fn === "?:" && a?.op === "apply" && (a.fn === "<" || a.fn === ">") && b && c) {
      const [x, y] = a.of as [Expr, Expr];
      const order = orderBy(x, y, false, node);
      const [yes, no] = [signOf(b), signOf(c)];
      if (yes === null || (no === null && c.op !== "apply")) throw unknown(node);
      if (no !== null && no === yes) throw unknown(node);
      if (c.op === "apply" && no === null) {
        const [rest] = orders(c, node);
        if (rest === undefined || !same(rest.by, order.by)) throw unknown(node);
      }
      const ascending = (a.fn === "<") === yes < 0;
      return [{ ...order, descending: ascending === order.descending }];
    }
    if (e.fn === "?:" && a?.op === "apply" && /^[!=]==?$/.test(a.fn) && b && c) {
      // `a.n !== b.n ? b.n - a.n : …`, and the same the other way round.
      const [differ, equal] = a.fn.startsWith("!") ? [b, c] : [c, b];
      const of = orderBy(a.of[0]!, a.of[1]!, false, node);
      const first = orders(differ, node);
      if (!first.some(({ by }) => same(by, of.by))) throw unknown(node);
      return [...first, ...(signOf(equal) === 0 ? [] : orders(equal, node))];
    }
  }
  throw unknown(node);
}

const unknown = (node: TypeScript.Node) => new CannotTell("rows sorted in a way of its own", node);

function signOf(e: Expr): number | null {
  return e.op === "literal" && typeof e.value === "number" ? Math.sign(e.value) : null;
}

function orderBy(a: Expr, b: Expr, locale: boolean, node: TypeScript.Node): Order {
  const descending = sideOf(a) === "#right";
  if (sideOf(a) === sideOf(b) || !same(unmarked(a), unmarked(b))) throw unknown(node);
  return { by: unmarked(a), descending, locale };
}

function sideOf(e: Expr): string | null {
  if (e.op !== "apply") return null;
  if (e.fn === "#left" || e.fn === "#right") return e.fn;
  const sides = new Set(e.of.map(sideOf).filter((side) => side !== null));
  return sides.size === 1 ? [...sides][0]! : null;
}

function unmarked(e: Expr): Expr {
  if (e.op !== "apply") return e;
  if (e.fn === "#left" || e.fn === "#right") return e.of[0]!;
  return { ...e, of: e.of.map(unmarked) };
}
