/**
 * The syscalls that read and write documents. They run to the end at once against the transaction
 * and answer with JSON text; the realm delivers the answer on a later macrotask.
 */
import type { Table } from "../database/catalog.js";
import { DeveloperError } from "../database/limits.js";
import { type PageRequest, readPage } from "../database/page.js";
import { QueryStream, type SerializedQuery } from "../database/query.js";
import type { Transaction } from "../database/transaction.js";
import { tableNumberOf } from "../values/ids.js";
import { integerJson, type Json, type JsonObject } from "../values/json.js";
import type { Frame } from "./frame.js";

/** Fields of system documents that the backend keeps for itself. */
const HIDDEN_FIELDS = ["_target", "_file"];

export type SyscallArgs = Record<string, Json>;
type Operation = (frame: Frame, transaction: Transaction, args: SyscallArgs) => string;

/** The text of a document as user code may see it. */
export function visibleText(table: Table, text: string): string {
  if (!table.isSystem) return text;
  const value = JSON.parse(text) as JsonObject;
  for (const field of HIDDEN_FIELDS) delete value[field];
  return JSON.stringify(value);
}

function tableOf(
  frame: Frame,
  transaction: Transaction,
  args: SyscallArgs,
  verb: string,
): Table | null {
  const id = args.id as string;
  if (tableNumberOf(id) === null) {
    throw new DeveloperError(
      "InvalidId",
      `Invalid argument \`id\` for \`db.${verb}\`: Unable to decode ID: invalid id "${id}"`,
    );
  }
  const table = transaction.catalog.tableOfId(frame.component.path, id);
  const expected = args.table as string | undefined;
  if (expected !== undefined && table !== null && table.name !== expected) {
    throw new DeveloperError(
      "InvalidTable",
      `Invalid argument \`id\` for \`db.${verb}\`: expected to be an Id<"${expected}">, got Id<"${table.name}"> instead.`,
    );
  }
  return table;
}

function writableTable(
  frame: Frame,
  transaction: Transaction,
  args: SyscallArgs,
  verb: string,
): Table {
  requireMutation(frame, verb);
  const table = tableOf(frame, transaction, args, verb);
  if (table === null || table.isSystem) {
    throw new DeveloperError(
      "NonexistentDocument",
      `${verb === "delete" ? "Delete" : "Update"} on nonexistent document ID ${String(args.id)}`,
    );
  }
  return table;
}

/** Only mutations write. */
export function requireMutation(frame: Frame, verb: string): void {
  if (frame.spec.kind === "mutation") return;
  throw new DeveloperError("ReadOnly", `Queries can't write: \`${verb}\` needs a mutation.`);
}

export const databaseOperations: Record<string, Operation> = {
  "1.0/get": (frame, transaction, args) => {
    const table = tableOf(frame, transaction, args, "get");
    if (table === null) return "null";
    if (table.isSystem !== (args.isSystem === true)) {
      throw new DeveloperError(
        "SystemTable",
        table.isSystem
          ? "System tables can only be accessed with db.system."
          : "User tables cannot be accessed with db.system.",
      );
    }
    const document = transaction.get(table, args.id as string);
    return document === null ? "null" : visibleText(table, document.text);
  },

  "1.0/queryStreamNext": (frame, _transaction, args) => {
    const stream = frame.streams.get(args.queryId as number);
    if (stream === undefined) throw new DeveloperError("QueryClosed", "The query is closed.");
    const row = stream.next();
    return row === null
      ? '{"value":null,"done":true}'
      : `{"value":${stream.table === null ? row.text : visibleText(stream.table, row.text)},"done":false}`;
  },

  "1.0/queryPage": (frame, transaction, args) => {
    if (frame.component.path !== "") {
      throw new DeveloperError(
        "PaginationUnsupportedInComponents",
        "paginate() is only supported in the app. Use `paginator` from convex-helpers in components. [PaginationUnsupportedInComponents]",
      );
    }
    if (frame.hasPaginated) {
      throw new DeveloperError(
        "MultiplePaginatedDatabaseQueries",
        "This query or mutation function ran multiple paginated queries. Convex only supports a single paginated query in each function. [MultiplePaginatedDatabaseQueries]",
      );
    }
    frame.hasPaginated = true;
    const request = args as unknown as PageRequest;
    const { journal } = frame.call;
    const isTopLevel = frame.depth === 0;
    const endCursor = request.endCursor ?? (isTopLevel ? journal.given : null);
    const page = readPage(transaction, frame.component.path, { ...request, endCursor });
    if (isTopLevel) journal.made = page.continueCursor;
    const { page: rows, ...rest } = page;
    return `{"page":[${rows.join(",")}],${JSON.stringify(rest).slice(1)}`;
  },

  "1.0/count": (frame, transaction, args) => {
    const table = transaction.catalog.table(frame.component.path, args.table as string);
    if (table === undefined) return "0";
    transaction.recordRead(table.slots[0]!, "", "\xff");
    let count = transaction.snapshot.tree(table.slots[0]!).size;
    for (const write of transaction.writes.values()) {
      if (write.table !== table) continue;
      count += (write.after === null ? 0 : 1) - (write.before === null ? 0 : 1);
    }
    return String(count);
  },

  "1.0/insert": (frame, transaction, args) => {
    requireMutation(frame, "insert");
    const name = args.table as string;
    const table = transaction.catalog.ensureTable(frame.component.path, name);
    return `{"_id":"${transaction.insert(table, args.value as JsonObject)}"}`;
  },

  "1.0/shallowMerge": (frame, transaction, args) => {
    const table = writableTable(frame, transaction, args, "patch");
    transaction.patch(table, args.id as string, args.value as JsonObject);
    return "null";
  },

  "1.0/replace": (frame, transaction, args) => {
    const table = writableTable(frame, transaction, args, "replace");
    transaction.replace(table, args.id as string, args.value as JsonObject);
    return "null";
  },

  "1.0/remove": (frame, transaction, args) => {
    const table = writableTable(frame, transaction, args, "delete");
    transaction.delete(table, args.id as string);
    return "null";
  },

  "1.0/getTransactionMetrics": (_frame, transaction) => JSON.stringify(transaction.usage.metrics()),
};

/** Syscalls that answer within the same turn. */
export const syncOperations: Record<string, Operation> = {
  "1.0/queryStream": (frame, transaction, args) => {
    const query = args.query as unknown as SerializedQuery;
    const stream = QueryStream.open(transaction, frame.component.path, query);
    return `{"queryId":${frame.openStream(stream)}}`;
  },

  "1.0/queryCleanup": (frame, _transaction, args) =>
    String(frame.streams.delete(args.queryId as number)),

  "1.0/db/normalizeId": (frame, transaction, args) => {
    const id = args.idString as string;
    const table = transaction.catalog.tableOfId(frame.component.path, id);
    return JSON.stringify({ id: table !== null && table.name === args.table ? id : null });
  },

  "1.0/getSnapshotTs": (frame, transaction) => {
    frame.call.readsTime = true;
    return JSON.stringify(integerJson(transaction.snapshot.ts));
  },
};
