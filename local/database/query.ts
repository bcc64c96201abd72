/**
 * Queries over an index: the byte range of an index-range expression, streaming through it one
 * document at a time, and pages with cursors. A stream records as read only what it has passed over,
 * so `take(n)` that is satisfied depends on nothing beyond its last row.
 */
import { createHash } from "node:crypto";
import type { Json, JsonObject } from "../values/json";
import { AFTER_KEY, AFTER_PREFIX, encodeKey } from "../values/indexKey";
import type { IndexDefinition, Table } from "./catalog";
import { compileFilter } from "./filter";
import { DeveloperError } from "./limits";
import type { Transaction } from "./transaction";

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
interface Row {
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
    this.transaction.countRead(document);
    this.scanned++;
    return { key, text: document.text, size: document.size };
  }

  matches(row: Row): boolean {
    if (this.filters.length === 0) return true;
    const document = JSON.parse(row.text) as JsonObject;
    return this.filters.every((filter) => filter(document));
  }
}

export interface PageRequest {
  query: SerializedQuery;
  cursor: string | null;
  endCursor: string | null;
  pageSize: number;
  maximumRowsRead: number | null;
  maximumBytesRead?: number | null;
}

/** One page, documents as wire-form text. */
export interface Page {
  page: string[];
  isDone: boolean;
  continueCursor: string;
  splitCursor: string | null;
  pageStatus: "SplitRecommended" | "SplitRequired" | null;
}

const END_OF_QUERY = "end";

/** A position after a key, tied to the query it was made for. */
function cursorAfter(fingerprint: string, key: string): string {
  return `${fingerprint}.${key === END_OF_QUERY ? key : Buffer.from(key, "latin1").toString("base64url")}`;
}

function fingerprintOf(query: SerializedQuery): string {
  return createHash("sha256").update(JSON.stringify(query)).digest("base64url").slice(0, 12);
}

function positionOf(cursor: string, fingerprint: string): string {
  const [made, key] = cursor.split(".");
  if (made !== fingerprint || key === undefined) {
    throw new DeveloperError(
      "InvalidCursor",
      `InvalidCursor: Tried to run a query starting from a cursor, but it looks like this cursor is from a different query.`,
    );
  }
  return key === END_OF_QUERY ? key : Buffer.from(key, "base64url").toString("latin1");
}

/** Reads one page. With an end cursor the page is exactly what lies between the two cursors. */
export function readPage(transaction: Transaction, component: string, request: PageRequest): Page {
  const { query } = request;
  const fingerprint = fingerprintOf(query);
  const source = resolveSource(transaction, component, query);
  const end = cursorAfter(fingerprint, END_OF_QUERY);
  const finished: Page = {
    page: [],
    isDone: true,
    continueCursor: end,
    splitCursor: null,
    pageStatus: null,
  };
  if (source === null) return finished;
  const range = { ...source.range };
  const after = request.cursor === null ? null : positionOf(request.cursor, fingerprint);
  const until = request.endCursor === null ? null : positionOf(request.endCursor, fingerprint);
  if (after === END_OF_QUERY) return finished;
  if (after !== null) {
    if (source.descending) range.end = after;
    else range.start = after + AFTER_KEY;
  }
  if (until !== null && until !== END_OF_QUERY) {
    if (source.descending) range.start = until;
    else range.end = until + AFTER_KEY;
  }
  const stream = new QueryStream(
    transaction,
    source.index,
    range,
    source.descending,
    query.operators,
  );
  const page: string[] = [];
  const keys: string[] = [];
  let bytes = 0;
  let status: Page["pageStatus"] = null;
  for (;;) {
    if (until === null && page.length >= request.pageSize) break;
    if (
      (request.maximumRowsRead != null && stream.scanned >= request.maximumRowsRead) ||
      (request.maximumBytesRead != null && bytes >= request.maximumBytesRead)
    ) {
      status = "SplitRequired";
      break;
    }
    const row = stream.scan();
    if (row === null) {
      const continueCursor = until === null ? end : request.endCursor!;
      return {
        page,
        isDone: until === null || until === END_OF_QUERY,
        continueCursor,
        splitCursor: splitOf(fingerprint, keys),
        pageStatus: null,
      };
    }
    bytes += row.size;
    keys.push(row.key);
    if (stream.matches(row)) page.push(row.text);
  }
  const last = keys.at(-1);
  return {
    page,
    isDone: false,
    continueCursor: last === undefined ? (request.cursor ?? "") : cursorAfter(fingerprint, last),
    splitCursor: splitOf(fingerprint, keys),
    pageStatus: until === null ? null : status,
  };
}

function splitOf(fingerprint: string, keys: readonly string[]): string | null {
  return keys.length < 2 ? null : cursorAfter(fingerprint, keys[(keys.length - 1) >> 1]!);
}
