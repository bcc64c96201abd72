/** What the rest of this folder needs of the interpreter. */
import type * as TypeScript from "typescript";
import type { Expr, Source } from "./expr.js";
import type { Store } from "./machine.js";
import type { Scope, Value } from "./values.js";

export interface Run {
  readonly ts: typeof TypeScript;
  readonly checker: TypeScript.TypeChecker;
  /** Whether local times are those of UTC, as in Convex. */
  readonly isConvex: boolean;
  readonly store: Store;
  evaluate(node: TypeScript.Expression, scope: Scope): Value;
  /** The value of an expression, which must be a number, a text or the like. */
  expression(node: TypeScript.Expression, scope: Scope): Expr;
  scalar(value: Value, node: TypeScript.Node): Expr;
  /** Whether a value is true. Of a record this is decided at once. */
  truth(value: Value, node: TypeScript.Node): Expr;
  call(fn: Value, args: readonly Value[], at: TypeScript.Node): Value;
  assign(target: TypeScript.Expression, value: Value, scope: Scope): void;
  fieldOf(source: Source, name: string, node: TypeScript.Node): Expr;
}

/** A call of a method of a value. */
export interface Method {
  on: Value;
  name: string;
  args: readonly Value[];
  node: TypeScript.Node;
}
