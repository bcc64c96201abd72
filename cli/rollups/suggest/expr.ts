/** What a value is made of: an expression over the fields of one record, sums over records, and parameters. */
import type * as TypeScript from "typescript";

export type Literal = string | number | boolean | null | undefined;

export type Expr =
  | { op: "literal"; value: Literal }
  /** Code over the function's parameters and the clock, as it stands or as it is put together. */
  | { op: "param"; text: string }
  | {
      op: "field";
      name: string;
      type: FieldType;
      optional: boolean;
      /** Its only values, where the type lists them. */
      literals?: readonly Literal[];
    }
  /** One value of a record's list of texts. */
  | { op: "element"; name: string }
  /** What an accumulator holds before a record is added; `id` names it. */
  | { op: "before"; id: string }
  | { op: "aggregate"; aggregate: Aggregate }
  /** What the rows of a group are grouped by, one of several. */
  | { op: "key"; group: Group; at: number }
  /** `fn` is an operator, `Math.round`, a method as `.slice`, or a part of a time as `#getUTCHours`. */
  | { op: "apply"; fn: string; of: readonly Expr[] };

export type FieldType = "string" | "number" | "boolean" | "strings" | "other";

/** A condition on a record: its value is among `values` or, negated, is not; or its time is on a side of a bound. */
export type Condition =
  | { kind: "in"; of: Expr; negated: boolean; values: readonly Expr[] }
  | { kind: "time"; of: Expr; side: "<" | "<=" | ">" | ">="; bound: Expr; unit: "ms" | "day" };

export interface Aggregate {
  type: "count" | "sum" | "min" | "max" | "countDistinct";
  /** Over one record; null for a count. */
  of: Expr | null;
  source: Source;
  where: readonly Condition[];
  group: Group | null;
}

/** Rows by key: those records that meet `where`, grouped by `keys`. */
export interface Group {
  source: Source;
  keys: readonly Expr[];
  where: readonly Condition[];
  /** Keys of plain objects are texts. */
  texts: boolean;
}

/** The records that a function reads. */
export interface Source {
  table: string;
  /** The type of a record. */
  type: TypeScript.Type | null;
}

/** Why a function is left alone, and at which code. */
export class CannotTell extends Error {
  constructor(
    message: string,
    readonly node?: TypeScript.Node,
  ) {
    super(message);
  }
}

export const literal = (value: Literal): Expr => ({ op: "literal", value });
export const apply = (fn: string, ...of: Expr[]): Expr => ({ op: "apply", fn, of });
export const textOf = (value: unknown): string =>
  JSON.stringify(value, (key, one: unknown) =>
    key === "type" && typeof one === "object" ? undefined : one === undefined ? "\0" : one,
  );
export const same = (a: unknown, b: unknown): boolean => textOf(a) === textOf(b);

/** Whether any part of an expression passes. */
export function some(e: Expr, test: (part: Expr) => boolean): boolean {
  return test(e) || (e.op === "apply" && e.of.some((part) => some(part, test)));
}

/** Whether it depends on the record at hand. */
export const isOfRecord = (e: Expr): boolean =>
  some(e, ({ op }) => op === "field" || op === "element" || op === "before");

/** Whether it depends on nothing but parameters, literals and the clock. */
export const isGiven = (e: Expr): boolean =>
  !some(e, ({ op }) => op !== "literal" && op !== "param" && op !== "apply");

export function replace(e: Expr, from: Expr, to: Expr): Expr {
  if (same(e, from)) return to;
  return e.op === "apply"
    ? simplified(
        e.fn,
        e.of.map((part) => replace(part, from, to)),
      )
    : e;
}

/** An application with literals worked out, and additions of nothing left out. */
export function simplified(fn: string, of: readonly Expr[]): Expr {
  const [a, b] = of;
  if (fn === "+" && a?.op === "literal" && a.value === 0 && b !== undefined && !isText(b)) return b;
  if (fn === "+" && b?.op === "literal" && b.value === 0 && a !== undefined && !isText(a)) return a;
  if (of.every((part) => part.op === "literal")) {
    const values = of.map((part) => (part as { value: Literal }).value);
    const work = LITERALS[fn];
    if (work !== undefined && of.length === 2) return literal(work(values[0], values[1]));
    if (fn === "!") return literal(!values[0]);
    if (fn === "-" && of.length === 1 && typeof values[0] === "number") return literal(-values[0]);
  }
  return { op: "apply", fn, of };
}

const isText = (e: Expr): boolean =>
  (e.op === "literal" && typeof e.value === "string") ||
  (e.op === "field" && e.type === "string") ||
  (e.op === "apply" && (e.fn === "template" || e.fn.startsWith(".") || e.fn.startsWith("#iso")));

type Work = (a: Literal, b: Literal) => Literal;
const LITERALS: Record<string, Work> = {
  "+": (a, b) => (a as number) + (b as number),
  "-": (a, b) => (a as number) - (b as number),
  "*": (a, b) => (a as number) * (b as number),
  "/": (a, b) => (a as number) / (b as number),
  "===": (a, b) => a === b,
  "!==": (a, b) => a !== b,
  "<": (a, b) => (a as number) < (b as number),
  ">": (a, b) => (a as number) > (b as number),
  "<=": (a, b) => (a as number) <= (b as number),
  ">=": (a, b) => (a as number) >= (b as number),
};
