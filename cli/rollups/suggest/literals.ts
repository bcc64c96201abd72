/** Objects and lists as code writes them. */
import type * as TypeScript from "typescript";
import { valueOf } from "./conditions.js";
import { CannotTell, same } from "./expr.js";
import { callNative } from "./natives.js";
import type { Run } from "./run.js";
import { isNothing, type Cell, type Scope, type Value } from "./values.js";

export function objectOf(run: Run, node: TypeScript.ObjectLiteralExpression, scope: Scope): Value {
  const { ts, store } = run;
  const parts = new Map<string, Value>();
  let result: Value | null = null;
  for (const property of node.properties) {
    if (ts.isPropertyAssignment(property) && ts.isComputedPropertyName(property.name)) {
      result ??= store.ref({ kind: "object", parts });
      const key = run.expression(property.name.expression, scope);
      store.set((result as { id: number }).id, key, run.evaluate(property.initializer, scope));
    } else if (ts.isPropertyAssignment(property))
      parts.set(nameOf(run, property.name), run.evaluate(property.initializer, scope));
    else if (ts.isShorthandPropertyAssignment(property))
      parts.set(property.name.text, run.evaluate(property.name, scope));
    else if (ts.isSpreadAssignment(property)) {
      const from = run.evaluate(property.expression, scope);
      if (isNothing(from)) continue;
      if (from.k !== "ref" || store.cell(from.id).kind !== "object")
        throw new CannotTell("a copy of something that is not followed", property);
      const cell = store.cell(from.id);
      for (const [key, part] of cell.parts) parts.set(key, part);
      if (cell.path !== undefined || cell.entries !== undefined)
        result = store.ref({ ...cell, parts });
    } else throw new CannotTell("a method of an object", property);
  }
  return result ?? store.ref({ kind: "object", parts, ...uniformOf(parts) });
}

export function arrayOf(run: Run, node: TypeScript.ArrayLiteralExpression, scope: Scope): Value {
  const { ts, store } = run;
  const [only] = node.elements;
  if (node.elements.length === 1 && only && ts.isSpreadElement(only))
    return callNative(run, "Array.from", [run.evaluate(only.expression, scope)], node);
  if (
    node.elements.length === 2 &&
    only &&
    ts.isSpreadElement(only) &&
    !ts.isSpreadElement(node.elements[1]!)
  ) {
    const list = run.evaluate(only.expression, scope);
    const item = run.evaluate(node.elements[1]!, scope);
    if (isNothing(list)) return store.list(item);
    if (list.k === "ref") {
      const cell = store.cell(list.id);
      return store.ref({ ...cell, added: [...cell.added, item] });
    }
  }
  return store.list(
    ...node.elements.map((element) => {
      if (ts.isSpreadElement(element)) throw new CannotTell("a list made of lists", element);
      return run.evaluate(element, scope);
    }),
  );
}

/** A property's name as text. */
export function nameOf(
  { ts }: Run,
  name: TypeScript.PropertyName | TypeScript.BindingName,
): string {
  if (ts.isIdentifier(name) || ts.isStringLiteral(name) || ts.isNumericLiteral(name))
    return name.text;
  throw new CannotTell("a computed name", name);
}

/** How an object begins that has the same number under each name. */
function uniformOf(parts: ReadonlyMap<string, Value>): Pick<Cell, "uniform"> | null {
  const [value] = parts.values();
  if (value?.k !== "expr" || value.e.op !== "literal" || typeof value.e.value !== "number")
    return null;
  if (![...parts.values()].every((part) => same(part, value))) return null;
  const names = [...parts.keys()];
  const entries = names.map((name) => `${JSON.stringify(name)}: ${String(valueOf(value.e))}`);
  return { uniform: { value, text: `{ ${entries.join(", ")} }`, names } };
}
