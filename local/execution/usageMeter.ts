/**
 * Counts what Convex would bill (`GET /local/usage`). A call is a function that a client, a subscription,
 * the scheduler, a cron or an action runs: cached answers, failures and attempts that lost a conflict are
 * calls too. What is nested in a query or mutation is none, but what it reads and writes is billed.
 */
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

export interface Usage extends UsageTotals {
  callsByFunction: Record<string, number>;
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
    const { documents, bytes } = frame.transaction.userReads;
    this.totals.documentsRead += documents;
    this.totals.bytesRead += bytes;
  }

  /** A query was answered without running it. */
  cached(target: Target): void {
    this.call(nameOf(target));
    this.totals.cachedResults++;
  }

  /** A mutation committed. */
  committed(transaction: Transaction): void {
    for (const { table, before, after } of transaction.writes.values()) {
      if (table.isSystem || before === after) continue;
      this.totals.documentsWritten++;
      if (after === null) continue;
      this.totals.bytesWritten += after.size;
      for (const index of table.slots) {
        if (index === null || index.slot < SYSTEM_SLOTS) continue;
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
  }

  read(): Usage {
    return {
      ...this.totals,
      callsByFunction: Object.fromEntries(this.calls),
      slowestMs: Object.fromEntries(this.slowestMs),
    };
  }
}
