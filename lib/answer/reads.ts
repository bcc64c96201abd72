/** What a plan reads: stretches of tiles, level by level, and stretches of time that only the source can tell. */
import type { RollupPlan } from "../planner/plan.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import type { Segment, TileRead } from "../tiles/cover.js";
import { bucketCeiling, bucketStart } from "../time/calendar.js";

/** Half-open; null is unbounded. */
export interface Range {
  from: number | null;
  to: number | null;
}

/** All tiles that a plan reads, unless it has to look for a lost extreme. No two reads of a level touch. */
export function readsOf({ rollup, segments }: Pick<RollupPlan, "rollup" | "segments">): TileRead[] {
  return rangesByLevel(rollup, segments).flatMap(({ level, ranges }) =>
    tileReads(rollup, level, ranges),
  );
}

/** The stretches of time that only the source can tell about, neighbours joined. */
export function edgesOf(segments: readonly Segment[]): { from: number; to: number }[] {
  const edges: { from: number; to: number }[] = [];
  for (const segment of segments) {
    if (segment.kind !== "facts") continue;
    const last = edges.at(-1);
    if (last !== undefined && last.to === segment.from) last.to = segment.to;
    else edges.push({ from: segment.from, to: segment.to });
  }
  return edges;
}

/** The tile segments of each level that has any. */
export function rangesByLevel(
  rollup: StoredRollup,
  segments: readonly Segment[],
): { level: Level; ranges: Range[] }[] {
  return rollup.levels.flatMap((level) => {
    const ranges = segments.filter(
      (segment) => segment.kind === "tiles" && segment.level.granularity === level.granularity,
    );
    return ranges.length === 0 ? [] : [{ level, ranges }];
  });
}

/** One read per stretch: ranges whose partitions touch or overlap are read together. */
export function tileReads(
  rollup: StoredRollup,
  level: Level,
  ranges: readonly Range[],
): TileRead[] {
  const { partition } = level;
  const zone = rollup.timezone;
  const reads = ranges
    .map(({ from, to }): TileRead => ({
      level,
      fromPartition: from === null ? null : bucketStart(partition, zone, from),
      toPartition: to === null ? null : bucketCeiling(partition, zone, to),
    }))
    .sort((a, b) => (a.fromPartition ?? -Infinity) - (b.fromPartition ?? -Infinity));
  const joined: TileRead[] = [];
  for (const read of reads) {
    const last = joined.at(-1);
    const touches =
      last !== undefined && (read.fromPartition ?? -Infinity) <= (last.toPartition ?? Infinity);
    if (!touches) joined.push(read);
    else if (last.toPartition !== null) last.toPartition = read.toPartition;
  }
  return joined;
}

export function isInside(ranges: readonly Range[], t: number): boolean {
  return ranges.some(({ from, to }) => (from === null || t >= from) && (to === null || t < to));
}
