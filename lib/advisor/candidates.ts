/**
 * Rollups that might be worth their cost: what each question needs, unions of needs that lie near one another, and
 * rollups that are there without what nothing asks of them.
 */
import { canonicalJson } from "../hash/canonical.js";
import type { CubeDefinition, RollupDefinition } from "../model/cube.js";
import type { Candidate } from "../planner/plan.js";
import { planQuery } from "../planner/planQuery.js";
import { storedAs } from "../sampling/storedAs.js";
import { divides } from "../time/calendar.js";
import { keptAs } from "./kept.js";
import { definitionsOf, union, type Needs } from "./needs.js";
import type { StoredRollup } from "../model/rollup.js";
import type { Asked } from "./questions.js";

/** A rollup that serves now. */
export interface Serving extends Candidate {
  name: string;
  /** As the app declares it. */
  definition: RollupDefinition;
}

/** A change of what a cube declares. */
export interface Move {
  /** Names of rollups that go, or are defined differently. */
  remove: readonly string[];
  add: Proposed | null;
}

export interface Proposed {
  name: string;
  definition: RollupDefinition;
  rollup: StoredRollup;
}

export interface Clocks {
  timezone: string;
  zones?: readonly string[];
}

/** Members in which needs may differ that are put together. */
const NEAR = 2;
/** Characters of a name, with room for a number: a cube takes 64. */
const NAME_MAX = 60;
/** Dimensions of what is put together. */
const DIMENSIONS_MAX = 5;

/**
 * All moves, each once, the most asked for first, with at most `most` different rollups to count. Deterministic.
 * O(questions² + rollups²).
 */
export function movesOf(
  cube: CubeDefinition,
  clocks: Clocks,
  questions: readonly Asked[],
  serving: readonly Serving[],
  most: number,
): Move[] {
  const used = usageOf(cube, questions, serving, clocks.timezone);
  const moves = new Map<string, Move>();
  const rollups = new Set<string>();
  const propose = (remove: readonly string[], needed: Needs) => {
    for (const definition of definitionsOf(cube, needed)) {
      const key = canonicalJson(definition);
      const isKnown = serving.some((one) => canonicalJson(plain(one.definition)) === key);
      if (isKnown || (!rollups.has(key) && rollups.size >= most)) continue;
      const former = serving.find(({ name }) => name === remove[0]);
      // A rollup keeps its name while it keeps its dimensions.
      const isAlike = former?.definition.dimensions.join() === definition.dimensions.join();
      const left = Object.keys(cube.rollups).filter((name) => !remove.includes(name));
      const name = former && isAlike ? former.name : nameOf(definition, left);
      const formers = serving.filter((one) => remove.includes(one.name));
      const kept = keptAs(
        definition,
        formers.map((one) => one.definition),
      );
      const rollup = storedAs(cube, name, kept, clocks);
      if (rollup === null) continue;
      rollups.add(key);
      const move = { remove, add: { name, definition: kept, rollup } };
      moves.set(canonicalJson([remove, definition]), move);
    }
  };
  for (const { name } of serving) {
    if (!used.has(name)) moves.set(canonicalJson([name]), { remove: [name], add: null });
  }
  const wanted = wantedBy(questions);
  for (const { needs } of wanted) propose([], needs);
  for (const { name } of serving) {
    const needed = used.get(name);
    if (needed !== undefined) propose([name], needed);
  }
  wanted.forEach(({ needs }, i) => {
    for (const other of wanted.slice(0, i)) {
      if (areNear(needs, other.needs)) propose([], union(cube, needs, other.needs));
    }
  });
  const named = [...used];
  named.forEach(([name, needs], i) => {
    for (const [other, theirs] of named.slice(0, i)) {
      if (areNear(needs, theirs)) propose([other, name].sort(), union(cube, needs, theirs));
    }
    for (const { needs: theirs } of wanted) {
      if (areNear(needs, theirs)) propose([name], union(cube, needs, theirs));
    }
  });
  return [...moves.values()];
}

/** What questions need of each rollup that serves some now, by its name. */
function usageOf(
  cube: CubeDefinition,
  questions: readonly Asked[],
  serving: readonly Serving[],
  timezone: string,
): Map<string, Needs> {
  const used = new Map<string, Needs>();
  for (const { ranges, needs } of questions) {
    for (const compiled of ranges) {
      const { plan } = planQuery({ compiled, rollups: serving, tenantZone: timezone });
      if (plan === null || needs === null) continue;
      const { name, levels } = plan.rollup;
      const read = plan.segments.flatMap((segment) =>
        segment.kind === "tiles" ? [segment.level.granularity] : [],
      );
      // The range lies on other buckets tomorrow: the coarsest level that always serves stays.
      const sure = levels.filter(({ granularity }) =>
        needs.levels.every((one) => divides(granularity, one)),
      );
      const kept = [...read, ...sure.slice(-1).map(({ granularity }) => granularity)];
      const of = { ...needs, levels: kept };
      used.set(name, union(cube, used.get(name) ?? of, of));
    }
  }
  return used;
}

/** Needs of questions, each once, by how often they are asked. */
function wantedBy(questions: readonly Asked[]): { needs: Needs; monthly: number }[] {
  const wanted = new Map<string, { needs: Needs; monthly: number }>();
  for (const { needs, monthly } of questions) {
    if (needs === null) continue;
    const key = canonicalJson([needs.dimensions, needs.measures, needs.levels]);
    wanted.set(key, { needs, monthly: (wanted.get(key)?.monthly ?? 0) + monthly });
  }
  return [...wanted]
    .sort(([a, x], [b, y]) => y.monthly - x.monthly || (a < b ? -1 : 1))
    .map(([, one]) => one);
}

function areNear(a: Needs, b: Needs): boolean {
  const all = new Set([...a.dimensions, ...b.dimensions]);
  const apart = 2 * all.size - a.dimensions.length - b.dimensions.length;
  return apart <= NEAR && all.size <= DIMENSIONS_MAX;
}

function nameOf({ dimensions }: RollupDefinition, taken: readonly string[]): string {
  const all = dimensions.length === 0 ? "totals" : `by_${dimensions.join("_and_")}`;
  const name = all.length > NAME_MAX ? `by_${dimensions.length}_dimensions` : all;
  let free = name;
  for (let i = 2; taken.includes(free); i++) free = `${name}_${i}`;
  return free;
}

/** Without what is not about its contents. */
function plain({ dimensions, together, measures, levels }: RollupDefinition): RollupDefinition {
  return { dimensions, ...(together && together.length > 0 && { together }), measures, levels };
}
