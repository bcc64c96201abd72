/**
 * Which tiles make up a range of time: the coarsest buckets that lie inside it, finer ones at its
 * edges, and source facts where even the finest buckets would stick out.
 */
import type { Level } from "../model/rollup.js";
import { TIME_MAX, TIME_MIN, bucketCeiling, bucketStart } from "../time/calendar.js";
import { servedFrom, type Coverage } from "./coverage.js";

/** Half-open ranges of instants; null is unbounded. Tile segments begin and end on bucket boundaries. */
export type Segment =
  | { kind: "tiles"; level: Level; from: number | null; to: number | null }
  | { kind: "facts"; from: number; to: number };

/** Partitions of one level whose start lies in [fromPartition, toPartition); null is unbounded. */
export interface TileRead {
  level: Level;
  fromPartition: number | null;
  toPartition: number | null;
}

/**
 * Covers [from, to) without gap or overlap, in order of time. `levels` are those that may be used,
 * finest first, buckets in `zone`. An unbounded side takes the coarsest level; a side at or beyond the
 * limits of time counts as unbounded. With no levels everything is facts. A level gives the buckets
 * that it covers only; what coarser ones do not fit into there is facts too. O(levels).
 */
export function coverRange(
  levels: readonly Level[],
  zone: string,
  from: number | null,
  to: number | null,
  coverage: Coverage = [],
): Segment[] {
  const low = from === null || from <= TIME_MIN ? null : from;
  const high = to === null || to >= TIME_MAX ? null : to;
  if (low !== null && high !== null && low >= high) return [];
  return join(cover(levels, zone, low, high, coverage));
}

function cover(
  levels: readonly Level[],
  zone: string,
  from: number | null,
  to: number | null,
  coverage: Coverage,
): Segment[] {
  if (from !== null && to !== null && from >= to) return [];
  const level = levels.at(-1);
  if (level === undefined) {
    return [{ kind: "facts", from: from ?? TIME_MIN, to: to ?? TIME_MAX }];
  }
  const finer = levels.slice(0, -1);
  const kept = servedFrom(coverage, level);
  const start = Math.max(from ?? -Infinity, kept);
  const low = start === -Infinity ? null : bucketCeiling(level.granularity, zone, start);
  const high = to === null ? null : floor(level, zone, to);
  if (low !== null && high !== null && low >= high) return cover(finer, zone, from, to, coverage);
  return [
    ...(low === null ? [] : cover(finer, zone, from, low, coverage)),
    { kind: "tiles", level, from: low, to: high },
    ...(to === null || high === null ? [] : cover(finer, zone, high, to, coverage)),
  ];
}

/**
 * Whether a segment of facts is there because a level's tiles are not kept so far back: it holds a
 * whole bucket of the finest of `levels`. The edge of a range never does.
 */
export function isUncovered(levels: readonly Level[], zone: string, segment: Segment): boolean {
  const [finest] = levels;
  if (segment.kind !== "facts" || finest === undefined) return false;
  const { from, to } = segment;
  return bucketCeiling(finest.granularity, zone, from) < floor(finest, zone, to);
}

/** Neighbours of one kind and level become one segment. */
function join(segments: Segment[]): Segment[] {
  const joined: Segment[] = [];
  for (const segment of segments) {
    const last = joined.at(-1);
    if (last !== undefined && last.to === segment.from && sameSource(last, segment)) {
      last.to = segment.to as number;
    } else joined.push({ ...segment });
  }
  return joined;
}

function sameSource(a: Segment, b: Segment): boolean {
  if (a.kind === "tiles" && b.kind === "tiles") {
    return a.level.granularity === b.level.granularity;
  }
  return a.kind === b.kind;
}

function floor(level: Level, zone: string, t: number): number {
  return bucketStart(level.granularity, zone, t);
}
