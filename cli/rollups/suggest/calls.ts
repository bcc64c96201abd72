/** Methods of lists, Maps, Sets and times. */
import { apply, CannotTell, isGiven, literal, same } from "./expr.js";
import { isWhole, lengthOf, listOf, loopOver, mapped, rowOf, tableOf } from "./lists.js";
import { orderOf } from "./order.js";
import { assignedBy, filtered, reduced } from "./reduce.js";
import type { Method, Run } from "./run.js";
import { callContext } from "./source.js";
import { callTime } from "./time.js";
import { exprOf, type Cell, type Value } from "./values.js";

export function callMethod(run: Run, method: Method): Value {
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

/** Methods of Maps, Sets and lists that the function makes. Null for those that all lists have. */
function callStored(run: Run, { name, args, node }: Method, id: number, cell: Cell): Value | null {
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
  const isTest =
    (cell.kind === "list" && name === "includes") || (cell.kind === "set" && name === "has");
  if (isTest && first !== undefined) {
    if (!isWhole(cell)) throw new CannotTell("whether a value is among those added before", node);
    if (cell.parts.size === 0) return exprOf(literal(false));
    const items = [...cell.parts.values()].map((item) => run.scalar(item, node));
    return exprOf(apply(".includes", apply("list", ...items), run.scalar(first, node)));
  }
  if (
    cell.kind === "list" &&
    isWhole(cell) &&
    cell.filled === undefined &&
    cell.parts.size > 0 &&
    name === "map"
  ) {
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
