/**
 * Which chunk of a partition holds a series: the range of hashes that the series' hash lies in. So a
 * fold reads and writes the chunks that it changes and no others, however many there are.
 */
import type { DimensionValue } from "../model/cube.js";
import { cellKey } from "./cellKey.js";
import { hashNumber } from "../hash/hashNumber.js";

/**
 * Ranges of hashes in ascending order: chunk `chunk[i]` holds the series whose hashes are at least
 * `from[i]` and below `from[i + 1]`. `from[0]` is 0 and `chunk[0]` is 0: chunk 0 stores the directory,
 * and exists as long as any other.
 */
export interface Directory {
  from: number[];
  chunk: number[];
}

/** The directory of a partition of one chunk, which is not stored. */
export const SINGLE: Readonly<Directory> = { from: [0], chunk: [0] };

/** Position of the range that holds `hash`. O(log chunks). */
export function rangeOf({ from }: Directory, hash: number): number {
  let low = 0;
  let high = from.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((from[middle] as number) <= hash) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Number of the chunk for a hash. O(log chunks). */
export function chunkFor(directory: Directory, hash: number): number {
  return directory.chunk[rangeOf(directory, hash)] ?? 0;
}

/** The hash of a series, an integer below 2^53: what it is never changes, tiles depend on it. */
export function seriesHash(dimensions: readonly DimensionValue[]): number {
  return hashNumber(cellKey(dimensions));
}
