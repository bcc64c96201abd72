/**
 * Which rollup answers a query. Every rollup either can, at an estimated cost, or says by name why
 * not; the cheapest wins.
 */
import { reachesExpired } from "../model/expiry.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { coverRange, isUncovered, type Segment } from "../tiles/cover.js";
import { servedFrom, type Coverage } from "../tiles/coverage.js";
import { bucketStart, meanLengthOf, nextBucket, wallClock } from "../time/calendar.js";
import { clocksOf } from "./clocks.js";
import { estimateCost } from "./cost.js";
import { usableLevels } from "./levels.js";
import { membersRefusal } from "./members.js";
import type { CompiledQuery } from "../query/compile.js";
import type { NormalizedQuery } from "../query/normalizedQuery.js";
import { BUCKETS_MAX } from "../query/limits.js";
import {
  tooManyBuckets,
  type Candidate,
  type Considered,
  type CostOf,
  type GenerationStatus,
  type PlannedQuery,
  type Refusal,
  type RollupPlan,
} from "./plan.js";
import type { TimeScopes } from "../query/timeScopes.js";

export type * from "./plan.js";

/**
 * Chooses the cheapest rollup that can answer exactly; among equals the first by name, then the
 * newest generation. Candidates of other cubes than the query's are left out.
 * `tenantZone` is the zone of the hours of day and weekdays that measures filter by; a generation built
 * for another zone counts by others. Without it every generation's own zone is taken to be meant.
 * `sourceFrom` is the instant from which the source is whole, null where all of it is. `costOf` is what
 * reading costs, by default an estimate in cells: a reader that holds tiles knows better. Infinity is a cost.
 * O(rollups × members), plus a look at each bucket where the zones differ.
 */
export function planQuery({
  compiled,
  rollups,
  tenantZone,
  sourceFrom = null,
  costOf = ({ rollup }, segments) => estimateCost(rollup, segments),
}: {
  compiled: CompiledQuery;
  rollups: readonly Candidate[];
  tenantZone?: string;
  sourceFrom?: number | null;
  costOf?: CostOf;
}): PlannedQuery {
  const { cube } = compiled;
  const considered: Considered[] = [];
  let plan: RollupPlan | null = null;
  const candidates = rollups
    .filter(({ rollup }) => rollup.cube === cube.name)
    .sort((a, b) => compareText(a.rollup.name, b.rollup.name) || b.generation - a.generation);
  for (const candidate of candidates) {
    const matched =
      membersRefusal(compiled, candidate.rollup, tenantZone) ??
      match(compiled, candidate, sourceFrom, costOf);
    const refused = "code" in matched;
    considered.push({
      rollup: candidate.rollup.name,
      generation: candidate.generation,
      refusal: refused ? matched : null,
      cost: refused ? null : matched.cost,
    });
    if (!refused && (plan === null || matched.cost < plan.cost)) plan = matched;
  }
  return { plan, considered };
}

/** For a rollup that keeps the query's members: whether its buckets and its state let it answer. */
function match(
  compiled: CompiledQuery,
  { rollup, generation, status, failure, coverage = [] }: Candidate,
  sourceFrom: number | null,
  costOf: CostOf,
): RollupPlan | Refusal {
  const { query, scopes } = compiled;
  const clocks = clocksOf(compiled, rollup);
  if ("code" in clocks) return clocks;
  const { derived } = clocks;
  const telling = { ...rollup, levels: clocks.levels };
  const usable = usableLevels(compiled, telling);
  if ("code" in usable) return usable;
  const { levels } = usable;
  const within = usable.within ?? clocks.within;
  const { granularity, from, to } = query.time ?? { granularity: null, from: null, to: null };
  const stretches = coverScopes(scopes, query, telling, levels, coverage);
  const segments = stretches.flatMap((stretch) => stretch.segments);
  const expired = coverageRefusal(rollup, stretches, coverage);
  if (expired !== null) return expired;
  if (segments.length > 0 && !segments.some(({ kind }) => kind === "tiles")) {
    return {
      code: "GranularityTooCoarse",
      message: "the range holds no whole bucket of this rollup",
    };
  }
  if (scopes.windows.length > 0 && granularity !== null && from !== null && to !== null) {
    if ((to - from) / meanLengthOf(granularity) > BUCKETS_MAX) return tooManyBuckets();
  }
  if (failure !== undefined) return failureRefusal(failure);
  if (status !== "ready") return statusRefusal(status);
  const gone = segments.find(
    ({ kind, from, to }) => kind === "facts" && reachesExpired(sourceFrom, from, to),
  );
  if (gone !== undefined) {
    return {
      code: "SourceExpired",
      message: "would need records that have expired, at an edge of the range within a bucket",
    };
  }
  const cost = costOf({ rollup, generation }, segments);
  return { rollup, generation, segments, within, derived, coverage, cost };
}

/** A stretch of the range, the levels that may serve it, and what it is read from. */
interface Stretch {
  levels: readonly Level[];
  segments: Segment[];
}

/** Between the first and the last cut by `levels`, whose buckets the query's are made of; else by all. */
function coverScopes(
  { from, to, cuts }: TimeScopes,
  query: NormalizedQuery,
  rollup: StoredRollup,
  levels: readonly Level[],
  coverage: Coverage,
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

/**
 * What tiles are not kept for any more is not read from the source; but where coarser ones are, an
 * edge that lies within one day is, as if the rollup had never kept anything finer.
 */
function coverageRefusal(
  { timezone }: StoredRollup,
  stretches: readonly Stretch[],
  coverage: Coverage,
): Refusal | null {
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
}

function failureRefusal({ code, message }: NonNullable<Candidate["failure"]>): Refusal {
  return { code: code === "SourceExpired" ? code : "Failed", message };
}

function statusRefusal(status: Exclude<GenerationStatus, "ready">): Refusal {
  switch (status) {
    case "building":
      return { code: "Building", message: "is still being built" };
    case "retiring":
      return { code: "Retiring", message: "is being swept" };
    case "failed":
      return { code: "Failed", message: "has failed or misses changes" };
    case "overtaken":
      return {
        code: "DefinitionChanged",
        message: "has changes to come that were written when the cube read its fields differently",
      };
    default:
      return status satisfies never;
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
