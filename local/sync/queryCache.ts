/**
 * Results of queries with what they read: the query cache and the source of all live updates. An
 * answer stays valid until a commit touches what it read; identical queries share one run, also while
 * it is under way, across users too when the function did not look at who asks.
 */
import type { UserIdentity } from "../auth/identity.js";
import { type Commit, type Database } from "../database/database.js";
import { conflictingIndex, type ReadSet } from "../database/intervals.js";
import type { Snapshot } from "../database/snapshot.js";
import type { Target } from "../execution/deployment.js";
import type { FunctionError } from "../errors.js";
import type { Caller } from "../execution/host.js";
import { QueryFailure, type Runner } from "../execution/runner.js";
import type { Json } from "../values/json.js";
import { Watchers } from "./watchers.js";

/** The outcome of one run. */
export type QueryResult =
  | { kind: "value"; value: string; logLines: string[]; journal: string | null }
  | { kind: "error"; error: FunctionError; logLines: string[] };

export class CachedQuery {
  /** The commit that made the result stale, if any. */
  staleAt: bigint | null = null;
  /** Called once, when the result becomes stale. */
  readonly onStale = new Set<() => void>();
  unwatch: () => void = () => undefined;

  constructor(
    readonly key: string,
    readonly ts: bigint,
    readonly result: QueryResult,
    readonly usesIdentity: boolean,
    /** When a result that depends on the time should no longer be given to new callers. */
    readonly expiresMs: number,
  ) {}

  isValidAt(ts: bigint): boolean {
    return this.ts <= ts && (this.staleAt === null || ts < this.staleAt);
  }
}

export interface QueryRequest {
  target: Target;
  args: Json;
  caller: Caller;
  journal: string | null;
}

const TIME_DEPENDENT_AGE_MS = 17_000;
const CACHED_MAX = 4096;
/** What each of too many subscriptions adds to the time over which they are told. */
const SPLAY_MS = 5;

function identityKey(identity: UserIdentity | null): string {
  return identity === null ? "" : JSON.stringify(identity.attributes);
}

export class QueryCache {
  private readonly cached = new Map<string, CachedQuery>();
  private readonly running = new Map<string, Promise<CachedQuery>>();
  /** Whether the result depends on who asks, learnt from the last run. */
  private readonly dependsOnIdentity = new Map<string, boolean>();
  private readonly watchers = new Watchers<CachedQuery>();
  /** Everything that is watched: cached, or held by a socket. */
  private readonly held = new Set<CachedQuery>();
  private runs = 0;
  private hits = 0;
  private inFlight = 0;
  /** Commits since the oldest run under way began. */
  private commits: Commit[] = [];

  constructor(
    private readonly runner: Runner,
    private readonly database: Database,
  ) {
    database.onCommit((commit) => this.invalidate(commit));
  }

  get stats() {
    return { cached: this.cached.size, runs: this.runs, hits: this.hits };
  }

  /** Whether holders may not show the text of errors. */
  get redacted(): boolean {
    return this.runner.limits.redacted;
  }

  /** Forgets everything, after a push; holders are told that their results are stale. */
  clear(): void {
    const all = [...this.held];
    this.cached.clear();
    this.dependsOnIdentity.clear();
    for (const each of all) this.makeStale(each, this.database.latest.ts);
  }

  private invalidate(commit: Commit): void {
    if (this.inFlight > 0) this.commits.push(commit);
    const stale = [...this.watchers.touched(commit.touched)];
    const holders = stale.reduce((sum, { onStale }) => sum + onStale.size, 0);
    const splayMs = holders > this.runner.limits.toldAtOnce ? holders * SPLAY_MS : 0;
    for (const each of stale) this.makeStale(each, commit.ts, splayMs);
  }

  private makeStale(query: CachedQuery, ts: bigint, splayMs = 0): void {
    if (query.staleAt !== null) return;
    query.staleAt = ts;
    query.unwatch();
    this.held.delete(query);
    if (this.cached.get(query.key) === query) this.cached.delete(query.key);
    for (const notify of query.onStale) {
      if (splayMs === 0) notify();
      else setTimeout(notify, Math.random() * splayMs);
    }
    query.onStale.clear();
  }

  /** The result at a snapshot, from the cache or by running the query. */
  async fetch(request: QueryRequest, snapshot: Snapshot): Promise<CachedQuery> {
    const { target, args, journal, caller } = request;
    const base = [target.component.path, target.spec.path, JSON.stringify(args), journal].join(
      "\0",
    );
    const personal = `${base}\0${identityKey(caller.credentials.identity)}`;
    for (;;) {
      const depends = this.dependsOnIdentity.get(base);
      const key = depends === true ? personal : base;
      const cached = this.cached.get(key);
      if (cached?.isValidAt(snapshot.ts) === true && cached.expiresMs > Date.now()) {
        this.hits++;
        this.runner.usage.cached(target);
        return cached;
      }
      const runKey = `${key}\0${snapshot.ts}`;
      const running = this.running.get(runKey);
      if (running === undefined) {
        const run = this.run(request, snapshot, base, personal).finally(() =>
          this.running.delete(runKey),
        );
        this.running.set(runKey, run);
        return run;
      }
      const shared = await running;
      this.hits++;
      if (depends === true || !shared.usesIdentity || shared.key === personal) {
        this.runner.usage.cached(target);
        return shared;
      }
      // It turned out to depend on who asks: look again, under this caller's own key.
    }
  }

  private async run(
    { target, args, caller, journal }: QueryRequest,
    snapshot: Snapshot,
    base: string,
    personal: string,
  ): Promise<CachedQuery> {
    this.runs++;
    this.inFlight++;
    const generation = this.runner.deployment?.generation;
    let result: QueryResult;
    let reads: ReadSet;
    let usesIdentity: boolean;
    let readsTime = false;
    try {
      try {
        const outcome = await this.runner.query(target, args, caller, { snapshot, journal });
        const { value, logLines } = outcome;
        result = { kind: "value", value, logLines, journal: outcome.journal };
        reads = outcome.transaction.reads;
        usesIdentity = outcome.readsIdentity;
        readsTime = outcome.readsTime;
      } catch (error) {
        if (!(error instanceof QueryFailure)) throw error;
        result = { kind: "error", error, logLines: error.logLines };
        reads = error.transaction.reads;
        usesIdentity = error.readsIdentity;
      }
    } finally {
      this.inFlight--;
    }
    const key = usesIdentity ? personal : base;
    const expiresMs = readsTime ? Date.now() + TIME_DEPENDENT_AGE_MS : Infinity;
    const entry = new CachedQuery(key, snapshot.ts, result, usesIdentity, expiresMs);
    const since = this.commits.find(
      (commit) => commit.ts > snapshot.ts && conflictingIndex(reads, commit.touched) !== null,
    );
    if (this.inFlight === 0) this.commits = [];
    this.dependsOnIdentity.set(base, usesIdentity);
    if (since !== undefined) entry.staleAt = since.ts;
    else if (this.runner.deployment?.generation !== generation) {
      entry.staleAt = this.database.latest.ts;
    } else {
      entry.unwatch = this.watchers.add(entry, reads);
      this.held.add(entry);
      if (result.kind === "value") this.keep(key, entry);
    }
    return entry;
  }

  /** The answer for a function that cannot be run at all, until the next push. */
  failed(key: string, ts: bigint, error: FunctionError): CachedQuery {
    const result: QueryResult = { kind: "error", error, logLines: error.logLines };
    const entry = new CachedQuery(key, ts, result, false, 0);
    this.held.add(entry);
    return entry;
  }

  private keep(key: string, entry: CachedQuery): void {
    const older = this.cached.get(key);
    if (older !== undefined && older.ts > entry.ts) return;
    this.cached.delete(key);
    this.cached.set(key, entry);
    if (older !== undefined && older.onStale.size === 0) this.forget(older);
    if (this.cached.size > CACHED_MAX) {
      const [oldKey, old] = this.cached.entries().next().value!;
      this.cached.delete(oldKey);
      if (old.onStale.size === 0) this.forget(old);
    }
  }

  private forget(query: CachedQuery): void {
    query.unwatch();
    this.held.delete(query);
  }

  /** Stops being told; a result that nobody holds and the cache does not keep is let go. */
  release(query: CachedQuery, notify: () => void): void {
    query.onStale.delete(notify);
    if (query.onStale.size === 0 && this.cached.get(query.key) !== query) this.forget(query);
  }
}
