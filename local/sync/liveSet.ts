/** The queries one socket is subscribed to: what was last sent for each, and what has become stale. */
import type { FunctionError } from "../errors.js";
import { clientMessage } from "../errors.js";
import type { AddQuery } from "./protocol.js";
import type { CachedQuery, QueryCache, QueryResult } from "./queryCache.js";

export interface LiveQuery {
  readonly added: AddQuery;
  journal: string | null;
  current: CachedQuery | null;
  /** What the client has, to send only what differs. */
  sent: string | null;
}

function comparable(result: QueryResult): string {
  return result.kind === "value"
    ? result.value + result.logLines.join("\n")
    : `!${result.error.message}${JSON.stringify(result.error.data ?? null)}`;
}

export class LiveSet {
  readonly queries = new Map<number, LiveQuery>();
  private removed: number[] = [];

  constructor(
    private readonly cache: QueryCache,
    private readonly onStale: () => void,
  ) {}

  add(added: AddQuery): void {
    const journal = added.journal ?? null;
    this.queries.set(added.queryId, { added, journal, current: null, sent: null });
  }

  remove(queryId: number): void {
    const query = this.queries.get(queryId);
    if (query === undefined) return;
    this.drop(query);
    this.queries.delete(queryId);
    this.removed.push(queryId);
  }

  private drop(query: LiveQuery): void {
    if (query.current !== null) this.cache.release(query.current, this.onStale);
    query.current = null;
  }

  /** Makes every query run again, after a change of identity. */
  dropAll(): void {
    for (const query of this.queries.values()) this.drop(query);
  }

  takeRemoved(): number[] {
    const { removed } = this;
    this.removed = [];
    return removed;
  }

  /** Takes a new result; returns the modification to send, or null when the client has it already. */
  update(query: LiveQuery, current: CachedQuery): string | null {
    if (query.current !== current) {
      this.drop(query);
      query.current = current;
      if (current.staleAt === null) current.onStale.add(this.onStale);
    }
    const { result } = current;
    if (result.kind === "value" && result.journal !== null) query.journal = result.journal;
    const shown = comparable(result);
    if (shown === query.sent) return null;
    query.sent = shown;
    const { queryId } = query.added;
    if (result.kind === "error") return this.failure(queryId, result.error, query.journal);
    const rest = JSON.stringify({ logLines: result.logLines, journal: query.journal });
    return `{"type":"QueryUpdated","queryId":${queryId},"value":${result.value},${rest.slice(1)}`;
  }

  /** A modification that reports a failed query. */
  failure(queryId: number, error: FunctionError, journal: string | null): string {
    return JSON.stringify({
      type: "QueryFailed",
      queryId,
      errorMessage: clientMessage(error, this.cache.redacted),
      logLines: error.logLines,
      journal,
      ...(error.data === undefined ? {} : { errorData: error.data }),
    });
  }

  close(): void {
    this.dropAll();
    this.queries.clear();
  }
}
