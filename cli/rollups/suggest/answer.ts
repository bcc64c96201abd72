/** From what a function returns to queries, and to the code that makes the same of their rows. */
import { isListed } from "./conditions.js";
import { isOfTenant, type Draft } from "./draft.js";
import {
  CannotTell,
  literal,
  same,
  some,
  textOf,
  type Aggregate,
  type Condition,
  type Expr,
  type Group,
  type Literal,
} from "./expr.js";
import { applied, isTextual, nameText, numberText, wrapped } from "./code.js";
import { bucketOf, clockOf, clockText } from "./keys.js";
import { queryText, type Query } from "./queryText.js";
import type { Store } from "./machine.js";
import type { Cell, Order, Table, Value } from "./values.js";

export interface Answer {
  queries: string[];
  /** Code over `answers`, one list of rows per query, and the function's parameters. */
  result: string;
  notes: string[];
}

export class Answering {
  readonly #queries: Query[] = [];
  readonly notes = new Set<string>();
  #rows = "";

  constructor(
    readonly draft: Draft,
    readonly store: Store,
  ) {}

  answer(value: Value): Answer {
    const result = this.#code(value);
    if (this.#queries.length === 0) throw new CannotTell("it computes nothing from records");
    return {
      queries: this.#queries.map((query) => queryText(query, this.draft, (e) => this.#js(e))),
      result,
      notes: [...this.notes],
    };
  }

  #code(value: Value): string {
    switch (value.k) {
      case "expr":
        return this.#js(value.e);
      case "choice":
        return `(${this.#js(value.on)} ? ${this.#code(value.a)} : ${this.#code(value.b)})`;
      case "ref":
        return this.#stored(this.store.cell(value.id));
      case "table":
        return this.#table(this.#ordered(value), (item) => this.#code(item));
      case "pairs": {
        const pairs = this.#table(value.of, (item) => this.#code(item));
        return value.isMap ? `new Map(${pairs})` : `Object.fromEntries(${pairs})`;
      }
      case "records":
      case "record":
        throw new CannotTell("records themselves are returned");
      case "distinct":
        throw new CannotTell("different values themselves are returned");
      default:
        throw new CannotTell("what is returned is not followed");
    }
  }

  #stored(cell: Cell): string {
    if (cell.all !== undefined) return this.#code(cell.all);
    if (cell.entries?.group !== undefined) return this.#grouping(cell);
    if (cell.filled !== undefined) return cell.filled.text;
    if (cell.kind === "list")
      return `[${[...cell.parts.values()].map((one) => this.#code(one)).join(", ")}]`;
    if (cell.kind !== "object") throw new CannotTell("a Map or Set that no record adds to");
    const parts = [...cell.parts].map(([name, part]) => `${nameText(name)}: ${this.#code(part)}`);
    return `{ ${parts.join(", ")} }`;
  }

  /** An object, Map or filled list that records added to by key, one key within the other. */
  #grouping(cell: Cell): string {
    const cells = [cell];
    let value = cell.entries!.value!;
    while (value.k === "ref") {
      const inner = this.store.cell(value.id);
      if (inner.entries?.group === undefined) break;
      if (inner.parts.size > 0) throw new CannotTell("rows within rows beside other values");
      cells.push(inner);
      value = inner.entries.value!;
    }
    const { group } = cells.at(-1)!.entries!;
    if (cells.length > 1 && cells.some(({ kind }) => kind === "map"))
      throw new CannotTell("a Map within a Map");
    return this.#inRows(group!, [], null, (row) => {
      const keys = group!.keys.map((_, at) => this.#js({ op: "key", group: group!, at }));
      const item = this.#code(value);
      if (cells.length === 1 && cell.filled === undefined) {
        const pairs = `${this.#rows}.map((${row}) => [${keys[0]!}, ${item}])`;
        return cell.kind === "map" ? `new Map(${pairs})` : `Object.fromEntries(${pairs})`;
      }
      const start = cell.filled?.text ?? "{}";
      const place = keys.reduce(
        (text, key, i) =>
          i === keys.length - 1 || cell.filled !== undefined
            ? `${text}[${key}]`
            : `(${text}[${key}] ??= {})`,
        "all",
      );
      return `${this.#rows}.reduce((all, ${row}) => ((${place} = ${item}), all), ${start})`;
    });
  }

  #table(table: Table, code: (item: Value) => string): string {
    const asked = table.order.map((order) => this.#orderItem(order, table));
    // The database orders by members; by anything else the code does.
    const isAsked = asked.every((one) => one !== null);
    if (!isAsked && table.order.some(({ by }) => some(by, ({ op }) => op === "aggregate")))
      this.notes.add("Rows are ordered in the code, as what they are ordered by is no measure.");
    return this.#inRows(
      table.group,
      isAsked ? table.order : [],
      isAsked ? table.limit : null,
      (row) => {
        if (isAsked) return `${this.#rows}.map((${row}) => ${wrapped(code(table.item))})`;
        const compare = table.order.map(({ by, descending, locale }) => {
          const [a, b] = descending ? ["b", "a"] : ["a", "b"];
          const [x, y] = [a, b].map((side) => this.#js(by).replaceAll(`${row}[`, `${side}[`));
          if (locale) return `${x!}.localeCompare(${y!})`;
          return isTextual(by) ? `(${x!} < ${y!} ? -1 : ${x!} > ${y!} ? 1 : 0)` : `${x!} - ${y!}`;
        });
        const cut = table.limit === null ? "" : `.slice(0, ${this.#js(table.limit)})`;
        return `[...${this.#rows}].sort((a, b) => ${compare.join(" || ")})${cut}.map((${row}) => ${wrapped(code(table.item))})`;
      },
    );
  }

  /** Rows that a function has in no order of its own are in order of their keys here. */
  #ordered(table: Table): Table {
    const { order, group } = table;
    if (order.length > 0) {
      if (!order.some(({ by }) => by.op === "key"))
        this.notes.add(
          "Equal values follow each other by their keys; in the function, by the order of the records.",
        );
      return table;
    }
    const [key] = group.keys;
    // Objects have keys that are whole numbers in order by themselves.
    const isWhole = (one: Literal) => Number.isInteger(one) && (one as number) >= 0;
    if (!(group.texts && key?.op === "field" && key.literals?.every(isWhole)))
      this.notes.add(
        "Rows are in order of their keys; in the function, in the order of the records.",
      );
    return {
      ...table,
      order: [{ by: { op: "key", group, at: 0 }, descending: false, locale: false }],
    };
  }

  /** A member and a direction; null for what the database does not order by. */
  #orderItem({ by, descending, locale }: Order, { group }: Table): [Expr, boolean] | null {
    if (by.op === "key") {
      const key = group.keys[by.at]!;
      const isTime = key.op === "apply" && key.fn.startsWith("#iso");
      return (locale && !isTime) || (key.op === "field" && key.type === "boolean")
        ? null
        : [by, descending];
    }
    if (by.op === "aggregate" && same(by.aggregate.group, group)) {
      const { type, of, where } = by.aggregate;
      // Rows without a value come last there; in the code their sum is 0.
      if (of?.op === "field" && of.optional) return null;
      if (type === "sum" && !same(where, group.where)) return null;
      return [by, descending];
    }
    if (by.op === "apply" && by.fn === "-") {
      const [a, b] = by.of;
      const inner = b === undefined ? a : same(a, literal(0)) ? b : null;
      if (inner?.op === "aggregate")
        return this.#orderItem({ by: inner, descending: !descending, locale }, { group } as Table);
    }
    return null;
  }

  #inRows(
    group: Group,
    order: readonly Order[],
    limit: Expr | null,
    code: (row: string) => string,
  ): string {
    const outer = this.#rows;
    const query = this.#queryOf(group, group.where, textOf([order, limit]));
    this.#rows = `answers[${this.#queries.indexOf(query)}]`;
    const text = code("row");
    for (const one of order) {
      const [by, descending] = this.#orderItem(one, { group } as Table)!;
      const column =
        by.op === "key"
          ? this.#member(query, group.keys[by.at]!)
          : this.#measure(query, (by as { aggregate: Aggregate }).aggregate);
      query.order.push([column, descending ? "desc" : "asc"]);
    }
    query.limit = limit;
    this.#rows = outer;
    return text;
  }

  #queryOf(group: Group | null, all: readonly Condition[], extra = ""): Query {
    const where = this.#withoutTenant(all);
    const key = textOf([group && group.keys, where, extra]);
    const known = this.#queries.find((query) => query.key === key);
    if (known !== undefined) return known;
    const query: Query = {
      key,
      group,
      where,
      measures: new Set(),
      dimensions: [],
      granularity: null,
      time: null,
      order: [],
      limit: null,
      hours: false,
      needs: new Set(),
    };
    this.#queries.push(query);
    for (const of of group?.keys ?? []) this.#member(query, of);
    return query;
  }

  #withoutTenant(where: readonly Condition[]): readonly Condition[] {
    const { draft } = this;
    const own = where.find(
      (one) =>
        isOfTenant(one) &&
        (draft.tenant === null || (one as { of: { name: string } }).of.name === draft.tenant),
    );
    if (own === undefined) {
      if (draft.tenant !== null)
        throw new CannotTell(
          `records of every ${draft.tenant}, while other functions read those of one`,
        );
      return where;
    }
    draft.tenant = (own as { of: { name: string } }).of.name;
    return where.filter((one) => one !== own);
  }

  /** Adds what rows are grouped by to a query, and names its column. */
  #member(query: Query, key: Expr): string {
    const { draft } = this;
    const bucket = bucketOf(key);
    if (bucket !== null) {
      const time = draft.member(draft.time(bucket.of));
      if (query.granularity !== null && query.granularity !== bucket.granularity)
        throw new CannotTell("rows by two lengths of time");
      query.granularity = bucket.granularity;
      query.time = time;
      query.hours ||= bucket.granularity === "hour";
      return time;
    }
    const clock = clockOf(key);
    const name = clock === null ? draft.dimension(key) : draft.clock(clock.type, clock.of);
    if (clock !== null) query.hours = true;
    else {
      if (key.op === "field" && key.optional)
        throw new CannotTell(
          `${key.name} may be missing, and rows by nothing have another name here`,
        );
      query.needs.add(name);
    }
    const member = draft.member(name);
    if (!query.dimensions.includes(member)) query.dimensions.push(member);
    return member;
  }

  #measure(query: Query, aggregate: Aggregate): string {
    const where = this.#withoutTenant(aggregate.where);
    const base = query.where;
    if (!base.every((one) => where.some((other) => same(one, other))))
      throw new CannotTell("rows of some records, with values of others");
    const extra = where.filter((one) => !base.some((other) => same(one, other)));
    const name = this.draft.measure(aggregate, extra);
    if (aggregate.type === "countDistinct") query.needs.add(this.draft.dimension(aggregate.of!));
    const member = this.draft.member(name);
    query.measures.add(member);
    return member;
  }

  /** The column of an aggregate: of the row at hand, or of the totals. */
  #column(aggregate: Aggregate): string {
    if (aggregate.group !== null) {
      const query = this.#queries[Number(/\d+/.exec(this.#rows)?.[0])];
      if (query === undefined || !same(query.group, aggregate.group))
        throw new CannotTell("a value of another grouping");
      return `row[${JSON.stringify(this.#measure(query, aggregate))}]`;
    }
    // Conditions with literals belong to measures, so that totals are one query.
    const query = this.#queryOf(
      null,
      aggregate.where.filter((one) => !isListed(one) || aggregate.type === "countDistinct"),
    );
    const column = JSON.stringify(this.#measure(query, aggregate));
    return `answers[${this.#queries.indexOf(query)}][0][${column}]`;
  }

  #js(e: Expr): string {
    switch (e.op) {
      case "literal":
        return e.value === undefined
          ? "undefined"
          : typeof e.value === "number"
            ? numberText(e.value)
            : JSON.stringify(e.value);
      case "param":
        return e.text;
      case "aggregate": {
        const column = this.#column(e.aggregate);
        return e.aggregate.type === "sum" ? `(${column} ?? 0)` : column;
      }
      case "key":
        return this.#key(e);
      case "apply":
        return applied(
          e.fn,
          e.of.map((part) => this.#js(part)),
        );
      default:
        throw new CannotTell("a value of a single record");
    }
  }

  #key({ group, at }: Expr & { op: "key" }): string {
    const { draft } = this;
    const key = group.keys[at]!;
    const text = (code: string) => (group.texts ? `String(${code})` : code);
    const bucket = bucketOf(key);
    if (bucket !== null) {
      const time = draft.member(draft.time(bucket.of));
      const column = `row[${JSON.stringify(`${time}.${bucket.granularity}`)}]`;
      if (bucket.as === "text") return `${column}.slice(0, ${bucket.length})`;
      const start = `Date.parse(${column} + "Z")`;
      return text(bucket.as === "number" ? `${start} / ${bucket.length}` : start);
    }
    const clock = clockOf(key);
    if (clock !== null) {
      const column = `row[${JSON.stringify(draft.member(clock.type))}]`;
      return text(clockText(key, clock.type === "weekday" ? `(${column} % 7)` : column));
    }
    const column = `row[${JSON.stringify(draft.member(draft.dimension(key)))}]`;
    if (key.op === "field" && key.type === "boolean")
      return group.texts ? column : `(${column} === "true")`;
    return key.op === "field" && key.type === "number" ? text(column) : column;
  }
}
