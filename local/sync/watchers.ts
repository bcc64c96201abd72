/**
 * Finds who has read a key that a commit touched. Every interval that a query has read is filed under
 * the prefix that all of its keys share, so a touched key meets only the intervals filed under its own
 * prefixes: a handful of lookups however many thousand queries are live.
 */
import type { ReadSet, TouchedKeys } from "../database/intervals.js";

interface Filed<T> {
  owner: T;
  start: string;
  end: string;
}

function sharedPrefix(start: string, end: string): string {
  const length = Math.min(start.length, end.length);
  let at = 0;
  while (at < length && start.charCodeAt(at) === end.charCodeAt(at)) at++;
  return start.slice(0, at);
}

class IndexWatchers<T> {
  private readonly byLength = new Map<number, Map<string, Set<Filed<T>>>>();

  add(filed: Filed<T>): () => void {
    const prefix = sharedPrefix(filed.start, filed.end);
    let byPrefix = this.byLength.get(prefix.length);
    if (byPrefix === undefined) this.byLength.set(prefix.length, (byPrefix = new Map()));
    let bucket = byPrefix.get(prefix);
    if (bucket === undefined) byPrefix.set(prefix, (bucket = new Set()));
    bucket.add(filed);
    const [map, set] = [byPrefix, bucket];
    return () => {
      if (!set.delete(filed) || set.size > 0) return;
      map.delete(prefix);
      if (map.size === 0) this.byLength.delete(prefix.length);
    };
  }

  collect(keys: readonly string[], into: Set<T>): void {
    for (const [length, byPrefix] of this.byLength) {
      let last: string | null = null;
      let bucket: Set<Filed<T>> | undefined;
      for (const key of keys) {
        const prefix = key.slice(0, length);
        if (prefix !== last) {
          last = prefix;
          bucket = byPrefix.get(prefix);
        }
        if (bucket === undefined) continue;
        for (const { owner, start, end } of bucket) {
          if (key >= start && key < end) into.add(owner);
        }
      }
    }
  }
}

/** Owners of read sets, found by the keys that commits touch. */
export class Watchers<T> {
  private readonly indexes = new Map<number, IndexWatchers<T>>();

  /** Files a read set under its owner; call the result to remove it. */
  add(owner: T, reads: ReadSet): () => void {
    const removers: (() => void)[] = [];
    for (const [indexId, intervals] of reads) {
      let index = this.indexes.get(indexId);
      if (index === undefined) this.indexes.set(indexId, (index = new IndexWatchers()));
      for (const [start, end] of intervals.entries()) {
        removers.push(index.add({ owner, start, end }));
      }
    }
    return () => {
      for (const remove of removers) remove();
    };
  }

  /** Everybody who has read any of the keys. */
  touched(keys: TouchedKeys): Set<T> {
    const owners = new Set<T>();
    for (const [indexId, touched] of keys) this.indexes.get(indexId)?.collect(touched, owners);
    return owners;
  }
}
