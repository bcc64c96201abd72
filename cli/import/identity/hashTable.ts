/**
 * Numbers by 64-bit hashes, 16 bytes an entry outside the heap: a file of millions of rows is followed
 * in tens of megabytes. Two contents that share a hash share a number; at ten million rows that
 * happens once in 300,000 files.
 */
const CAPACITY_MIN = 1024;
const LOAD_MAX = 0.7;

export class HashTable {
  private high = new Uint32Array(CAPACITY_MIN);
  private low = new Uint32Array(CAPACITY_MIN);
  private values = new Uint32Array(CAPACITY_MIN);
  private size = 0;

  /** The number of a hash, 0 for one that was never set. */
  get(high: number, low: number): number {
    return this.values[this.slotOf(high, low)]!;
  }

  /** `value` is a whole number from 1 to 2^32 − 1. */
  set(high: number, low: number, value: number): void {
    const slot = this.slotOf(high, low);
    if (this.values[slot] === 0) this.size += 1;
    this.high[slot] = high;
    this.low[slot] = low;
    this.values[slot] = value;
    if (this.size > this.values.length * LOAD_MAX) this.grow();
  }

  private slotOf(high: number, low: number): number {
    const mask = this.values.length - 1;
    let slot = low & mask;
    while (this.values[slot] !== 0 && (this.high[slot] !== high || this.low[slot] !== low)) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private grow(): void {
    const { high, low, values } = this;
    this.high = new Uint32Array(values.length * 2);
    this.low = new Uint32Array(values.length * 2);
    this.values = new Uint32Array(values.length * 2);
    for (const [at, value] of values.entries()) {
      if (value === 0) continue;
      const slot = this.slotOf(high[at]!, low[at]!);
      this.high[slot] = high[at]!;
      this.low[slot] = low[at]!;
      this.values[slot] = value;
    }
  }
}
