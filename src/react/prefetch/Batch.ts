/** Questions that are asked ahead together, what has come for them, and until when they are kept. */
import type { Scope } from "../context.js";
import type { HeldStore } from "../held/index.js";
import { cubeOf, type Request } from "../query.js";
import { Ahead } from "./Ahead.js";
import type { StoreOf } from "./answered.js";

export interface Cost {
  calls: number;
  bytes: number;
}

interface BatchOptions {
  scope: Scope;
  storeOf: StoreOf;
  /** Told what more has come. */
  spent: (more: Cost) => void;
}

interface OfStore {
  store: HeldStore;
  /** Blocks that were asked for before are not this batch's. */
  mark: number;
  aheads: Ahead[];
}

export class Batch {
  readonly aheads: Ahead[] = [];
  private readonly stores: OfStore[] = [];
  private told: Cost = { calls: 0, bytes: 0 };
  private isOver = false;

  /** `isGuess`: by what was learned, not by what a person does. */
  constructor(
    requests: readonly Request[],
    readonly isGuess: boolean,
    readonly startedAt: number,
    private readonly options: BatchOptions,
  ) {
    const { scope, storeOf } = options;
    for (const request of requests) {
      const store = storeOf(request);
      let ofStore = this.stores.find((one) => one.store === store);
      if (store && !ofStore) {
        this.stores.push((ofStore = { store, mark: store.asked, aheads: [] }));
      }
      const ahead = new Ahead(request, scope, storeOf, () => this.account());
      ofStore?.aheads.push(ahead);
      this.aheads.push(ahead);
    }
  }

  find(key: string): Ahead | undefined {
    return this.aheads.find(({ request }) => request.key === key);
  }

  /** Whether no question of it is used, and some wait for an answer. */
  get isIdle(): boolean {
    const { aheads } = this;
    return !aheads.some(({ isUsed }) => isUsed) && aheads.some(({ isAnswered }) => !isAnswered);
  }

  /** Leaves all of it; what hooks have asked meanwhile they keep. */
  stop(): { unused: number; wastedBytes: number } {
    this.account();
    this.isOver = true;
    const unused = this.aheads.filter(({ isUsed }) => !isUsed);
    const ofBackend = unused.reduce((sum, { bytes }) => sum + bytes, 0);
    // Tiles that one question uses are not wasted.
    const idle = this.stores.filter(({ aheads }) => !aheads.some(({ isUsed }) => isUsed));
    const ofTiles = idle.reduce((sum, one) => sum + fetchedOf(one).bytes, 0);
    for (const ahead of this.aheads) ahead.stop();
    return { unused: unused.length, wastedBytes: ofBackend + ofTiles };
  }

  private account(): void {
    if (this.isOver) return;
    const cost = this.cost();
    // Less where blocks were replaced: what has come has come.
    const calls = Math.max(0, cost.calls - this.told.calls);
    const bytes = Math.max(0, cost.bytes - this.told.bytes);
    if (calls + bytes === 0) return;
    this.told = cost;
    this.options.spent({ calls, bytes });
  }

  private cost(): Cost {
    let [calls, bytes] = [0, 0];
    /** A board is one call for all of its questions: as often as the one that came most often. */
    const boards = new Map<string, number>();
    for (const ahead of this.aheads) {
      const { answers, request, isAlone } = ahead;
      bytes += ahead.bytes;
      const board = `${request.freshness} ${cubeOf(request.query)}`;
      if (isAlone) calls += answers;
      else boards.set(board, Math.max(boards.get(board) ?? 0, answers));
    }
    for (const answers of boards.values()) calls += answers;
    for (const one of this.stores) {
      const fetched = fetchedOf(one);
      calls += fetched.texts;
      bytes += fetched.bytes;
    }
    return { calls, bytes };
  }
}

function fetchedOf({ store, mark, aheads }: OfStore): { texts: number; bytes: number } {
  return store.fetchedSince(
    mark,
    aheads.map(({ request }) => request.key),
  );
}
