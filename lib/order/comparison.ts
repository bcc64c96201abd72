/**
 * Comparing trees with the records that they are of, in pieces, while both change. First the records are read in order
 * of creation, then the trees in order of their groups. What was read adds up to one sum, plus for records, minus for
 * trees: 0 in the end. A change that is moved in between counts in whichever part is read, so that the sum is always
 * that of both parts as of one position of the log.
 */
import { appliesTo, type Cursor } from "../fold/backfill.js";
import type { Change, Position } from "../fold/change.js";
import { hashNumber } from "../hash/hashNumber.js";
import { cellKey } from "../tiles/cellKey.js";
import { compareEntries, placeOf, type Entry, type Place, type StoredOrder } from "./statistic.js";

/** How far a comparison is, as data. */
export interface Compared {
  /** Where the trees were in the log. */
  position: Position;
  /** Records up to here are in the sum. */
  cursor: Cursor | "end" | null;
  /** Trees of groups before `key` are in the sum, and of this one what is up to `entry`; null: all of it. */
  tree: { key: string; entry: Entry | null } | null;
  sum: number;
}

const MODULUS = 1n << 52n;

export class Comparison {
  private sum: bigint;

  constructor(
    private readonly order: StoredOrder,
    private readonly cursor: Compared["cursor"],
    private readonly tree: Compared["tree"],
    sum: number,
  ) {
    this.sum = BigInt(sum);
  }

  /** Below 2^52; 0 where all that was read of both is alike. */
  get total(): number {
    return Number(BigInt.asUintN(52, this.sum));
  }

  /** A change that the trees had not moved, and have. */
  move(change: Change): void {
    const { order, cursor } = this;
    const before = placeOf(order, change.docId, change.before);
    const after = placeOf(order, change.docId, change.after);
    if (appliesTo({ cursor, page: null }, change, 0n)) {
      this.add(before, -1);
      this.add(after, 1);
    }
    if (this.isInTrees(before)) this.add(before, 1);
    if (this.isInTrees(after)) this.add(after, -1);
  }

  /** A record, once or more often. */
  add(place: Place | null, times: number): void {
    if (place === null) return;
    const { group, entry } = place;
    const own = entry === null ? [] : [entry.value, entry.id];
    const hash = BigInt(hashNumber(cellKey([...group, ...own])));
    this.sum = (this.sum + hash * BigInt(times)) % MODULUS;
  }

  /** Whether a place lies in the part of the trees that is read. */
  private isInTrees(place: Place | null): boolean {
    const { tree } = this;
    if (place === null || tree === null) return false;
    const order = compareKeys(cellKey(place.group), tree.key);
    if (order !== 0 || tree.entry === null) return order <= 0;
    return place.entry !== null && compareEntries(place.entry, tree.entry) <= 0;
  }
}

/** In the order of the index of groups: by code points. */
function compareKeys(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const apart = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (apart !== 0) return apart;
  }
  return left.length - right.length;
}
