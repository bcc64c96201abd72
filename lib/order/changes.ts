/** What changes of records do to the trees of an order statistic, however many changes a record has. */
import { isCounted, type Change } from "../fold/change.js";
import { cellKey } from "../tiles/cellKey.js";
import { placeOf, type Place, type StoredOrder } from "./statistic.js";

/** A record's place before some changes and after them. Both are not alike. */
export interface Move {
  before: Place | null;
  after: Place | null;
}

/** Changes in the order of the log, gathered by record. */
export class Moves {
  private readonly byRecord = new Map<string, Move>();

  constructor(private readonly order: StoredOrder) {}

  add(change: Pick<Change, "op" | "docId" | "before" | "after" | "cube">): void {
    if (change.cube !== this.order.cube || !isCounted(change)) return;
    const after = placeOf(this.order, change.docId, change.after);
    const known = this.byRecord.get(change.docId);
    if (known === undefined) {
      const before = placeOf(this.order, change.docId, change.before);
      this.byRecord.set(change.docId, { before, after });
    } else known.after = after;
  }

  /** Records that changed, whether or not anything moves. */
  get size(): number {
    return this.byRecord.size;
  }

  /** Of each record one, in the order of their first changes; none for those that are where they were. */
  all(): Move[] {
    return [...this.byRecord.values()].filter(({ before, after }) => !isSame(before, after));
  }
}

function isSame(a: Place | null, b: Place | null): boolean {
  if (a === null || b === null) return a === b;
  return a.entry?.value === b.entry?.value && cellKey(a.group) === cellKey(b.group);
}
