/**
 * The database: the latest snapshot, the commit path and the write log. A commit checks what the
 * transaction read against the keys of every commit since it began (optimistic concurrency control),
 * takes a strictly increasing timestamp in nanoseconds, resolves `$commitTs` placeholders, publishes
 * a new snapshot and tells the listeners. Blind inserts never conflict.
 */
import { type JsonObject, resolveCommitTs } from "../values/json.js";
import { encodeString } from "../values/indexKey.js";
import { Catalog, type IndexDefinition, type Table } from "./catalog.js";
import {
  isUnresolved,
  type StoredDocument,
  storedDocument,
  indexKey,
  keyTail,
} from "./document.js";
import { conflictingIndex, type ReadSet, type TouchedKeys } from "./intervals.js";
import type { Limits } from "./limits.js";
import { Snapshot } from "./snapshot.js";
import { type DocumentWrite, Transaction } from "./transaction.js";

/** A committed change of one document. */
export type CommittedWrite = Readonly<DocumentWrite>;

export interface Commit {
  readonly ts: bigint;
  readonly writes: readonly CommittedWrite[];
  readonly touched: TouchedKeys;
  /** What committed: a function name or an internal purpose. */
  readonly source: string;
}

/** Who lost to whom, and where. */
export interface Conflict {
  table: string;
  index: string;
  component: string;
  source: string;
  other: string;
}

/** Documents that the transaction read changed since it began. */
export class ConflictError extends Error {
  constructor(readonly conflict: Conflict) {
    super(
      `Documents read from or written to the "${conflict.table}" table changed while this mutation was being run and on every subsequent retry. A call to "${conflict.other}" changed what it had read by "${conflict.index}". See https://docs.convex.dev/error#1`,
    );
  }
}

/** Receives every commit, in order, before the committer goes on. */
export type CommitListener = (commit: Commit) => void;

/** Where commits are made durable. */
export interface CommitSink {
  append(commit: Commit, note: JsonObject | null): void;
  /** Resolves when everything appended so far is on disk. */
  flush(): Promise<void>;
}

/** How long, and how many, old snapshots stay readable by timestamp. */
const RETENTION_MS = 30_000;
const RETENTION_MAX = 32;

export class Database {
  readonly catalog = new Catalog();
  latest = new Snapshot(0n, new Map());
  sink: CommitSink | null = null;
  private readonly listeners: CommitListener[] = [];
  private readonly log: Commit[] = [];
  private readonly active = new Map<Transaction, bigint>();
  /** Published snapshots of the last seconds, oldest first, for reads at a timestamp. */
  private readonly recent: { snapshot: Snapshot; untilMs: number }[] = [];

  constructor(readonly limits: Limits) {}

  /** Commit listeners run in the order they were added. */
  onCommit(listener: CommitListener): void {
    this.listeners.push(listener);
  }

  /** Starts a transaction at the latest snapshot. It must end with `commit` or `release`. */
  begin(nowMs = Date.now()): Transaction {
    const transaction = new Transaction(this.catalog, this.latest, this.limits, nowMs);
    this.active.set(transaction, this.latest.ts);
    return transaction;
  }

  /** A reader at a snapshot; it holds nothing and need not be released. */
  readAt(snapshot: Snapshot, nowMs = Date.now()): Transaction {
    return new Transaction(this.catalog, snapshot, this.limits, nowMs);
  }

  /** The state at a timestamp; null when it is older than what is kept. */
  snapshotAt(ts: bigint): Snapshot | null {
    if (ts >= this.latest.ts) return this.latest;
    for (let i = this.recent.length - 1; i >= 0; i--) {
      if (this.recent[i]!.snapshot.ts <= ts) return this.recent[i]!.snapshot;
    }
    return null;
  }

  private retire(snapshot: Snapshot): void {
    const now = Date.now();
    this.recent.push({ snapshot, untilMs: now + RETENTION_MS });
    let expired = 0;
    while (
      this.recent.length - expired > RETENTION_MAX ||
      (expired < this.recent.length && this.recent[expired]!.untilMs < now)
    ) {
      expired++;
    }
    if (expired > 0) this.recent.splice(0, expired);
  }

  /** Forgets a transaction that will not commit. */
  release(transaction: Transaction): void {
    this.active.delete(transaction);
    this.prune();
  }

  /** Throws ConflictError when anything the transaction read has changed since it began. */
  private validate(transaction: Transaction, source: string): void {
    const { ts } = transaction.snapshot;
    for (let i = this.log.length - 1; i >= 0 && this.log[i]!.ts > ts; i--) {
      const other = this.log[i]!;
      const indexId = conflictingIndex(transaction.reads, other.touched);
      if (indexId === null) continue;
      const index = this.catalog.index(indexId);
      throw new ConflictError({
        table: index?.table.name ?? "(dropped)",
        index: index?.name ?? "(dropped)",
        component: index?.table.component ?? "",
        source,
        other: other.source,
      });
    }
  }

  /**
   * Commits and returns the timestamp (the snapshot's when there was nothing to write). `note`, given
   * the timestamp, is stored with the commit in the journal.
   */
  commit(transaction: Transaction, source: string, note?: (ts: bigint) => JsonObject): bigint {
    try {
      const writes = [...transaction.writes.values()].filter((w) => w.before !== w.after);
      if (writes.length === 0) return transaction.snapshot.ts;
      this.validate(transaction, source);
      return this.apply(writes, source, note);
    } finally {
      this.release(transaction);
    }
  }

  private apply(
    writes: DocumentWrite[],
    source: string,
    note: ((ts: bigint) => JsonObject) | undefined,
  ): bigint {
    const wall = wallNanos();
    const ts = wall > this.latest.ts ? wall : this.latest.ts + 1n;
    const committed = writes.map((write) => this.resolve(write, ts));
    const touched = this.publish(committed, ts);
    const commit: Commit = { ts, writes: committed, touched, source };
    if (this.active.size > 1) this.log.push(commit);
    const noted = note?.(ts) ?? null;
    this.sink?.append(commit, noted);
    for (const listener of this.listeners) listener(commit);
    return ts;
  }

  private resolve(write: DocumentWrite, ts: bigint): DocumentWrite {
    const { table, before, after } = write;
    if (after === null) return write;
    if (!isUnresolved(after) && after.keys.length === table.slots.length) return write;
    const value = JSON.parse(resolveCommitTs(after.text, ts)) as JsonObject;
    return { table, before, after: storedDocument(table, value, after.size) };
  }

  /** Applies writes to the trees and publishes the snapshot. */
  publish(writes: readonly DocumentWrite[], ts: bigint): TouchedKeys {
    this.retire(this.latest);
    const editor = this.latest.edit();
    const touched = new Map<number, string[]>();
    for (const { table, before, after } of writes) {
      for (const index of table.slots) {
        if (index === null) continue;
        const tree = editor.tree(index);
        let keys = touched.get(index.id);
        if (keys === undefined) touched.set(index.id, (keys = []));
        const oldKey = before?.keys[index.slot];
        const newKey = after?.keys[index.slot];
        if (oldKey !== undefined && oldKey !== newKey) {
          tree.delete(oldKey);
          keys.push(oldKey);
        }
        if (newKey !== undefined) {
          tree.set(newKey, after!);
          keys.push(newKey);
        }
      }
    }
    for (const keys of touched.values()) keys.sort((a, b) => (a < b ? -1 : a === b ? 0 : 1));
    this.latest = editor.publish(ts > this.latest.ts ? ts : this.latest.ts);
    return touched;
  }

  /** Drops log entries that no running transaction can conflict with. */
  private prune(): void {
    if (this.log.length === 0) return;
    if (this.active.size === 0) {
      this.log.length = 0;
      return;
    }
    let oldest: bigint | null = null;
    for (const ts of this.active.values()) if (oldest === null || ts < oldest) oldest = ts;
    let drop = 0;
    while (drop < this.log.length && this.log[drop]!.ts <= oldest!) drop++;
    if (drop > 0) this.log.splice(0, drop);
  }

  /** Adds an index and builds it from the documents that are there. */
  buildIndex(table: Table, name: string, fields: readonly string[]): IndexDefinition {
    const paths = fields.map((field) => field.split("."));
    const index = this.catalog.addIndex(table, name, paths);
    const editor = this.latest.edit();
    const tree = editor.tree(index);
    for (const document of this.latest.tree(table.slots[0]!).values()) {
      const value = JSON.parse(document.text) as JsonObject;
      const key = indexKey(paths, value, keyTail(document.id, document.creationTime));
      document.keys[index.slot] = key;
      tree.set(key, document);
    }
    this.latest = editor.publish(this.latest.ts);
    return index;
  }

  dropIndex(index: IndexDefinition): void {
    const editor = this.latest.edit();
    editor.drop(index);
    this.catalog.dropIndex(index);
    this.latest = editor.publish(this.latest.ts);
  }

  /** Every document of a table, oldest id order; for schema checks and administration. */
  documents(table: Table): Iterable<StoredDocument> {
    return this.latest.tree(table.slots[0]!).values();
  }

  /** The latest version of a document, or null. */
  find(table: Table, id: string): StoredDocument | null {
    return this.latest.tree(table.slots[0]!).get(encodeString(id)) ?? null;
  }

  count(table: Table): number {
    return this.latest.tree(table.slots[0]!).size;
  }

  /** Moves the clock forward, so that timestamps stay monotone over a restart. */
  advanceTo(ts: bigint): void {
    if (ts > this.latest.ts) this.latest = this.latest.edit().publish(ts);
  }

  /** Resolves when everything committed so far is durable. */
  async durable(): Promise<void> {
    await this.sink?.flush();
  }
}

/** Whether a read set is untouched by a commit. */
export function isUntouched(reads: ReadSet, commit: Commit): boolean {
  return conflictingIndex(reads, commit.touched) === null;
}

const clockBase = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** Wall-clock nanoseconds with the resolution of the monotonic clock. */
export function wallNanos(): bigint {
  return clockBase + process.hrtime.bigint();
}
