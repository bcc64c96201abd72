/**
 * Sends rows in batches, a few at a time, and only as fast as they are taken: `push` waits while all
 * lanes are busy, which is what holds back the reader of the file.
 */
import { BatchRefused, Failure } from "../failure.js";

export interface KnownRow {
  index: number;
  outcome: "same" | "changed" | "replaced";
  /** The fields that differ from what was stored. */
  fields: readonly string[];
  /** When the record was stored, by the server's clock in milliseconds. */
  storedAt: number;
}

export interface BatchResult {
  /** Rows that are stored now, known ones among them. */
  accepted: number;
  rejected: readonly { index: number; code: string; message: string }[];
  known?: readonly KnownRow[];
}

export type BatchSenderOptions<E> = {
  /** Sends one batch; retries transient faults itself. Throws `BatchRefused`, or anything else to stop. */
  send(entries: readonly E[]): Promise<BatchResult>;
  batchRows: number;
  /** Bytes of an entry, and how many of them go in a call; one entry always does. */
  bytes?: { of(entry: E): number; most: number };
  concurrency: number;
  /** Rows that are stored by this call. */
  onAccepted(count: number): void;
  onKnown?(entry: E, known: KnownRow): void | Promise<void>;
  onRejected(entry: E, code: string, message: string): void | Promise<void>;
};

/** Rows that did not fit into the transaction: a smaller batch takes them. */
const retryableCode = "TransactionBudget";

/** So many rows refused one by one, and none accepted: it is not the rows. */
const refusalsInARowMax = 20;

export class BatchSender<E> {
  private pending: E[] = [];
  private pendingBytes = 0;
  private readonly lanes = new Set<Promise<void>>();
  private failure: { error: unknown } | undefined;
  private refusalsInARow = 0;

  constructor(private readonly options: BatchSenderOptions<E>) {}

  /** Adds entries that belong into one batch. Resolves when there is room for more. */
  async push(...entries: E[]): Promise<void> {
    const { batchRows, bytes } = this.options;
    const size = bytes === undefined ? 0 : entries.reduce((sum, one) => sum + bytes.of(one), 0);
    const isFull = bytes !== undefined && this.pendingBytes + size > bytes.most;
    if (isFull || this.pending.length + entries.length > batchRows) await this.dispatch();
    this.pending.push(...entries);
    this.pendingBytes += size;
    if (this.pending.length >= batchRows) await this.dispatch();
  }

  /** Sends what is left and waits for every answer; throws what stopped a lane. */
  async finish(): Promise<void> {
    await this.dispatch();
    await Promise.all(this.lanes);
    this.throwFailure();
  }

  private async dispatch(): Promise<void> {
    while (this.lanes.size >= this.options.concurrency) await Promise.race(this.lanes);
    this.throwFailure();
    if (this.pending.length === 0) return;
    const entries = this.pending;
    this.pending = [];
    this.pendingBytes = 0;
    const lane = this.sendAll(entries, entries.length)
      .catch((error: unknown) => {
        this.failure ??= { error };
      })
      .finally(() => this.lanes.delete(lane));
    this.lanes.add(lane);
  }

  /** Whether the sending has stopped: no row that is pushed now is sent. */
  get failed(): boolean {
    return this.failure !== undefined;
  }

  private throwFailure(): void {
    if (this.failure !== undefined) throw this.failure.error;
  }

  private async sendAll(entries: readonly E[], size: number): Promise<void> {
    for (let start = 0; start < entries.length; start += size) {
      this.throwFailure();
      await this.sendOne(entries.slice(start, start + size));
    }
  }

  private async sendOne(entries: readonly E[]): Promise<void> {
    let result: BatchResult;
    try {
      result = await this.options.send(entries);
    } catch (error) {
      if (!(error instanceof BatchRefused)) throw error;
      return await this.sendApart(entries, error);
    }
    if (result.accepted > 0) this.refusalsInARow = 0;
    const known = result.known ?? [];
    for (const row of known) await this.options.onKnown?.(sentAt(entries, row.index), row);
    this.options.onAccepted(result.accepted - known.length);
    const again: E[] = [];
    for (const { index, code, message } of result.rejected) {
      const entry = sentAt(entries, index);
      if (code === retryableCode && entries.length > 1) again.push(entry);
      else await this.options.onRejected(entry, code, message);
    }
    if (again.length > 0) await this.sendAll(again, Math.ceil(entries.length / 2));
  }

  /** Halves a refused batch until the row that it is refused for stands alone. */
  private async sendApart(entries: readonly E[], error: BatchRefused): Promise<void> {
    if (entries.length > 1) return await this.sendAll(entries, Math.ceil(entries.length / 2));
    this.refusalsInARow += 1;
    if (this.refusalsInARow > refusalsInARowMax)
      throw new Failure("ServerError", `The backend refuses every row: ${error.message}`);
    await this.options.onRejected(entries[0]!, error.code, error.message);
  }
}

function sentAt<E>(entries: readonly E[], index: number): E {
  const entry = entries[index];
  if (entry === undefined) throw new Failure("BadAnswer", `No row ${index} was sent.`);
  return entry;
}
