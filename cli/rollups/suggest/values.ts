/** What variables hold while a function is followed, and where a loop's branches lead. */
import type * as TypeScript from "typescript";
import type { Condition, Expr, Group, Source } from "./expr.js";

export interface Records {
  k: "records";
  source: Source;
  where: readonly Condition[];
  /** What stands for each record; the record itself without it. */
  item: Value;
  group: Group | null;
}

/** One item per row of a group. */
export interface Table {
  k: "table";
  group: Group;
  item: Value;
  order: readonly Order[];
  limit: Expr | null;
}

export interface Order {
  by: Expr;
  descending: boolean;
  /** By the language of the reader, not by character codes. */
  locale: boolean;
}

export type Value =
  | { k: "expr"; e: Expr }
  | { k: "record"; source: Source }
  | Records
  | Table
  /** The different items of records. */
  | { k: "distinct"; of: Records }
  /** An object, list, Map or Set in the store. */
  | { k: "ref"; id: number }
  | { k: "function"; node: TypeScript.FunctionLikeDeclaration; scope: Scope }
  | { k: "date"; e: Expr }
  | { k: "choice"; on: Expr; a: Value; b: Value }
  /** An object or Map of rows that are pairs. */
  | { k: "pairs"; of: Table; isMap: boolean }
  | { k: "spread"; of: Value }
  /** A name of the language or of a package, such as `Math` or `startOfDay`. */
  | { k: "native"; name: string }
  | { k: "context" }
  | { k: "database" }
  | { k: "query"; source: Source; where: readonly Condition[] }
  | { k: "range"; source: Source; where: readonly Condition[] };

export type Scope = ReadonlyMap<TypeScript.Symbol, number>;

export interface Cell {
  /** `value` is a variable. */
  kind: "value" | "object" | "list" | "map" | "set";
  value?: Value;
  /** By name; entries of a list by number, of a Map by their key's text. */
  parts: Map<string, Value>;
  /** Entries under a key that depends on the record. */
  entries?: Entries;
  /** What is pushed or added in a loop; `all` is what a loop left behind. */
  added: Value[];
  all?: Value;
  /** A list that began with as many equal items, and the code that makes it. */
  filled?: Filled;
  /** The same of an object that began with equal numbers under all names. */
  uniform?: Filled & { names: readonly string[] };
  /** The name by which accumulators of a loop are told apart. */
  path?: string;
  /** How many keys lead to it. */
  depth?: number;
}

export interface Filled {
  value: Value;
  text: string;
}

export interface Entries {
  key: Expr;
  /** Null where the entry is absent, or not looked at. */
  value: Value | null;
  /** Once a loop is over: which records make rows. */
  group?: Group;
}

/** Undefined or null. */
export const isNothing = (value: Value): boolean =>
  value.k === "expr" &&
  value.e.op === "literal" &&
  (value.e.value === undefined || value.e.value === null);

export const exprOf = (e: Expr): Value => ({ k: "expr", e });

/** Decisions on the way through code for which the record at hand decides. */
export interface Path {
  conditions: Condition[];
  /** Accumulators that are taken for 0. */
  zeros: Set<string>;
  /** Comparisons of a value with an accumulator. */
  compared: { id: string; with: Expr; isMore: boolean; taken: boolean }[];
}
