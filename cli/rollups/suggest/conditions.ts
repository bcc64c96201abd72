/** From an expression that is true or false of a record to conditions that a query can ask for. */
import { momentRank } from "../init/names.js";
import {
  CannotTell,
  isGiven,
  literal,
  same,
  textOf,
  type Condition,
  type Expr,
  type Literal,
} from "./expr.js";

const FLIPPED = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" } as const;
const OPPOSITE = { "<": ">=", "<=": ">", ">": "<=", ">=": "<" } as const;
type Side = keyof typeof FLIPPED;
const isSide = (fn: string): fn is Side => fn in FLIPPED;

/** Throws `CannotTell` for what is no condition on one field. */
export function conditionOf(e: Expr): Condition {
  if (e.op === "field" || e.op === "element") return truthOf(e);
  if (e.op !== "apply") throw new CannotTell("a condition that is not on a field of the record");
  const [a, b] = e.of;
  if (e.fn === "!" && a !== undefined) return opposite(conditionOf(a));
  if (e.fn === ".includes" && a?.op === "apply" && a.fn === "list" && b !== undefined)
    return among(b, a.of);
  if (a === undefined || b === undefined) throw unknownCondition(e);
  if (/^[!=]==?$/.test(e.fn)) {
    const [of, value] = isGiven(b) ? [a, b] : [b, a];
    if (!isGiven(value)) throw new CannotTell("a comparison of two fields of a record");
    const condition = among(of, [value]);
    return e.fn.startsWith("!") ? opposite(condition) : condition;
  }
  if (isSide(e.fn)) {
    if (isGiven(b)) return sideOf(a, e.fn, b);
    if (isGiven(a)) return sideOf(b, FLIPPED[e.fn], a);
  }
  throw unknownCondition(e);
}

const unknownCondition = (e: Expr & { op: "apply" }) =>
  new CannotTell(`a condition by \`${e.fn.replace(/^[.#]/, "")}\``);

function truthOf(e: Expr): Condition {
  if (e.op === "field" && e.type === "boolean") return among(e, [literal(true)]);
  if (e.op === "field" && e.type === "string")
    return opposite(among(e, [literal(null), literal("")]));
  throw new CannotTell("a condition on whether a value is nothing");
}

function among(of: Expr, values: readonly Expr[]): Condition {
  if (of.op !== "field" && of.op !== "element") {
    if (of.op === "apply" && of.fn.startsWith("#"))
      throw new CannotTell("a condition on a part of a time");
    throw new CannotTell("a condition on a computed value");
  }
  if (of.op === "field" && (of.type === "strings" || of.type === "other"))
    throw new CannotTell(`a condition on ${of.name}, which is no text, number or boolean`);
  const plain = values.map((value) =>
    value.op === "literal" && value.value === undefined ? literal(null) : value,
  );
  return { kind: "in", of, negated: false, values: plain };
}

function sideOf(of: Expr, side: Side, bound: Expr): Condition {
  if (of.op === "field" && isMoment(of)) return { kind: "time", of, side, bound, unit: "ms" };
  if (of.op === "apply" && of.fn === "#time" && of.of[0] !== undefined)
    return { kind: "time", of: of.of[0], side, bound, unit: "ms" };
  if (of.op === "apply" && of.fn === "#iso10" && of.of[0] !== undefined)
    return { kind: "time", of: of.of[0], side, bound, unit: "day" };
  throw new CannotTell(
    "more or less than a number, which no rollup keeps: a condition on a range is for times only",
  );
}

export const isMoment = (e: Expr): boolean =>
  e.op === "field" &&
  e.type === "number" &&
  !e.optional &&
  (e.name === "_creationTime" || momentRank(e.name) !== null);

export function opposite(condition: Condition): Condition {
  return condition.kind === "in"
    ? { ...condition, negated: !condition.negated }
    : { ...condition, side: OPPOSITE[condition.side] };
}

/** All conditions together, each field once where its values are literals; null where no record can meet them. */
export function together(conditions: readonly Condition[]): Condition[] | null {
  const kept: Condition[] = [];
  for (const one of conditions) {
    if (kept.some((other) => same(other, one))) continue;
    if (kept.some((other) => same(other, opposite(one)))) return null;
    const at = kept.findIndex(
      (other) => isListed(other) && isListed(one) && same(other.of, one.of),
    );
    const other = kept[at];
    if (other === undefined || !isListed(other) || !isListed(one)) {
      kept.push(one);
      continue;
    }
    const joined = intersection(other, one);
    if (!joined.negated && joined.values.length === 0) return null;
    kept[at] = joined;
  }
  return kept.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}

type Listed = Extract<Condition, { kind: "in" }>;

export const isListed = (condition: Condition): condition is Listed =>
  condition.kind === "in" && condition.values.every(({ op }) => op === "literal");

function intersection(a: Listed, b: Listed): Listed {
  const has = (list: readonly Expr[], value: Expr) => list.some((one) => same(one, value));
  if (a.negated && b.negated)
    return { ...a, values: [...a.values, ...b.values.filter((value) => !has(a.values, value))] };
  const [positive, other] = a.negated ? [b, a] : [a, b];
  return {
    ...positive,
    values: positive.values.filter((value) => has(other.values, value) !== other.negated),
  };
}

/** Fewer conjunctions that hold of the same records: what differs in one condition only becomes one. */
export function merged(all: readonly (readonly Condition[])[]): (readonly Condition[])[] {
  const list = [...all];
  for (let i = 0; i < list.length; i++) {
    for (let j = i + 1; j < list.length; j++) {
      const joined = joinedOf(list[i]!, list[j]!);
      if (joined === null) continue;
      list.splice(j, 1);
      list.splice(i, 1);
      return merged([...list, joined]);
    }
  }
  return list;
}

function joinedOf(a: readonly Condition[], b: readonly Condition[]): readonly Condition[] | null {
  const onlyA = a.filter((one) => !b.some((other) => same(one, other)));
  const onlyB = b.filter((one) => !a.some((other) => same(one, other)));
  if (onlyA.length === 0) return a;
  if (onlyB.length === 0) return b;
  const [x] = onlyA;
  const [y] = onlyB;
  if (onlyA.length !== 1 || onlyB.length !== 1 || x === undefined || y === undefined) return null;
  const rest = a.filter((one) => one !== x);
  if (same(opposite(x), y)) return rest;
  if (!isListed(x) || !isListed(y) || !same(x.of, y.of)) return null;
  // The union, by way of what is in neither.
  const neither = intersection(opposite(x) as Listed, opposite(y) as Listed);
  if (!neither.negated && neither.values.length === 0) return rest;
  return together([...rest, opposite(neither)]);
}

export const valueOf = (e: Expr): Literal => (e as { value: Literal }).value;
