/**
 * What handlers get as `ctx`, over a transaction of the local database: the calls that the backend
 * makes, and no others. App and component see tables of their own. Documents are parsed once per version
 * and frozen, so a handler that changed one would throw.
 */
import { jsonToConvex, type Value } from "convex/values";
import { QueryStream, type SerializedQuery } from "../../../local/database/query.js";
import type { Transaction } from "../../../local/database/transaction.js";
import type { JsonObject } from "../../../local/values/json.js";
import { frozenValue, jsonOf } from "./values.js";

export type Document = Record<string, Value> & { _id: string; _creationTime: number };

/** Whose tables a handler sees: by the name of its component, which of the app is empty. */
export type Side = "" | "rollups";

/** What a handler does beside reading and writing. */
export interface Calls {
  runQuery(reference: unknown, args: unknown, options?: { useStaleSnapshot?: boolean }): unknown;
  runMutation(reference: unknown, args: unknown): unknown;
  schedule(reference: unknown, args: unknown): void;
  metrics(): unknown;
  /** Called with every document that is read. */
  onRead?(table: string, document: Document): void;
  /** Documents that are as if they were not there. */
  hides?(table: string, document: Document): boolean;
}

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

const commitTs = jsonToConvex({ $commitTs: null });

/** A query's context. */
export function queryContext(transaction: Transaction, side: Side, calls: Calls) {
  return { db: reader(transaction, side, calls), ...surroundings(side, calls) };
}

/** A mutation's context; the caller commits the transaction. */
export function mutationContext(transaction: Transaction, side: Side, calls: Calls) {
  const { catalog } = transaction;
  const tableOf = (id: string) => {
    const table = catalog.tableOfId(side, id);
    if (table === null) throw new Error(`Not an id: ${id}`);
    return table;
  };
  const json = (value: unknown) => jsonOf(value) as JsonObject;
  const db = {
    ...reader(transaction, side, calls),
    vars: { commitTs },
    insert: async (table: string, value: unknown) =>
      transaction.insert(catalog.ensureTable(side, table), json(value)),
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
  const runMutation = async (reference: unknown, args: unknown) =>
    await calls.runMutation(reference, args);
  const scheduler = {
    runAfter: async (_ms: number, reference: unknown, args: unknown) =>
      calls.schedule(reference, args),
  };
  return { db, ...surroundings(side, calls), runMutation, scheduler };
}

function reader(transaction: Transaction, side: Side, { onRead, hides }: Calls) {
  const { catalog } = transaction;
  const seen = (table: string, text: string): Document | null => {
    const document = documentOf(text);
    if (hides?.(table, document) === true) return null;
    onRead?.(table, document);
    return document;
  };
  return {
    get: async (...args: string[]) => {
      const id = args.at(-1) as string;
      const table = catalog.tableOfId(side, id);
      const stored = table && transaction.get(table, id);
      return stored ? seen(table.name, stored.text) : null;
    },
    query: (table: string) => new Query(transaction, side, table, seen),
    normalizeId: (table: string, id: string) =>
      catalog.tableOfId(side, id)?.name === table ? id : null,
  };
}

function surroundings(side: Side, calls: Calls) {
  return {
    runQuery: async (reference: unknown, args: unknown, options?: { useStaleSnapshot?: boolean }) =>
      await calls.runQuery(reference, args, options),
    meta: {
      getTransactionMetrics: async () => calls.metrics(),
      // All functions of the app that handles are made in are in one module.
      ...(side === "" && { getFunctionMetadata: async () => ({ name: "rollups:source" }) }),
    },
  };
}

type Range = Extract<SerializedQuery["source"], { type: "IndexRange" }>["range"];

class RangeBuilder {
  readonly steps: Range = [];
  eq = (field: string, value: Value | undefined) => this.add("Eq", field, value);
  gt = (field: string, value: Value) => this.add("Gt", field, value);
  gte = (field: string, value: Value) => this.add("Gte", field, value);
  lt = (field: string, value: Value) => this.add("Lt", field, value);
  lte = (field: string, value: Value) => this.add("Lte", field, value);

  private add(type: Range[number]["type"], fieldPath: string, value: Value | undefined): this {
    const json = value === undefined ? { $undefined: null } : jsonOf(value);
    this.steps.push({ type, fieldPath, value: json });
    return this;
  }
}

class Query implements AsyncIterable<Document> {
  private source: SerializedQuery["source"];

  constructor(
    private readonly transaction: Transaction,
    private readonly side: Side,
    private readonly table: string,
    private readonly seen: (table: string, text: string) => Document | null,
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
      const document = this.seen(this.table, row.text);
      if (document !== null) yield document;
    }
  }

  private read(limit: number): Document[] {
    const stream = this.open(limit);
    const documents: Document[] = [];
    for (let row = stream.next(); row !== null; row = stream.next()) {
      const document = this.seen(this.table, row.text);
      if (document !== null) documents.push(document);
    }
    return documents;
  }

  private open(limit: number): QueryStream {
    const operators = limit === Infinity ? [] : [{ limit }];
    return QueryStream.open(this.transaction, this.side, { source: this.source, operators });
  }
}
