/** Calls that write to a table: of `ctx.db`, and of convex-ents' `ctx.table(…)`. */
import type * as TypeScript from "typescript";
import type { TypedApp } from "./program.js";

const WRITES = new Set(["insert", "insertMany", "patch", "replace", "delete"]);

/** The tables that a call writes to: null where it is no write, "unknown" where types do not tell. */
export function tablesWritten(
  { ts, checker }: TypedApp,
  call: TypeScript.CallExpression,
): readonly string[] | "unknown" | null {
  const { expression: callee, arguments: args } = call;
  if (!ts.isPropertyAccessExpression(callee) || !WRITES.has(callee.name.text)) return null;
  const { expression: receiver, name } = callee;
  if (isDatabase(receiver)) {
    const [first] = args;
    if (first === undefined) return "unknown";
    const type = checker.getTypeAtLocation(first);
    // `patch(id, …)` or `patch(table, id, …)`.
    const byId = args.length < ({ insert: 0, delete: 2 }[name.text] ?? 3);
    return (byId ? tablesOfId(type) : literals(type)) ?? "unknown";
  }
  return tableInChain(receiver) ?? tablesOfEnt(receiver);

  function isDatabase(node: TypeScript.Expression): boolean {
    if (ts.isIdentifier(node) && node.text === "db") return true;
    if (ts.isPropertyAccessExpression(node) && node.name.text === "db") return true;
    const type = checker.getTypeAtLocation(node);
    return ["normalizeId", "insert", "patch"].every((method) => type.getProperty(method));
  }

  /** `orders` of `ctx.table("orders").getX(id)`. */
  function tableInChain(node: TypeScript.Expression): readonly string[] | null {
    if (ts.isAwaitExpression(node) || ts.isParenthesizedExpression(node))
      return tableInChain(node.expression);
    if (ts.isPropertyAccessExpression(node)) return tableInChain(node.expression);
    if (!ts.isCallExpression(node)) return null;
    const { expression: inner, arguments: given } = node;
    if (ts.isPropertyAccessExpression(inner) && inner.name.text === "table" && given[0])
      return literals(checker.getTypeAtLocation(given[0])) ?? null;
    return tableInChain(inner);
  }

  /** A document that can write itself: it has the method, and an `_id` that tells its table. */
  function tablesOfEnt(node: TypeScript.Expression): readonly string[] | null {
    const id = checker.getTypeAtLocation(node).getProperty("_id");
    return id === undefined ? null : (tablesOfId(checker.getTypeOfSymbol(id)) ?? null);
  }

  function tablesOfId(type: TypeScript.Type): string[] | undefined {
    const members = type.isUnion() ? type.types : [type];
    const names = members.map((member) => {
      const table = member.getProperty("__tableName");
      return table === undefined ? undefined : literals(checker.getTypeOfSymbol(table));
    });
    return names.every((name) => name !== undefined) ? names.flat() : undefined;
  }

  function literals(type: TypeScript.Type): string[] | undefined {
    const members = type.isUnion() ? type.types : [type];
    return members.every((member) => member.isStringLiteral())
      ? members.map((member) => member.value)
      : undefined;
  }
}
