/**
 * Rollups as Cube's pre-aggregations: one per level, since those of Cube have one granularity. Cube takes the
 * first that fits, so the smallest come first: few series before many, long buckets before short ones.
 */
import type { CubeDefinition, FreshnessTarget, RollupDefinition } from "../model/cube.js";
import { granularities, type Granularity } from "../time/granularity.js";
import { partsOfAverage } from "./exportMeasures.js";
import type { ModelPreAggregation, Notice } from "./model.js";

/** Behind the name of a pre-aggregation whose rollup has the name of a member. */
export const ROLLUP_SUFFIX = "_rollup";

/** How often Cube looks for changes, in seconds. Tiles follow each write; Cube asks its source. */
const REFRESH_SECONDS = 3600;

/** How far back Cube builds again: the newest partition, in the units that Cube takes there. */
const updateWindows: { readonly [G in Granularity]: string } = {
  quarterHour: "1 day",
  hour: "1 day",
  day: "2 day",
  week: "8 day",
  month: "32 day",
  quarter: "93 day",
  year: "367 day",
};

/** Expected number of distinct values of a dimension that does not say. */
const CARDINALITY_DEFAULT = 100;

export function exportRollups(
  cube: CubeDefinition,
  measures: ReadonlySet<string>,
  notice: Notice,
): ModelPreAggregation[] {
  const names = new Set([
    ...measures,
    ...Object.keys(cube.dimensions),
    ...Object.keys(cube.rollups),
  ]);
  return Object.entries(cube.rollups)
    .map(([name, rollup]) => ({ name, rollup, series: seriesOf(cube, rollup) }))
    .sort((a, b) => a.series - b.series)
    .flatMap(({ name, rollup }) =>
      preAggregationsOf(cube, name, rollup, { measures, names, notice }),
    );
}

function seriesOf(cube: CubeDefinition, { dimensions }: RollupDefinition): number {
  return dimensions.reduce((product, name) => {
    const dimension = cube.dimensions[name];
    const natural = { weekday: 7, hourOfDay: 24 }[dimension?.type as string] ?? CARDINALITY_DEFAULT;
    return product * (dimension?.cardinality ?? natural);
  }, 1);
}

function preAggregationsOf(
  cube: CubeDefinition,
  name: string,
  rollup: RollupDefinition,
  told: { measures: ReadonlySet<string>; names: Set<string>; notice: Notice },
): ModelPreAggregation[] {
  const { notice } = told;
  if (rollup.levels.quarterHour !== undefined)
    notice(
      name,
      "keeps quarters of an hour for zones of other minutes, which Cube has no level of.",
    );
  for (const dimension of rollup.together ?? [])
    notice(
      name,
      `keeps the values of ${dimension} together and tells them apart at read; Cube does not.`,
    );
  const every = refreshEvery(rollup.freshness);
  if (rollup.freshness !== undefined)
    notice(
      name,
      `has a target of freshness and alerts where it is missed; Cube looks for changes every ${every}, and alerts of nothing.`,
    );
  if (rollup.archive === true)
    notice(name, "archives what it deletes for its age; Cube deletes it.");
  // The parts of an average come with it: they are what adds up.
  const measures = rollup.measures
    .filter((measure) => told.measures.has(measure))
    .flatMap((measure) =>
      cube.measures[measure]?.type === "avg"
        ? [measure, ...Object.values(partsOfAverage(cube, measure))]
        : [measure],
    );
  if (measures.length === 0) {
    notice(name, "keeps no measure that is left. It is left out.");
    return [];
  }
  const levels = granularities.filter(
    (level) => level !== "quarterHour" && rollup.levels[level] !== undefined,
  );
  const [finest] = levels;
  // In Cube they share their names with members.
  const isTaken = Object.hasOwn(cube.dimensions, name) || told.measures.has(name);
  const base = isTaken ? freeName(`${name}${ROLLUP_SUFFIX}`, told.names) : name;
  return levels.reverse().map((granularity): ModelPreAggregation => {
    const partition = rollup.levels[granularity] as Granularity;
    const retained = rollup.retain?.[granularity];
    const own = granularity === finest ? base : freeName(`${base}_${granularity}`, told.names);
    return {
      name: own,
      measures: measures.map(reference),
      ...(rollup.dimensions.length > 0 && { dimensions: rollup.dimensions.map(reference) }),
      time_dimension: reference(cube.time),
      granularity,
      partition_granularity: partition,
      // Otherwise Cube answers 30 days from the years that they lie in.
      allow_non_strict_date_range_match: false,
      refresh_key: {
        every,
        incremental: true,
        update_window: updateWindows[partition],
      },
      ...(retained !== undefined && {
        build_range_start: { sql: `SELECT NOW() - INTERVAL '${retained}'` },
        build_range_end: { sql: "SELECT NOW()" },
      }),
      ...(rollup.dimensions.length > 0 && {
        indexes: [{ name: `${own}_index`, columns: rollup.dimensions.map(reference) }],
      }),
    };
  });
}

/** Often enough for the rollup's target, of which `warn` is the shorter one; in whole seconds, or minutes. */
function refreshEvery({ warn, error }: FreshnessTarget = {}): string {
  const target = Math.max(1, Math.floor((warn ?? error ?? Infinity) / 1000));
  const seconds = Math.min(REFRESH_SECONDS, target);
  if (seconds === REFRESH_SECONDS) return "1 hour";
  const [count, unit] = seconds % 60 === 0 ? [seconds / 60, "minute"] : [seconds, "second"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function reference(member: string): string {
  return `CUBE.${member}`;
}

/** Not a name that the cube has already. */
function freeName(name: string, names: Set<string>): string {
  while (names.has(name)) name += "_level";
  names.add(name);
  return name;
}
