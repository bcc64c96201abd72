/** Functions of the language by their names: `Math.max`, `Object.entries`, `new Map`, … */
import type * as TypeScript from "typescript";
import { apply, CannotTell, literal, simplified, type Expr } from "./expr.js";
import { isWhole, listOf, mapped, rowOf, tableOf } from "./lists.js";
import { Loop } from "./loop.js";
import { extremeOf } from "./reduce.js";
import type { Run } from "./run.js";
import { exprOf, isNothing, type Records, type Value } from "./values.js";

export function callNative(
  run: Run,
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
  run: Run,
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
  run: Run,
  kind: "map" | "set",
  from: Value | undefined,
  node: TypeScript.Node,
): Value {
  const { store } = run;
  if (from === undefined) return store.ref({ kind });
  if (from.k === "ref" && kind === "set") {
    const cell = store.cell(from.id);
    if (
      cell.kind === "list" &&
      isWhole(cell) &&
      cell.all === undefined &&
      cell.filled === undefined
    )
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

function arrayFrom(run: Run, from: Value, fn: Value | undefined, node: TypeScript.Node): Value {
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
      (isWhole(cell) || fn === undefined) &&
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
