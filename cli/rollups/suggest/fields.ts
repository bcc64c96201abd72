/** Fields of records by the types that TypeScript has for them, and counts of records. */
import type * as TypeScript from "typescript";
import { CannotTell, type Expr, type FieldType, type Literal, type Source } from "./expr.js";
import type { Run } from "./run.js";
import type { Value } from "./values.js";

export function fieldOf(
  { ts, checker }: Run,
  source: Source,
  name: string,
  node: TypeScript.Node,
): Expr {
  const symbol = source.type && checker.getPropertyOfType(source.type, name);
  if (!symbol) throw new CannotTell(`the type of \`${name}\` is not known`, node);
  const type = checker.getTypeOfSymbol(symbol);
  const parts = type.isUnion() ? type.types : [type];
  const nothing = ts.TypeFlags.Undefined | ts.TypeFlags.Null;
  const values = parts.filter(({ flags }) => (flags & nothing) === 0);
  const all = (flag: number) =>
    values.length > 0 &&
    values.every(
      (one) =>
        (one.flags & flag) !== 0 ||
        (one.isIntersection() && one.types.some((part) => (part.flags & flag) !== 0)),
    );
  const element = values.map((one) =>
    checker.isArrayType(one)
      ? checker.getTypeArguments(one as TypeScript.TypeReference)[0]
      : undefined,
  );
  const is: FieldType = all(ts.TypeFlags.StringLike)
    ? "string"
    : all(ts.TypeFlags.NumberLike)
      ? "number"
      : all(ts.TypeFlags.BooleanLike)
        ? "boolean"
        : values.length > 0 &&
            element.every((one) => one && (one.flags & ts.TypeFlags.StringLike) !== 0)
          ? "strings"
          : "other";
  const literals = values.map((one) => (one.isLiteral() ? (one.value as Literal) : null));
  return {
    op: "field",
    name,
    type: is,
    optional: values.length < parts.length || (symbol.flags & ts.SymbolFlags.Optional) !== 0,
    ...(literals.every((one) => one !== null) && literals.length > 0 && { literals }),
  };
}

export function countOf(of: Value & { k: "records" | "distinct" }): Expr {
  const records = of.k === "distinct" ? of.of : of;
  const { source, where, group, item } = records;
  if (of.k === "records")
    return { op: "aggregate", aggregate: { type: "count", of: null, source, where, group } };
  if (item.k !== "expr" || item.e.op !== "field" || !["string", "number"].includes(item.e.type))
    throw new CannotTell("different values of something that is no field");
  if (item.e.optional)
    throw new CannotTell(`${item.e.name} may be missing, which a Set counts as a value`);
  return {
    op: "aggregate",
    aggregate: { type: "countDistinct", of: item.e, source, where, group },
  };
}
