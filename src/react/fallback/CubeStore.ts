/**
 * One cube of one tenant, computed in the browser: the records, and the answers that screens watch.
 * Changes queue up while answers are computed, so all answers of one round are of one commit; the
 * computing yields to the screen between questions.
 */
import type { Result, Outcome } from "../answer.js";
import { toAggregateError } from "../errors.js";
import { keyOf, type AggregateQuery, type WireQuery } from "../query.js";
import type { BrowserTable, OpenAnswer } from "./BrowserTable.js";
import type { RecordChange, startRecordFeed } from "./recordFeed.js";

type Listener = () => void;

interface Question {
  query: AggregateQuery;
  wire: WireQuery;
  listeners: Set<Listener>;
  outcome: Outcome;
  answer: OpenAnswer | null;
  /** The table version that `outcome` answers; -1 before the first answer. */
  version: number;
}

export interface CubeStoreOptions {
  createTable: () => BrowserTable;
  startFeed: (listener: Parameters<typeof startRecordFeed>[1]) => () => void;
}

/** Changes that arrive within this time are answered together. */
const roundDelayMs = 30;
/** Computing longer than this without a pause is felt on the screen. */
const sliceMs = 12;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export class CubeStore {
  readonly #options: CubeStoreOptions;
  readonly #questions = new Map<string, Question>();
  #table: BrowserTable | null = null;
  #stopFeed: (() => void) | null = null;
  #inbox: RecordChange[] = [];
  #version = 0;
  #asOf: string | null = null;
  #inboxAsOf: string | null = null;
  /** What the table is to hear with the inbox. */
  #inboxSourceFrom: number | null = null;
  #idle: Outcome = { kind: "pending", progress: null };
  #inRound = false;
  #wanted = false;

  constructor(options: CubeStoreOptions) {
    this.#options = options;
  }

  /** What is known about a question; the same object until it changes. */
  read(key: string): Outcome {
    return this.#questions.get(key)?.outcome ?? this.#idle;
  }

  /** Keeps a question answered until the returned function is called. */
  watch(key: string, query: AggregateQuery, wire: WireQuery, listener: Listener): () => void {
    if (!this.#stopFeed) this.#start();
    let question = this.#questions.get(key);
    if (!question) {
      question = {
        query,
        wire,
        listeners: new Set(),
        outcome: this.#idle,
        answer: null,
        version: -1,
      };
      this.#questions.set(key, question);
    }
    const { listeners } = question;
    listeners.add(listener);
    this.#requestRound();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#questions.delete(key);
    };
  }

  get isWatched(): boolean {
    return this.#questions.size > 0;
  }

  /** Drops all records and answers. A later `watch` starts anew. */
  stop(): void {
    this.#stopFeed?.();
    this.#stopFeed = null;
    this.#table = null;
    this.#inbox = [];
    this.#asOf = null;
    this.#inboxAsOf = null;
    this.#inboxSourceFrom = null;
    for (const question of this.#questions.values()) question.answer = null;
    this.#idle = { kind: "pending", progress: null };
  }

  /** After an error: fetch again from the start. */
  retry(): void {
    if (this.#idle.kind !== "error") return;
    this.stop();
    this.#start();
    this.#publishIdle(this.#idle);
  }

  #start(): void {
    try {
      this.#table = this.#options.createTable();
    } catch (cause) {
      this.#idle = { kind: "error", error: toAggregateError(cause) };
      return;
    }
    this.#idle = { kind: "pending", progress: 0 };
    this.#stopFeed = this.#options.startFeed({
      onRecords: (changes, consistentAt) => {
        this.#inbox.push(...changes);
        if (consistentAt !== null) this.#inboxAsOf = consistentAt;
        if (this.#inboxAsOf !== null) this.#requestRound();
        else if (!this.#inRound) this.#applyInbox();
      },
      onSourceFrom: (from) => (this.#inboxSourceFrom = from),
      onProgress: (share) => this.#publishIdle({ kind: "pending", progress: share }),
      onError: (error) => this.#publishIdle({ kind: "error", error }),
    });
  }

  /** Sets the state of all questions that have no answer of their own. */
  #publishIdle(outcome: Outcome): void {
    this.#idle = outcome;
    for (const question of this.#questions.values()) {
      question.outcome = outcome;
      question.version = -1;
      for (const listener of question.listeners) listener();
    }
  }

  #applyInbox(): void {
    const table = this.#table;
    if (!table) return;
    for (const { id, after } of this.#inbox) table.apply(id, after);
    if (this.#inboxSourceFrom !== null) table.expireBefore(this.#inboxSourceFrom);
    if (this.#inbox.length > 0 || this.#inboxSourceFrom !== null) this.#version++;
    this.#inboxSourceFrom = null;
    this.#inbox = [];
    this.#asOf = this.#inboxAsOf;
  }

  #requestRound(): void {
    this.#wanted = true;
    if (this.#inRound) return;
    this.#inRound = true;
    void this.#runRounds().finally(() => (this.#inRound = false));
  }

  async #runRounds(): Promise<void> {
    await pause(0);
    while (this.#wanted) {
      this.#wanted = false;
      this.#applyInbox();
      await this.#answerAll();
      if (this.#wanted) await pause(roundDelayMs);
    }
  }

  async #answerAll(): Promise<void> {
    const table = this.#table;
    const asOf = this.#asOf;
    const version = this.#version;
    if (!table || asOf === null) return;
    const questions = [...this.#questions.values()];
    const stale = questions.filter((question) => question.version !== version);
    const answers = stale.map((question) => (question.answer ??= table.open(question.wire)));
    let sliceStart = performance.now();
    for (const _ of table.advance(answers)) {
      if (performance.now() - sliceStart < sliceMs) continue;
      await pause(0);
      if (this.#table !== table) return;
      sliceStart = performance.now();
    }
    for (const question of questions) {
      question.outcome = outcomeOf(question, table, asOf, version);
      question.version = version;
    }
    this.#idle = { kind: "pending", progress: 1 };
    for (const question of questions) for (const listener of question.listeners) listener();
  }
}

function outcomeOf(
  question: Question,
  table: BrowserTable,
  asOf: string,
  version: number,
): Outcome {
  const last = question.outcome.kind === "result" ? question.outcome.result : null;
  if (question.version === version) {
    if (!last || last.asOf === asOf) return question.outcome;
    return { kind: "result", result: { ...last, asOf } };
  }
  try {
    const answer = question.answer ?? table.open(question.wire);
    const { rows, annotation, exact, total } = table.finish(answer);
    const result: Result = {
      query: question.query,
      rows: last && keyOf(last.rows) === keyOf(rows) ? last.rows : rows,
      annotation,
      total,
      servedBy: "browser",
      exact,
      source: "client",
      freshness: "live",
      asOf,
    };
    return { kind: "result", result };
  } catch (cause) {
    return { kind: "error", error: toAggregateError(cause) };
  }
}
