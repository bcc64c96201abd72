/**
 * A set of disjoint half-open intervals over index keys: what a transaction or a live query has read
 * of one index. Adjacent and overlapping intervals merge, so the size of the set is the number that
 * Convex's "index ranges read" limit counts.
 */

export class IntervalSet {
  private readonly starts: string[] = [];
  private readonly ends: string[] = [];

  get size(): number {
    return this.starts.length;
  }

  /** The intervals as [start, end), ascending. */
  *entries(): Iterable<[string, string]> {
    for (let i = 0; i < this.starts.length; i++) yield [this.starts[i]!, this.ends[i]!];
  }

  /** Adds [start, end). Returns by how much the number of disjoint intervals grew (negative: merged). */
  add(start: string, end: string): number {
    if (start >= end) return 0;
    const { starts, ends } = this;
    const last = starts.length - 1;
    if (last < 0 || start > ends[last]!) {
      starts.push(start);
      ends.push(end);
      return 1;
    }
    const from = lowerBound(ends, start);
    let to = from;
    while (to < starts.length && starts[to]! <= end) to++;
    if (to === from) {
      starts.splice(from, 0, start);
      ends.splice(from, 0, end);
      return 1;
    }
    if (starts[from]! < start) start = starts[from]!;
    if (ends[to - 1]! > end) end = ends[to - 1]!;
    starts[from] = start;
    ends[from] = end;
    if (to - from > 1) {
      starts.splice(from + 1, to - from - 1);
      ends.splice(from + 1, to - from - 1);
    }
    return 1 - (to - from);
  }

  /** Whether any of the keys (ascending) lies in the set; walks the shorter side. */
  overlaps(keys: readonly string[]): boolean {
    const { starts, ends } = this;
    if (keys.length <= starts.length) {
      for (const key of keys) {
        const at = upperBound(ends, key);
        if (at < starts.length && starts[at]! <= key) return true;
      }
      return false;
    }
    for (let i = 0; i < starts.length; i++) {
      const at = lowerBound(keys, starts[i]!);
      if (at < keys.length && keys[at]! < ends[i]!) return true;
    }
    return false;
  }
}

/** First position whose element is >= key. */
function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** First position whose element is > key. */
function upperBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What was read, per index id. */
export type ReadSet = ReadonlyMap<number, IntervalSet>;

/** What a commit touched, per index id: old and new keys, ascending. */
export type TouchedKeys = ReadonlyMap<number, readonly string[]>;

/** The id of an index in which the reads meet the touched keys, or null. */
export function conflictingIndex(reads: ReadSet, touched: TouchedKeys): number | null {
  for (const [indexId, keys] of touched) {
    if (reads.get(indexId)?.overlaps(keys)) return indexId;
  }
  return null;
}
