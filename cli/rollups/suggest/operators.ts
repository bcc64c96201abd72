/** Operators: assignments, arithmetic, comparisons, and what is taken where something is missing. */
import type * as TypeScript from "typescript";
import {
  apply,
  CannotTell,
  isOfRecord,
  literal,
  same,
  simplified,
  some,
  type Expr,
} from "./expr.js";
import type { Run } from "./run.js";
import { exprOf, isNothing, type Scope, type Value } from "./values.js";

export function unary(
  run: Run,
  node: TypeScript.PrefixUnaryExpression | TypeScript.PostfixUnaryExpression,
  scope: Scope,
): Value {
  const { ts } = run;
  const { operator, operand } = node;
  if (operator === ts.SyntaxKind.ExclamationToken) {
    const on = run.truth(run.evaluate(operand, scope), operand);
    return exprOf(simplified("!", [on]));
  }
  if (operator === ts.SyntaxKind.MinusToken)
    return exprOf(simplified("-", [run.expression(operand, scope)]));
  if (operator === ts.SyntaxKind.PlusToken) {
    const on = run.expression(operand, scope);
    return exprOf(on.op === "apply" && on.fn === "#time" ? on.of[0]! : apply("Number", on));
  }
  const sign = operator === ts.SyntaxKind.PlusPlusToken ? "+" : "-";
  const old = run.expression(operand, scope);
  run.assign(operand, exprOf(simplified(sign, [old, literal(1)])), scope);
  return exprOf(old);
}

export function binary(run: Run, node: TypeScript.BinaryExpression, scope: Scope): Value {
  const { ts } = run;
  const { left, right, operatorToken } = node;
  const operator = ts.tokenToString(operatorToken.kind) ?? "?";
  if (operator === "=") {
    const value = run.evaluate(right, scope);
    run.assign(left, value, scope);
    return value;
  }
  if (operator === "??=" || operator === "||=") {
    const old = run.evaluate(left, scope);
    const value =
      operator === "??=" ? orElse(run, old, right, scope) : orFalsy(run, old, left, right, scope);
    if (value !== old) run.assign(left, value, scope);
    return value;
  }
  if (/^[-+*/]=$/.test(operator)) {
    const old = run.expression(left, scope);
    const value = exprOf(simplified(operator[0]!, [old, run.expression(right, scope)]));
    run.assign(left, value, scope);
    return value;
  }
  if (operator === "??") return orElse(run, run.evaluate(left, scope), right, scope);
  if (operator === "&&" || operator === "||") {
    const on = run.evaluate(left, scope);
    if (on.k === "expr" && on.e.op === "before" && operator === "||") {
      const value = run.evaluate(right, scope);
      // A number that is 0 stays 0.
      if (value.k === "expr" && value.e.op === "literal" && value.e.value === 0) return on;
    }
    if (on.k === "expr" && on.e.op === "field" && on.e.type === "number" && operator === "||") {
      const value = run.evaluate(right, scope);
      if (value.k === "expr" && value.e.op === "literal" && value.e.value === 0) {
        if (!on.e.optional) return on;
        const absent = run.store.branches?.decide(apply("===", on.e, literal(null)));
        if (absent !== undefined) return absent ? value : on;
      }
    }
    const truth = run.truth(on, left);
    if (truth.op === "literal") {
      const stays = truth.value === (operator === "||");
      return stays
        ? isOfRecordValue(on) && isBoolean(on)
          ? exprOf(truth)
          : on
        : run.evaluate(right, scope);
    }
    return exprOf(apply(operator, truth, maybe(run, right, scope)));
  }
  if (operator === "in") {
    const on = run.evaluate(right, scope);
    if (on.k !== "ref")
      throw new CannotTell("whether a name is in something that is not known", node);
    return exprOf(literal(run.store.has(on.id, run.expression(left, scope))));
  }
  const a = run.evaluate(left, scope);
  const b = run.evaluate(right, scope);
  if (/^[!=]==?$/.test(operator) && (isNothing(a) || isNothing(b))) {
    const other = isNothing(a) ? b : a;
    if (other.k !== "expr" || other.e.op === "before")
      return exprOf(literal(operator.startsWith("!")));
    if (other.e.op === "literal")
      return exprOf(literal(isNothing(other) !== operator.startsWith("!")));
    if (isOfRecord(other.e) && !mayBeNothing(other.e))
      return exprOf(literal(operator.startsWith("!")));
  }
  const known = ["+", "-", "*", "/", "%", "<", ">", "<=", ">=", "===", "!==", "==", "!=", "**"];
  if (!known.includes(operator)) throw new CannotTell(`the operator ${operator}`, node);
  return exprOf(simplified(operator, [run.scalar(a, left), run.scalar(b, right)]));
}

/** `on ?? right` */
function orElse(run: Run, on: Value, right: TypeScript.Expression, scope: Scope): Value {
  if (isNothing(on)) return run.evaluate(right, scope);
  if (on.k !== "expr" || !mayBeNothing(on.e)) return on;
  if (run.store.branches !== null && isOfRecord(on.e)) {
    const absent = run.store.branches.decide(apply("===", on.e, literal(null)));
    return absent ? run.evaluate(right, scope) : on;
  }
  const other = maybe(run, right, scope);
  // Counts and sums of no records are 0.
  const picked = pickedOf(on.e);
  if (picked !== null && same(other, literal(0))) return exprOf(picked);
  return exprOf(apply("??", on.e, other));
}

/** `on || right`, where `on` is assigned to. */
function orFalsy(
  run: Run,
  on: Value,
  left: TypeScript.Expression,
  right: TypeScript.Expression,
  scope: Scope,
): Value {
  const truth = run.truth(on, left);
  if (truth.op === "literal") return truth.value === true ? on : run.evaluate(right, scope);
  if (truth.op === "before") throw new CannotTell("what is 0 is replaced", left);
  return exprOf(apply("||", truth, maybe(run, right, scope)));
}

/** The value of code that may not run. */
const maybe = (run: Run, node: TypeScript.Expression, scope: Scope): Expr =>
  run.store.pure(() => run.expression(node, scope));

/** The count or sum that is undefined where there are no records. */
function pickedOf(e: Expr): Expr | null {
  if (e.op !== "apply" || e.fn !== "?:" || !same(e.of[2], literal(undefined))) return null;
  const picked = e.of[1]!;
  const isZero = picked.op === "aggregate" && ["count", "sum"].includes(picked.aggregate.type);
  return isZero ? picked : null;
}

const isOfRecordValue = (value: Value): boolean => value.k === "expr" && isOfRecord(value.e);

const isBoolean = (value: Value): boolean =>
  value.k === "expr" &&
  (value.e.op === "apply"
    ? /^([!=]==?|[<>]=?|!)$/.test(value.e.fn)
    : value.e.op === "field" && value.e.type === "boolean");

/** Sums, counts, keys and parameters may be nothing only where they say so. */
const mayBeNothing = (e: Expr): boolean =>
  e.op === "field"
    ? e.optional
    : some(e, (part) => part.op === "param" || same(part, literal(undefined)));
