/** The blocks of tiles that are held: one subscription each, parsed when a question needs them. */
import type { Level, StoredRollup } from "../../../lib/model/rollup.js";
import type { Block } from "../../../lib/planner/blocks.js";
import type { DecodedTile } from "../../../lib/tiles/decodedTile.js";
import { fromWire } from "../../../lib/tiles/wire.js";
import { heldLimits } from "./limits.js";
import type { Subscription } from "./Subscription.js";

/** A stretch of one level of one generation. */
export interface Part {
  /** "cube.rollup@generation/granularity". */
  level: string;
  rollup: StoredRollup;
  generation: number;
  of: Level;
  block: Block;
}

export interface HeldBlock {
  part: Part;
  subscription: Subscription<string | null>;
  /** Null where it is too large or does not serve; undefined before it comes. */
  text: string | null | undefined;
  /** Goes up with the text. */
  version: number;
  /** Its number among all blocks that were ever asked for. */
  number: number;
  /** Texts that have come, each of which was a call, and their length. */
  received: { texts: number; bytes: number };
  usedAt: number;
}

interface Held extends HeldBlock {
  tiles: readonly DecodedTile[] | null;
  isResting: boolean;
}

export class HeldBlocks {
  /** By level, then by range. */
  private readonly levels = new Map<string, Map<string, Held>>();
  private readonly names = new Map<string, string>();
  private versions = 0;
  /** How many blocks were ever asked for. */
  asked = 0;

  /** `subscribe` asks for a part. */
  constructor(
    private readonly subscribe: (part: Part) => Subscription<string | null>,
    private readonly now: () => number,
  ) {}

  /** What covers a part: its own block, or a wider one. */
  find({ level, block }: Pick<Part, "level" | "block">): HeldBlock | undefined {
    const ofLevel = this.levels.get(level);
    const own = ofLevel?.get(rangeKey(block));
    if (own !== undefined) return own;
    for (const held of ofLevel?.values() ?? []) {
      if (isWithin(block, held.part.block)) return held;
    }
    return undefined;
  }

  /** Asks for a part, unless a block covers it. */
  want(part: Part): void {
    const usedAt = this.now();
    const found = this.find(part);
    if (found !== undefined) {
      found.usedAt = usedAt;
      return;
    }
    const ofLevel = this.levels.get(part.level) ?? new Map<string, Held>();
    this.levels.set(part.level, ofLevel);
    const subscription = this.subscribe(part);
    ofLevel.set(rangeKey(part.block), {
      ...{ part, subscription, text: undefined, tiles: null, version: 0, usedAt },
      ...{ isResting: false, number: ++this.asked, received: { texts: 0, bytes: 0 } },
    });
  }

  /** The tiles of a block; those of all of it, however little of it is asked. Throws what is no tile's text. */
  tilesOf(block: HeldBlock): readonly DecodedTile[] {
    const held = block as Held;
    const { rollup, of } = held.part;
    held.tiles ??=
      typeof held.text === "string"
        ? fromWire(rollup, of, held.text, (one) => this.sharedText(one))
        : [];
    return held.tiles;
  }

  /** Takes what the client has now of all blocks. */
  pull(): void {
    for (const held of this.all()) {
      const { subscription } = held;
      if (!subscription.pull()) continue;
      // A failure is as good as no tiles: another answers.
      const text = subscription.error === null ? subscription.value : null;
      if (text === held.text) continue;
      held.text = text;
      held.tiles = null;
      held.version = ++this.versions;
      held.received.texts += 1;
      held.received.bytes += text?.length ?? 0;
    }
  }

  /** Leaves the blocks that go on, which each fold sends; what they hold stays as it is. */
  rest(): void {
    for (const held of this.all()) {
      if (held.part.block.to !== null) continue;
      held.subscription.stop();
      held.isResting = true;
    }
  }

  /** Asks for them again. What they held is of the past: they are empty until it has come. */
  wake(): void {
    for (const held of this.all()) {
      if (!held.isResting) continue;
      held.subscription = this.subscribe(held.part);
      Object.assign(held, { text: undefined, tiles: null, isResting: false });
    }
  }

  /** Lets go what is unused for long, and of the rest the least recently used beyond the bound. */
  sweep(used: ReadonlySet<HeldBlock>, idleBytes: number): void {
    const now = this.now();
    const idle = this.all().filter((held) => !used.has(held));
    let bytes = 0;
    for (const held of idle.sort((a, b) => b.usedAt - a.usedAt)) {
      bytes += held.text?.length ?? 0;
      held.tiles = null;
      if (bytes > idleBytes || now - held.usedAt >= heldLimits.blockIdleMs) this.drop(held);
    }
  }

  /** Lets go the levels that are not among these. */
  keepLevels(levels: ReadonlySet<string>): void {
    for (const held of this.all()) if (!levels.has(held.part.level)) this.drop(held);
  }

  /** Whether a query of tiles has failed. */
  get hasFailed(): boolean {
    return this.all().some(({ subscription }) => subscription.error !== null);
  }

  /** Lets go what has failed, so that it is asked for again. */
  dropFailed(): void {
    for (const held of this.all()) if (held.subscription.error !== null) this.drop(held);
  }

  clear(): void {
    for (const held of this.all()) this.drop(held);
  }

  get size(): number {
    return this.all().length;
  }

  /** Length of all texts. */
  get bytes(): number {
    return this.all().reduce((sum, { text }) => sum + (text?.length ?? 0), 0);
  }

  /** The one that stands for all texts that are equal: names are in many tiles. */
  private sharedText(text: string): string {
    const known = this.names.get(text);
    if (known !== undefined) return known;
    if (this.names.size >= heldLimits.names) this.names.clear();
    this.names.set(text, text);
    return text;
  }

  private drop({ part, subscription }: Held): void {
    subscription.stop();
    this.levels.get(part.level)?.delete(rangeKey(part.block));
  }

  private all(): Held[] {
    return [...this.levels.values()].flatMap((ofLevel) => [...ofLevel.values()]);
  }
}

function rangeKey({ from, to }: Block): string {
  return `${from}..${to}`;
}

function isWithin(inner: Block, outer: Block): boolean {
  const starts = outer.from === null || (inner.from !== null && outer.from <= inner.from);
  return starts && (outer.to === null || (inner.to !== null && outer.to >= inner.to));
}
