/**
 * Counts what Convex would bill (`GET /local/usage`). A call is a function that a client, a subscription,
 * the scheduler, a cron or an action runs: cached answers, failures and attempts that lost a conflict are
 * calls too. What is nested in a query or mutation is none, but what it reads and writes is billed.
 */
import { qualifiedName, type Table } from "../database/catalog.js";
import type { Transaction } from "../database/transaction.js";
import { nameOf, type Target } from "./deployment.js";
import type { Frame } from "./frame.js";

interface UsageTotals {
  calls: number;
  /** Runs of a function's code: nested ones are counted, cached answers are not. */
  executions: number;
  cachedResults: number;
  /** Of user tables, by everything that ran, failures and lost attempts included. */
  documentsRead: number;
  bytesRead: number;
  /** Of user tables, by commits: a document once per commit. A removed one has no bytes. */
  documentsWritten: number;
  bytesWritten: number;
  /** Keys of written documents in declared indexes, which Convex bills as writes too. */
  indexBytesWritten: number;
  /** Attempts that lost a conflict and were run again. */
  occRetries: number;
}

/** Bytes of a table: documents read and written, and keys of those written. */
export interface TableBytes {
  read: number;
  written: number;
  indexWritten: number;
}

export interface Usage extends UsageTotals {
  callsByFunction: Record<string, number>;
  /** By function that was called, with what it called, and by table. */
  bytesByFunction: Record<string, Record<string, TableBytes>>;
  /** The longest user time of one run, with what it called; nested functions have entries too. */
  slowestMs: Record<string, number>;
}

/** Slots of the indexes that every table has: their keys are not billed. */
const SYSTEM_SLOTS = 2;

const nothing = (): UsageTotals => ({
  calls: 0,
  executions: 0,
  cachedResults: 0,
  documentsRead: 0,
  bytesRead: 0,
  documentsWritten: 0,
  bytesWritten: 0,
  indexBytesWritten: 0,
  occRetries: 0,
});

export class UsageMeter {
  private totals = nothing();
  private readonly calls = new Map<string, number>();
  private readonly slowestMs = new Map<string, number>();
  private readonly bytes = new Map<string, Map<string, TableBytes>>();

  private call(name: string): void {
    this.totals.calls++;
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
  }

  /** A function ran to its end, well or not. */
  ran(frame: Frame): void {
    const name = nameOf(frame);
    this.totals.executions++;
    this.slowestMs.set(name, Math.max(this.slowestMs.get(name) ?? 0, frame.userTimeMs));
    if (frame.depth > 0) return;
    this.call(name);
    if (frame.transaction === null) return;
    const { documents, bytes, bytesByTable } = frame.transaction.userReads;
    this.totals.documentsRead += documents;
    this.totals.bytesRead += bytes;
    for (const [table, read] of bytesByTable) this.bytesOf(name, table).read += read;
  }

  private bytesOf(name: string, table: Table): TableBytes {
    let tables = this.bytes.get(name);
    if (tables === undefined) this.bytes.set(name, (tables = new Map()));
    const key = qualifiedName(table);
    let bytes = tables.get(key);
    if (bytes === undefined) tables.set(key, (bytes = { read: 0, written: 0, indexWritten: 0 }));
    return bytes;
  }

  /** A query was answered without running it. */
  cached(target: Target): void {
    this.call(nameOf(target));
    this.totals.cachedResults++;
  }

  /** A mutation committed. */
  committed(target: Target, transaction: Transaction): void {
    for (const { table, before, after } of transaction.writes.values()) {
      if (table.isSystem || before === after) continue;
      this.totals.documentsWritten++;
      if (after === null) continue;
      const bytes = this.bytesOf(nameOf(target), table);
      bytes.written += after.size;
      this.totals.bytesWritten += after.size;
      for (const index of table.slots) {
        if (index === null || index.slot < SYSTEM_SLOTS) continue;
        bytes.indexWritten += after.keys[index.slot]!.length;
        this.totals.indexBytesWritten += after.keys[index.slot]!.length;
      }
    }
  }

  retried(): void {
    this.totals.occRetries++;
  }

  reset(): void {
    this.totals = nothing();
    this.calls.clear();
    this.slowestMs.clear();
    this.bytes.clear();
  }

  read(): Usage {
    return {
      ...this.totals,
      callsByFunction: Object.fromEntries(this.calls),
      bytesByFunction: Object.fromEntries(
        [...this.bytes].map(([name, tables]) => [name, Object.fromEntries(tables)]),
      ),
      slowestMs: Object.fromEntries(this.slowestMs),
    };
  }
}
