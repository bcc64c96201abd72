/** Names of the code by what they mean. */
import type * as TypeScript from "typescript";
import type { Run } from "./run.js";
import type { Scope } from "./values.js";

/** The variables of a scope that code assigns to. */
export function assignedIn(run: Run, code: TypeScript.Node, scope: Scope): Set<number> {
  const { ts } = run;
  const assigned = new Set<number>();
  const visit = (node: TypeScript.Node): void => {
    const target = ts.isBinaryExpression(node)
      ? /^[^=!<>]*=$/.test(ts.tokenToString(node.operatorToken.kind) ?? "")
        ? node.left
        : undefined
      : ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)
        ? /[+-]{2}/.test(ts.tokenToString(node.operator) ?? "")
          ? node.operand
          : undefined
        : undefined;
    const id = target && ts.isIdentifier(target) ? scope.get(symbolOf(run, target)!) : undefined;
    if (id !== undefined) assigned.add(id);
    ts.forEachChild(node, visit);
  };
  visit(code);
  return assigned;
}

/** What a name means, through imports. */
export function symbolOf(
  { ts, checker }: Run,
  node: TypeScript.Identifier,
): TypeScript.Symbol | undefined {
  const symbol = ts.isShorthandPropertyAssignment(node.parent)
    ? checker.getShorthandAssignmentValueSymbol(node.parent)
    : checker.getSymbolAtLocation(node);
  if (symbol === undefined || (symbol.flags & ts.SymbolFlags.Alias) === 0) return symbol;
  return checker.getAliasedSymbol(symbol);
}
