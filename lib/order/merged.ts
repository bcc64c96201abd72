/**
 * Several trees and what they lack, as one sorted list: the n-th of it, what is below an entry, and stretches of it.
 * The trees are read through a few questions, each of which takes O(log records).
 */
import { RollupsError } from "../errors.js";
import { compareEntries, type Entry } from "./statistic.js";

/** Trees of one order statistic, whose records are all different. */
export interface Trees {
  /** Records of each. */
  readonly counts: readonly number[];
  /** The entry of a tree at an offset below its count. */
  at(tree: number, offset: number): Promise<Entry>;
  /** How many entries of each tree are less than one, which need not be in any. */
  below(entry: Entry): Promise<readonly number[]>;
  /** The first entries of a tree that are greater than one, at most `limit`. */
  after(tree: number, entry: Entry, limit: number): Promise<readonly Entry[]>;
}

/** What the trees lack: entries that are in none of them, and entries of them that are gone. */
export interface Lacking {
  added: readonly Entry[];
  removed: readonly Entry[];
}

export class MergedTrees {
  readonly total: number;
  private readonly added: readonly Entry[];
  private readonly removed: readonly Entry[];

  constructor(
    private readonly trees: Trees,
    { added, removed }: Lacking,
  ) {
    this.added = [...added].sort(compareEntries);
    this.removed = [...removed].sort(compareEntries);
    this.total = sum(trees.counts) - removed.length + added.length;
  }

  /** How many records are less than an entry. One question to all trees. */
  async below(entry: Entry): Promise<number> {
    return this.adjusted(entry, sum(await this.trees.below(entry)));
  }

  /**
   * The entry that `rank` others are less than, from 0 to below the total. Of one tree that lacks nothing it takes one
   * question; of one that lacks m changes about 4 log m more; of several about 4 log records. Throws
   * `InconsistentCell` where the trees are not as the log tells.
   */
  async at(rank: number): Promise<Entry> {
    const windows = this.windows(rank);
    for (let round = 0; ; round++) {
      const widest = windows.reduce(
        (best, one, i) => (sizeOf(one) > sizeOf(windows[best]) ? i : best),
        0,
      );
      const window = windows[widest];
      if (window === undefined || sizeOf(window) === 0) throw lacking();
      // Halves get there in any case. Values of several trees mostly lie alike, which tells a closer place.
      const share = round % 2 === 1 ? 0.5 : placeIn(windows, rank);
      const middle = Math.min(window.to - 1, Math.floor(window.from + share * sizeOf(window)));
      const isAdded = widest === this.trees.counts.length;
      const entry = isAdded ? (this.added[middle] as Entry) : await this.trees.at(widest, middle);
      if (windows.length === 2 && !isAdded && this.isBare) return entry;
      const isOne = this.trees.counts.length === 1 && !isAdded;
      const inTrees = isOne ? [middle] : await this.trees.below(entry);
      const below = this.adjusted(entry, sum(inTrees));
      const isThere = isAdded || !this.isRemoved(entry);
      if (below === rank && isThere) return entry;
      const ends = [...inTrees, lessThan(this.added, entry)];
      windows.forEach((one, i) => {
        const end = ends[i] ?? 0;
        if (below > rank) one.to = Math.min(one.to, end);
        else one.from = Math.max(one.from, end + (i === widest ? 1 : 0));
      });
    }
  }

  /** The entries from a rank on, in order, at most `limit`: one question more to each tree than `at`. */
  async page(rank: number, limit: number): Promise<Entry[]> {
    if (rank >= this.total || limit <= 0) return [];
    const first = await this.at(rank);
    const isAfter = (entry: Entry) => compareEntries(entry, first) > 0;
    const gone = this.removed.filter(isAfter).length;
    const found = await Promise.all(
      this.trees.counts.map((_, tree) => this.trees.after(tree, first, limit - 1 + gone)),
    );
    const all = [
      ...found.flat().filter((entry) => !this.isRemoved(entry)),
      ...this.added.filter(isAfter),
    ];
    return [first, ...all.sort(compareEntries).slice(0, limit - 1)];
  }

  private get isBare(): boolean {
    return this.added.length + this.removed.length === 0;
  }

  /** Where the entry of a rank may be: in the trees, and in what was added. */
  private windows(rank: number): { from: number; to: number }[] {
    const counts = [...this.trees.counts, this.added.length];
    const all = sum(counts);
    return counts.map((count) => ({
      from: Math.max(0, rank - (all - count)),
      to: Math.min(count, rank + this.removed.length + 1),
    }));
  }

  private adjusted(entry: Entry, inTrees: number): number {
    return inTrees - lessThan(this.removed, entry) + lessThan(this.added, entry);
  }

  private isRemoved(entry: Entry): boolean {
    const found = this.removed[lessThan(this.removed, entry)];
    return found !== undefined && compareEntries(found, entry) === 0;
  }
}

/** What is stored does not fit what the log tells: something was written past capture. */
function lacking(): RollupsError {
  return new RollupsError("InconsistentCell", "The trees lack a record; build them again.");
}

/** Where a rank lies within windows of which all before them is less: from 0 to 1. */
function placeIn(windows: readonly { from: number; to: number }[], rank: number): number {
  const left = rank - sum(windows.map(({ from }) => from));
  return Math.min(1, Math.max(0, left / sum(windows.map(sizeOf))));
}

/** How many of some sorted entries are less than one. O(log entries). */
function lessThan(entries: readonly Entry[], entry: Entry): number {
  let from = 0;
  let to = entries.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (compareEntries(entries[middle] as Entry, entry) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

function sizeOf(window: { from: number; to: number } | undefined): number {
  return window === undefined ? 0 : Math.max(0, window.to - window.from);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, one) => all + one, 0);
}
