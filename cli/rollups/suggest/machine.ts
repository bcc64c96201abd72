/** The store that a function is followed in: variables, objects, and a copy of both for each way through a loop. */
import type { Branches } from "./branches.js";
import { together } from "./conditions.js";
import {
  apply,
  CannotTell,
  literal,
  same,
  type Condition,
  type Expr,
  type Source,
} from "./expr.js";
import { exprOf, type Cell, type Entries, type Records, type Table, type Value } from "./values.js";

export class Store {
  cells = new Map<number, Cell>();
  next = 1;
  /** The table that is read. */
  source: Source | null = null;
  /** The loop or filter at hand. */
  branches: Branches | null = null;
  /** Cells that are older than the loop at hand. */
  since = 0;
  written = new Set<number>();
  /** Cells below this number may not change; see `pure`. */
  #kept = 0;
  /** What a loop has under the key that is looked up; set while one is followed. */
  entry: ((id: number) => Value | null) | null = null;

  add(cell: Partial<Cell> & Pick<Cell, "kind">): number {
    const id = this.next++;
    this.cells.set(id, { parts: new Map(), added: [], ...cell });
    return id;
  }

  ref(cell: Partial<Cell> & Pick<Cell, "kind">): Value {
    return { k: "ref", id: this.add(cell) };
  }

  cell(id: number): Cell {
    return this.cells.get(id)!;
  }

  /** The result of code that may run any number of times in the app. Throws where it changes cells below `from`. */
  pure<Result>(work: () => Result, from = this.next): Result {
    const kept = this.#kept;
    this.#kept = Math.max(kept, from);
    try {
      return work();
    } finally {
      this.#kept = kept;
    }
  }

  /** A value with copies of the objects that it leads to: later code does not change them. */
  copyOf(value: Value): Value {
    switch (value.k) {
      case "ref": {
        const cell = this.cell(value.id);
        return this.ref({
          ...cell,
          parts: new Map([...cell.parts].map(([name, part]) => [name, this.copyOf(part)])),
          added: cell.added.map((one) => this.copyOf(one)),
          ...(cell.all && { all: this.copyOf(cell.all) }),
          ...(cell.entries?.value && {
            entries: { ...cell.entries, value: this.copyOf(cell.entries.value) },
          }),
        });
      }
      case "choice":
        return { ...value, a: this.copyOf(value.a), b: this.copyOf(value.b) };
      case "records":
      case "table":
        return { ...value, item: this.copyOf(value.item) };
      case "distinct":
        return { ...value, of: this.copyOf(value.of) as Records };
      case "pairs":
        return { ...value, of: this.copyOf(value.of) as Table };
      default:
        return value;
    }
  }

  write(id: number, change: Partial<Cell>): void {
    if (id < this.#kept)
      throw new CannotTell("a test or a part of an expression changes a variable");
    if (id < this.since) this.written.add(id);
    this.cells.set(id, { ...this.cell(id), ...change });
  }

  list(...items: Value[]): Value {
    return this.ref({ kind: "list", parts: new Map(items.map((item, i) => [String(i), item])) });
  }

  /** The entry under a key: a name, or an expression of the record. */
  get(id: number, key: Expr): Value {
    const cell = this.cell(id);
    if (key.op === "literal") {
      if (cell.entries?.group !== undefined) return pickedOut(cell, cell.entries, key);
      mustBeTold(cell, key);
      return cell.parts.get(String(key.value)) ?? exprOf(literal(undefined));
    }
    const entries = this.#entries(id, key);
    return entries.value ?? exprOf(literal(undefined));
  }

  has(id: number, key: Expr): boolean {
    const cell = this.cell(id);
    if (key.op === "literal") {
      if (cell.entries !== undefined)
        throw new CannotTell("whether a grouping has an entry of one name");
      mustBeTold(cell, key);
      return cell.parts.has(String(key.value));
    }
    return this.#entries(id, key).value !== null;
  }

  set(id: number, key: Expr, value: Value): void {
    const cell = this.cell(id);
    if (key.op === "literal" && cell.kind !== "map") {
      this.write(id, { parts: new Map(cell.parts).set(String(key.value), value) });
      return;
    }
    const entries = this.#entries(id, key);
    this.write(id, { entries: { ...entries, value } });
  }

  #entries(id: number, key: Expr) {
    const cell = this.cell(id);
    if (cell.parts.size > 0 && !isListedIn(key, cell.uniform?.names))
      throw new CannotTell("an object with entries from the start is added to by key");
    if (cell.entries === undefined) {
      if (id < this.since) this.written.add(id);
      // The loop begins again, and prepares the entries of what it writes.
      if ((cell.filled ?? cell.uniform) !== undefined && cell.path === undefined) throw new Again();
      const entries = { key, value: this.entry?.(id) ?? null };
      this.cells.set(id, { ...this.cell(id), entries });
      return entries;
    }
    if (cell.entries.group !== undefined) {
      const at = key.op === "key" ? key.at : -1;
      if (key.op === "key" && same(key.group, cell.entries.group) && at === 0) return cell.entries;
      throw new CannotTell("an entry of another grouping is looked up");
    }
    if (!same(cell.entries.key, key))
      throw new CannotTell(
        cell.entries.key.op === "key" || key.op === "key"
          ? "rows are looked at together with other rows"
          : "one record adds to several entries",
      );
    return cell.entries;
  }
}

/** Whether a key can be nothing but one of these names. */
function isListedIn(key: Expr, names: readonly string[] | undefined): boolean {
  if (names === undefined || key.op !== "field" || key.optional) return false;
  return key.literals?.every((one) => names.includes(String(one))) ?? false;
}

/** Within a loop, earlier records may have added what is not there from the start. */
function mustBeTold({ path, parts }: Cell, key: Expr & { op: "literal" }): void {
  if (path !== undefined && !parts.has(String(key.value)))
    throw new CannotTell("what is looked up depends on the records before it");
}

/** What a grouping holds under one value of its key: the same of the records that have it; undefined without any. */
function pickedOut({ filled }: Cell, { group, value }: Entries, key: Expr): Value {
  const [of] = group!.keys;
  if (group!.keys.length > 1 || value?.k !== "expr" || of?.op !== "field" || of.type !== "string")
    throw new CannotTell("one entry is picked out of a grouping");
  const condition: Condition = { kind: "in", of, negated: false, values: [key] };
  const picked = ofOne(value.e, condition);
  if (filled !== undefined) return exprOf(picked);
  const { source, where } = group!;
  const count: Expr = {
    op: "aggregate",
    aggregate: { type: "count", of: null, source, where, group: group! },
  };
  return exprOf(apply("?:", ofOne(count, condition), picked, literal(undefined)));
}

function ofOne(e: Expr, condition: Condition): Expr {
  if (e.op === "apply") return { ...e, of: e.of.map((part) => ofOne(part, condition)) };
  if (e.op !== "aggregate") return e;
  const where = together([...e.aggregate.where, condition]);
  if (where === null) throw new CannotTell("an entry that no record adds to");
  return { op: "aggregate", aggregate: { ...e.aggregate, where, group: null } };
}

/** A loop has to begin again with what it is known to write now. */
export class Again extends Error {}
