/**
 * One client's connection: its query set, identity and mutations. Messages are taken in order;
 * mutations run one after another, actions beside them. Transitions are computed one at a time, all
 * queries at one snapshot, and start exactly where the last one ended.
 */
import type { WebSocket } from "ws";
import { ANONYMOUS, type Credentials } from "../auth/identity.js";
import type { Verifier } from "../auth/verifier.js";
import { ConflictError, wallNanos } from "../database/database.js";
import { clientMessage, FunctionError, RateLimitedError, RequestError } from "../errors.js";
import type { Caller } from "../execution/host.js";
import type { Runner } from "../execution/runner.js";
import { decodeTs, encodeTs, type Json } from "../values/json.js";
import { LiveSet, type LiveQuery } from "./liveSet.js";
import {
  type ClientMessage,
  encodeVersion,
  type FunctionMessage,
  transitionFrames,
  type Version,
} from "./protocol.js";
import { CachedQuery, type QueryCache, type QueryResult } from "./queryCache.js";
import type { SessionRequests } from "./sessionRequests.js";
import type { SystemQueries } from "./systemQueries.js";

const PING_MS = 15_000;
const BUFFERED_MAX = 16_000_000;
const TRY_AGAIN_LATER = 1013;
/** Commits within one nanosecond of the clock are stamped ahead of it, by their number. */
const CLOCK_SLACK_NS = 1_000_000_000n;

export interface SyncServices {
  runner: Runner;
  cache: QueryCache;
  verifier: Verifier;
  requests: SessionRequests;
  system: SystemQueries;
}

export class SyncSocket {
  private readonly live: LiveSet;
  private sent: Version = { querySet: 0, identity: 0, ts: 0n };
  private received = { querySet: 0, identity: 0 };
  private credentials: Credentials = ANONYMOUS;
  private sessionId = "";
  private clockSkew = 0;
  private isClosed = false;
  /** Messages are handled one after another. */
  private inbox: Promise<void> = Promise.resolve();
  private mutations: Promise<void> = Promise.resolve();
  private queued = 0;
  private isDirty = false;
  private isComputing = false;
  /** Set when a transition must be sent even if nothing changed. */
  private isOwed = false;
  private readonly ping: NodeJS.Timeout;
  private expiry: NodeJS.Timeout | null = null;

  constructor(
    private readonly socket: WebSocket,
    private readonly services: SyncServices,
    private readonly origin: { ip: string | null; userAgent: string | null },
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.live = new LiveSet(services.cache, () => this.refresh());
    this.ping = setInterval(() => this.send('{"type":"Ping"}'), PING_MS);
    socket.on("message", (data: Buffer) => {
      this.inbox = this.inbox
        .then(() => this.handle(JSON.parse(data.toString()) as ClientMessage))
        .catch((e) => this.abort(e));
    });
    socket.on("error", () => undefined);
    socket.on("close", () => this.close());
  }

  private close(): void {
    this.isClosed = true;
    clearInterval(this.ping);
    if (this.expiry !== null) clearTimeout(this.expiry);
    this.live.close();
  }

  private abort(error: unknown): void {
    if (this.isClosed) return;
    if (error instanceof RateLimitedError) return this.socket.close(TRY_AGAIN_LATER, error.code);
    this.onFailure(error);
    this.socket.close(1011, "InternalServerError");
  }

  private send(text: string): void {
    if (!this.isClosed && this.socket.readyState === this.socket.OPEN) this.socket.send(text);
  }

  private get caller(): Caller {
    return { credentials: this.credentials, ...this.origin };
  }

  private async handle(message: ClientMessage): Promise<void> {
    if (this.isClosed) return;
    switch (message.type) {
      case "Connect":
        this.sessionId = message.sessionId;
        this.clockSkew = message.clientTs === undefined ? 0 : message.clientTs - Date.now();
        if (message.maxObservedTimestamp !== undefined) {
          this.catchUp(decodeTs(message.maxObservedTimestamp));
        }
        return;
      case "ModifyQuerySet":
        if (message.baseVersion !== this.received.querySet)
          return this.fatal("BaseVersionMismatch");
        this.received.querySet = message.newVersion;
        for (const change of message.modifications) {
          if (change.type === "Add") this.live.add(change);
          else this.live.remove(change.queryId);
        }
        return this.refresh(true);
      case "Authenticate":
        return this.authenticate(message);
      case "Mutation":
        return this.queueMutation(message);
      case "Action":
        void this.action(message).catch((error) => this.abort(error));
        return;
      case "Event":
        return;
    }
  }

  /**
   * A client that saw a later commit than this server knows reconnects after a restart; commits are
   * stamped with the wall clock, so whatever it truly saw lies in the past.
   */
  private catchUp(observed: bigint): void {
    if (observed > wallNanos() + CLOCK_SLACK_NS) {
      this.socket.close(1008, "TimestampInFuture");
      return;
    }
    this.services.runner.database.advanceTo(observed);
  }

  private fatal(error: string): void {
    this.send(JSON.stringify({ type: "FatalError", error }));
    this.socket.close();
  }

  private async authenticate(
    message: Extract<ClientMessage, { type: "Authenticate" }>,
  ): Promise<void> {
    if (message.baseVersion !== this.received.identity) return this.fatal("BaseVersionMismatch");
    const { verifier } = this.services;
    try {
      const value = message.value ?? "";
      if (message.tokenType === "None") this.credentials = ANONYMOUS;
      else if (message.tokenType === "User") this.credentials = await verifier.fromToken(value);
      else this.credentials = verifier.fromAdminKey(value, message.impersonating ?? null);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return this.authError(error.message, message.baseVersion, true);
    }
    this.received.identity = message.baseVersion + 1;
    this.watchExpiry();
    this.live.dropAll();
    this.refresh(true);
  }

  private authError(error: string, baseVersion: number, authUpdateAttempted: boolean): void {
    this.send(JSON.stringify({ type: "AuthError", error, baseVersion, authUpdateAttempted }));
    this.socket.close();
  }

  private watchExpiry(): void {
    if (this.expiry !== null) clearTimeout(this.expiry);
    const { expiresMs } = this.credentials;
    if (expiresMs === undefined) return;
    const delay = Math.min(Math.max(0, expiresMs - Date.now()), 2 ** 31 - 1);
    this.expiry = setTimeout(() => {
      this.authError("The token has expired", this.received.identity - 1, false);
    }, delay);
  }

  /** Computes a transition soon; `isOwed` when one must be sent whatever comes out. */
  private refresh(isOwed = false): void {
    this.isDirty = true;
    this.isOwed ||= isOwed;
    if (this.isComputing || this.isClosed) return;
    this.isComputing = true;
    void this.compute().catch((error) => this.abort(error));
  }

  private async compute(): Promise<void> {
    // Let the commits and messages of this turn arrive together.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.isDirty && !this.isClosed) {
        while (this.socket.bufferedAmount > BUFFERED_MAX && !this.isClosed) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        this.isDirty = false;
        await this.transition();
      }
    } finally {
      this.isComputing = false;
    }
  }

  private async transition(): Promise<void> {
    const { latest: snapshot } = this.services.runner.database;
    const isOwed = this.isOwed;
    this.isOwed = false;
    const target: Version = { ...this.received, ts: snapshot.ts };
    const modifications = this.live
      .takeRemoved()
      .map((queryId) => `{"type":"QueryRemoved","queryId":${queryId}}`);
    const caller = this.caller;
    const pending = [...this.live.queries.values()].filter(
      ({ current }) => current === null || !current.isValidAt(snapshot.ts),
    );
    const answers = await Promise.all(
      pending.map(async (query) => ({ query, answer: await this.answer(query, caller, snapshot) })),
    );
    for (const { query, answer } of answers) {
      // Removed meanwhile: the next transition says so.
      if (this.live.queries.get(query.added.queryId) !== query) continue;
      const modification = this.live.update(query, answer);
      if (modification !== null) modifications.push(modification);
      if (answer.staleAt !== null) this.isDirty = true;
    }
    // Answers for an identity that has changed meanwhile must not be kept.
    if (this.received.identity !== target.identity) this.live.dropAll();
    if (modifications.length === 0 && !isOwed) return;
    const from = JSON.stringify(encodeVersion(this.sent));
    const to = JSON.stringify(encodeVersion(target));
    const text = `{"type":"Transition","startVersion":${from},"endVersion":${to},"modifications":[${modifications.join(",")}],"clientClockSkew":${this.clockSkew},"serverTs":${Number(snapshot.ts)}}`;
    this.sent = target;
    for (const frame of transitionFrames(text)) this.send(frame);
  }

  private async answer(
    query: LiveQuery,
    caller: Caller,
    snapshot: SyncServices["runner"]["database"]["latest"],
  ): Promise<CachedQuery> {
    const { udfPath, args, componentPath } = query.added;
    const { isAdmin } = caller.credentials;
    const { runner, cache, system } = this.services;
    try {
      if (udfPath.startsWith("_system/")) {
        const value = JSON.stringify(
          system.run(udfPath, args[0] ?? {}, componentPath ?? "", isAdmin),
        );
        const result: QueryResult = { kind: "value", value, logLines: [], journal: null };
        return new CachedQuery(udfPath, snapshot.ts, result, false, 0);
      }
      const target = runner.target("query", udfPath, componentPath ?? "", isAdmin);
      return await cache.fetch(
        { target, args: args[0] ?? {}, caller, journal: query.journal },
        snapshot,
      );
    } catch (error) {
      // Not found: stays so until the next push, which drops every answer.
      if (!(error instanceof FunctionError)) throw error;
      return cache.failed(udfPath, snapshot.ts, error);
    }
  }

  private queueMutation(message: FunctionMessage): void {
    if (this.queued >= this.services.runner.limits.queuedMutations) {
      this.socket.close(TRY_AGAIN_LATER, "TooManyConcurrentMutations");
      return;
    }
    this.queued++;
    const { caller } = this;
    this.mutations = this.mutations
      .then(() => this.mutation(message, caller))
      .catch((error) => this.abort(error))
      .finally(() => this.queued--);
  }

  private async mutation(message: FunctionMessage, caller: Caller): Promise<void> {
    if (this.isClosed) return;
    const { requestId, udfPath, args, componentPath } = message;
    const { runner, requests } = this.services;
    const { sessionId } = this;
    let logLines: string[] = [];
    try {
      const target = runner.target(
        "mutation",
        udfPath,
        componentPath ?? "",
        caller.credentials.isAdmin,
      );
      const { value, ts } = await requests.once(sessionId, requestId, async () => {
        const outcome = await runner.mutation(target, args[0] ?? {}, caller, {
          note: (result, at) => {
            requests.record(sessionId, requestId, { value: result, ts: at });
            return { session: sessionId, request: requestId, value: result };
          },
        });
        logLines = outcome.logLines;
        return outcome;
      });
      const rest = JSON.stringify({ ts: encodeTs(ts), logLines });
      this.send(
        `{"type":"MutationResponse","requestId":${requestId},"success":true,"result":${value},${rest.slice(1)}`,
      );
      this.refresh(true);
    } catch (error) {
      if (error instanceof ConflictError) {
        this.socket.close(TRY_AGAIN_LATER, "OptimisticConcurrencyControlFailure");
        return;
      }
      if (!(error instanceof FunctionError)) throw error;
      this.sendFailure("MutationResponse", requestId, error);
      this.refresh(true);
    }
  }

  private async action(message: FunctionMessage): Promise<void> {
    const { requestId, udfPath, args, componentPath } = message;
    const { runner } = this.services;
    const { caller } = this;
    try {
      const { isAdmin } = caller.credentials;
      const target = runner.target("action", udfPath, componentPath ?? "", isAdmin);
      const { value, logLines } = await runner.action(target, (args[0] ?? {}) as Json, caller);
      this.send(
        `{"type":"ActionResponse","requestId":${requestId},"success":true,"result":${value},"logLines":${JSON.stringify(logLines)}}`,
      );
    } catch (error) {
      if (!(error instanceof FunctionError)) throw error;
      this.sendFailure("ActionResponse", requestId, error);
    }
  }

  private sendFailure(type: string, requestId: number, error: FunctionError): void {
    this.send(
      JSON.stringify({
        type,
        requestId,
        success: false,
        result: clientMessage(error, this.services.runner.limits.redacted),
        ts: null,
        logLines: error.logLines,
        ...(error.data === undefined ? {} : { errorData: error.data }),
      }),
    );
  }
}
