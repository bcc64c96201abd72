/**
 * What handlers get as `ctx`, over a transaction of the local database: the calls that the backend
 * makes, and no others. Documents are parsed once per version and frozen, so a handler that changed
 * one would throw.
 */
import { convexToJson, jsonToConvex, type Value } from "convex/values";
import type { MutationCtx, QueryCtx } from "../../../convex/_generated/server";
import { QueryStream, type SerializedQuery } from "../../../local/database/query";
import type { Transaction } from "../../../local/database/transaction";
import type { Json, JsonObject } from "../../../local/values/json";
import { knobs } from "./knobs";

export type Document = Record<string, Value> & { _id: string; _creationTime: number };

/** Called with every document that a handler reads. */
export type OnRead = (table: string, document: Document) => void;

/** About as many versions as a world has at a time: what is older is garbage. */
const PARSED_MAX = 2000;
const parsed = new Map<string, Document>();

/** A stored text as the document that handlers see. */
export function documentOf(text: string): Document {
  let document = parsed.get(text);
  if (document === undefined) {
    if (parsed.size >= PARSED_MAX) parsed.clear();
    document = frozenValue(JSON.parse(text) as JsonObject) as Document;
    parsed.set(text, document);
  }
  return document;
}

/** The value of a JSON object or array, which is changed to it in place, and frozen throughout. */
function frozenValue(json: JsonObject | Json[]): Value {
  const parts = json as Record<string, Json>;
  for (const key in parts) {
    // No field begins with a dollar, so this is a scalar in an object of its own.
    if (key.charCodeAt(0) === DOLLAR) return jsonToConvex(parts);
    const part = parts[key]!;
    if (typeof part === "object" && part !== null) parts[key] = frozenValue(part) as Json;
  }
  return Object.freeze(json) as Value;
}

const DOLLAR = "$".charCodeAt(0);

/** `convexToJson`, with short ways for what it leaves as it is; all else, and every refusal, is its own. */
function jsonOf(value: unknown): Json {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number" && Number.isFinite(value) && value !== 0) return value;
  if (Array.isArray(value)) return Array.from(value, jsonOf);
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) {
    return convexToJson(value as Value) as Json;
  }
  const json: JsonObject = {};
  for (const key of Object.keys(value).sort()) {
    const part = (value as Record<string, unknown>)[key];
    if (part === undefined) continue;
    if (!fieldNames.has(key)) {
      convexToJson({ [key]: null });
      fieldNames.add(key);
    }
    json[key] = jsonOf(part);
  }
  return json;
}

/** Names that Convex lets fields have. */
const fieldNames = new Set<string>();

const commitTs = jsonToConvex({ $commitTs: null });

/** A query's context. */
export function queryContext(transaction: Transaction, onRead?: OnRead): QueryCtx {
  return { db: reader(transaction, onRead), ...surroundings(transaction) } as unknown as QueryCtx;
}

/** What a mutation's call of a query in a stale snapshot gets; undefined for a query that it does not know. */
export type RunQuery = (
  ctx: QueryCtx,
  args: Record<string, unknown>,
) => Promise<unknown> | undefined;

/** A mutation's context; the caller commits the transaction. */
export function mutationContext(transaction: Transaction, runQuery?: RunQuery): MutationCtx {
  const { catalog } = transaction;
  const tableOf = (id: string) => {
    const table = catalog.tableOfId("", id);
    if (table === null) throw new Error(`Not an id: ${id}`);
    return table;
  };
  const json = (value: unknown) => jsonOf(value) as JsonObject;
  const db = {
    ...reader(transaction),
    vars: { commitTs },
    insert: async (table: string, value: unknown) =>
      transaction.insert(catalog.ensureTable("", table), json(value)),
    patch: async (...args: unknown[]) => {
      const [id, value] = args.slice(-2) as [string, Record<string, unknown>];
      transaction.patch(tableOf(id), id, json(value));
    },
    replace: async (...args: unknown[]) => {
      const [id, value] = args.slice(-2) as [string, Record<string, unknown>];
      const { _id, _creationTime, ...fields } = value;
      transaction.replace(tableOf(id), id, json(fields));
    },
    delete: async (...args: unknown[]) => {
      const id = args.at(-1) as string;
      transaction.delete(tableOf(id), id);
    },
  };
  return { db, ...surroundings(transaction, runQuery) } as unknown as MutationCtx;
}

function reader(transaction: Transaction, onRead?: OnRead) {
  const { catalog } = transaction;
  const seen = (table: string, text: string) => {
    const document = documentOf(text);
    onRead?.(table, document);
    return document;
  };
  return {
    get: async (...args: string[]) => {
      const id = args.at(-1) as string;
      const table = catalog.tableOfId("", id);
      const stored = table && transaction.get(table, id);
      return stored ? seen(table.name, stored.text) : null;
    },
    query: (table: string) => new Query(transaction, table, seen),
    normalizeId: (table: string, id: string) =>
      catalog.tableOfId("", id)?.name === table ? id : null,
  };
}

function surroundings(transaction: Transaction, run?: RunQuery) {
  let looks = 0;
  return {
    // Else it is asked for a worker, which is awake: no wake-ups are scheduled. The simulation calls it.
    runQuery: async (_query: unknown, args: Record<string, unknown>) => {
      const found = await run?.(queryContext(transaction.stale()), args);
      return found === undefined ? { kind: "running" } : found;
    },
    scheduler: { runAfter: async () => "scheduled" },
    auth: { getUserIdentity: async () => ({ tokenIdentifier: "admin" }) },
    meta: {
      getTransactionMetrics: async () => {
        const metrics = transaction.usage.metrics();
        const full = ++looks > knobs.looks;
        return full ? { ...metrics, bytesWritten: { used: 1, remaining: 0 } } : metrics;
      },
    },
  };
}

type Range = Extract<SerializedQuery["source"], { type: "IndexRange" }>["range"];

class RangeBuilder {
  readonly steps: Range = [];
  eq = (field: string, value: Value) => this.add("Eq", field, value);
  gt = (field: string, value: Value) => this.add("Gt", field, value);
  gte = (field: string, value: Value) => this.add("Gte", field, value);
  lt = (field: string, value: Value) => this.add("Lt", field, value);
  lte = (field: string, value: Value) => this.add("Lte", field, value);

  private add(type: Range[number]["type"], fieldPath: string, value: Value): this {
    this.steps.push({ type, fieldPath, value: jsonOf(value) });
    return this;
  }
}

class Query implements AsyncIterable<Document> {
  private source: SerializedQuery["source"];

  constructor(
    private readonly transaction: Transaction,
    private readonly table: string,
    private readonly seen: (table: string, text: string) => Document,
  ) {
    this.source = { type: "FullTableScan", tableName: table, order: null };
  }

  withIndex(index: string, build?: (q: RangeBuilder) => unknown): this {
    const builder = new RangeBuilder();
    build?.(builder);
    const indexName = `${this.table}.${index}`;
    this.source = { type: "IndexRange", indexName, range: builder.steps, order: null };
    return this;
  }

  order(order: "asc" | "desc"): this {
    this.source = { ...this.source, order } as SerializedQuery["source"];
    return this;
  }

  async take(n: number): Promise<Document[]> {
    return this.read(n);
  }

  async collect(): Promise<Document[]> {
    return this.read(Infinity);
  }

  async first(): Promise<Document | null> {
    return this.read(1)[0] ?? null;
  }

  async unique(): Promise<Document | null> {
    const [first, second] = this.read(2);
    if (second !== undefined)
      throw new Error(`Two documents where one was expected: ${this.table}`);
    return first ?? null;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Document> {
    const stream = this.open(Infinity);
    for (let row = stream.next(); row !== null; row = stream.next()) {
      yield this.seen(this.table, row.text);
    }
  }

  private read(limit: number): Document[] {
    const stream = this.open(limit);
    const documents: Document[] = [];
    for (let row = stream.next(); row !== null; row = stream.next()) {
      documents.push(this.seen(this.table, row.text));
    }
    return documents;
  }

  private open(limit: number): QueryStream {
    const operators = limit === Infinity ? [] : [{ limit }];
    return QueryStream.open(this.transaction, "", { source: this.source, operators });
  }
}
