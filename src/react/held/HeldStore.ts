/**
 * The tiles of one cube of one tenant, held by the browser, and the answers that screens watch. All queries of a
 * Convex client are of one commit, so catalog, tail and tiles are, and so is every answer.
 */
import type { Outcome } from "../answer.js";
import type { WireQuery } from "../query.js";
import { reasonOf } from "./answer.js";
import {
  forgetPlan,
  newEntry,
  partsOf,
  refuse,
  type Entry,
  type Question,
  type Standing,
  type World,
} from "./entries.js";
import { evaluateEntry, watermarkOf } from "./evaluating.js";
import { explainHere, missingHere } from "./explain.js";
import type { Explained, Reason } from "./explained.js";
import { Changes } from "./following.js";
import { HeldBlocks, type HeldBlock } from "./HeldBlocks.js";
import { HeldSource, type SourceOptions } from "./HeldSource.js";
import { heldLimits } from "./limits.js";
import { measured } from "./measured.js";
import type { Pacer } from "./Pacer.js";
import { planAtOnce, planningOf, planTogether } from "./planning.js";
import { Timers } from "./Timers.js";

export interface HeldOptions extends Omit<SourceOptions, "changed"> {
  pacer: Pacer;
  /** Epoch ms. */
  now: () => number;
  /** Length of texts that may be held for nobody. */
  idleBytes: number;
}

export class HeldStore {
  private readonly entries = new Map<string, Entry>();
  private readonly blocks: HeldBlocks;
  private readonly changes = new Changes();
  private source: HeldSource | null = null;
  private seen = "";
  /** The newest commit of the tenant that the client has heard of … */
  private newest = 0n;
  /** … and by the last look: what was looked at then includes it. */
  private reached = 0n;
  private readonly timers = new Timers();
  private readonly followers = new Set<() => void>();
  private readonly look = () => measured("look", () => this.flush());

  constructor(private readonly options: HeldOptions) {
    this.blocks = new HeldBlocks((part) => this.opened().subscribe(part), options.now);
  }

  /**
   * What is known of a question now: the same object while it does not change; null where the server answers. A
   * question that was never asked is planned and evaluated at once where all that it needs is held.
   */
  read(question: Question): Outcome | null {
    const known = this.entries.get(question.key);
    if (known !== undefined) return known.outcome;
    const entry = this.add(question);
    const world = this.world();
    if (world?.source.isReady === true) {
      measured("first", () => {
        planAtOnce(entry, world);
        evaluateEntry(entry, world);
      });
    }
    return entry.outcome;
  }

  watch(question: Question, listener: () => void): () => void {
    this.opened();
    const entry = this.entries.get(question.key) ?? this.add(question);
    entry.listeners.add(listener);
    if (!entry.isPlanned) this.lookSoon(true);
    return () => {
      entry.listeners.delete(listener);
      entry.idleSince = this.options.now();
    };
  }

  /** Whether the rows of a question's outcome include a commit, of whatever cube it is. */
  includes(key: string, commit: string): boolean {
    const asOf = this.entries.get(key)?.asOf ?? null;
    if (asOf === null || asOf >= BigInt(commit)) return asOf !== null;
    const isCurrent = this.source?.isLive === true && this.standing(key)?.isCurrent === true;
    return isCurrent && this.reached >= BigInt(commit);
  }

  /**
   * A query of the same client knows a commit of the tenant. The tail of a cube does not move by commits of others, so
   * it is looked at again: all queries of a client are of one commit.
   */
  told(commit: bigint): void {
    if (commit <= this.newest) return;
    this.newest = commit;
    this.lookSoon(true);
  }

  standing(key: string): Standing | null {
    const [entry, world] = [this.entries.get(key), this.world()];
    if (entry === undefined || world === null) return null;
    const { reason, routes, asOf } = entry;
    return {
      ...{ reason, servedBy: routes?.servedBy ?? null, asOf: asOf?.toString() ?? null },
      isCurrent: asOf !== null && asOf === watermarkOf(routes, world),
    };
  }

  /** How the cube's generations stand; undefined before it is known, null where the caller may not. */
  get generations(): string | null | undefined {
    return this.source?.generations;
  }

  watchGenerations(listener: () => void): () => void {
    this.opened();
    this.followers.add(listener);
    return () => this.followers.delete(listener);
  }

  /** Where a question would be answered, once there is a catalog; null where the caller gets none, or the store stops. */
  async explain(wire: WireQuery): Promise<Explained | null> {
    this.timers.once("sweep", heldLimits.questionIdleMs, () => this.sweep());
    await this.opened().settled();
    const world = this.world();
    if (world?.source.isReady !== true) return null;
    const planning = planningOf(world);
    return planning && explainHere(wire, planning);
  }

  /** What questions would have to fetch now, about, and how many the backend would answer; null before that is known. */
  missing(wires: readonly WireQuery[]): { bytes: number; elsewhere: number } | null {
    if (this.generations === null) return { bytes: 0, elsewhere: wires.length };
    const world = this.world();
    const planning = world?.source.isReady === true ? planningOf(world) : null;
    return planning && missingHere(wires, planning);
  }

  /** How many blocks were ever asked for: a mark for `fetchedSince`. */
  get asked(): number {
    return this.blocks.asked;
  }

  /** What has come of blocks that these questions need and that were first asked for after a mark. O(blocks). */
  fetchedSince(mark: number, keys: readonly string[]): { texts: number; bytes: number } {
    const fetched = { texts: 0, bytes: 0 };
    const parts = keys.flatMap((key) => partsOf(this.entries.get(key)?.routes ?? null));
    for (const block of new Set(parts.map((part) => this.blocks.find(part)))) {
      if (block === undefined || block.number <= mark) continue;
      fetched.texts += block.received.texts;
      fetched.bytes += block.received.bytes;
    }
    return fetched;
  }

  /** Age of the oldest change that tiles lack, ms; null before that is known. */
  get lagMs(): number | null {
    return this.source?.lagMs(this.options.now()) ?? null;
  }

  /** How much is held. */
  get held(): { questions: number; blocks: number; bytes: number } {
    const { size: blocks, bytes } = this.blocks;
    return { questions: this.entries.size, blocks, bytes };
  }

  stop(): void {
    this.options.pacer.forget(this.look);
    this.timers.clear();
    this.blocks.clear();
    this.entries.clear();
    this.source?.stop();
    this.source = null;
    this.seen = "";
  }

  private add(question: Question): Entry {
    const entry = newEntry(question, this.options.now());
    this.entries.set(entry.key, entry);
    this.timers.once("sweep", heldLimits.questionIdleMs, () => this.sweep());
    return entry;
  }

  private opened(): HeldSource {
    const changed = (isFirst: boolean) => this.lookSoon(isFirst);
    return (this.source ??= new HeldSource({ ...this.options, changed }));
  }

  private world(): World | null {
    const { source, blocks, options } = this;
    return source && { source, blocks, changes: this.changes, now: options.now() };
  }

  private lookSoon(isUrgent: boolean): void {
    const { pacer } = this.options;
    pacer.ask(this.look, isUrgent);
    if (pacer.isHidden) this.timers.once("rest", heldLimits.hiddenMs, () => this.rest());
  }

  /** Of a page that nobody has seen for long: what writes and folds send is asked for again when it is seen. */
  private rest(): void {
    const { pacer } = this.options;
    if (!pacer.isHidden) return;
    this.source?.rest();
    this.blocks.rest();
    pacer.ask(this.look, false);
  }

  /** Everything as of one commit: the client tells of a transition when it has all of it. */
  private flush(): void {
    const world = this.world();
    if (world === null) return;
    const { generations } = world.source;
    const before = [...this.entries.values()].map((entry) => ({ entry, ...entry }));
    try {
      this.update(world);
    } catch (error) {
      this.refuseAll(reasonOf(error));
    }
    const isTold = this.newest > this.reached;
    this.reached = this.newest;
    if (world.source.generations !== generations) {
      for (const listener of [...this.followers]) listener();
    }
    for (const { entry, outcome, asOf, listeners } of before) {
      if (!isTold && entry.outcome === outcome && entry.asOf === asOf) continue;
      for (const listener of [...listeners]) listener();
    }
  }

  private update(world: World): void {
    const { source, blocks } = world;
    const { keyVersion } = source;
    source.wake();
    blocks.wake();
    source.pull();
    if (source.keyVersion !== keyVersion) blocks.clear();
    const seen = `${source.keyVersion} ${source.planVersion}`;
    if (seen !== this.seen) this.replan(seen, source);
    blocks.pull();
    if (source.isRefused) {
      this.refuseAll("NoKey");
    } else if (source.isOutdated) {
      this.refuseAll("Outdated");
    } else {
      this.plan(world, heldLimits.roundBytes);
      // What is asked for elsewhere too is there at once.
      blocks.pull();
      for (const entry of this.entries.values()) evaluateEntry(entry, world);
      this.changes.clear();
    }
    if (source.isRefused || blocks.hasFailed) {
      this.timers.once("retry", heldLimits.retryMs, () => this.retry());
    }
  }

  private replan(seen: string, source: HeldSource): void {
    this.seen = seen;
    this.blocks.keepLevels(source.servingLevels);
    for (const entry of this.entries.values()) forgetPlan(entry);
  }

  private plan(world: World, roundBytes: number): void {
    const unplanned = [...this.entries.values()].filter(
      ({ isPlanned, listeners }) => !isPlanned && listeners.size > 0,
    );
    if (unplanned.length === 0 || world.source.catalog === null) return;
    const { isLater } = planTogether(unplanned, world, roundBytes);
    if (isLater) this.timers.once("later", heldLimits.laterMs, () => this.planRest());
  }

  /** What was too much at once. */
  private planRest(): void {
    const world = this.world();
    for (const entry of this.entries.values()) {
      if (entry.reason === "Later") entry.isPlanned = false;
    }
    if (world !== null) this.plan(world, Infinity);
    this.lookSoon(true);
  }

  /** A query that failed is not run again by itself. */
  private retry(): void {
    if (this.source?.isRefused === true) {
      this.source.stop();
      this.source = null;
      this.blocks.clear();
    }
    this.blocks.dropFailed();
    for (const entry of this.entries.values()) forgetPlan(entry);
    if (this.entries.size > 0) this.opened();
    this.lookSoon(true);
  }

  private refuseAll(reason: Reason): void {
    for (const entry of this.entries.values()) {
      refuse(entry, reason);
      entry.seen = "";
    }
  }

  private sweep(): void {
    const now = this.options.now();
    const used = new Set<HeldBlock>();
    for (const [key, entry] of this.entries) {
      const { listeners, idleSince, routes } = entry;
      if (listeners.size === 0) entry.following = null;
      if (listeners.size === 0 && now - idleSince >= heldLimits.questionIdleMs) {
        this.entries.delete(key);
        continue;
      }
      for (const part of partsOf(routes)) {
        const found = this.blocks.find(part);
        if (found !== undefined) used.add(found);
      }
    }
    this.blocks.sweep(used, this.options.idleBytes);
    if (this.entries.size === 0 && this.blocks.size === 0) this.stop();
    else this.timers.once("sweep", heldLimits.questionIdleMs, () => this.sweep());
  }
}
