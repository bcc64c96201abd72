/** What questions need of a rollup: members, and granularities that their buckets and ranges are made of. */
import { measurePlan } from "../measures/measures.js";
import type { CubeDefinition, RollupDefinition } from "../model/cube.js";
import { canonicalJson } from "../hash/canonical.js";
import { computedMeasures, shortName } from "../query/normalizedQuery.js";
import type { CompiledQuery } from "../query/compile.js";
import { bucketStart, divides, meanLengthMs } from "../time/calendar.js";
import { DAY_MS } from "../time/civil.js";
import { granularities, type Granularity } from "../time/granularity.js";

export interface Needs {
  dimensions: readonly string[];
  measures: readonly string[];
  levels: readonly Granularity[];
}

/** Partitions of levels, short ones and long ones: what is cheaper depends on the cells of a bucket. */
export const partitionings: readonly Readonly<Record<string, Granularity>>[] = [
  { quarterHour: "day", hour: "day", day: "week", month: "month", quarter: "year", year: "year" },
  { quarterHour: "day", hour: "day", day: "month", month: "year", quarter: "year", year: "year" },
];

/** Ranges longer than so many buckets are also read from months, or years. */
const BUCKETS_LONG = 24;

/** The needs of a question; null where no rollup keeps one of its measures. */
export function needsOf(cube: CubeDefinition, ranges: readonly CompiledQuery[]): Needs | null {
  const dimensions = new Set<string>();
  const measures = new Set<string>();
  const levels = new Set<Granularity>();
  for (const { query, groups, filtered, distinct, scopes } of ranges) {
    for (const { name } of [...groups, ...filtered, ...distinct]) dimensions.add(name);
    for (const name of computedMeasures(query)) {
      const stored = storedMeasures(cube, shortName(name));
      if (stored === null) return null;
      for (const one of stored) measures.add(one);
    }
    for (const level of levelsOf(scopes, query.timezone)) levels.add(level);
  }
  return needs(cube, dimensions, measures, levels);
}

function needs(
  cube: CubeDefinition,
  dimensions: ReadonlySet<string>,
  measures: ReadonlySet<string>,
  levels: ReadonlySet<Granularity>,
): Needs {
  return {
    dimensions: Object.keys(cube.dimensions).filter((name) => dimensions.has(name)),
    measures: Object.keys(cube.measures).filter((name) => measures.has(name)),
    levels: granularities.filter((one) => levels.has(one)),
  };
}

/** What serves both. */
export function union(cube: CubeDefinition, a: Needs, b: Needs): Needs {
  return needs(
    cube,
    new Set([...a.dimensions, ...b.dimensions]),
    new Set([...a.measures, ...b.measures]),
    new Set([...a.levels, ...b.levels]),
  );
}

/** Measures of the bucket alone whose statistics tell the measure; null where it is of all values in order. */
function storedMeasures(cube: CubeDefinition, name: string): string[] | null {
  const measure = cube.measures[name];
  if (measure === undefined || measure.type === "percentile") return null;
  if (measure.type === "ratio") {
    const parts = [measure.numerator, measure.denominator].map((one) => storedMeasures(cube, one));
    return parts.some((part) => part === null) ? null : parts.flatMap((part) => part ?? []);
  }
  const columns = (one: string) =>
    measurePlan(cube, one, cube.measures[one] as typeof measure).accumulators.map(
      ({ column }) => column,
    );
  if (!("rollingWindow" in measure)) return [name];
  const wanted = canonicalJson(columns(name));
  const plain = Object.entries(cube.measures).find(
    ([one, { type, ...rest }]) =>
      !(type === "percentile" || type === "ratio" || "rollingWindow" in rest) &&
      canonicalJson(columns(one)) === wanted,
  );
  return [plain?.[0] ?? name];
}

/** The grain, what the ends of the range lie on, and coarser ones where the range is long. */
function levelsOf(
  { grain, cuts, from, to }: CompiledQuery["scopes"],
  timezone: string,
): Granularity[] {
  const isCutBy = (one: Granularity) =>
    cuts.every((cut) => bucketStart(one, timezone, cut) === cut) &&
    (grain === null || divides(one, grain));
  const finest = (["day", "hour", "quarterHour"] as const).find(isCutBy) ?? "hour";
  // Weeks are no parts of the partitions that tiles have, and days make them up.
  const own = grain === null || grain === "week" ? [] : [grain];
  const length = from === null || to === null ? Infinity : to - from;
  const coarser = (["month", "year"] as const).filter(
    (one) => length > BUCKETS_LONG * meanLengthMs[one] && (grain === null || divides(one, grain)),
  );
  const days = grain !== "quarterHour" && grain !== "hour" && length > BUCKETS_LONG * DAY_MS;
  return [
    ...new Set([finest, ...own, ...coarser, ...(days && finest !== "day" ? ["day" as const] : [])]),
  ].filter((one) => grain === null || divides(one, grain));
}

/** Definitions that keep what is needed, in order: by partitioning, and with multi-valued dimensions one by one or together. */
export function definitionsOf(cube: CubeDefinition, needed: Needs): RollupDefinition[] {
  const { dimensions, measures, levels } = needed;
  const sets = dimensions.filter((name) => cube.dimensions[name]?.type === "strings");
  const keeping = sets.length === 0 ? [{}] : [{}, { together: sets }];
  const all = partitionings.flatMap((partitions) =>
    keeping.map((kept): RollupDefinition => {
      const pairs = levels.map((level) => [level, partitions[level]] as const);
      return { dimensions, ...kept, measures, levels: Object.fromEntries(pairs) };
    }),
  );
  return [...new Map(all.map((one) => [canonicalJson(one), one])).values()];
}
