/** The records that a function reads: a parameter, or a query of `ctx.db` by an index. */
import type * as TypeScript from "typescript";
import { conditionOf, together } from "./conditions.js";
import { apply, CannotTell, type Condition, type Expr, type Source } from "./expr.js";
import type { Method, Run } from "./run.js";
import { exprOf, type Records, type Value } from "./values.js";

/** All records of a source. */
export const recordsOf = (source: Source, where: readonly Condition[] = []): Records => ({
  k: "records",
  source,
  where,
  item: { k: "record", source },
  group: null,
});

const SIDES: Record<string, string> = {
  eq: "===",
  neq: "!==",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
};

/** Calls on Convex's `db`, its queries and their builders; null for other calls. */
export function callContext(run: Run, { on, name, args, node }: Method): Value | null {
  const [first, second] = args;
  switch (on.k) {
    case "context":
    case "database":
      if (
        on.k === "database" &&
        name === "query" &&
        first?.k === "expr" &&
        first.e.op === "literal"
      ) {
        const table = String(first.e.value);
        if (run.store.source !== null) throw new CannotTell("two queries of the database", node);
        run.store.source = { table, type: documentOf(run, node) };
        return { k: "query", source: run.store.source, where: [] };
      }
      throw new CannotTell(`\`db.${name}\`: more than one table is read`, node);
    case "query":
      if (name === "withIndex") {
        if (second === undefined) return on;
        const range = run.call(second, [{ k: "range", source: on.source, where: on.where }], node);
        if (range.k !== "range") throw new CannotTell("a range that is not followed", node);
        return { ...on, where: range.where };
      }
      if (name === "filter") {
        const builder: Value = { k: "range", source: on.source, where: [] };
        const e = run.scalar(run.call(first!, [builder], node), node);
        const where = together([...on.where, ...conjunction(e)]);
        if (where === null) throw new CannotTell("a filter that no record passes", node);
        return { ...on, where };
      }
      if (name === "order" || name === "fullTableScan") return on;
      if (name === "collect") return recordsOf(on.source, on.where);
      throw new CannotTell(`\`.${name}\`: not all records are read`, node);
    case "range":
      return callRange(run, on, name, args, node);
    default:
      return null;
  }
}

function callRange(
  run: Run,
  on: Value & { k: "range" },
  name: string,
  args: readonly Value[],
  node: TypeScript.Node,
): Value {
  const [first, second] = args;
  if (name === "field" && first?.k === "expr" && first.e.op === "literal")
    return exprOf(run.fieldOf(on.source, String(first.e.value), node));
  if (name === "and" || name === "or" || name === "not") {
    const of = args.map((arg) => run.scalar(arg, node));
    return exprOf(apply(name === "not" ? "!" : name === "and" ? "&&" : "||", ...of));
  }
  const operator = SIDES[name];
  if (operator === undefined || first?.k !== "expr" || second === undefined)
    throw new CannotTell(`\`q.${name}\``, node);
  const bound = run.scalar(second, node);
  // An index range names its field, a filter has `q.field(…)`.
  if (first.e.op !== "literal") return exprOf(apply(operator, first.e, bound));
  const field = run.fieldOf(on.source, String(first.e.value), node);
  const where = together([...on.where, conditionOf(apply(operator, field, bound))]);
  if (where === null) throw new CannotTell("a range that no record is in", node);
  return { ...on, where };
}

function conjunction(e: Expr): Condition[] {
  if (e.op === "apply" && e.fn === "&&") return e.of.flatMap(conjunction);
  return [conditionOf(e)];
}

/** The type of a document, from what `.collect()` of this query gives. */
function documentOf(run: Run, node: TypeScript.Node): TypeScript.Type | null {
  const { ts, checker } = run;
  for (let at = node; at.parent !== undefined; at = at.parent) {
    if (!ts.isCallExpression(at) || !ts.isPropertyAccessExpression(at.expression)) continue;
    if (at.expression.name.text !== "collect") continue;
    const awaited = checker.getAwaitedType(checker.getTypeAtLocation(at));
    return awaited ? elementOf(run, awaited) : null;
  }
  return null;
}

/** The type of a list's items, where they are objects. */
export function elementOf({ checker }: Run, type: TypeScript.Type): TypeScript.Type | null {
  if (!checker.isArrayType(type)) return null;
  const [element] = checker.getTypeArguments(type as TypeScript.TypeReference);
  if (element === undefined || checker.getPropertiesOfType(element).length === 0) return null;
  return element.flags & 1 || checker.isArrayType(element) ? null : element;
}
