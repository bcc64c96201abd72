/**
 * Which rollups a cube should have. Moves are chosen greedily by what they save per month, each beside those chosen
 * before: Harinarayan, Rajaraman, Ullman, Implementing Data Cubes Efficiently (SIGMOD 1996). A greedy choice of views
 * saves at least 63 % of what the best choice of as many does; here it also takes away, and upkeep and storage count
 * against it, so that bound is none for us, and each step is measured on its own.
 */
import type { Prices } from "../cost/prices.js";
import type { CubeDefinition, RollupDefinition } from "../model/cube.js";
import type { Pattern } from "../patterns/pattern.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import type { LevelCount } from "../sampling/counts.js";
import type { Touched } from "../sampling/writes.js";
import { movesOf, type Clocks, type Move, type Serving } from "./candidates.js";
import { holds, onlyIn } from "./cover.js";
import {
  confidenceOf,
  daysOf,
  evidenceLimits,
  missingOf,
  type Confidence,
  type Evidence,
  type EvidenceLimits,
  type Missing,
} from "./evidence.js";
import { linesOf } from "./lines.js";
import {
  loadOfCount,
  nothing,
  plus,
  times,
  type LevelLoad,
  type RecordSpan,
  type Volume,
} from "./load.js";
import { questionsOf, type Asked } from "./questions.js";
import {
  Standing,
  billOf,
  keepingOf,
  untouched,
  type Bill,
  type Surroundings,
  type Weighed,
} from "./standing.js";

export interface AdvisorLimits {
  evidence: EvidenceLimits;
  /** Rollups that are counted for a cube. */
  counted: number;
  /** Proposals for a cube. */
  proposals: number;
  /** Dollars that a proposal saves a month, unless it drops what nothing asks for. */
  saving: number;
}

export const advisorLimits: AdvisorLimits = {
  ...{ evidence: evidenceLimits, counted: 32, proposals: 12, saving: 0.01 },
};

/** A cube and what is known of its use. */
export interface Subject {
  cube: CubeDefinition;
  clocks: Clocks;
  patterns: readonly Pattern[];
  serving: readonly Serving[];
  limits?: AdvisorLimits;
}

export type StoredLoad = Omit<LevelLoad, "sparse">;

export type Countable = Pick<Serving, "definition" | "rollup">;

/** What was counted; see `countKey`. */
export interface Counted extends Surroundings {
  /** Records that counts rest upon. */
  sampled: number;
  /** Epoch ms from which on records are whole; null where all are. */
  sourceFrom: number | null;
  counts: ReadonlyMap<string, LevelCount>;
  /** What folds touch on a day. */
  touched: ReadonlyMap<string, Touched>;
  /** Tiles that are stored, by `tilesKey`. */
  tiles: ReadonlyMap<string, StoredLoad>;
}

/** A pattern: the newest question of it, and how often a month it is asked. */
export interface Served extends Pick<Pattern, "form" | "query"> {
  monthly: number;
}

export interface Proposal {
  kind: "add" | "merge" | "narrow" | "drop";
  cube: string;
  rollup: string;
  /** Rollups that go, or are defined differently. */
  replaces: readonly string[];
  /** Null where it only takes away. */
  definition: RollupDefinition | null;
  /** For `cubes.ts`. */
  lines: string;
  /** Of the rollups that change, and of the questions whose reading changes. Per month, but for what is stored. */
  before: Bill;
  after: Bill;
  /** Dollars per month. */
  saves: number;
  /** Once: the records that are read and the tiles that are written. */
  build: Volume;
  /** What is read differently. */
  serves: readonly Served[];
  evidence: Evidence;
  confidence: Confidence;
}

/** What would be proposed, and why it is not. */
export type Withheld = {
  cube: string;
  kind: Proposal["kind"];
  rollup: string;
  replaces: readonly string[];
  saves: number;
} & (
  | { code: "ThinEvidence"; missing: Missing }
  /** Members that no other rollup keeps, or the rollup itself, where nothing else has its history. */
  | { code: "OnlyCover"; members: readonly string[] }
  /** Its history is in no record any more, and in no other rollup. */
  | { code: "SourceExpired" }
);

export interface Advice {
  proposals: Proposal[];
  withheld: Withheld[];
  /** Rollups that no reported question is read from. */
  unused: string[];
}

/** What a level of a definition is counted by: equal for rollups that only differ in name. */
export function countKey(rollup: StoredRollup, { granularity, partition }: Level): string {
  const dimensions = rollup.dimensions.map(({ name, type }) => [name, type]);
  const columns = rollup.accumulators.map(({ column }) => column);
  return JSON.stringify([rollup.cube, dimensions, columns, granularity, partition]);
}

export function tilesKey(rollup: string, granularity: Level["granularity"]): string {
  return `${rollup}/${granularity}`;
}

/** Rollups to count before `advise`: those that serve, and those that moves would add; each once. */
export function countedRollups(subject: Subject): Countable[] {
  const { serving } = subject;
  const added = plannedMoves(subject).flatMap(({ add }) => add ?? []);
  const keys = ({ rollup }: Countable) =>
    rollup.levels.map((level) => countKey(rollup, level)).join(" ");
  const all: Countable[] = [...serving, ...added];
  return [...new Map(all.map((one) => [keys(one), one])).values()];
}

function plannedMoves({
  cube,
  clocks,
  patterns,
  serving,
  limits = advisorLimits,
}: Subject): Move[] {
  const questions = questionsOf(cube, patterns, clocks.timezone, 1);
  const drops = serving.map(({ name }): Move => ({ remove: [name], add: null }));
  const others = movesOf(cube, clocks, questions, serving, limits.counted);
  return [...drops, ...others.filter(({ add }) => add !== null)];
}

/** Pure and deterministic. O(proposals × moves × questions × rollups). */
export function advise(subject: Subject, counted: Counted, prices: Prices): Advice {
  const { cube, clocks, serving, limits = advisorLimits } = subject;
  const patterns = subject.patterns.filter((one) => one.cube === cube.name);
  const days = daysOf(patterns);
  const questions = questionsOf(cube, patterns, clocks.timezone, Math.max(1, days));
  const standing = new Standing(questions, clocks.timezone, counted);
  const weigh = weigher(counted);
  let current = serving.map((one) => weigh(one.rollup, one));
  const first = standing.reads(current);
  const advice: Advice = { proposals: [], withheld: [], unused: [] };
  advice.unused = serving
    .filter(({ name }) => first.every(({ by }) => by?.candidate.rollup.name !== name))
    .map(({ name }) => name);
  const moves = plannedMoves(subject).map((move) => ({
    ...move,
    weighed: move.add === null ? null : weigh(move.add.rollup, null),
  }));
  const refused = new Set<object>();
  while (advice.proposals.length < limits.proposals) {
    const steps = moves.flatMap((move) => {
      if (refused.has(move)) return [];
      const step = stepOf(standing, current, move, prices);
      const isDrop = move.add === null;
      return step !== null && step.saves > (isDrop ? 0 : limits.saving) ? [{ move, ...step }] : [];
    });
    const best = steps.reduce<(typeof steps)[number] | null>(
      (a, b) => (a === null || b.saves > a.saves ? b : a),
      null,
    );
    if (best === null) break;
    const { move, next, ...step } = best;
    const asked = step.moved.map((i) => questions[i] as Asked);
    // A proposal rests on the question that saves most by it, and one that reads nothing differently on all reports.
    const told = best.most === null ? patterns : [(questions[best.most] as Asked).pattern];
    const evidence: Evidence = {
      ...{ reports: told.reduce((sum, { reports }) => sum + reports, 0), days },
      ...{ sampled: counted.sampled, records: counted.span.records },
    };
    const kind = kindOf(move, serving);
    const rollup = move.add?.name ?? (move.remove[0] as string);
    const { saves } = step;
    const of = { cube: cube.name, kind, rollup, replaces: move.remove, saves };
    const withheld = whyNot(subject, counted, current, next, move, evidence);
    if (withheld !== null) {
      refused.add(move);
      const isKnown = advice.withheld.some(
        (one) => one.kind === kind && one.rollup === rollup && one.code === withheld.code,
      );
      if (!isKnown) advice.withheld.push({ ...of, ...withheld });
      continue;
    }
    const { add } = move;
    const hasSketches = add?.rollup.accumulators.some(({ kind }) => /hll|ddS/.test(kind)) === true;
    advice.proposals.push({
      ...of,
      definition: add?.definition ?? null,
      lines: add === null ? "" : linesOf(add.name, add.definition),
      ...{ before: step.before, after: step.after },
      build: add === null ? nothing : plus(step.after.stored, wholeOf(counted.span)),
      serves: asked.map(({ pattern: { form, query }, monthly }) => ({ form, query, monthly })),
      evidence,
      confidence: confidenceOf(evidence, hasSketches),
    });
    refused.add(move);
    current = next;
  }
  return advice;
}

function wholeOf({ records, bytesEach }: RecordSpan): Volume {
  return { documents: records, bytes: records * bytesEach };
}

function weigher({ counts, touched, tiles }: Counted) {
  return (rollup: StoredRollup, serving: Serving | null): Weighed => ({
    candidate: serving ?? { rollup, generation: 0, status: "ready" },
    loads: rollup.levels.map((level) => {
      const stored = serving && tiles.get(tilesKey(rollup.name, level.granularity));
      const count = counts.get(countKey(rollup, level));
      const none = { ...nothing, partitions: 0, sparse: 1 };
      return { ...(count ? loadOfCount(rollup, level, count) : none), ...stored };
    }),
    touched: rollup.levels.map((level) => touched.get(countKey(rollup, level)) ?? untouched),
  });
}

type WeighedMove = Move & { weighed: Weighed | null };

interface Step {
  next: Weighed[];
  before: Bill;
  after: Bill;
  saves: number;
  /** Questions that are read differently. */
  moved: number[];
  /** The one of them that saves most; null for none. */
  most: number | null;
}

/** What a move changes, or null where it cannot be made, or would leave a question without its rollup. */
function stepOf(
  standing: Standing,
  current: readonly Weighed[],
  { remove, add, weighed }: WeighedMove,
  prices: Prices,
): Step | null {
  const isRemoved = ({ candidate }: Weighed) => remove.includes(candidate.rollup.name);
  const removed = current.filter(isRemoved);
  const kept = current.filter((one) => !isRemoved(one));
  if (removed.length < remove.length) return null;
  if (add !== null && kept.some(({ candidate }) => candidate.rollup.name === add.name)) return null;
  const next = weighed === null ? kept : [...kept, weighed];
  const [was, will] = [standing.reads(current), standing.reads(next)];
  const moved: number[] = [];
  let most: { i: number; bytes: number } | null = null;
  let [readBefore, readAfter, others] = [nothing, nothing, nothing];
  for (const [i, { monthly }] of standing.questions.entries()) {
    const [a, b] = [was[i], will[i]] as [(typeof was)[number], (typeof will)[number]];
    if (a.by !== null && b.by === null) return null;
    if (a.by === b.by) {
      others = plus(others, times(plus(b.read, times(a.read, -1)), monthly));
      continue;
    }
    moved.push(i);
    const bytes = (a.read.bytes - b.read.bytes) * monthly;
    if (most === null || bytes > most.bytes) most = { i, bytes };
    readBefore = plus(readBefore, times(a.read, monthly));
    readAfter = plus(readAfter, times(b.read, monthly));
  }
  const bill = (reads: Volume, others: Volume, rollups: readonly Weighed[]) => {
    const keeping = rollups.map((one) => keepingOf(one, standing.around));
    const upkeep = keeping.map((one) => one.upkeep).reduce(plus, nothing);
    const stored = keeping.map((one) => one.stored).reduce(plus, nothing);
    return billOf({ reads, others, upkeep, stored }, prices);
  };
  const isMore = others.bytes >= 0;
  const before = bill(readBefore, isMore ? nothing : times(others, -1), removed);
  const after = bill(readAfter, isMore ? others : nothing, weighed === null ? [] : [weighed]);
  // A rollup that serves nothing is not worth its keep.
  if (add !== null && moved.length === 0) return null;
  return {
    next,
    before,
    after,
    saves: before.dollars - after.dollars,
    moved,
    most: most?.i ?? null,
  };
}

function kindOf({ remove, add }: Move, serving: readonly Serving[]): Proposal["kind"] {
  if (add === null) return "drop";
  if (remove.length === 0) return "add";
  const former = serving.find(({ name }) => name === remove[0]);
  const isPart = former !== undefined && holds(former.rollup, add.rollup);
  return remove.length === 1 && isPart ? "narrow" : "merge";
}

/** Why a move is not proposed though it would save, or null. */
function whyNot(
  { cube, limits = advisorLimits }: Subject,
  { sourceFrom }: Counted,
  current: readonly Weighed[],
  next: readonly Weighed[],
  { remove, weighed }: WeighedMove,
  evidence: Evidence,
) {
  const rollupOf = ({ candidate }: Weighed) => candidate.rollup;
  const left = next.map(rollupOf);
  const removed = current.map(rollupOf).filter(({ name }) => remove.includes(name));
  const members = [...new Set(removed.flatMap((rollup) => onlyIn(cube, rollup, left)))];
  if (members.length > 0) return { code: "OnlyCover" as const, members };
  const added = weighed?.candidate.rollup;
  if (sourceFrom !== null && added && !current.some((one) => holds(rollupOf(one), added)))
    return { code: "SourceExpired" as const };
  const missing = missingOf(evidence, limits.evidence, remove.length > 0);
  return missing === null ? null : { code: "ThinEvidence" as const, missing };
}
