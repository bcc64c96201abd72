/** Evaluates the filter expressions of `.filter(q => …)` over a document, with Convex's value order. */
import { compareValues, jsonToConvex, type Value } from "convex/values";
import type { Json, JsonObject } from "../values/json.js";
import { fieldAt } from "../values/indexKey.js";
import { DeveloperError } from "./limits.js";

type Operand = Value | undefined;
type Numeric = number | bigint;

/** A predicate for the serialized expression. What is no boolean is an error, not true or false. */
export function compileFilter(expression: Json): (document: JsonObject) => boolean {
  const evaluate = compile(expression);
  return (document) => boolean(evaluate(document));
}

type Evaluate = (document: JsonObject) => Operand;

const COMPARISONS: Record<string, (order: number) => boolean> = {
  $eq: (order) => order === 0,
  $neq: (order) => order !== 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
};

const ARITHMETIC: Record<string, (a: never, b: never) => Numeric> = {
  $add: (a: number, b: number) => a + b,
  $sub: (a: number, b: number) => a - b,
  $mul: (a: number, b: number) => a * b,
  $div: (a: number, b: number) => a / b,
  $mod: (a: number, b: number) => a % b,
};

function numeric(value: Operand): Numeric {
  if (typeof value === "number" || typeof value === "bigint") return value;
  throw new DeveloperError("InvalidFilter", `Expected a number in a filter, got ${typeof value}`);
}

function boolean(value: Operand): boolean {
  if (typeof value === "boolean") return value;
  throw new DeveloperError("InvalidFilter", `Expected a boolean in a filter, got ${typeof value}`);
}

function compile(expression: Json): Evaluate {
  if (expression === null || typeof expression !== "object" || Array.isArray(expression)) {
    return () => jsonToConvex(expression);
  }
  const [operator, operand] = Object.entries(expression)[0]!;
  switch (operator) {
    case "$field": {
      const path = (operand as string).split(".");
      return (document) => {
        const value = fieldAt(document, path);
        return value === undefined ? undefined : jsonToConvex(value);
      };
    }
    case "$literal": {
      const isUndefined =
        operand !== null && typeof operand === "object" && "$undefined" in operand;
      const value = isUndefined ? undefined : jsonToConvex(operand);
      return () => value;
    }
    case "$not": {
      const inner = compile(operand);
      return (document) => !boolean(inner(document));
    }
    case "$neg": {
      const inner = compile(operand);
      return (document) => -numeric(inner(document));
    }
    case "$and":
    case "$or": {
      const parts = (operand as Json[]).map(compile);
      return operator === "$and"
        ? (document) => parts.every((part) => boolean(part(document)))
        : (document) => parts.some((part) => boolean(part(document)));
    }
  }
  const [left, right] = (operand as Json[]).map(compile) as [Evaluate, Evaluate];
  const comparison = COMPARISONS[operator];
  if (comparison !== undefined) {
    return (document) => comparison(compareValues(left(document), right(document)));
  }
  const arithmetic = ARITHMETIC[operator];
  if (arithmetic !== undefined) {
    return (document) =>
      arithmetic(numeric(left(document)) as never, numeric(right(document)) as never);
  }
  throw new DeveloperError("InvalidFilter", `Unknown filter operator ${operator}`);
}
