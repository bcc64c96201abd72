/**
 * Runs functions: queries at a snapshot, mutations with retries after conflicts, actions, and the
 * calls nested inside them. Arguments are checked before and results after every call, since the npm
 * package checks neither.
 */
import type { UserIdentity } from "../auth/identity.js";
import { ConflictError, type Database } from "../database/database.js";
import { DeveloperError, type Limits } from "../database/limits.js";
import type { Snapshot } from "../database/snapshot.js";
import type { Transaction } from "../database/transaction.js";
import type { FileStore } from "../storage/files.js";
import {
  checkShape,
  COMMIT_TS_TEXT,
  hasLoneSurrogate,
  type Json,
  type JsonObject,
  resolveCommitTs,
  ValueError,
} from "../values/json.js";
import { Admission } from "./admission.js";
import {
  type Component,
  type Deployment,
  type FunctionKind,
  nameOf,
  type Target,
} from "./deployment.js";
import { FunctionError, newRequestId, ReturnsError } from "../errors.js";
import { type CallContext, Frame } from "./frame.js";
import type { Caller, Host, Sign } from "./host.js";
import { HeapJudge } from "./heapJudge.js";
import { RealmPool } from "./pool.js";
import type { FunctionStats } from "./stats.js";
import { Syscalls } from "./syscalls.js";
import { UsageMeter } from "./usageMeter.js";

export interface QueryOutcome {
  /** Wire-form JSON text. */
  value: string;
  logLines: string[];
  journal: string | null;
  transaction: Transaction;
  readsIdentity: boolean;
  readsTime: boolean;
}

/** A failed query keeps its read set: the failure is as live as an answer. */
export class QueryFailure extends FunctionError {
  constructor(
    cause: FunctionError,
    readonly transaction: Transaction,
    readonly readsIdentity: boolean,
  ) {
    super(cause.message, cause.data, cause.logLines);
  }
}

export interface MutationOutcome {
  value: string;
  logLines: string[];
  ts: bigint;
}

export interface MutationOptions {
  /** Runs in the transaction before and after the function; a throw aborts it. */
  before?: (transaction: Transaction) => void;
  after?: (transaction: Transaction) => void;
  /** Kept in the journal with the commit, given the result. */
  note?: (value: string, ts: bigint) => JsonObject;
  scheduledFunctionId?: string | null;
  /** Scheduled work has slots of its own and is retried after conflicts without end. */
  isScheduled?: boolean;
}

interface ActionOptions {
  /** Of the action that calls this one. */
  call?: CallContext;
  scheduledFunctionId?: string | null;
  /** Scheduled work waits for a slot as long as it takes. */
  isScheduled?: boolean;
}

const HTTP_ROUTER = {
  kind: "action",
  isPublic: true,
  module: "http.js",
  name: "default",
  path: "http",
  checkArgs: null,
  checkReturns: null,
} as const;

export class Runner implements Host {
  deployment: Deployment | null = null;
  readonly pool: RealmPool;
  readonly usage = new UsageMeter();
  readonly heap: HeapJudge;
  private readonly admission: Admission;

  constructor(
    readonly database: Database,
    readonly files: FileStore,
    readonly limits: Limits,
    readonly stats: FunctionStats,
    readonly sign: Sign,
  ) {
    this.heap = new HeapJudge(limits);
    this.pool = new RealmPool(new Syscalls(this), limits);
    this.admission = new Admission(database, limits, stats, this.usage);
  }

  mustDeployment(): Deployment {
    if (this.deployment === null) {
      throw new FunctionError(
        "No functions have been pushed to this backend yet. Run `npx convex deploy --url … --admin-key …`.",
      );
    }
    return this.deployment;
  }

  /** The function a caller names; internal ones and other components only for administrators. */
  target(kind: FunctionKind | null, path: string, componentPath: string, isAdmin: boolean): Target {
    const deployment = this.mustDeployment();
    if (componentPath !== "" && !isAdmin) {
      throw new FunctionError("Only an admin key may call functions of components directly.");
    }
    const component = deployment.component(componentPath);
    const spec = deployment.find(component, path, isAdmin);
    if (kind !== null && spec.kind !== kind) {
      const article = kind === "action" ? "an" : "a";
      throw new FunctionError(
        `Trying to execute ${spec.path} as ${article} ${kind}, but it is defined as ${spec.kind}.`,
      );
    }
    return { component, spec };
  }

  context(caller: Caller, overrides: Partial<CallContext> = {}): CallContext {
    return {
      requestId: newRequestId(),
      identity: caller.credentials.identity as UserIdentity | null,
      authToken: caller.credentials.token,
      nowMs: Date.now(),
      seed: (Math.random() * 2 ** 32) | 0,
      logLines: [],
      ip: caller.ip ?? null,
      userAgent: caller.userAgent ?? null,
      scheduledFunctionId: null,
      readsIdentity: false,
      readsTime: false,
      journal: { given: null, made: null },
      ...overrides,
    };
  }

  /** Runs one call to its end, and counts it. */
  async invoke(frame: Frame, args: Json): Promise<string> {
    const isJudged = frame.transaction !== null && this.limits.heapBytes !== null;
    if (isJudged && frame.depth === 0) frame.record();
    try {
      const value = await this.checked(frame, args);
      if (isJudged) {
        frame.recording!.result = value;
        if (frame.depth === 0) await this.heap.mustFit(frame.recording!);
      }
      return value;
    } finally {
      this.usage.ran(frame);
      this.stats.ran(frame);
    }
  }

  /** Checks, realm, checks. `args` is the argument object. */
  private async checked(frame: Frame, args: Json): Promise<string> {
    const { spec } = frame;
    if (frame.depth > this.limits.callDepth) {
      throw new FunctionError(
        `Reached the maximum depth of nested function calls (${this.limits.callDepth}).`,
      );
    }
    const problem = spec.checkArgs?.(args, "");
    if (problem != null) throw new FunctionError(`ArgumentValidationError: ${problem}`);
    this.checkShape(args, `Arguments for ${spec.path} are invalid`);
    const argsText = JSON.stringify([args]);
    if (hasLoneSurrogate(argsText)) {
      throw new FunctionError(`Arguments for ${spec.path} have an unpaired surrogate`);
    }
    if (frame.depth === 0 && argsText.includes(COMMIT_TS_TEXT)) {
      throw new FunctionError(
        `Arguments for ${spec.path} have an unresolved commit timestamp, which only mutations may pass on`,
      );
    }
    if (argsText.length > this.limits.functionBytes) {
      throw new FunctionError(
        `Arguments for ${spec.path} are too large (limit: ${this.limits.functionBytes} bytes)`,
      );
    }
    const value = await this.pool.use(frame.component, (realm) => realm.run(frame, argsText));
    if (hasLoneSurrogate(value)) {
      throw new FunctionError(
        `Function ${spec.path} failed. Its return value has an unpaired surrogate`,
      );
    }
    if (frame.isOutOfTime) {
      throw new FunctionError(
        `Function execution timed out (maximum duration: ${this.limits.userTimeMs}ms)`,
      );
    }
    if (value.length > this.limits.functionBytes) {
      throw new FunctionError(
        `Function ${spec.path} return value is too large (limit: ${this.limits.functionBytes} bytes)`,
      );
    }
    if (this.limits.valueShape === null && spec.checkReturns === null) return value;
    const result = JSON.parse(value) as Json;
    this.checkShape(result, `Function ${spec.path} failed. Its return value is invalid`);
    const mismatch = spec.checkReturns?.(result, "") ?? null;
    if (mismatch !== null) throw new ReturnsError(`ReturnsValidationError: ${mismatch}`);
    return value;
  }

  private checkShape(value: Json, complaint: string): void {
    if (this.limits.valueShape === null) return;
    try {
      checkShape(value, this.limits.valueShape);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw new FunctionError(`${complaint}: ${error.message}`);
    }
  }

  /** Runs a query at a snapshot. Throws QueryFailure, which carries the read set too. */
  async query(
    target: Target,
    args: Json,
    caller: Caller,
    options: { snapshot?: Snapshot; journal?: string | null } = {},
  ): Promise<QueryOutcome> {
    return this.admission.query(async () => {
      const call = this.context(caller, {
        journal: { given: options.journal ?? null, made: null },
      });
      const snapshot = options.snapshot ?? this.database.latest;
      const transaction = this.database.readAt(snapshot, call.nowMs);
      const frame = new Frame(call, target.component, target.spec, transaction, 0);
      const timer = this.stats.start(target);
      try {
        const value = await this.invoke(frame, args);
        timer.end("ok");
        const { logLines, readsIdentity, readsTime, journal } = call;
        return { value, logLines, journal: journal.made, transaction, readsIdentity, readsTime };
      } catch (error) {
        timer.end("error");
        const failure = asFunctionError(error, call.logLines);
        throw new QueryFailure(failure, transaction, call.readsIdentity);
      }
    });
  }

  /** Runs a mutation until it commits. Resolves when the commit is durable. */
  mutation(
    target: Target,
    args: Json,
    caller: Caller,
    options: MutationOptions = {},
  ): Promise<MutationOutcome> {
    const attempt = () => this.attempt(target, args, caller, options);
    return this.admission.mutation(target, attempt, options.isScheduled === true);
  }

  private async attempt(
    target: Target,
    args: Json,
    caller: Caller,
    options: MutationOptions,
  ): Promise<MutationOutcome> {
    const call = this.context(caller, {
      scheduledFunctionId: options.scheduledFunctionId ?? null,
    });
    const transaction = this.database.begin(call.nowMs);
    const frame = new Frame(call, target.component, target.spec, transaction, 0);
    const timer = this.stats.start(target);
    let value: string;
    let ts: bigint;
    try {
      options.before?.(transaction);
      value = await this.invoke(frame, args);
      options.after?.(transaction);
      const note = options.note;
      ts = this.database.commit(
        transaction,
        nameOf(target),
        note === undefined ? undefined : (at) => note(resolveCommitTs(value, at), at),
      );
    } catch (error) {
      this.database.release(transaction);
      timer.end(error instanceof ConflictError ? "conflict" : "error");
      if (error instanceof ConflictError) throw error;
      throw asFunctionError(error, call.logLines);
    }
    timer.end("ok");
    this.usage.committed(target, transaction);
    await this.database.durable();
    return { value: resolveCommitTs(value, ts), logLines: call.logLines, ts };
  }

  /** Runs an action. Its queries and mutations are transactions of their own. */
  async action(
    target: Target,
    args: Json,
    caller: Caller,
    options: ActionOptions = {},
  ): Promise<{ value: string; logLines: string[] }> {
    const body = async () => {
      const call =
        options.call ??
        this.context(caller, { scheduledFunctionId: options.scheduledFunctionId ?? null });
      const frame = new Frame(call, target.component, target.spec, null, 0);
      const timer = this.stats.start(target);
      try {
        const value = await this.invoke(frame, args);
        timer.end("ok");
        return { value, logLines: call.logLines };
      } catch (error) {
        timer.end("error");
        throw asFunctionError(error, call.logLines);
      }
    };
    // Nested actions do not take a slot: their caller already holds one.
    if (options.call !== undefined) return body();
    return this.admission.action(body, options.isScheduled);
  }

  /** Runs the HTTP router of a component; `send` gets its answer, null when no route matches. */
  async http(
    component: Component,
    request: Request,
    caller: Caller,
    send: (response: Response | null) => Promise<void>,
  ): Promise<void> {
    await this.admission.action(async () => {
      const frame = new Frame(this.context(caller), component, HTTP_ROUTER, null, 0);
      // The body may still be streaming: the realm is the router's until it is sent.
      try {
        await this.pool.use(component, (realm) => realm.http(frame, request, send));
      } finally {
        this.usage.ran(frame);
      }
    });
  }

  /** A short transaction of the backend itself, retried on conflict. */
  async transact<T>(purpose: string, body: (transaction: Transaction) => T): Promise<T> {
    for (;;) {
      const transaction = this.database.begin();
      try {
        const result = body(transaction);
        this.database.commit(transaction, purpose);
        await this.database.durable();
        return result;
      } catch (error) {
        this.database.release(transaction);
        if (!(error instanceof ConflictError)) throw error;
      }
    }
  }
}

/** Any failure as a FunctionError; a ConflictError is the caller's to handle. */
export function asFunctionError(error: unknown, logLines: string[]): FunctionError {
  if (error instanceof FunctionError) {
    if (error.logLines.length === 0) error.logLines = logLines;
    return error;
  }
  if (error instanceof DeveloperError || error instanceof ValueError) {
    return new FunctionError(`Uncaught Error: ${error.message}`, undefined, logLines);
  }
  throw error;
}
