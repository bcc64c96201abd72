/** Functions of the language that code of this kind calls: on lists, Maps and Sets, on times, on Convex's `db`. */
import type * as TypeScript from "typescript";
import { Branches } from "./branches.js";
import { merged } from "./conditions.js";
import { apply, CannotTell, isGiven, literal, same, simplified, type Expr } from "./expr.js";
import { isNothing, type Interpreter } from "./interpreter.js";
import { Loop } from "./loop.js";
import { orderOf } from "./order.js";
import { callContext } from "./source.js";
import { callTime } from "./time.js";
import { exprOf, type Cell, type Records, type Table, type Value } from "./values.js";

export interface Method {
  on: Value;
  name: string;
  args: readonly Value[];
  node: TypeScript.Node;
}

/** Runs a body for each record, or for each row of a grouping. */
export function loopOver(
  run: Interpreter,
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

type List = Records | Table | { k: "elements"; e: Expr };

/** What a list, Map, Set or their iterators hold. */
function listOf(run: Interpreter, value: Value | List, node: TypeScript.Node): List {
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
function rowOf(cell: Cell): { key: Value; value: Value } {
  const { group, value } = cell.entries!;
  if (group!.keys.length > 1) throw new CannotTell("rows within rows");
  return { key: exprOf({ op: "key", group: group!, at: 0 }), value: value! };
}

const tableOf = (cell: Cell, item: Value): Table => ({
  k: "table",
  group: cell.entries!.group!,
  item,
  order: [],
  limit: null,
});

function mapped(run: Interpreter, list: List, fn: Value, node: TypeScript.Node): Value {
  if (list.k === "elements") throw new CannotTell("a list of each record", node);
  const item = run.call(fn, [list.item], node);
  return { ...list, item };
}

/** The records that pass a test: all ways through it that end with yes. */
function filtered(run: Interpreter, list: Records, fn: Value, node: TypeScript.Node): Records {
  const { store } = run;
  if (store.branches !== null) throw new CannotTell("a filter for each record", node);
  store.branches = new Branches(list.where);
  const since = store.since;
  store.since = store.next;
  const ways = store.branches.each(() => {
    const answer = run.truth(run.call(fn, [list.item], node), node);
    return answer.op === "literal" ? Boolean(answer.value) : store.branches!.decide(answer);
  });
  store.branches = null;
  store.since = since;
  const where = merged(ways.filter(({ result }) => result).map(({ path }) => path.conditions));
  if (where.length === 0) throw new CannotTell("a filter that no record passes", node);
  if (where.length > 1) throw new CannotTell("a filter by one of several fields", node);
  return { ...list, where: where[0]! };
}

function reduced(
  run: Interpreter,
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

const assignedBy = (run: Interpreter, fn: Value): Set<number> =>
  fn.k === "function" && fn.node.body ? run.assignedIn(fn.node.body, fn.scope) : new Set();

/** Sums over the records of each group are sums of that group. */
function reducedGroup(
  run: Interpreter,
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
function extreme(run: Interpreter, list: Records, fn: Value, node: TypeScript.Node): Value {
  const a: Expr = { op: "before", id: "a" };
  const b: Expr = { op: "before", id: "b" };
  const e = run.scalar(run.call(fn, [exprOf(a), exprOf(b)], node), node);
  for (const type of ["min", "max"] as const)
    if (same(e, apply(`Math.${type}`, a, b))) return exprOf(extremeOf(run, list, type, node));
  if (same(e, apply("+", a, b))) return exprOf(sumOf(run, list, node));
  throw new CannotTell("a reduce without a start that is no sum, minimum or maximum", node);
}

function extremeOf(
  run: Interpreter,
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

function sumOf(run: Interpreter, list: Records, node: TypeScript.Node): Expr {
  const of = run.scalar(list.item, node);
  if (of.op !== "field" || of.type !== "number" || of.optional)
    throw new CannotTell("a sum of something that is no number of each record", node);
  const { source, where, group } = list;
  return { op: "aggregate", aggregate: { type: "sum", of, source, where, group } };
}

export function callMethod(run: Interpreter, method: Method): Value {
  const { on, name, args, node } = method;
  const { store } = run;
  const [first, second] = args;
  const contextual = callContext(run, method);
  if (contextual !== null) return contextual;
  if (on.k === "date" || on.k === "expr") return callTime(run, method);
  if (on.k === "ref") {
    const cell = store.cell(on.id);
    if (cell.all === undefined) {
      const answer = callStored(run, method, on.id, cell);
      if (answer !== null) return answer;
    }
  }
  if (on.k === "distinct" && name === "has")
    throw new CannotTell("whether a record is among others", node);
  const list = listOf(run, on, node);
  if (name === "forEach") {
    const each = (element: Value) => void run.call(first!, [element], node);
    loopOver(run, list, node, assignedBy(run, first!), each);
    return exprOf(literal(undefined));
  }
  if (list.k === "elements") throw new CannotTell(`\`.${name}\` of a record's list`, node);
  switch (name) {
    case "map":
      return mapped(run, list, first!, node);
    case "filter":
      if (list.k === "records") return filtered(run, list, first!, node);
      break;
    case "reduce":
      if (list.k === "records") return reduced(run, list, args, node);
      break;
    case "sort":
    case "toSorted":
      if (list.k === "table" && list.limit === null) {
        const order = orderOf(run, list, first, node);
        const sorted = { ...list, order: [...order, ...list.order] };
        if (name === "sort" && on.k === "ref")
          throw new CannotTell("a list that is sorted in place", node);
        return sorted;
      }
      if (list.k === "records")
        throw new CannotTell("records in order: a query of the table has them", node);
      break;
    case "slice":
      if (
        list.k === "table" &&
        list.limit === null &&
        first?.k === "expr" &&
        same(first.e, literal(0))
      ) {
        if (second === undefined) return list;
        const limit = run.scalar(second, node);
        // All rows of the same grouping are no limit.
        if (same(limit, lengthOf(list))) return list;
        if (!isGiven(limit))
          throw new CannotTell("a number of rows that depends on the records", node);
        if (list.order.length === 0)
          throw new CannotTell("the first rows in the order of the records", node);
        return { ...list, limit };
      }
      if (list.k === "records") throw new CannotTell("some of the records one by one", node);
      break;
    case "entries":
    case "values":
      return list;
    default:
  }
  throw new CannotTell(`\`.${name}\` of ${list.k === "table" ? "rows" : "records"}`, node);
}

export const lengthOf = (table: Table): Expr => ({
  op: "apply",
  fn: "#length",
  of: [{ op: "key", group: table.group, at: 0 }],
});

/** Methods of Maps, Sets and lists that the function makes. Null for those that all lists have. */
function callStored(
  run: Interpreter,
  { name, args, node }: Method,
  id: number,
  cell: Cell,
): Value | null {
  const { store } = run;
  const [first, second] = args;
  const key = () => {
    const e = run.scalar(first!, node);
    return e;
  };
  if (cell.kind === "map") {
    if (name === "get") return store.get(id, key());
    if (name === "has") return exprOf(literal(store.has(id, key())));
    if (name === "set") {
      store.set(id, key(), second!);
      return { k: "ref", id };
    }
    if (cell.entries?.group !== undefined) {
      const { key: of, value } = rowOf(cell);
      if (name === "values") return tableOf(cell, value);
      if (name === "keys") return tableOf(cell, of);
      if (name === "entries") return tableOf(cell, store.list(of, value));
      if (name === "forEach") throw new CannotTell("a loop over rows", node);
    }
  }
  if ((cell.kind === "list" && name === "push") || (cell.kind === "set" && name === "add")) {
    store.write(id, { added: [...cell.added, first!] });
    return exprOf(literal(undefined));
  }
  if (cell.kind === "list" && name === "includes" && first !== undefined) {
    const items = [...cell.parts.values()].map((item) => run.scalar(item, node));
    return exprOf(apply(".includes", apply("list", ...items), run.scalar(first, node)));
  }
  if (cell.kind === "set" && name === "has" && cell.parts.size > 0 && first !== undefined) {
    const items = [...cell.parts.values()].map((item) => run.scalar(item, node));
    return exprOf(apply(".includes", apply("list", ...items), run.scalar(first, node)));
  }
  if (cell.kind === "list" && cell.filled === undefined && cell.parts.size > 0 && name === "map") {
    const items = [...cell.parts.values()].map((item, i) =>
      run.call(first!, [item, exprOf(literal(i))], node),
    );
    return store.list(...items);
  }
  if (cell.kind === "list" && name === "fill" && cell.filled !== undefined) {
    if (first?.k !== "expr" || first.e.op !== "literal")
      throw new CannotTell("a list filled with objects", node);
    const text = `${cell.filled.text}.fill(${JSON.stringify(first.e.value)})`;
    return store.ref({ kind: "list", filled: { value: first, text } });
  }
  return null;
}

export function callNative(
  run: Interpreter,
  name: string,
  args: readonly Value[],
  node: TypeScript.Node,
): Value {
  const { store } = run;
  const [first, second] = args;
  switch (name) {
    case "new Map":
    case "new Set":
      return made(run, name === "new Map" ? "map" : "set", first, node);
    case "new Date":
      if (first === undefined) return { k: "date", e: { op: "param", text: "Date.now()" } };
      if (args.length === 1) return { k: "date", e: run.scalar(first, node) };
      throw new CannotTell("a date of parts", node);
    case "Date.now":
      return exprOf({ op: "param", text: "Date.now()" });
    case "Array":
    case "new Array":
      if (first?.k === "expr" && args.length === 1) {
        const text = `Array(${String((first.e as { value?: unknown }).value)})`;
        if (first.e.op === "literal")
          return store.ref({ kind: "list", filled: { value: exprOf(literal(undefined)), text } });
      }
      break;
    case "Array.from":
      return arrayFrom(run, first!, second, node);
    case "Object.entries":
    case "Object.values":
    case "Object.keys": {
      if (first?.k !== "ref") break;
      const cell = store.cell(first.id);
      if (cell.kind !== "object" || cell.entries?.group === undefined || cell.filled !== undefined)
        break;
      const { key, value } = rowOf(cell);
      if (name === "Object.keys") return tableOf(cell, key);
      return tableOf(cell, name === "Object.values" ? value : store.list(key, value));
    }
    case "Object.fromEntries": {
      const list = listOf(run, first!, node);
      if (list.k === "table") return { k: "pairs", of: list, isMap: false };
      break;
    }
    case "Object.groupBy":
    case "Map.groupBy":
      return grouped(run, name === "Map.groupBy" ? "map" : "object", args, node);
    case "Math.min":
    case "Math.max": {
      if (args.length === 1 && first?.k === "spread") {
        const list = listOf(run, first.of, node);
        const type = name.slice(5) as "min" | "max";
        if (list.k !== "records") break;
        const worst = literal(type === "max" ? -Infinity : Infinity);
        return exprOf(apply("??", extremeOf(run, list, type, node), worst));
      }
      return exprOf(
        simplified(
          name,
          args.map((arg) => run.scalar(arg, node)),
        ),
      );
    }
    case "Number":
    case "String":
    case "Math.round":
    case "Math.floor":
    case "Math.ceil":
    case "Math.abs":
    case "Math.trunc":
    case "parseFloat":
      return exprOf(apply(name, ...args.map((arg) => run.scalar(arg, node))));
    case "Boolean":
      return exprOf(run.truth(first!, node));
    default:
  }
  throw new CannotTell(`\`${name}\``, node);
}

function grouped(
  run: Interpreter,
  kind: "map" | "object",
  args: readonly Value[],
  node: TypeScript.Node,
): Value {
  const { store } = run;
  const [over, keyOf] = args;
  const list = listOf(run, over!, node);
  if (list.k !== "records" || keyOf === undefined) throw new CannotTell("a grouping of rows", node);
  const id = store.add({ kind });
  const add = () => {
    const key = run.scalar(run.call(keyOf, [list.item], node), node);
    const entry = store.get(id, key);
    if (isNothing(entry)) store.set(id, key, store.ref({ kind: "list", added: [list.item] }));
    else if (entry.k === "ref") store.write(entry.id, { added: [list.item] });
  };
  new Loop(store, list, add, []).run();
  return { k: "ref", id };
}

function made(
  run: Interpreter,
  kind: "map" | "set",
  from: Value | undefined,
  node: TypeScript.Node,
): Value {
  const { store } = run;
  if (from === undefined) return store.ref({ kind });
  if (from.k === "ref" && kind === "set") {
    const cell = store.cell(from.id);
    if (cell.kind === "list" && cell.all === undefined && cell.filled === undefined)
      return store.ref({ kind, parts: cell.parts });
  }
  if (from.k === "expr" && from.e.op === "field" && from.e.type === "strings" && kind === "set") {
    const element: Expr = { op: "element", name: from.e.name };
    const of = { k: "records", item: exprOf(element) } as Records;
    return { k: "distinct", of };
  }
  const list = listOf(run, from, node);
  if (kind === "set" && list.k === "records") return { k: "distinct", of: list };
  if (kind === "map" && list.k === "table") return { k: "pairs", of: list, isMap: true };
  throw new CannotTell("a Map or Set of something that is not followed", node);
}

function arrayFrom(
  run: Interpreter,
  from: Value,
  fn: Value | undefined,
  node: TypeScript.Node,
): Value {
  const { store } = run;
  if (from.k === "ref") {
    const cell = store.cell(from.id);
    const length = cell.kind === "object" ? cell.parts.get("length") : undefined;
    if (length?.k === "expr" && length.e.op === "literal" && fn !== undefined) {
      const index: Expr = { op: "param", text: "_index" };
      const value = run.call(fn, [exprOf(literal(undefined)), exprOf(index)], node);
      const text = `Array.from({ length: ${String(length.e.value)} }, () => `;
      if (value.k === "expr" && value.e.op === "literal")
        return store.ref({
          kind: "list",
          filled: { value, text: `${text}${JSON.stringify(value.e.value)})` },
        });
      const inner = value.k === "ref" ? store.cell(value.id).filled : undefined;
      if (inner === undefined) throw new CannotTell("a list of made objects", node);
      return store.ref({ kind: "list", filled: { value, text: `${text}${inner.text})` } });
    }
    if (
      cell.kind === "list" &&
      cell.filled === undefined &&
      cell.all === undefined &&
      cell.entries === undefined
    )
      return fn === undefined
        ? store.ref({ ...cell })
        : store.list(...[...cell.parts.values()].map((item) => run.call(fn, [item], node)));
  }
  if (from.k === "distinct" && fn === undefined)
    throw new CannotTell("different values are looked at one by one, as for a streak", node);
  const list = listOf(run, from, node);
  if (list.k === "elements") throw new CannotTell("a record's list", node);
  return fn === undefined ? list : mapped(run, list, fn, node);
}
