/**
 * Which part of time each level of a generation covers. A level that is kept for a limited time only
 * has tiles from some partition on: those from `servedFrom` on answer queries, those from
 * `storedFrom` on are folded. What lies before is told by coarser levels, or by the source.
 */
import type { Level, StoredRollup } from "../model/rollup.js";
import { bucketCeiling, divides } from "../time/calendar.js";
import type { Granularity } from "../time/granularity.js";

/** Of one level. Both are starts of partitions in the rollup's zone; null is the beginning of time. */
export interface LevelCoverage {
  granularity: Granularity;
  /** Never before `storedFrom`. */
  servedFrom: number | null;
  storedFrom: number | null;
}

/** A level that is not listed covers everything. */
export type Coverage = readonly LevelCoverage[];

type Place = Pick<Level, "granularity">;

/** The instant from which on the level answers; -Infinity where nothing limits it. */
export function servedFrom(coverage: Coverage, { granularity }: Place): number {
  return coverage.find((one) => one.granularity === granularity)?.servedFrom ?? -Infinity;
}

/** The instant from which on the level is folded; -Infinity where nothing limits it. */
export function storedFrom(coverage: Coverage, { granularity }: Place): number {
  return coverage.find((one) => one.granularity === granularity)?.storedFrom ?? -Infinity;
}

/** The finest level that is folded at `t`; null before the coverage of all of them. */
export function finestAt({ levels }: StoredRollup, coverage: Coverage, t: number): Level | null {
  return levels.find((level) => storedFrom(coverage, level) <= t) ?? null;
}

/**
 * The finer level that one bucket of a level can be put together from: of those whose tiles are there
 * `from` its start on, the coarsest; null where only the source can tell.
 */
export function finerCovering(
  rollup: StoredRollup,
  coverage: Coverage,
  level: Level,
  bucket: number,
  from: (coverage: Coverage, level: Place) => number,
): Level | null {
  const levels = rollup.levels.filter((one) => from(coverage, one) <= bucket);
  return finerLevel({ ...rollup, levels }, level);
}

/** The level's first bucket that `finer` has all the tiles of; -Infinity and Infinity for all and none. */
export function coveredFrom(
  { timezone }: StoredRollup,
  coverage: Coverage,
  { granularity }: Level,
  finer: Level | null,
): number {
  if (finer === null) return Infinity;
  const from = storedFrom(coverage, finer);
  return from === -Infinity ? from : bucketCeiling(granularity, timezone, from);
}

/** The finer level that a level's buckets can be rebuilt from: the coarsest one that divides it, or null. */
export function finerLevel(rollup: StoredRollup, level: Level): Level | null {
  return (
    rollup.levels.findLast(
      ({ granularity }) =>
        granularity !== level.granularity && divides(granularity, level.granularity),
    ) ?? null
  );
}
