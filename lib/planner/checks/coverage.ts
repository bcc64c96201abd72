import { isUncovered } from "../../tiles/cover.js";
import { servedFrom } from "../../tiles/coverage.js";
import { bucketStart, nextBucket, wallClock } from "../../time/calendar.js";
import type { Match } from "../match.js";
import type { Check } from "./check.js";

/**
 * What tiles are not kept for any more is not read from the source; but where coarser ones are, an
 * edge that lies within one day is, as if the rollup had never kept anything finer.
 */
export const coverage: Check<Match> = (_, { candidate, reading: { stretches } }) => {
  const { coverage = [] } = candidate;
  const { timezone } = candidate.rollup;
  if (coverage.length === 0) return null;
  const hasTiles = stretches.some(({ segments }) => segments.some(({ kind }) => kind === "tiles"));
  for (const { levels, segments } of stretches) {
    for (const segment of segments) {
      if (segment.kind !== "facts" || !isUncovered(levels, timezone, segment)) continue;
      const { from, to } = segment;
      const kept = levels.map((level) => ({ ...level, start: servedFrom(coverage, level) }));
      const gone = kept.filter(({ start }) => start > from);
      const isEdge = to <= nextBucket("day", timezone, bucketStart("day", timezone, from));
      if (hasTiles && isEdge && gone.length < kept.length) continue;
      const longest = gone.reduce((best, one) => (one.start <= best.start ? one : best));
      const date = wallClock(timezone, longest.start).slice(0, 10);
      return {
        code: "NotCovered",
        message: `keeps ${longest.granularity} buckets from ${date} on`,
      };
    }
  }
  return null;
};
