/**
 * Bytes that commits wrote within the last second, as the platform counts them for its limit: documents
 * and entries of all indexes, of system tables too.
 */
import type { Commit } from "./database.js";

const WINDOW_NS = 1_000_000_000n;
/** A timestamp and two ids that each index entry has besides its key, and each document. */
const ENTRY_BYTES = 56;
const REMOVAL_BYTES = 24;

function bytesOf({ writes }: Commit): number {
  let bytes = 0;
  for (const { table, before, after } of writes) {
    bytes += ENTRY_BYTES + (after?.size ?? 0);
    for (const index of table.slots) {
      if (index === null) continue;
      const removed = before?.keys[index.slot];
      const added = after?.keys[index.slot];
      if (removed !== undefined && removed !== added) bytes += REMOVAL_BYTES + removed.length;
      if (added !== undefined) bytes += ENTRY_BYTES + added.length;
    }
  }
  return bytes;
}

export class WriteThroughput {
  private readonly recent: { ts: bigint; bytes: number }[] = [];
  private total = 0;

  constructor(private readonly bytesPerSecond: number) {}

  record(commit: Commit): void {
    const bytes = bytesOf(commit);
    this.recent.push({ ts: commit.ts, bytes });
    this.total += bytes;
  }

  /** Whether the second before `ts` holds more than may be written. A commit may go beyond it, none begins then. */
  isExceededAt(ts: bigint): boolean {
    while (this.recent.length > 0 && ts - this.recent[0]!.ts > WINDOW_NS) {
      this.total -= this.recent.shift()!.bytes;
    }
    return this.total > this.bytesPerSecond;
  }
}
