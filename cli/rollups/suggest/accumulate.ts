/** From what one record does to an accumulator to what all records leave in it. */
import { merged } from "./conditions.js";
import {
  apply,
  CannotTell,
  isGiven,
  literal,
  replace,
  same,
  simplified,
  some,
  textOf,
  type Aggregate,
  type Condition,
  type Expr,
  type Group,
  type Source,
} from "./expr.js";
import type { Path } from "./values.js";

export interface Step {
  path: Path;
  e: Expr;
}

interface Accumulator {
  id: string;
  /** What it holds before the first record; null for an entry that the first record makes. */
  initial: Expr | null;
  /** What a first record leaves. */
  creating: readonly Step[];
  /** What a record leaves of what it finds. */
  updating: readonly Step[];
  source: Source;
  group: Group | null;
}

const ZERO = literal(0);

/** Throws `CannotTell` where the order of records would matter, or the first one counts otherwise than the rest. */
export function accumulated(accumulator: Accumulator): Expr {
  const { id, initial, creating, source, group } = accumulator;
  const before: Expr = { op: "before", id };
  const updating = withoutZeros(accumulator);
  mustNotDependOnOthers(updating, id);
  const own = (name: Aggregate["type"], of: Expr | null, where: readonly Condition[]): Expr => ({
    op: "aggregate",
    aggregate: { type: name, of, source, where: withoutNull(name, of, where), group },
  });

  const kept = keptOf(accumulator, updating, before);
  if (kept !== null) return kept;
  const isOfElement = (condition: Condition) => condition.of.op === "element";
  if (
    !group?.keys.some(({ op }) => op === "element") &&
    updating.some(({ path, e }) => path.conditions.some(isOfElement) && !same(e, before))
  )
    throw new CannotTell("a record counts once for each value of a list");

  const extreme = extremeOf(updating, id, before);
  if (extreme !== null) {
    for (const { e, path } of creating) {
      if (!same(e, extreme.of) && !path.compared.some((one) => same(one.with, extreme.of)))
        throw new CannotTell("the first record counts otherwise than the rest");
    }
    const all = own(extreme.type, mustBeNumber(extreme.of, extreme.where), extreme.where);
    if (initial === null || creating.length > 0) return all;
    const worst = literal(extreme.type === "max" ? -Infinity : Infinity);
    const given = apply("??", all, worst);
    return same(initial, worst) ? given : apply(`Math.${extreme.type}`, initial, given);
  }

  const terms = new Map<string, { term: Term; ways: (readonly Condition[])[] }>();
  for (const { path, e } of updating) {
    for (const term of added(e, before)) {
      const key = textOf(term);
      const known = terms.get(key) ?? { term, ways: [] };
      known.ways.push(path.conditions);
      terms.set(key, known);
    }
  }
  if (initial === null) {
    for (const { path, e } of updating) {
      const makes = creating.some(({ path: way }) => same(way.conditions, path.conditions));
      if (!makes && !same(e, before))
        throw new CannotTell("some records count only after others of their group");
    }
  }
  for (const { path, e } of creating) {
    const match = updating.find(({ path: way }) => same(way.conditions, path.conditions));
    if (match === undefined || !same(linear(replace(match.e, before, ZERO)), linear(e)))
      throw new CannotTell("the first record counts otherwise than the rest");
  }
  let sum: Expr = initial ?? ZERO;
  if (initial !== null && some(initial, ({ op }) => op === "literal") && !isNumber(initial))
    throw new CannotTell("a text or an object that records change");
  for (const { term, ways } of terms.values()) {
    for (const where of merged(ways)) {
      const one =
        term.of === null
          ? own("count", null, where)
          : own("sum", mustBeNumber(term.of, where), where);
      const scaled =
        term.by === 1 ? one : term.by === -1 ? one : apply("*", literal(Math.abs(term.by)), one);
      sum = term.by < 0 ? apply("-", sum, scaled) : simplified("+", [sum, scaled]);
    }
  }
  return sum;
}

/** What a first record leaves and no other changes, where all records of the group would leave the same. */
function keptOf(
  { initial, creating, group }: Accumulator,
  updating: readonly Step[],
  before: Expr,
): Expr | null {
  const [first] = creating;
  if (initial !== null || first === undefined) return null;
  if (!updating.every(({ e }) => same(e, before))) return null;
  if (!creating.every(({ e }) => same(e, first.e))) return null;
  if (isGiven(first.e)) return first.e;
  const at = group?.keys.findIndex((key) => same(key, first.e)) ?? -1;
  if (group === null || at < 0) throw new CannotTell("the first record of each group is kept");
  return { op: "key", group: { ...group, texts: false }, at };
}

const isNumber = (e: Expr): boolean => e.op !== "literal" || typeof e.value === "number";

/** Ways in which an accumulator was taken for 0 must do what the others do with a 0. */
function withoutZeros({ updating }: Accumulator): Step[] {
  const kept = updating.filter(({ path }) => path.zeros.size === 0);
  for (const { path, e } of updating) {
    if (path.zeros.size === 0) continue;
    const zero = [...path.zeros].reduce((one, id) => replace(one, { op: "before", id }, ZERO), e);
    const match = kept.find(({ path: way }) => same(way.conditions, path.conditions));
    const asOther =
      match &&
      [...path.zeros].reduce((one, id) => replace(one, { op: "before", id }, ZERO), match.e);
    if (asOther === undefined || !same(linear(zero), linear(asOther)))
      throw new CannotTell("what a record adds depends on the records before it");
  }
  return kept;
}

/** What a record adds must be the same whether or not it is the largest or smallest by another accumulator. */
function mustNotDependOnOthers(updating: readonly Step[], id: string): void {
  const own = ({ path }: Step) =>
    textOf([path.conditions, path.compared.filter((one) => one.id === id)]);
  const seen = new Map<string, Expr>();
  for (const step of updating) {
    const known = seen.get(own(step)) ?? step.e;
    if (!same(known, step.e))
      throw new CannotTell("it belongs to the record with the largest or smallest value");
    seen.set(own(step), known);
  }
}

interface Extreme {
  type: "min" | "max";
  of: Expr;
  where: readonly Condition[];
}

function extremeOf(updating: readonly Step[], id: string, before: Expr): Extreme | null {
  const found: { extreme: Omit<Extreme, "where">; conditions: readonly Condition[] }[] = [];
  let others = 0;
  for (const { path, e } of updating) {
    const compared = path.compared.find((one) => one.id === id);
    if (e.op === "apply" && /^Math\.(min|max)$/.test(e.fn)) {
      const of = e.of.filter((part) => !same(part, before));
      if (of.length !== 1 || e.of.length !== 2)
        throw new CannotTell("an extreme of several values");
      const extreme = { type: e.fn.slice(5) as "min" | "max", of: of[0]! };
      found.push({ extreme, conditions: path.conditions });
    } else if (compared !== undefined) {
      const wanted = compared.taken ? compared.with : before;
      const flipped = compared.taken ? before : compared.with;
      const type = same(e, wanted)
        ? compared.isMore
          ? "max"
          : "min"
        : same(e, flipped)
          ? compared.isMore
            ? "min"
            : "max"
          : null;
      if (type === null)
        throw new CannotTell("what a record adds depends on the records before it");
      found.push({ extreme: { type, of: compared.with }, conditions: path.conditions });
    } else if (!same(e, before)) others++;
  }
  const [first] = found;
  if (first === undefined) return null;
  if (others > 0 || found.some(({ extreme }) => !same(extreme, first.extreme)))
    throw new CannotTell("an extreme of several values");
  const where = merged(found.map(({ conditions }) => conditions));
  if (where.length !== 1) throw new CannotTell("an extreme by conditions that are no one filter");
  return { ...first.extreme, where: where[0]! };
}

/** `of` times `by`; a count of records where `of` is null. */
interface Term {
  by: number;
  of: Expr | null;
}

function added(e: Expr, before: Expr): Term[] {
  if (same(e, before)) return [];
  const terms = linear(e);
  const at = terms.findIndex(({ by, of }) => by === 1 && of !== null && same(of, before));
  const rest = terms.filter((_, i) => i !== at);
  const isBefore = (part: Expr) => part.op === "before";
  if (at < 0 || rest.some(({ of }) => of !== null && some(of, isBefore)))
    throw new CannotTell("it keeps the last record, or depends on their order");
  return rest;
}

/** An expression as a sum of terms. */
function linear(e: Expr): Term[] {
  if (e.op === "literal" && typeof e.value === "number")
    return e.value === 0 ? [] : [{ by: e.value, of: null }];
  if (e.op === "apply") {
    const [a, b] = e.of;
    const negative = (terms: Term[]) => terms.map(({ by, of }) => ({ by: -by, of }));
    if (e.fn === "+" && a && b) return [...linear(a), ...linear(b)];
    if (e.fn === "-" && a && b) return [...linear(a), ...negative(linear(b))];
    if (e.fn === "-" && a) return negative(linear(a));
    const [factor, other] = b?.op === "literal" ? [b, a] : [a, b];
    if (e.fn === "*" && factor?.op === "literal" && typeof factor.value === "number" && other) {
      const { value } = factor;
      return linear(other).map(({ by, of }) => ({ by: by * value, of }));
    }
  }
  return [{ by: 1, of: e }];
}

function mustBeNumber(of: Expr, where: readonly Condition[]): Expr {
  if (of.op !== "field") {
    if (of.op === "apply" && of.fn === "*")
      throw new CannotTell(
        "a sum of products: a cube has a field of type product, of fields whose decimals you know",
      );
    throw new CannotTell("a sum or an extreme of a computed value");
  }
  if (of.type !== "number") throw new CannotTell(`${of.name} is no number`);
  if (of.optional && !where.some((one) => isGivenness(one, of)))
    throw new CannotTell(`${of.name} may be missing, and a sum with nothing is no number`);
  return of;
}

const isGivenness = (condition: Condition, of: Expr): boolean =>
  condition.kind === "in" &&
  condition.negated &&
  same(condition.of, of) &&
  condition.values.some((value) => value.op === "literal" && value.value === null);

/** Sums and extremes leave out what is not given by themselves. */
function withoutNull(
  type: Aggregate["type"],
  of: Expr | null,
  where: readonly Condition[],
): readonly Condition[] {
  if (of === null || type === "countDistinct") return where;
  return where.filter(
    (one) => !(isGivenness(one, of) && one.kind === "in" && one.values.length === 1),
  );
}
