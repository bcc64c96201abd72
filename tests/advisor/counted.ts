/** Counts of facts as the component's pages give them, without a deployment. */
import { getConvexSize, type Value } from "convex/values";
import { countKey, countedRollups, type Counted, type Subject } from "../../lib/advisor/advise.js";
import type { Serving } from "../../lib/advisor/candidates.js";
import { toQuestionJson } from "../../lib/cubeJson/queryJson.js";
import type { CubeDefinition, Fact } from "../../lib/model/cube.js";
import type { Pattern } from "../../lib/patterns/pattern.js";
import { normalizeQuestion } from "../../lib/query/normalizeQuery.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import { questionKey } from "../../lib/rollout/questionKey.js";
import { LevelCounter, type LevelCount } from "../../lib/sampling/counts.js";
import { sampleLevels } from "../../lib/sampling/sample.js";
import { touchedLevels, type Touched } from "../../lib/sampling/writes.js";
import type { Level, StoredRollup } from "../../lib/model/rollup.js";

export const DAY_MS = 86_400_000;
export const sizeOf = (value: unknown) => getConvexSize(value as Value);

/** What each level of some rollups would hold, by pages of `size` of the facts, which are in order of time. */
export function countsOf(
  rollups: readonly StoredRollup[],
  facts: readonly Fact[],
  times = 1,
  size = 100,
): { level: Level; rollup: StoredRollup; count: LevelCount }[] {
  const counters = rollups.map(({ levels }) => levels.map((level) => new LevelCounter(level)));
  for (let from = 0; from < facts.length; from += size) {
    sampleLevels(rollups, facts.slice(from, from + size), sizeOf).forEach((levels, i) =>
      levels.forEach((sample, j) => counters[i]![j]!.add(sample)),
    );
  }
  const time = (fact: Fact | undefined) => fact?.[rollups[0]!.timeField] as number;
  const windowMs = time(facts.at(-1)) - time(facts[0]);
  return rollups.flatMap((rollup, i) =>
    rollup.levels.map((level, j) => ({
      ...{ level, rollup },
      count: counters[i]![j]!.count({ windowMs, times }),
    })),
  );
}

/** All of the facts counted, of which `folded` are written one by one each day. */
export function countedOf(
  subject: Subject,
  facts: readonly Fact[],
  folded: readonly Fact[],
  rest: Partial<Counted> = {},
): Counted {
  const rollups = countedRollups(subject).map(({ rollup }) => rollup);
  const counts = countsOf(rollups, facts);
  const time = (fact: Fact | undefined) => fact?.[rollups[0]!.timeField] as number;
  const touched = new Map<string, Touched>();
  const folds = folded.map((fact) => [fact]);
  touchedLevels(rollups, folds, time(facts.at(-1))).forEach((levels, i) =>
    levels.forEach((one, j) => touched.set(countKey(rollups[i]!, rollups[i]!.levels[j]!), one)),
  );
  return {
    span: {
      ...{ records: facts.length, bytesEach: 300, from: time(facts[0]), to: time(facts.at(-1)) },
      shares: [],
    },
    ...{ sampled: facts.length, sourceFrom: null, stateBytes: 800, folds: folded.length },
    counts: new Map(counts.map(({ rollup, level, count }) => [countKey(rollup, level), count])),
    ...{ touched, tiles: new Map() },
    ...rest,
  };
}

export function servingOf(cube: CubeDefinition, timezone = "UTC"): Serving[] {
  return Object.entries(cube.rollups).map(([name, definition]) => ({
    ...{ name, definition, rollup: resolveRollup(cube, name, timezone) },
    ...{ generation: 1, status: "ready" as const },
  }));
}

/** A pattern as it is reported. */
export function patternOf(
  cube: CubeDefinition,
  query: object,
  {
    asked = 1000,
    reports = asked,
    days = 10,
    at = Date.UTC(2026, 1, 1),
  }: { asked?: number; reports?: number; days?: number; at?: number } = {},
): Pattern {
  const json = toQuestionJson(normalizeQuestion({ [cube.name]: cube }, query, { timezone: "UTC" }));
  return {
    ...{ cube: cube.name, form: questionKey(cube.name, json), query: json, asked, reports },
    ...{ firstSeen: at, lastSeen: at + days * DAY_MS, routes: {} },
  };
}
