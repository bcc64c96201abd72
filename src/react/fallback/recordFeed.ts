/**
 * Brings one cube's records to the browser and keeps them current: the log's head first, then the
 * records in pages, then the log from that head on. A page may already include a commit that the log
 * repeats; replaying it is harmless, because each change sets a record's whole state, and by the
 * newest page's commit every record is right.
 */
import type { ConvexReactClient } from "convex/react";
import type { Fact } from "../../../lib/model/cube.js";
import type { FallbackApi, SourceChanges, SourcePage, TenantArgs } from "../api.js";
import { toAggregateError, type AggregateError } from "../errors.js";

export interface RecordChange {
  id: string;
  after: Fact | null;
}

export interface FeedListener {
  /** Records arrived. With the first `consistentAt` they equal the source as of that commit. */
  onRecords(changes: readonly RecordChange[], consistentAt: string | null): void;
  /**
   * Records before `from` have expired: those that are left are not all there were. Told before the
   * records of the same moment, and only as it moves ahead.
   */
  onSourceFrom(from: number): void;
  /** The share of the records fetched so far, 0–1; null while their number is not known. */
  onProgress(share: number | null): void;
  onError(error: AggregateError): void;
}

export interface FeedOptions {
  client: ConvexReactClient;
  fallback: Pick<FallbackApi, "head" | "page" | "changes">;
  tenant: TenantArgs;
  cube: string;
  /** Number of records, for the progress bar only; may fail. */
  countRecords: () => Promise<number | null>;
}

/**
 * Log changes kept in one subscription before it moves its start forward: the backend re-sends the
 * whole list on every commit, so a short list keeps updates small.
 */
export const tailChangesMax = 200;

/** Starts the feed; the returned function ends it. */
export function startRecordFeed(options: FeedOptions, listener: FeedListener): () => void {
  const { client, fallback, tenant, cube } = options;
  let stopped = false;
  let unsubscribe = () => {};
  let applied = 0n;
  let wholeFrom = -Infinity;

  const fail = (cause: unknown) => {
    if (!stopped) listener.onError(toAggregateError(cause));
  };

  const hearSourceFrom = (from: number | null) => {
    if (from == null || from <= wholeFrom) return;
    wholeFrom = from;
    listener.onSourceFrom(from);
  };

  async function fetchPages(): Promise<{ head: string; pagesAsOf: bigint }> {
    const { asOf: head } = await client.query(fallback.head, tenant);
    let total: number | null = null;
    options.countRecords().then(
      (count) => (total = count),
      () => {},
    );
    let pagesAsOf = BigInt(head);
    let cursor: string | null = null;
    let loaded = 0;
    for (;;) {
      const page: SourcePage = await client.query(fallback.page, { ...tenant, cube, cursor });
      if (stopped) break;
      const asOf = BigInt(page.asOf);
      if (asOf > pagesAsOf) pagesAsOf = asOf;
      hearSourceFrom(page.sourceFrom);
      listener.onRecords(
        page.facts.map(({ id, fact }) => ({ id, after: fact })),
        null,
      );
      loaded += page.facts.length;
      listener.onProgress(total ? Math.min(1, loaded / total) : null);
      if (page.isDone) break;
      cursor = page.cursor;
    }
    return { head, pagesAsOf };
  }

  function follow(after: string, pagesAsOf: bigint): void {
    const watch = client.watchQuery(fallback.changes, { ...tenant, cube, after });
    const previous = unsubscribe;
    const read = () => {
      if (stopped) return;
      let update: SourceChanges | undefined;
      try {
        update = watch.localQueryResult();
      } catch (cause) {
        return fail(cause);
      }
      if (!update) return;
      const asOf = BigInt(update.asOf);
      const fresh = update.changes.filter((change) => BigInt(change.commitTs) > applied);
      if (asOf > applied) applied = asOf;
      hearSourceFrom(update.sourceFrom);
      listener.onRecords(fresh, asOf >= pagesAsOf && !update.more ? update.asOf : null);
      if (update.more || update.changes.length > tailChangesMax) follow(update.asOf, pagesAsOf);
    };
    unsubscribe = watch.onUpdate(read);
    previous();
    read();
  }

  fetchPages()
    .then(({ head, pagesAsOf }) => {
      if (stopped) return;
      applied = BigInt(head);
      follow(head, pagesAsOf);
    })
    .catch(fail);

  return () => {
    stopped = true;
    unsubscribe();
  };
}
