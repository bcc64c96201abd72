/**
 * Which rollup answers a query. Every rollup either can, at an estimated cost, or says by name why
 * not; the cheapest wins.
 */
import { measurePlan } from "../measures/measures";
import { sameJson } from "../model/canonical";
import type { CubeDefinition } from "../model/cube";
import { reachesExpired } from "../model/expiry";
import { fieldsSignature } from "../model/resolveRollup";
import type { Accumulator, Level, RollupDimension, StoredRollup } from "../model/rollup";
import { coverRange, isUncovered, type Segment } from "../tiles/cover";
import { servedFrom, type Coverage } from "../tiles/coverage";
import { bucketStart, divides, meanLengthOf, nextBucket, wallClock } from "../time/calendar";
import { DAY_MS, HOUR_MS } from "../time/civil";
import { QUARTER_HOUR_MS } from "../time/customGranularity";
import type { Granularity } from "../time/granularity";
import { sameZone } from "../time/zone";
import { COMPARED_FROM, COMPARED_TO, zoneDifference } from "../time/zoneDifference";
import { estimateCost } from "./cost";
import { shortName, type NormalizedQuery } from "./normalizedQuery";
import { timeScopesOf, type TimeScopes } from "./timeScopes";

/** "overtaken": changes that it has not folded were read in another way than its tiles. */
export type GenerationStatus = "building" | "ready" | "retiring" | "failed" | "overtaken";

/** A stored generation that may serve. */
export interface Candidate {
  rollup: StoredRollup;
  generation: number;
  status: GenerationStatus;
  /** Why it has failed, where that is known by name; it does not serve. */
  failure?: { code: string; message: string };
  /** Everything if absent. */
  coverage?: Coverage;
}

/** What to read for an answer. */
export interface RollupPlan {
  rollup: StoredRollup;
  generation: number;
  /**
   * The query's range and what balances and rolling windows need around it, in order of time and
   * without overlap.
   */
  segments: Segment[];
  /**
   * Where the tiles' buckets are known to make up the query's; cells outside cannot serve. Null where
   * that goes for all segments.
   */
  within: { from: number; to: number } | null;
  coverage: Coverage;
  /** Estimated, in cells. */
  cost: number;
}

export type RefusalCode =
  | "MissingDimension"
  | "MissingMeasure"
  | "FilterNotCovered"
  | "DefinitionChanged"
  | "FanOut"
  | "GranularityTooCoarse"
  | "ZoneMismatch"
  | "TooManyBuckets"
  | "SourceExpired"
  | "NotCovered"
  | "Building"
  | "Retiring"
  | "Failed";

export interface Refusal {
  code: RefusalCode;
  message: string;
  /** What is missing, where that is a member. */
  member?: string;
}

export interface Considered {
  rollup: string;
  generation: number;
  /** Null where the rollup can answer. */
  refusal: Refusal | null;
  /** Estimated, in cells; null where it cannot. */
  cost: number | null;
}

export interface PlannedQuery {
  plan: RollupPlan | null;
  considered: Considered[];
}

/** Most buckets of a query that are compared with a rollup's one by one, or filled in with levels. */
export const BUCKETS_MAX = 10_000;

/**
 * Chooses the cheapest rollup that can answer exactly; among equals the first by name, then the
 * newest generation. `query` is normalised for `cube`; candidates of other cubes are left out.
 * `tenantZone` is the zone that hours of day and weekdays are asked for in; a generation built for
 * another zone cannot tell them. Without it every generation's own zone is taken to be meant.
 * `sourceFrom` is the instant from which the source is whole, null where all of it is.
 * O(rollups × members), plus a look at each bucket where the zones differ.
 */
export function planQuery({
  cube,
  query,
  rollups,
  tenantZone,
  sourceFrom = null,
}: {
  cube: CubeDefinition;
  query: NormalizedQuery;
  rollups: readonly Candidate[];
  tenantZone?: string;
  sourceFrom?: number | null;
}): PlannedQuery {
  const considered: Considered[] = [];
  let plan: RollupPlan | null = null;
  const candidates = rollups
    .filter(({ rollup }) => rollup.cube === cube.name)
    .sort((a, b) => compareText(a.rollup.name, b.rollup.name) || b.generation - a.generation);
  let scopes: TimeScopes | null = null;
  for (const candidate of candidates) {
    const matched =
      membersRefusal(cube, query, candidate.rollup, tenantZone) ??
      match(query, (scopes ??= timeScopesOf(cube, query)), candidate, sourceFrom);
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

function membersRefusal(
  cube: CubeDefinition,
  query: NormalizedQuery,
  rollup: StoredRollup,
  tenantZone = rollup.timezone,
): Refusal | null {
  return (
    memberRefusal(cube, query, rollup) ??
    fanOutRefusal(cube, query, rollup) ??
    clockRefusal(cube, query, rollup, tenantZone) ??
    definitionRefusal(cube, query, rollup)
  );
}

/** For a rollup that keeps the query's members: whether its buckets and its state let it answer. */
function match(
  query: NormalizedQuery,
  scopes: TimeScopes,
  { rollup, generation, status, failure, coverage = [] }: Candidate,
  sourceFrom: number | null,
): RollupPlan | Refusal {
  const usable = usableLevels(query, scopes, rollup);
  if ("code" in usable) return usable;
  const { levels, within } = usable;
  const { granularity, from, to } = query.time ?? { granularity: null, from: null, to: null };
  const stretches = coverScopes(scopes, query, rollup, levels, coverage);
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
  return { rollup, generation, segments, within, coverage, cost: estimateCost(rollup, segments) };
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

function memberRefusal(
  cube: CubeDefinition,
  query: NormalizedQuery,
  rollup: StoredRollup,
): Refusal | null {
  for (const name of query.dimensions) {
    if (dimensionOf(cube, rollup, name) === undefined) {
      return { code: "MissingDimension", message: `does not keep ${name}`, member: name };
    }
  }
  if (query.time !== null) {
    const { dimension } = query.time;
    const definition = cube.dimensions[shortName(dimension)];
    if (definition?.type !== "time" || definition.field !== rollup.timeField) {
      return {
        code: "MissingDimension",
        message: `is not bucketed by ${dimension}`,
        member: dimension,
      };
    }
  }
  for (const name of query.measures) {
    const measure = measureOf(cube, name);
    const plan = measure === undefined ? null : measurePlan(cube, shortName(name), measure);
    const stored = plan?.accumulators.every(({ column }) =>
      rollup.accumulators.some((accumulator) => accumulator.column === column),
    );
    const counts = plan?.distinct.every((name) => dimensionOf(cube, rollup, name) !== undefined);
    if (stored !== true || counts !== true) {
      return { code: "MissingMeasure", message: `does not keep ${name}`, member: name };
    }
  }
  for (const { member } of query.filters) {
    if (dimensionOf(cube, rollup, member) === undefined) {
      return {
        code: "FilterNotCovered",
        message: `cannot filter by ${member}, which it does not keep`,
        member,
      };
    }
  }
  return null;
}

/**
 * A record counts in one cell per value of a multi-valued dimension. Adding up such cells counts it
 * several times, unless the dimension is grouped by, or pinned to one value.
 */
function fanOutRefusal(
  cube: CubeDefinition,
  query: NormalizedQuery,
  rollup: StoredRollup,
): Refusal | null {
  for (const dimension of rollup.dimensions) {
    const member = `${rollup.cube}.${dimension.name}`;
    if (dimension.type !== "strings" || query.dimensions.includes(member)) continue;
    const filters = query.filters.filter((filter) => filter.member === member);
    const [filter] = filters;
    const pinned =
      filters.length === 1 &&
      (filter?.operator === "notSet" ||
        ((filter?.operator === "equals" || filter?.operator === "in") &&
          new Set(filter.values).size === 1));
    // Pinned cells know the record's other values no more, so they cannot be counted.
    const counted = query.measures.some((name) => countedBy(cube, name).includes(dimension.name));
    if (pinned && !counted) continue;
    return {
      code: "FanOut",
      message: `counts a record once for each ${member}; group by it, or filter on exactly one`,
      member,
    };
  }
  return null;
}

/** Hours of day and weekdays are stored as the clocks of the generation's zone showed them. */
function clockRefusal(
  cube: CubeDefinition,
  query: NormalizedQuery,
  rollup: StoredRollup,
  tenantZone: string,
): Refusal | null {
  if (sameZone(rollup.timezone, tenantZone)) return null;
  const counted = query.measures.flatMap((name) =>
    countedBy(cube, name).map((dimension) => `${cube.name}.${dimension}`),
  );
  const members = [
    ...query.dimensions,
    ...query.filters.map((filter) => filter.member),
    ...counted,
  ];
  const member =
    members.find((name) => {
      const type = dimensionOf(cube, rollup, name)?.type;
      return isClock(type);
    }) ??
    query.measures.find((name) =>
      statisticsOf(cube, name).some(({ filters = [] }) =>
        filters.some(({ type }) => isClock(type)),
      ),
    );
  if (member === undefined) return null;
  return {
    code: "ZoneMismatch",
    message: `keeps ${member} in ${rollup.timezone}, not in ${tenantZone}`,
    member,
  };
}

function definitionRefusal(
  cube: CubeDefinition,
  query: NormalizedQuery,
  rollup: StoredRollup,
): Refusal | null {
  if (fieldsSignature(cube, rollup) !== rollup.fields) {
    return {
      code: "DefinitionChanged",
      message: "was built when the cube read its fields differently",
    };
  }
  const member = query.measures.find((name) =>
    statisticsOf(cube, name).some((wanted) => {
      const stored = rollup.accumulators.find(({ column }) => column === wanted.column);
      return !sameJson(stored, wanted);
    }),
  );
  if (member === undefined) return null;
  return {
    code: "DefinitionChanged",
    message: `was built when ${member} was defined differently`,
    member,
  };
}

type Usable = Pick<RollupPlan, "within"> & { levels: Level[] };

/** The levels whose buckets never straddle a boundary of the query's buckets, or why there are none. */
function usableLevels(
  query: NormalizedQuery,
  { grain, cuts }: TimeScopes,
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
  // A bucket that begins before the last year of the comparison also ends before its end.
  return { levels: aligned, within: { from: COMPARED_FROM, to: COMPARED_TO - 366 * DAY_MS } };
}

function tooManyBuckets(): Refusal {
  return { code: "TooManyBuckets", message: `the range has more than ${BUCKETS_MAX} buckets` };
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

/** The stored dimension that a member means today, or undefined if it was stored as something else. */
function dimensionOf(
  cube: CubeDefinition,
  rollup: StoredRollup,
  member: string,
): RollupDimension | undefined {
  const name = shortName(member);
  const definition = cube.dimensions[name];
  return rollup.dimensions.find(
    (dimension) =>
      dimension.name === name &&
      dimension.type === definition?.type &&
      dimension.field === definition.field,
  );
}

function isClock(type: RollupDimension["type"] | undefined): boolean {
  return type === "hourOfDay" || type === "weekday";
}

/** The statistics that a measure needs; none for one that the cube does not have. */
function statisticsOf(cube: CubeDefinition, member: string): Accumulator[] {
  const measure = measureOf(cube, member);
  return measure === undefined ? [] : measurePlan(cube, shortName(member), measure).accumulators;
}

/** The dimensions whose distinct values a measure counts. */
function countedBy(cube: CubeDefinition, member: string): string[] {
  const measure = measureOf(cube, member);
  return measure === undefined ? [] : measurePlan(cube, shortName(member), measure).distinct;
}

function measureOf(cube: CubeDefinition, member: string) {
  return cube.measures[shortName(member)];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
