/**
 * Queries over an index: the byte range of an index-range expression, and streaming through it one
 * document at a time. A stream records as read only what it has passed over, so `take(n)` that is
 * satisfied depends on nothing beyond its last row.
 */
import type { Json, JsonObject } from "../values/json.js";
import { AFTER_KEY, AFTER_PREFIX, encodeKey } from "../values/indexKey.js";
import type { IndexDefinition, Table } from "./catalog.js";
import { compileFilter } from "./filter.js";
import { DeveloperError } from "./limits.js";
import type { Transaction } from "./transaction.js";

interface RangeStep {
  type: "Eq" | "Gt" | "Gte" | "Lt" | "Lte";
  fieldPath: string;
  value: Json;
}

type Operator = { filter: Json } | { limit: number };

/** A query as the npm package serializes it. */
export interface SerializedQuery {
  source:
    | { type: "FullTableScan"; tableName: string; order: "asc" | "desc" | null }
    | { type: "IndexRange"; indexName: string; range: RangeStep[]; order: "asc" | "desc" | null }
    | { type: "Search"; indexName: string };
  operators: Operator[];
}

export interface KeyRange {
  start: string;
  end: string;
}

/** The half-open key range that an index-range expression selects. */
export function compileRange(index: IndexDefinition, steps: readonly RangeStep[]): KeyRange {
  const fields = [...index.fields.map((path) => path.join(".")), "_creationTime", "_id"];
  let prefix = "";
  let at = 0;
  while (at < steps.length && steps[at]!.type === "Eq") {
    expectField(index, fields, at, steps[at]!);
    prefix += encodeKey(steps[at]!.value);
    at++;
  }
  let start = prefix;
  let end = prefix === "" ? AFTER_PREFIX : prefix + AFTER_PREFIX;
  for (const step of steps.slice(at)) {
    if (step.type === "Eq") {
      throw new DeveloperError(
        "InvalidIndexRange",
        `Equality on "${step.fieldPath}" must come before inequalities in index ${index.name}`,
      );
    }
    expectField(index, fields, at, step);
    const key = prefix + encodeKey(step.value);
    if (step.type === "Gt") start = key + AFTER_PREFIX;
    else if (step.type === "Gte") start = key;
    else if (step.type === "Lt") end = key;
    else end = key + AFTER_PREFIX;
  }
  return { start, end };
}

function expectField(
  index: IndexDefinition,
  fields: readonly string[],
  at: number,
  step: RangeStep,
): void {
  if (fields[at] === step.fieldPath) return;
  throw new DeveloperError(
    "InvalidIndexRange",
    `Tried to query index ${index.table.name}.${index.name} but the query didn't use the index fields in order. ` +
      `Invalid index range expression on "${step.fieldPath}": the indexed fields are [${fields.slice(0, -1).join(", ")}]`,
  );
}

/** The index and range that a query reads; null when its table does not exist (it is empty). */
export function resolveSource(
  transaction: Transaction,
  component: string,
  { source }: SerializedQuery,
): { index: IndexDefinition; range: KeyRange; descending: boolean } | null {
  if (source.type === "Search") {
    throw new DeveloperError(
      "SearchUnsupported",
      "Full text and vector search are not available on the local backend.",
    );
  }
  const [tableName, indexName] =
    source.type === "FullTableScan"
      ? [source.tableName, "by_creation_time"]
      : [
          source.indexName.slice(0, source.indexName.indexOf(".")),
          source.indexName.slice(source.indexName.indexOf(".") + 1),
        ];
  const table = transaction.catalog.table(component, tableName);
  const index = table?.byName.get(indexName);
  if (index === undefined) {
    if (source.type === "FullTableScan") return null;
    throw new DeveloperError("IndexNotFoundError", `Index ${tableName}.${indexName} not found.`);
  }
  const range = compileRange(index, source.type === "FullTableScan" ? [] : source.range);
  return { index, range, descending: source.order === "desc" };
}

/** A document a stream yielded, and where it stands. */
export interface Row {
  key: string;
  text: string;
  size: number;
}

/** A running query. */
export class QueryStream {
  private readonly filters: ((document: JsonObject) => boolean)[] = [];
  private remaining = Infinity;
  private start: string;
  private end: string;
  private isDone: boolean;
  /** The table read, when it is a system table whose documents have fields to hide. */
  get table(): Table | null {
    return this.index?.table.isSystem === true ? this.index.table : null;
  }

  /** Documents scanned, filtered ones included. */
  scanned = 0;

  constructor(
    private readonly transaction: Transaction,
    private readonly index: IndexDefinition | null,
    range: KeyRange,
    private readonly descending: boolean,
    operators: readonly Operator[],
  ) {
    this.start = range.start;
    this.end = range.end;
    this.isDone = index === null;
    for (const operator of operators) {
      if ("limit" in operator) this.remaining = Math.min(this.remaining, operator.limit);
      else this.filters.push(compileFilter(operator.filter));
    }
  }

  static open(transaction: Transaction, component: string, query: SerializedQuery): QueryStream {
    const source = resolveSource(transaction, component, query);
    return source === null
      ? new QueryStream(transaction, null, { start: "", end: "" }, false, query.operators)
      : new QueryStream(
          transaction,
          source.index,
          source.range,
          source.descending,
          query.operators,
        );
  }

  /** The next matching document, or null at the end or at the limit. */
  next(): Row | null {
    if (this.isDone || this.remaining <= 0) return null;
    for (;;) {
      const row = this.scan();
      if (row === null) return null;
      if (this.filters.length > 0) {
        const document = JSON.parse(row.text) as JsonObject;
        if (!this.filters.every((filter) => filter(document))) continue;
      }
      this.remaining--;
      return row;
    }
  }

  /** The next document in the range whether or not it matches; records what was passed over. */
  scan(): Row | null {
    if (this.isDone) return null;
    const index = this.index!;
    const found = this.descending
      ? this.transaction.previous(index, this.start, this.end)
      : this.transaction.next(index, this.start, this.end);
    if (found === null) {
      this.isDone = true;
      this.transaction.recordRead(index, this.start, this.end);
      return null;
    }
    const [key, document] = found;
    if (this.descending) {
      this.transaction.recordRead(index, key, this.end);
      this.end = key;
    } else {
      const after = key + AFTER_KEY;
      this.transaction.recordRead(index, this.start, after);
      this.start = after;
    }
    this.transaction.countRead(index.table, document);
    this.scanned++;
    return { key, text: document.text, size: document.size };
  }

  matches(row: Row): boolean {
    if (this.filters.length === 0) return true;
    const document = JSON.parse(row.text) as JsonObject;
    return this.filters.every((filter) => filter(document));
  }
}
