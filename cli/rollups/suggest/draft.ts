/** The cube that grows with the functions of a file: a member for each thing that they compute. */
import { momentRank, ownerRank, wordsOf } from "../init/names.js";
import { isListed } from "./conditions.js";
import {
  CannotTell,
  same,
  type Aggregate,
  type Condition,
  type Expr,
  type Source,
} from "./expr.js";
import type * as TypeScript from "typescript";

export interface CubeText {
  table: string;
  tenant?: string;
  time: string;
  dimensions: Record<string, unknown>;
  measures: Record<string, unknown>;
  rollups: Record<string, unknown>;
}

export class Draft {
  tenant: string | null = null;
  #time: string | null = null;
  readonly #dimensions = new Map<string, unknown>();
  readonly #measures = new Map<string, Record<string, unknown> | "count">();
  readonly #rollups = new Map<string, { dimensions: readonly string[]; hours: boolean }>();

  constructor(
    readonly source: Source,
    readonly checker: TypeScript.TypeChecker,
  ) {}

  /** A copy to try a function on: what is not told leaves nothing behind. */
  copy(): Draft {
    const copy = new Draft(this.source, this.checker);
    copy.tenant = this.tenant;
    copy.#time = this.#time;
    for (const [name, one] of this.#dimensions) copy.#dimensions.set(name, one);
    for (const [name, one] of this.#measures) copy.#measures.set(name, one);
    for (const [name, one] of this.#rollups) copy.#rollups.set(name, one);
    return copy;
  }

  member(name: string): string {
    return `${this.source.table}.${name}`;
  }

  /** The field that places records in time. Throws `CannotTell` where the functions use two. */
  time(of: Expr): string {
    if (of.op !== "field" || of.type !== "number" || of.optional)
      throw new CannotTell("a time that is no number of each record");
    if (this.#time !== null && this.#time !== of.name)
      throw new CannotTell(`two times, ${this.#time} and ${of.name}: a cube has one`);
    this.#time = of.name;
    return of.name === "_creationTime" ? "creationTime" : of.name;
  }

  dimension(of: Expr): string {
    if (of.op === "element") return this.#add(of.name, "strings");
    if (of.op !== "field" || of.type === "strings" || of.type === "other")
      throw new CannotTell("a grouping by something that is no field");
    if (of.name.startsWith("_")) throw new CannotTell(`a grouping by ${of.name}: a row per record`);
    return this.#add(of.name, of.type);
  }

  /** `hourOfDay` or `weekday`. */
  clock(type: "hourOfDay" | "weekday", of: Expr): string {
    this.time(of);
    return this.#add(type, type);
  }

  #add(name: string, type: string): string {
    this.#dimensions.set(name, type);
    return name;
  }

  /** The measure of an aggregate, of those records only that meet `extra`. */
  measure({ type, of }: Aggregate, extra: readonly Condition[]): string {
    const filters = extra.map((condition) => {
      if (!isListed(condition))
        throw new CannotTell("some records by a parameter, and others, in one row");
      return filterOf(this.dimension(condition.of), condition);
    });
    const field = of?.op === "field" ? of.name : "";
    const base: Record<string, unknown> =
      type === "countDistinct"
        ? { type, dimension: this.dimension(of!) }
        : type === "count"
          ? { type }
          : { type, field };
    if (type === "countDistinct" && filters.length > 0)
      throw new CannotTell("different values of some records: a segment counts them");
    const definition =
      type === "count" && filters.length === 0
        ? ("count" as const)
        : filters.length > 0
          ? { ...base, filters }
          : type === "countDistinct"
            ? base
            : { [type]: field };
    for (const [name, known] of this.#measures) if (same(known, definition)) return name;
    const words =
      type === "count"
        ? ["count"]
        : type === "sum"
          ? wordsOf(field)
          : [type === "countDistinct" ? "different" : type, ...wordsOf(field)];
    for (const condition of extra) {
      if (condition.kind !== "in" || condition.of.op !== "field") continue;
      const values = condition.values.flatMap((value) =>
        wordsOf(String((value as { value?: unknown }).value)),
      );
      words.push(
        ...(condition.of.type === "string" ? [] : wordsOf(condition.of.name)),
        ...(condition.negated ? ["not"] : []),
        ...values,
      );
    }
    const name = this.#free(camel(words));
    this.#measures.set(name, definition);
    return name;
  }

  #free(name: string): string {
    const taken = (one: string) =>
      this.#measures.has(one) || this.#dimensions.has(one) || one === this.#time;
    for (let i = 1; ; i++) {
      const one = i === 1 ? name : `${name}${i}`;
      if (!taken(one)) return one;
    }
  }

  rollup(dimensions: readonly string[], hours: boolean): void {
    const kept = [...new Set(dimensions)].sort();
    const name = kept.length === 0 ? "totals" : `by_${kept.join("_and_")}`;
    this.#rollups.set(name, {
      dimensions: kept,
      hours: hours || (this.#rollups.get(name)?.hours ?? false),
    });
  }

  cube(): CubeText {
    return {
      table: this.source.table,
      ...(this.tenant !== null && { tenant: this.tenant }),
      time: this.#time ?? likelyTime(this.source, this.checker),
      dimensions: Object.fromEntries(this.#dimensions),
      measures: Object.fromEntries(this.#measures),
      rollups: Object.fromEntries(
        [...this.#rollups].map(([name, { dimensions, hours }]) => [
          name,
          { dimensions, levels: { ...(hours && { hour: "day" }), day: "month", month: "year" } },
        ]),
      ),
    };
  }
}

export function filterOf(dimension: string, condition: Condition & { kind: "in" }) {
  const values = condition.values.map((value) => (value as { value?: unknown }).value ?? null);
  if (values.length === 1 && values[0] === null)
    return { dimension, operator: condition.negated ? "set" : "notSet" };
  const isBoolean = condition.of.op === "field" && condition.of.type === "boolean";
  return {
    dimension,
    operator: condition.negated ? "notEquals" : "equals",
    values: values.map((value) => (isBoolean && value !== null ? String(value) : value)),
  };
}

/** The tenant among conditions: a field that names an owner, at a value that is given. */
export const isOfTenant = (condition: Condition): boolean =>
  condition.kind === "in" &&
  !condition.negated &&
  condition.of.op === "field" &&
  !condition.of.optional &&
  ownerRank(condition.of.name) !== null &&
  condition.values.length === 1 &&
  condition.values[0]!.op !== "literal";

function likelyTime({ type }: Source, checker: TypeScript.TypeChecker): string {
  const names = type === null ? [] : checker.getPropertiesOfType(type).map(({ name }) => name);
  const ranked = names
    .filter((name) => momentRank(name) !== null && name !== "_creationTime")
    .sort((a, b) => momentRank(a)! - momentRank(b)!);
  return ranked[0] ?? "_creationTime";
}

export function camel([first = "", ...rest]: readonly string[]): string {
  return first + rest.map((word) => (word[0] ?? "").toUpperCase() + word.slice(1)).join("");
}
