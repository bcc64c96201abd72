/** Properties and elements of what the code has at hand: records, lists, groupings, parameters. */
import type * as TypeScript from "typescript";
import { apply, CannotTell, literal, type Expr } from "./expr.js";
import { countOf } from "./fields.js";
import { isWhole, lengthOf, tableOf } from "./lists.js";
import type { Run } from "./run.js";
import { exprOf, type Value } from "./values.js";

/** `on.name` */
export function property(run: Run, on: Value, name: string, node: TypeScript.Node): Value {
  const { ts, store } = run;
  switch (on.k) {
    case "record":
      return exprOf(run.fieldOf(on.source, name, node));
    case "context":
      if (name === "db") return { k: "database" };
      throw new CannotTell(`\`ctx.${name}\``, node);
    case "ref": {
      const cell = store.cell(on.id);
      if (cell.all !== undefined) return property(run, cell.all, name, node);
      if (name === "size" && (cell.kind === "map" || cell.kind === "set")) {
        if (cell.entries?.group === undefined)
          throw new CannotTell("how many entries a loop or the code has added", node);
        return exprOf(lengthOf(tableOf(cell, exprOf(literal(undefined)))));
      }
      if (name === "length" && cell.kind === "list" && !cell.filled) {
        if (!isWhole(cell)) throw new CannotTell("how many items are added before", node);
        return exprOf(literal(cell.parts.size));
      }
      return store.get(on.id, literal(name));
    }
    case "native":
      return { k: "native", name: `${on.name}.${name}` };
    case "table":
      if (name === "length") return exprOf(lengthOf(on));
      break;
    case "records":
    case "distinct":
      if (name === "length" || name === "size") return exprOf(countOf(on));
      break;
    case "expr":
      if (on.e.op === "param") {
        const isOptional = ts.isPropertyAccessExpression(node) && node.questionDotToken;
        const dot = isOptional ? "?." : ".";
        return exprOf({ op: "param", text: `${on.e.text}${dot}${name}` });
      }
      break;
    default:
  }
  throw new CannotTell(`\`.${name}\` of something that is not followed`, node);
}

/** `on[key]` */
export function element(run: Run, on: Value, key: Expr, node: TypeScript.Node): Value {
  if (on.k === "ref") return run.store.get(on.id, key);
  if (on.k === "expr" && on.e.op === "apply" && on.e.fn === ".split" && same0(key)) {
    const [time, mark] = on.e.of;
    if (time?.op === "apply" && time.fn === "#iso" && mark?.op === "literal" && mark.value === "T")
      return exprOf(apply("#iso10", ...time.of));
  }
  if (on.k === "record" && key.op === "literal")
    return exprOf(run.fieldOf(on.source, String(key.value), node));
  throw new CannotTell("a part of something that is not followed", node);
}

const same0 = (e: Expr): boolean => e.op === "literal" && Number(e.value) === 0;
