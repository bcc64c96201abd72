/** Filters, sums and extremes of records. */
import type * as TypeScript from "typescript";
import { Branches } from "./branches.js";
import { merged } from "./conditions.js";
import { apply, CannotTell, same, type Expr } from "./expr.js";
import { Loop } from "./loop.js";
import type { Run } from "./run.js";
import { assignedIn } from "./symbols.js";
import { exprOf, type Records, type Value } from "./values.js";

/** The records that pass a test: all ways through it that end with yes. */
export function filtered(run: Run, list: Records, fn: Value, node: TypeScript.Node): Records {
  const { store } = run;
  if (store.branches !== null) throw new CannotTell("a filter for each record", node);
  store.branches = new Branches(list.where);
  const since = store.since;
  store.since = store.next;
  const ways = store.branches.each(() => {
    const passes = store.pure(() => run.call(fn, [list.item], node));
    const answer = run.truth(passes, node);
    return answer.op === "literal" ? Boolean(answer.value) : store.branches!.decide(answer);
  });
  store.branches = null;
  store.since = since;
  const where = merged(ways.filter(({ result }) => result).map(({ path }) => path.conditions));
  if (where.length === 0) throw new CannotTell("a filter that no record passes", node);
  if (where.length > 1) throw new CannotTell("a filter by one of several fields", node);
  return { ...list, where: where[0]! };
}

export function reduced(
  run: Run,
  list: Records,
  args: readonly Value[],
  node: TypeScript.Node,
): Value {
  const { store } = run;
  const [fn, initial] = args;
  if (fn === undefined) throw new CannotTell("a reduce without a function", node);
  if (initial === undefined) return extreme(run, list, fn, node);
  if (list.group !== null) return reducedGroup(run, list, fn, initial, node);
  const id = store.add({ kind: "value", value: initial });
  const assigned = assignedBy(run, fn);
  if (initial.k === "expr") assigned.add(id);
  const add = () => {
    const before = store.cell(id).value!;
    const after = run.call(fn, [before, list.item], node);
    if (before.k === "ref" && after.k === "ref" && before.id === after.id) return;
    store.write(id, { value: after });
  };
  new Loop(store, list, add, assigned).run();
  return store.cell(id).value!;
}

export const assignedBy = (run: Run, fn: Value): Set<number> =>
  fn.k === "function" && fn.node.body ? assignedIn(run, fn.node.body, fn.scope) : new Set();

/** Sums over the records of each group are sums of that group. */
function reducedGroup(
  run: Run,
  list: Records,
  fn: Value,
  initial: Value,
  node: TypeScript.Node,
): Value {
  const all = reduced(run, { ...list, group: null }, [fn, initial], node);
  if (all.k !== "expr") throw new CannotTell("an object for each group", node);
  return exprOf(inGroup(all.e, list));
}

const inGroup = (e: Expr, { group }: Records): Expr =>
  e.op === "aggregate"
    ? { op: "aggregate", aggregate: { ...e.aggregate, group } }
    : e.op === "apply"
      ? { ...e, of: e.of.map((part) => inGroup(part, { group } as Records)) }
      : e;

/** `reduce((a, b) => Math.max(a, b))`: without a start the first item is it. */
function extreme(run: Run, list: Records, fn: Value, node: TypeScript.Node): Value {
  const a: Expr = { op: "before", id: "a" };
  const b: Expr = { op: "before", id: "b" };
  const both = run.store.pure(() => run.call(fn, [exprOf(a), exprOf(b)], node));
  const e = run.scalar(both, node);
  for (const type of ["min", "max"] as const)
    if (same(e, apply(`Math.${type}`, a, b))) return exprOf(extremeOf(run, list, type, node));
  if (same(e, apply("+", a, b))) return exprOf(sumOf(run, list, node));
  throw new CannotTell("a reduce without a start that is no sum, minimum or maximum", node);
}

export function extremeOf(
  run: Run,
  list: Records,
  type: "min" | "max",
  node: TypeScript.Node,
): Expr {
  const of = run.scalar(list.item, node);
  if (of.op !== "field" || of.type !== "number" || of.optional)
    throw new CannotTell("an extreme of something that is no number of each record", node);
  const { source, where, group } = list;
  return { op: "aggregate", aggregate: { type, of, source, where, group } };
}

function sumOf(run: Run, list: Records, node: TypeScript.Node): Expr {
  const of = run.scalar(list.item, node);
  if (of.op !== "field" || of.type !== "number" || of.optional)
    throw new CannotTell("a sum of something that is no number of each record", node);
  const { source, where, group } = list;
  return { op: "aggregate", aggregate: { type: "sum", of, source, where, group } };
}
