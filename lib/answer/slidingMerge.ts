/**
 * The merge of whatever lies in a window that moves along sorted entries. Nothing is ever taken out
 * of a sum, so it works for extremes too and no sum exceeds that of a window: of the older entries
 * the merges up to their newest are kept, of the younger ones one merge of all. Each entry is merged
 * at most three times.
 */
export class SlidingMerge<State> {
  /** Where the window was moved to last. */
  private from = -Infinity;
  private to = -Infinity;
  /** The window holds entries [first, next). */
  private first = 0;
  private next = 0;
  /** Entries [first, split) are the older ones: `older[i]` merges [i, split). */
  private split = 0;
  private readonly older: State[] = [];
  /** All of [split, next). */
  private younger: State | null = null;

  /** `entries` ascend by `at`. */
  constructor(
    private readonly entries: readonly { at: number; state: State }[],
    private readonly merge: (a: State | null, b: State) => State,
  ) {}

  /**
   * The merge of all entries in [from, to), null where there are none. A bound that goes back, as clocks do, takes
   * the window to its beginning.
   */
  moveTo(from: number, to: number): State | null {
    if (from < this.from || to < this.to) this.restart();
    [this.from, this.to] = [from, to];
    const { entries } = this;
    const at = (index: number) => entries[index]?.at ?? Infinity;
    while (this.first < entries.length && at(this.first) < from) this.first++;
    if (this.next < this.first) this.next = this.first;
    if (this.first > this.split) this.age();
    for (; this.next < entries.length && at(this.next) < to; this.next++) {
      this.younger = this.merge(this.younger, this.stateOf(this.next));
    }
    if (this.first >= this.split) return this.younger;
    const older = this.older[this.first] as State;
    return this.younger === null ? older : this.merge(older, this.younger);
  }

  private restart(): void {
    this.first = this.next = this.split = 0;
    this.younger = null;
  }

  /** All entries of the window become older ones. */
  private age(): void {
    this.split = this.next;
    this.younger = null;
    let merged: State | null = null;
    for (let i = this.split - 1; i >= this.first; i--) {
      this.older[i] = merged = this.merge(merged, this.stateOf(i));
    }
  }

  private stateOf(index: number): State {
    return (this.entries[index] as { state: State }).state;
  }
}
