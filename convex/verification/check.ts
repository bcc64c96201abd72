/**
 * One step of a verification pass: some cells compared with what they must be, in one snapshot. Runs
 * in a stale snapshot, so it adds no read dependency and never makes a writer wait.
 */
import type { Fact } from "../../lib/model/cube";
import { numberOf } from "../../lib/model/fact";
import { finerLevel } from "../../lib/model/resolveRollup";
import type { Level } from "../../lib/model/rollup";
import { coveredFrom, storedFrom } from "../../lib/tiles/coverage";
import { bucketCeiling, bucketStart, divides, nextBucket } from "../../lib/time/calendar";
import { sameZone } from "../../lib/time/zone";
import type { Granularity } from "../../lib/time/granularity";
import { CellReader } from "../../lib/query/answerFromTiles";
import { bucketOfError, compareCells, mergeInto } from "../../lib/verification/compareCells";
import { placeKey, trueCells } from "../../lib/verification/trueCells";
import { changesAfter } from "../../lib/fold/position";
import { isCounted, type Change } from "../../lib/fold/change";
import { timeOf } from "../../lib/model/fact";
import type { Infer } from "convex/values";
import { TAIL_BYTES_MAX, TAIL_CHANGES_MAX, TAIL_ROWS_MAX } from "../answers/limits";
import { foldPosition, readLog } from "../changeLog/reader";
import { currentReadings, isReadLike } from "../changeLog/readings";
import type { Doc } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";
import { catalogue } from "../cubes";
import { sourceFrom } from "../expiry/sourceFrom";
import { mustCube } from "../fold/cubes";
import { readStates } from "../fold/plan";
import { coverageOf } from "../retention/coverage";
import { generationOf } from "../repairs/repair";
import type { vVerificationCursor } from "../rollups/tables";
import { readTimeWindow } from "../sources/scan";
import { firstPartition, readTiles, type Generation } from "../tiles/store";

/** Records compared by one step; a day that holds more is tried up to DAY_RECORDS_MAX. */
const WINDOW_RECORDS = 1000;
const DAY_RECORDS_MAX = 8000;

export type VerificationCursor = Infer<typeof vVerificationCursor>;

/** A bucket that is not what it must be. */
export interface Drift {
  state: Doc<"rollupStates">["_id"];
  granularity: Level["granularity"];
  bucket: number;
}

export interface CheckResult {
  checked: number;
  equal: number;
  unchecked: number;
  drifts: Drift[];
  /** Where the next step begins; null after the last one of a pass. */
  next: VerificationCursor | null;
}

/** The first step of a pass. */
export function passStart(): VerificationCursor {
  const [cube] = Object.keys(catalogue);
  return { stage: "source", cube: cube ?? "", from: null };
}

/**
 * Compares what the cursor points at. Null when the tail cannot tell, being too long or read by code
 * of another version: try again later.
 */
export async function checkStep(
  ctx: QueryCtx,
  tenantId: string,
  cursor: VerificationCursor,
): Promise<CheckResult | null> {
  const ready = (await readStates(ctx, tenantId)).filter(
    ({ status, definition }) => status === "ready" && isReadLike(definition, currentReadings),
  );
  // A cube or rollup that is gone since the last step has nothing left to check.
  return cursor.stage === "source"
    ? await checkSource(ctx, tenantId, ready, cursor)
    : await checkLevel(ctx, tenantId, ready, cursor);
}

/**
 * The finest level of every rollup of a cube against the source, in one window of time. Where records
 * have expired there is nothing to compare with.
 */
async function checkSource(
  ctx: QueryCtx,
  tenantId: string,
  ready: Doc<"rollupStates">[],
  { cube: name, from: cursorFrom }: Extract<VerificationCursor, { stage: "source" }>,
): Promise<CheckResult | null> {
  const states = judgedByDays(ready, name);
  const [first] = states;
  if (first === undefined) return nothing(nextCube(ready, name));
  const wholeFrom = await sourceFrom(ctx, tenantId, name);
  const from = wholeFrom === null ? cursorFrom : Math.max(wholeFrom, cursorFrom ?? wholeFrom);
  const changes = await readTail(ctx, tenantId, states);
  if (changes === null) return null;
  const { timezone } = first.definition;
  const window = await readWindow(ctx, tenantId, name, timezone, from, "day");
  const next: VerificationCursor | null =
    window.to === null ? nextCube(ready, name) : { stage: "source", cube: name, from: window.to };
  if (window.facts === null) return { ...nothing(next), unchecked: 1 };
  const result = { ...nothing(next), unchecked: window.unreadable };
  for (const state of states) {
    const [level] = state.definition.levels;
    if (level === undefined) continue;
    // A bucket that begins before what is left of the source cannot be judged by it.
    const facts = window.facts.filter((fact) => {
      const t = timeOf(fact, state.definition.timeField);
      return wholeFrom === null || bucketOf(state, level, t) >= wholeFrom;
    });
    const part = await compareWindow(ctx, state, level, facts, from, window.to, changes);
    add(result, state, level, part);
  }
  return result;
}

/**
 * Rollups of a cube that windows of whole days can judge: their finest buckets lie within days, and all
 * are in one zone. Of the others every level is compared in windows of its own buckets.
 */
function judgedByDays(ready: Doc<"rollupStates">[], name: string): Doc<"rollupStates">[] {
  const states = ready.filter(({ cube, definition: { levels } }) => {
    const [finest] = levels;
    return cube === name && finest !== undefined && divides(finest.granularity, "day");
  });
  const zone = states[0]?.definition.timezone ?? "UTC";
  return states.filter(({ definition }) => sameZone(definition.timezone, zone));
}

function bucketOf({ definition }: Doc<"rollupStates">, level: Level, t: number): number {
  return bucketStart(level.granularity, definition.timezone, t);
}

/** The changes of a cube that its tiles lack; null where they are too many, or not for these states. */
async function readTail(
  ctx: QueryCtx,
  tenantId: string,
  states: Doc<"rollupStates">[],
): Promise<Change[] | null> {
  const position = await foldPosition(ctx, tenantId);
  const log = await readLog(ctx, tenantId, position, {
    changes: TAIL_CHANGES_MAX,
    rows: TAIL_ROWS_MAX,
    bytes: TAIL_BYTES_MAX,
  });
  if (!log.complete) return null;
  const tail = [...changesAfter(log.rows, position)].filter(
    ({ change }) => isCounted(change) && states.some(({ cube }) => cube === change.cube),
  );
  const isOvertaken = states.some(({ definition }) =>
    tail.some(({ row }) => !isReadLike(definition, row.readings)),
  );
  return isOvertaken ? null : tail.map(({ change }) => change);
}

/** Part of the source, and until when; null where it goes to the end. */
interface Window {
  /** Null for a bucket with too many records. */
  facts: Fact[] | null;
  /** Records that are no facts. */
  unreadable: number;
  to: number | null;
}

/** Facts from `from` to a bucket's start. */
async function readWindow(
  ctx: QueryCtx,
  tenantId: string,
  cubeName: string,
  timezone: string,
  from: number | null,
  granularity: Granularity,
): Promise<Window> {
  const cube = mustCube(cubeName);
  const read = async (size: number): Promise<Window> => {
    const { facts, times, more } = await readTimeWindow(ctx, cube, tenantId, from, size);
    const whole = (to: number): Window => {
      const found = facts.filter((_, i) => (times[i] ?? 0) < to);
      const readable = found.filter((fact) => fact !== null);
      const unreadable = found.length - readable.length;
      return { facts: readable, unreadable, to: to === Infinity ? null : to };
    };
    if (!more) return whole(Infinity);
    const to = bucketStart(granularity, timezone, times.at(-1) ?? 0);
    return to > (times[0] ?? 0) && to > (from ?? -Infinity)
      ? whole(to)
      : { facts: null, unreadable: 0, to: nextBucket(granularity, timezone, to) };
  };
  const window = await read(WINDOW_RECORDS);
  return window.facts === null ? await read(DAY_RECORDS_MAX) : window;
}

/** What of a window the level covers, against the window's facts. */
async function compareWindow(
  ctx: QueryCtx,
  state: Doc<"rollupStates">,
  level: Level,
  window: Fact[],
  begin: number | null,
  to: number | null,
  tail: Change[],
) {
  const generation = generationOf(state);
  const { definition } = generation;
  const kept = storedFrom(generation.coverage, level);
  if (to !== null && to <= kept) return { checked: 0, equal: 0, drifted: [] };
  const facts = window.filter((fact) => (numberOf(fact, definition.timeField) ?? kept) >= kept);
  const from = kept === -Infinity ? begin : Math.max(begin ?? kept, kept);
  const reader = new CellReader(definition, tilesOf(ctx, generation), tail);
  try {
    const stored = await reader.cells([{ kind: "tiles", level, from, to }]);
    return compareCells(definition, stored, trueCells(definition, level, facts));
  } catch (error) {
    // A tail that does not fit the tiles (more removed than there is) is drift, where it says so.
    return { checked: 1, equal: 0, drifted: [bucketOfError(error)] };
  }
}

function tilesOf(ctx: QueryCtx, generation: Generation) {
  return {
    tiles: (read: { level: Level; fromPartition: number | null; toPartition: number | null }) =>
      readTiles(ctx, generation, read.level.granularity, read.fromPartition, read.toPartition),
  };
}

/**
 * One partition of a level against the one that it is made of, as both are folded equally far; or, where
 * there is none, or it keeps nothing any more, some of its buckets against the source.
 */
async function checkLevel(
  ctx: QueryCtx,
  tenantId: string,
  ready: Doc<"rollupStates">[],
  cursor: Extract<VerificationCursor, { stage: "levels" }>,
): Promise<CheckResult | null> {
  const state = ready.find(({ cube, rollup }) => cube === cursor.cube && rollup === cursor.rollup);
  const level = state?.definition.levels[cursor.level];
  if (state === undefined || level === undefined) return nothing(nextLevel(ready, cursor));
  const generation = generationOf(state);
  const { definition, coverage } = generation;
  const zone = definition.timezone;
  const finer = finerLevel(definition, level);
  const covered = coveredFrom(definition, coverage, level, finer);
  if (finer === null || (cursor.from ?? -Infinity) < covered) {
    return await checkUncovered(ctx, tenantId, ready, state, level, covered, cursor);
  }
  const after = (partition: Granularity) =>
    cursor.from === null ? null : bucketStart(partition, zone, cursor.from);
  const [coarseStart, finerStart] = await Promise.all([
    firstPartition(ctx, generation, level.granularity, after(level.partition)),
    firstPartition(ctx, generation, finer.granularity, after(finer.partition)),
  ]);
  const starts = [coarseStart, finerStart].filter((start) => start !== null);
  if (starts.length === 0) return nothing(nextLevel(ready, cursor));
  const first = bucketStart(
    level.partition,
    zone,
    Math.max(cursor.from ?? -Infinity, Math.min(...starts)),
  );
  const partition = Math.max(first, covered);
  const end = nextBucket(level.partition, zone, first);
  const reader = new CellReader(definition, tilesOf(ctx, generation), []);
  const [coarse, fine] = await Promise.all([
    reader.cells([{ kind: "tiles", level, from: partition, to: end }]),
    reader.cells([{ kind: "tiles", level: finer, from: partition, to: end }]),
  ]);
  const result = nothing({ ...cursor, from: end });
  try {
    const truth = mergeInto(definition, level.granularity, fine);
    // Where a finer extreme is pending the coarser one cannot be judged yet.
    const judged = coarse.map((cell) => {
      const known = truth.get(placeKey(cell));
      return known === undefined ? cell : { ...cell, pending: cell.pending | known.pending };
    });
    add(result, state, level, compareCells(definition, judged, truth));
  } catch (error) {
    // A finer cell that cannot be read is drift of its own level; restored, it has this one restored.
    add(result, state, finer, { checked: 1, equal: 0, drifted: [bucketOfError(error)] });
  }
  return result;
}

/** Buckets of a level before `covered`, as many as one window of the source holds. */
async function checkUncovered(
  ctx: QueryCtx,
  tenantId: string,
  ready: Doc<"rollupStates">[],
  state: Doc<"rollupStates">,
  level: Level,
  covered: number,
  cursor: Extract<VerificationCursor, { stage: "levels" }>,
): Promise<CheckResult | null> {
  const changes = await readTail(ctx, tenantId, [state]);
  if (changes === null) return null;
  const { cube, definition } = state;
  const { granularity } = level;
  const wholeFrom = await sourceFrom(ctx, tenantId, cube);
  const start = Math.max(
    cursor.from ?? -Infinity,
    storedFrom(coverageOf(state), level),
    wholeFrom === null ? -Infinity : bucketCeiling(granularity, definition.timezone, wholeFrom),
  );
  if (start >= covered) return nothing({ ...cursor, from: covered });
  const from = start === -Infinity ? null : start;
  const window = await readWindow(ctx, tenantId, cube, definition.timezone, from, granularity);
  const end = Math.min(window.to ?? Infinity, covered);
  const to = end === Infinity ? null : end;
  const next = to === null ? nextLevel(ready, cursor) : { ...cursor, from: to };
  if (window.facts === null) return { ...nothing(next), unchecked: 1 };
  const facts = window.facts.filter((fact) => (numberOf(fact, definition.timeField) ?? 0) < end);
  const result = { ...nothing(next), unchecked: window.unreadable };
  add(result, state, level, await compareWindow(ctx, state, level, facts, from, to, changes));
  return result;
}

function add(
  result: CheckResult,
  state: Doc<"rollupStates">,
  { granularity }: Level,
  part: { checked: number; equal: number; drifted: number[] },
): void {
  result.checked += part.checked;
  result.equal += part.equal;
  for (const bucket of part.drifted) result.drifts.push({ state: state._id, granularity, bucket });
}

function nothing(next: VerificationCursor | null): CheckResult {
  return { checked: 0, equal: 0, unchecked: 0, drifts: [], next };
}

/** The window after a cube's last one: the next cube, then the first of the other levels. */
function nextCube(ready: Doc<"rollupStates">[], name: string): VerificationCursor | null {
  const cubes = Object.keys(catalogue);
  const cube = cubes[cubes.indexOf(name) + 1];
  if (cube !== undefined) return { stage: "source", cube, from: null };
  return otherLevels(ready)[0] ?? null;
}

function nextLevel(
  ready: Doc<"rollupStates">[],
  cursor: Extract<VerificationCursor, { stage: "levels" }>,
): VerificationCursor | null {
  const all = otherLevels(ready);
  const place = ({ cube, rollup, level }: { cube: string; rollup: string; level: number }) =>
    `${cube}\0${rollup}\0${String(level).padStart(3, "0")}`;
  return all.find((candidate) => place(candidate) > place(cursor)) ?? null;
}

/** Every level of every serving rollup that is not compared with the source by days, in a fixed order. */
function otherLevels(ready: Doc<"rollupStates">[]) {
  return ready
    .flatMap((state) => {
      const { cube, rollup, definition } = state;
      const levels = [...definition.levels.keys()];
      const others = judgedByDays(ready, cube).includes(state) ? levels.slice(1) : levels;
      return others.map((level) => ({ stage: "levels" as const, cube, rollup, level, from: null }));
    })
    .sort((a, b) =>
      a.cube !== b.cube
        ? a.cube < b.cube
          ? -1
          : 1
        : a.rollup !== b.rollup
          ? a.rollup < b.rollup
            ? -1
            : 1
          : a.level - b.level,
    );
}
