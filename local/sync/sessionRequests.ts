/**
 * Exactly-once mutations: the result of every client mutation that wrote something, by session and
 * request id. A client that lost its connection sends unacknowledged mutations again and gets the
 * first result. Recorded in the same commit as the writes, so it survives a crash with them.
 */
import type { JsonObject } from "../values/json.js";

export interface SessionResult {
  /** Wire-form JSON text. */
  value: string;
  ts: bigint;
}

const KEPT_MAX = 100_000;

export class SessionRequests {
  private readonly results = new Map<string, SessionResult>();
  private readonly running = new Map<string, Promise<SessionResult>>();

  static note(sessionId: string, requestId: number, value: string): JsonObject {
    return { session: sessionId, request: requestId, value };
  }

  private key(sessionId: string, requestId: number): string {
    return `${sessionId}:${requestId}`;
  }

  record(sessionId: string, requestId: number, result: SessionResult): void {
    this.results.set(this.key(sessionId, requestId), result);
    if (this.results.size > KEPT_MAX) this.results.delete(this.results.keys().next().value!);
  }

  /** Takes over a note read back from the journal. */
  restore(note: JsonObject, ts: bigint): void {
    this.record(note.session as string, note.request as number, {
      value: note.value as string,
      ts,
    });
  }

  /** The recorded results, as notes; for compacting a journal. */
  *notes(): Iterable<{ note: JsonObject; ts: bigint }> {
    for (const [key, { value, ts }] of this.results) {
      const split = key.lastIndexOf(":");
      yield {
        note: SessionRequests.note(key.slice(0, split), Number(key.slice(split + 1)), value),
        ts,
      };
    }
  }

  /** Runs a mutation unless its result is known or under way. */
  async once(
    sessionId: string,
    requestId: number,
    run: () => Promise<SessionResult>,
  ): Promise<SessionResult> {
    const key = this.key(sessionId, requestId);
    const known = this.results.get(key) ?? this.running.get(key);
    if (known !== undefined) return known;
    const running = run().finally(() => this.running.delete(key));
    this.running.set(key, running);
    return running;
  }
}
