/**
 * One tenant's screens below one provider: what is on them, which step follows which, and what is asked ahead. A step is
 * what a screen comes to ask at once.
 */
import type { Bucket } from "../../../lib/prefetch/bucket.js";
import { prefetchLimits } from "../../../lib/prefetch/limits.js";
import {
  begunWith,
  isWorth,
  learn,
  predictAfter,
  type Begun,
} from "../../../lib/prefetch/predictor.js";
import type { StepQuestion } from "../../../lib/prefetch/step.js";
import type { Transitions } from "../../../lib/prefetch/transitions.js";
import type { Held, Scope } from "../context.js";
import type { HeldStore } from "../held/index.js";
import { cubeOf, keyOf, toWire, type AggregateQuery, type Request } from "../query.js";
import type { Ahead } from "./Ahead.js";
import { isAnswered } from "./answered.js";
import { Batch } from "./Batch.js";
import type { Figures } from "./figures.js";
import { aheadLimits } from "./limits.js";
import { isAway } from "./page.js";

export interface SessionOptions {
  scope: Scope;
  /** What the tenant's screens have taught. */
  transitions: () => Transitions;
  bucket: Bucket;
  figures: Figures;
  /** Called after something was learned, and when the page is left. */
  save: (isLast: boolean) => void;
}

export class Session {
  /** Questions on screens, each with how many hooks ask it. */
  private readonly shown = new Map<string, { request: Request; hooks: number }>();
  /** What came since the last step. */
  private step = new Map<string, Request>();
  private stepAt = 0;
  private last: Begun | null = null;
  private batches: Batch[] = [];
  /** Undefined before it is known whether tiles are held. */
  private held: Held | null | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private keeping: ReturnType<typeof setTimeout> | undefined;
  private isRunning = false;
  /** Of the answers of the backend that came ahead, on average. */
  private answerBytes = aheadLimits.answerBytes;

  constructor(private readonly options: SessionOptions) {}

  /** Until what is returned is called. */
  start(): () => void {
    this.isRunning = true;
    const { document } = globalThis as { document?: Document };
    const onVisibility = () => {
      if (document?.hidden) this.leave();
    };
    document?.addEventListener("visibilitychange", onVisibility);
    this.lookSoon(aheadLimits.quietMs);
    return () => {
      this.isRunning = false;
      clearTimeout(this.timer);
      document?.removeEventListener("visibilitychange", onVisibility);
      this.leave();
    };
  }

  /** What holds tiles, as soon as it is known. */
  follow(held: Held | null | undefined): void {
    this.held = held;
  }

  saw(request: Request): () => void {
    const { key } = request;
    const known = this.shown.get(key);
    const shown = known ?? { request, hooks: 0 };
    shown.hooks += 1;
    this.shown.set(key, shown);
    if (!known && !this.step.has(key)) this.count(request);
    return () => {
      shown.hooks -= 1;
      if (shown.hooks === 0) this.shown.delete(key);
    };
  }

  /** Asks ahead for what a person seems to be about to ask. */
  ahead(queries: readonly AggregateQuery[]): void {
    const requests = queries.map((query) => requestOf(toWire(query), "live"));
    if (!this.isRunning || this.isWaiting()) return;
    this.ask(requests, aheadLimits.intentProbability, false);
    const intents = this.batches.filter(({ isGuess }) => !isGuess);
    this.giveUp(intents.slice(0, -aheadLimits.intentsMax));
  }

  private count(request: Request): void {
    if (this.step.size === 0) this.stepAt = Date.now();
    this.step.set(request.key, request);
    this.lookSoon(aheadLimits.quietMs);
    const ahead = this.find(request.key);
    if (ahead) ahead.isUsed = true;
    // A first screen was never on the way.
    if (this.last === null) return;
    const { figures, scope } = this.options;
    if (ahead) figures.add(ahead.isAnswered ? { hits: 1 } : { late: 1 });
    else if (!isAnswered(scope, this.storeOf, request)) {
      figures.add({ misses: 1 });
      // Answers come together: what is still on its way would hold up this one. After all of the step have been told.
      queueMicrotask(() => this.giveUp(this.batches.filter(({ isIdle }) => isIdle)));
    }
  }

  private lookSoon(afterMs: number): void {
    clearTimeout(this.timer);
    if (this.isRunning) this.timer = setTimeout(() => this.look(), afterMs);
  }

  /** At the end of a step, once its answers are there: real questions come first. */
  private look(): void {
    if (this.step.size === 0) return;
    const isWaiting = this.isWaiting();
    if (isWaiting && Date.now() - this.stepAt < aheadLimits.waitMsMax) {
      return this.lookSoon(aheadLimits.waitMs);
    }
    const { save } = this.options;
    const transitions = this.options.transitions();
    const step = [...this.step.values()].map(questionOf);
    this.step = new Map();
    if (this.last) {
      learn(transitions, this.last, step);
      save(false);
    }
    this.last = begunWith(step);
    // The step has come that they were for.
    this.giveUp(this.batches.filter(({ startedAt }) => startedAt <= this.stepAt));
    const next = isWaiting ? null : predictAfter(transitions, this.last);
    if (next) {
      const requests = next.step.map(({ query, freshness }) => requestOf(query, freshness));
      this.ask(requests, next.probability, true);
    }
  }

  private ask(requests: readonly Request[], probability: number, isGuess: boolean): void {
    const { scope, bucket, figures } = this.options;
    if (isAway(scope.client) || this.held === undefined) return;
    const lacking = this.lacking(requests.slice(0, prefetchLimits.questionsMax));
    const now = Date.now();
    if (lacking.bytes === 0 || !isWorth(probability, lacking.bytes)) return;
    if (lacking.bytes > bucket.leftAt(now)) return;
    const spent = ({ calls, bytes }: { calls: number; bytes: number }) => {
      bucket.spend(bytes, Date.now());
      figures.add({ calls, bytes });
      // Writes that run what is kept may take more than there is.
      if (bucket.leftAt(Date.now()) < 0) queueMicrotask(() => this.giveUp(this.batches));
    };
    this.batches.push(
      new Batch(lacking.requests, isGuess, now, { scope, storeOf: this.storeOf, spent }),
    );
    figures.add({ asked: lacking.requests.length });
    this.keepShortly();
  }

  /** Of these, the questions that are not at hand, and what they would fetch, about. */
  private lacking(requests: readonly Request[]): { requests: Request[]; bytes: number } {
    const lacking: { requests: Request[]; bytes: number } = { requests: [], bytes: 0 };
    const groups = new Map<HeldStore | null, Request[]>();
    for (const request of requests) {
      if (this.shown.has(request.key) || this.find(request.key)) continue;
      const store = this.storeOf(request);
      groups.set(store, [...(groups.get(store) ?? []), request]);
    }
    for (const [store, group] of groups) {
      const here = store?.missing(group.map(({ wire }) => wire));
      // Where tiles have not begun to come the screen itself needs them first.
      if (here === null) continue;
      const elsewhere = here?.elsewhere ?? group.length;
      const bytes = (here?.bytes ?? 0) + elsewhere * this.answerBytes;
      if (bytes === 0) continue;
      lacking.bytes += bytes;
      lacking.requests.push(...group);
    }
    return lacking;
  }

  private keepShortly(): void {
    this.keeping ??= setTimeout(() => {
      this.keeping = undefined;
      const since = Date.now() - aheadLimits.keepMs;
      this.giveUp(this.batches.filter(({ startedAt }) => startedAt <= since));
      if (this.batches.length > 0) this.keepShortly();
    }, aheadLimits.keepMs);
  }

  private giveUp(batches: readonly Batch[]): void {
    for (const batch of [...batches]) {
      this.measure(batch);
      this.options.figures.add(batch.stop());
    }
    this.batches = this.batches.filter((batch) => !batches.includes(batch));
  }

  private measure({ aheads }: Batch): void {
    for (const { answers, bytes } of aheads) {
      if (answers > 0) this.answerBytes = (this.answerBytes * 3 + bytes / answers) / 4;
    }
  }

  /** The page is hidden or closed, or another tenant's. */
  private leave(): void {
    clearTimeout(this.keeping);
    this.keeping = undefined;
    this.giveUp(this.batches);
    this.options.save(true);
  }

  /** Whether a question of a screen has no answer yet. */
  private isWaiting(): boolean {
    const { scope } = this.options;
    return [...this.shown.values()].some(
      ({ request }) => !isAnswered(scope, this.storeOf, request),
    );
  }

  private find(key: string): Ahead | undefined {
    for (const batch of this.batches) {
      const found = batch.find(key);
      if (found) return found;
    }
    return undefined;
  }

  private readonly storeOf = ({ query, freshness }: Request): HeldStore | null => {
    const { held } = this;
    const cube = cubeOf(query);
    if (!held || cube === null || freshness !== "live") return null;
    return held.code.heldStoreOf(held.scope, cube);
  };
}

/** As `useAggregate` makes it. */
function requestOf(wire: Request["wire"], freshness: Request["freshness"]): Request {
  return { key: keyOf([wire, freshness]), query: wire as AggregateQuery, wire, freshness };
}

function questionOf({ query, wire, freshness }: Request): StepQuestion {
  return { cube: cubeOf(query) ?? "", query: wire, freshness };
}
