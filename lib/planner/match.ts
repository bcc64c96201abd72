/**
 * A rollup beside a question: what of its buckets the question is read from. It depends on what is stored
 * and on the calendar, not on how the generation stands.
 */
import type { Level, StoredRollup } from "../model/rollup.js";
import type { CompiledQuery } from "../query/compile.js";
import { coverRange, type Segment } from "../tiles/cover.js";
import { clocksOf } from "./clocks.js";
import { usableLevels } from "./levels.js";
import type { Candidate, Refusal, RollupPlan } from "./plan.js";

/** A stretch of the range, the levels that may serve it, and what it is read from. */
export interface Stretch {
  levels: readonly Level[];
  segments: Segment[];
}

export interface Reading extends Pick<RollupPlan, "within" | "derived" | "segments"> {
  stretches: readonly Stretch[];
}

/** A candidate that keeps the question's members, and what would be read of it. */
export interface Match {
  candidate: Candidate;
  reading: Reading;
}

/** For a rollup that keeps the question's members. Refuses with `ZoneMismatch`, `GranularityTooCoarse`, `TooManyBuckets`. */
export function readingOf(
  compiled: CompiledQuery,
  { rollup, coverage = [] }: Candidate,
): Reading | Refusal {
  const clocks = clocksOf(compiled, rollup);
  if ("code" in clocks) return clocks;
  const telling = { ...rollup, levels: clocks.levels };
  const usable = usableLevels(compiled, telling);
  if ("code" in usable) return usable;
  const stretches = cover(compiled, telling, usable.levels, coverage);
  return {
    stretches,
    segments: stretches.flatMap(({ segments }) => segments),
    within: usable.within ?? clocks.within,
    derived: clocks.derived,
  };
}

/** Between the first and the last cut by `levels`, whose buckets the query's are made of; else by all. */
function cover(
  { query, scopes: { from, to, cuts } }: CompiledQuery,
  rollup: StoredRollup,
  levels: readonly Level[],
  coverage: NonNullable<Candidate["coverage"]>,
): Stretch[] {
  if (from !== null && from === to) return [];
  const zone = rollup.timezone;
  const edges = [null, ...cuts, null];
  return edges.slice(1).flatMap((end, i) => {
    const start = edges[i] ?? null;
    if ((start === null && from !== null) || (end === null && to !== null)) return [];
    const isAround =
      (start === null && query.time?.from != null) || (end === null && query.time?.to != null);
    const usable = isAround ? rollup.levels : levels;
    return [{ levels: usable, segments: coverRange(usable, zone, start, end, coverage) }];
  });
}
