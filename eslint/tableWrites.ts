/** Calls that write to a table, as far as a file's own text tells. */
import type { CallExpression, Expression, Super } from "estree";

const WRITES = new Set(["insert", "insertMany", "patch", "replace", "delete"]);

/** The table that a call writes to: null where it is no write, "unknown" where the text does not say. */
export function tableWritten(call: CallExpression): { table: string } | "unknown" | null {
  const { callee } = call;
  if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return null;
  const method = callee.property.name;
  if (!WRITES.has(method)) return null;
  if (isDatabase(callee.object)) {
    // `patch(id, …)` or `patch(table, id, …)`.
    const byId = call.arguments.length < ({ insert: 0, delete: 2 }[method] ?? 3);
    return byId ? "unknown" : named(call.arguments[0]);
  }
  return tableInChain(callee.object);
}

function isDatabase(node: Expression | Super): boolean {
  if (node.type === "MemberExpression")
    return node.property.type === "Identifier" && node.property.name === "db";
  return node.type === "Identifier" && node.name === "db";
}

/** `orders` of convex-ents' `ctx.table("orders").getX(id)`. */
function tableInChain(node: Expression | Super): { table: string } | "unknown" | null {
  if (node.type === "AwaitExpression") return tableInChain(node.argument);
  if (node.type === "MemberExpression") return tableInChain(node.object);
  if (node.type !== "CallExpression") return null;
  const { callee } = node;
  const isTable =
    callee.type === "MemberExpression" &&
    callee.property.type === "Identifier" &&
    callee.property.name === "table";
  return isTable ? named(node.arguments[0]) : tableInChain(callee as Expression);
}

function named(node: CallExpression["arguments"][number] | undefined) {
  return node?.type === "Literal" && typeof node.value === "string"
    ? { table: node.value }
    : "unknown";
}
