/** Which of a rollup's levels have buckets that a query's are made of, in whatever zone it asks. */
import type { Level, StoredRollup } from "../model/rollup.js";
import { bucketStart, divides, nextBucket } from "../time/calendar.js";
import { DAY_MS, HOUR_MS } from "../time/civil.js";
import { QUARTER_HOUR_MS } from "../time/customGranularity.js";
import type { Granularity } from "../time/granularity.js";
import { sameZone } from "../time/zone.js";
import { COMPARED_FROM, COMPARED_TO, zoneDifference } from "../time/zoneDifference.js";
import type { CompiledQuery } from "../query/compile.js";
import type { NormalizedQuery } from "../query/normalizedQuery.js";
import { BUCKETS_MAX } from "../query/limits.js";
import { tooManyBuckets, type Refusal, type RollupPlan } from "./plan.js";

export type Usable = Pick<RollupPlan, "within"> & { levels: Level[] };

/**
 * Where buckets can be told to fit by how clocks differ. One that begins before the last year of the
 * comparison also ends before its end.
 */
export const COMPARABLE = { from: COMPARED_FROM, to: COMPARED_TO - 366 * DAY_MS };

/** The levels whose buckets never straddle a boundary of the query's buckets, or why there are none. */
export function usableLevels(
  { query, scopes: { grain, cuts } }: CompiledQuery,
  rollup: StoredRollup,
): Usable | Refusal {
  if (grain === null) return { levels: rollup.levels, within: null };
  const fine = rollup.levels.filter((level) => divides(level.granularity, grain));
  if (fine.length === 0) {
    const [finest] = rollup.levels;
    return {
      code: "GranularityTooCoarse",
      message: `keeps ${finest?.granularity ?? "nothing"} buckets at its finest`,
    };
  }
  if (sameZone(query.timezone, rollup.timezone)) return { levels: fine, within: null };
  if (query.time?.from == null || query.time.to === null) {
    return (
      alwaysAligned(query, grain, rollup, fine) ?? {
        code: "ZoneMismatch",
        message: `has buckets in ${rollup.timezone}, and without a date range nothing says that those of ${query.timezone} are made of them`,
      }
    );
  }
  let aligned = fine;
  let buckets = 0;
  const [first = 0, last = first] = [cuts[0], cuts.at(-1)];
  let boundary = bucketStart(grain, query.timezone, first);
  while ((boundary = nextBucket(grain, query.timezone, boundary)) < last) {
    if (++buckets > BUCKETS_MAX)
      return alwaysAligned(query, grain, rollup, fine) ?? tooManyBuckets();
    const t = boundary;
    aligned = aligned.filter((level) => bucketStart(level.granularity, rollup.timezone, t) === t);
    if (aligned.length === 0) {
      return {
        code: "ZoneMismatch",
        message: `has buckets in ${rollup.timezone}, of which those of ${query.timezone} are not made`,
      };
    }
  }
  return { levels: aligned, within: null };
}

/**
 * Those of the levels that two zones' clocks say fit, without a look at the buckets; null for none. Of
 * hours and quarters it is enough that clocks differ, and are set, by multiples of them.
 */
function alwaysAligned(
  query: NormalizedQuery,
  grain: Granularity,
  rollup: StoredRollup,
  levels: readonly Level[],
): Usable | null {
  const { dates, hours } = zoneDifference(query.timezone, rollup.timezone);
  const step = divides("day", grain) ? dates : hours;
  const fits = ({ granularity }: Level) =>
    step === 0 ||
    (granularity === "hour" && step % HOUR_MS === 0) ||
    (granularity === "quarterHour" && step % QUARTER_HOUR_MS === 0);
  const aligned = levels.filter(fits);
  if (aligned.length === 0) return null;
  return { levels: aligned, within: COMPARABLE };
}
