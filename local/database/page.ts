/**
 * Pages of a query, with cursors. A cursor is a position after a key, tied to its query; with an end
 * cursor a page is exactly what lies between the two, however much that is, so that pages which were
 * read again still fit together.
 */
import { createHash } from "node:crypto";
import { AFTER_KEY } from "../values/indexKey.js";
import { DOCUMENT_SHAPE } from "../values/json.js";
import { DeveloperError } from "./limits.js";
import {
  type KeyRange,
  QueryStream,
  resolveSource,
  type Row,
  type SerializedQuery,
} from "./query.js";
import type { Transaction } from "./transaction.js";

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

/** The part of a range that lies after one position and up to another. */
function narrowed(
  range: KeyRange,
  descending: boolean,
  after: string | null,
  until: string | null,
): KeyRange {
  const narrow = { ...range };
  if (after !== null) {
    if (descending) narrow.end = after;
    else narrow.start = after + AFTER_KEY;
  }
  if (until !== null && until !== END_OF_QUERY) {
    if (descending) narrow.start = until;
    else narrow.end = until + AFTER_KEY;
  }
  return narrow;
}

/** Reads one page. */
export function readPage(transaction: Transaction, component: string, request: PageRequest): Page {
  const { query, cursor, endCursor, pageSize } = request;
  const budget = transaction.limits.transaction;
  checkPageRequest(request, budget.documentsRead);
  const fingerprint = fingerprintOf(query);
  const source = resolveSource(transaction, component, query);
  const after = cursor === null ? null : positionOf(cursor, fingerprint);
  const until = endCursor === null ? null : positionOf(endCursor, fingerprint);
  const end = endCursor ?? cursorAfter(fingerprint, END_OF_QUERY);
  if (source === null || after === END_OF_QUERY) {
    return { page: [], isDone: true, continueCursor: end, splitCursor: null, pageStatus: null };
  }
  const { index, descending } = source;
  const range = narrowed(source.range, descending, after, until);
  const stream = new QueryStream(transaction, index, range, descending, query.operators);
  const rowsMax = request.maximumRowsRead ?? Infinity;
  const bytesMax = request.maximumBytesRead ?? Infinity;
  const page: string[] = [];
  const keys: string[] = [];
  let bytes = 0;
  let isAtEnd = false;
  let isCut = false;
  while (until !== null || page.length < pageSize) {
    isCut = until === null && (stream.scanned >= rowsMax || bytes >= bytesMax);
    if (isCut) break;
    const row = scanWithin(stream, keys.length > 0);
    isCut = row === "limit";
    isAtEnd = row === null;
    if (row === "limit" || row === null) break;
    bytes += row.size;
    keys.push(row.key);
    if (stream.matches(row)) page.push(row.text);
  }
  const isLarge =
    page.length > DOCUMENT_SHAPE.arrayMax * SOFT ||
    stream.scanned > Math.floor(Math.min(rowsMax, budget.documentsRead) * SOFT) ||
    bytes > Math.floor(Math.min(bytesMax, budget.bytesRead) * SOFT);
  return {
    page,
    isDone: until === null ? isAtEnd : until === END_OF_QUERY,
    continueCursor:
      isAtEnd || until !== null ? end : cursorAfter(fingerprint, keys[keys.length - 1]!),
    splitCursor:
      keys.length <= 2 ? null : cursorAfter(fingerprint, keys[Math.floor(keys.length / 2)]!),
    pageStatus: isCut ? "SplitRequired" : isLarge ? "SplitRecommended" : null,
  };
}

/** Pages beyond this part of what is allowed should be split before they are refused. */
const SOFT = 3 / 4;

/** The limits of the transaction that a page may run into: it ends there, and asks to be split. */
const READ_LIMITS = new Set(["TooManyDocumentsRead", "TooManyBytesRead", "TooManyReads"]);

function scanWithin(stream: QueryStream, hasRows: boolean): Row | null | "limit" {
  try {
    return stream.scan();
  } catch (error) {
    if (hasRows && error instanceof DeveloperError && READ_LIMITS.has(error.code)) return "limit";
    throw error;
  }
}

function checkPageRequest(request: PageRequest, rowsMax: number): void {
  const { pageSize, maximumRowsRead, maximumBytesRead } = request;
  if (pageSize === 0) {
    throw new DeveloperError(
      "NoDocumentsForPagination",
      "Must request at least 1 document while paginating",
    );
  }
  if (pageSize > rowsMax) {
    throw new DeveloperError("PageSizeTooLarge", `Requested too many items: ${pageSize}`);
  }
  if (maximumRowsRead === 0 || maximumBytesRead === 0) {
    throw new DeveloperError(
      "InvalidPaginationLimit",
      "maximumRowsRead and maximumBytesRead must be greater than 0",
    );
  }
}
