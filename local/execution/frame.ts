/**
 * A frame is one function call under way; a call context is what all frames below one request share:
 * who asks, the clock, the dice, the console. Nested calls make frames over the same transaction.
 */
import type { UserIdentity } from "../auth/identity.js";
import type { QueryStream } from "../database/query.js";
import type { Transaction } from "../database/transaction.js";
import type { Component, FunctionSpec } from "./deployment.js";
import { Recording } from "./recording.js";

export interface CallContext {
  readonly requestId: string;
  readonly identity: UserIdentity | null;
  readonly authToken: string | null;
  /** The start of the request; queries and mutations see no other time. */
  readonly nowMs: number;
  readonly seed: number;
  readonly logLines: string[];
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** The job this runs for, inherited by everything it calls. */
  readonly scheduledFunctionId: string | null;
  /** Set when the function looked at who asks: its result is not shared between users. */
  readsIdentity: boolean;
  /** Set when the function looked at the time. */
  readsTime: boolean;
  /** End cursor of the page from the last run, and the one this run made. */
  readonly journal: { given: string | null; made: string | null };
}

const LOG_LINES_MAX = 256;

interface Waiting {
  start: () => void;
}

export class Frame {
  readonly streams = new Map<number, QueryStream>();
  private nextStream = 1;
  private readonly begun = new Set<string>();
  hasPaginated = false;
  userTimeMs = 0;
  /** What it hears, where its heap is judged. */
  recording: Recording | null = null;
  readonly isAction: boolean;
  /** While a nested call runs, the frame's other syscalls wait their turn. */
  private readonly waiting: Waiting[] = [];
  private isBusy = false;

  constructor(
    readonly call: CallContext,
    readonly component: Component,
    readonly spec: FunctionSpec,
    /** Null in actions, which have no transaction of their own. */
    readonly transaction: Transaction | null,
    readonly depth: number,
  ) {
    this.isAction = spec.kind === "action";
  }

  record(): Recording {
    const { requestId, seed, nowMs } = this.call;
    return (this.recording = new Recording(this.component, this.spec, { requestId, seed, nowMs }));
  }

  now(): number {
    if (this.isAction) return Date.now();
    this.call.readsTime = true;
    return this.call.nowMs;
  }

  get isOutOfTime(): boolean {
    return this.transaction !== null && this.userTimeMs > this.transaction.limits.userTimeMs;
  }

  log(line: string): void {
    const { logLines } = this.call;
    if (logLines.length < LOG_LINES_MAX) logLines.push(line);
    else if (logLines.length === LOG_LINES_MAX)
      logLines.push("[WARN] 'Log overflow (maximum 256)'");
  }

  openStream(stream: QueryStream): number {
    const id = this.nextStream++;
    this.streams.set(id, stream);
    return id;
  }

  /** Whether a stream, named by the text of a syscall's arguments, is asked for the first time. */
  isFirstOf(stream: string): boolean {
    const isFirst = !this.begun.has(stream);
    this.begun.add(stream);
    return isFirst;
  }

  /** Runs now, or after the nested call under way and everything queued before it. */
  inTurn(start: () => void): void {
    if (this.isBusy) this.waiting.push({ start });
    else start();
  }

  /** Runs a nested call with the frame held. Must be called in turn. */
  async exclusively<T>(body: () => Promise<T>): Promise<T> {
    this.isBusy = true;
    try {
      return await body();
    } finally {
      this.isBusy = false;
      while (this.waiting.length > 0 && !this.isBusy) this.waiting.shift()!.start();
    }
  }
}
