/** Asks a deployment, page by page, for what proposals are made of. */
import {
  countKey,
  countedRollups,
  tilesKey,
  type Counted,
  type StoredLoad,
  type Subject,
} from "./advise.js";
import type { Serving } from "./candidates.js";
import type { CubeDefinition } from "../model/cube.js";
import type { Pattern } from "../patterns/pattern.js";
import type { Candidate } from "../planner/plan.js";
import { fingerprint } from "../resolve/resolveRollup.js";
import { LevelCounter } from "../sampling/counts.js";
import type { LevelSample } from "../sampling/sample.js";
import { storedAs } from "../sampling/storedAs.js";
import type { Touched } from "../sampling/writes.js";

/** Calls one of the functions of `rollups.advisor()` for the tenant. */
export type Ask = <Answer>(name: string, args: object) => Promise<Answer>;

export interface Standing {
  cube: CubeDefinition;
  candidates: Candidate[];
  timezone: string;
  zones: string[];
  sourceFrom: number | null;
  stateBytes: number;
}

type Place = { t: number; at: unknown };

interface Page {
  levels: LevelSample[][];
  records: number;
  bytes: number;
  first: number | null;
  last: number | null;
  next: Place | null;
}

const DAY_MS = 86_400_000;

export function subjectOf(
  { cube, candidates, timezone, zones }: Standing,
  patterns: readonly Pattern[],
): Subject {
  const clocks = { timezone, zones };
  const serving = Object.entries(cube.rollups).flatMap(([name, definition]): Serving[] => {
    const rollup = storedAs(cube, name, definition, clocks);
    if (rollup === null) return [];
    const identity = fingerprint(rollup);
    const built = candidates.find((one) => fingerprint(one.rollup) === identity);
    return [{ ...(built ?? { rollup, generation: NOT_BUILT, status: "ready" }), name, definition }];
  });
  return { cube, clocks, patterns, serving };
}

/** The generation of a rollup that is declared and not there yet: it counts as if it were, or it would be proposed again. */
export const NOT_BUILT = 0;

/** Counts for one cube; at most about `most` of its newest records are looked at. */
export async function countFor(
  ask: Ask,
  { sourceFrom, stateBytes }: Standing,
  subject: Subject,
  { most, now, onSampled }: { most: number; now: number; onSampled?: (records: number) => void },
): Promise<Counted> {
  const { cube, serving } = subject;
  const tiles = new Map<string, StoredLoad>();
  let total: number | null = null;
  for (const one of serving.filter(({ generation }) => generation !== NOT_BUILT)) {
    const whole = await storedOf(ask, cube.name, one, tiles);
    // A record counts once where none of its dimensions is split by value.
    if (one.rollup.dimensions.every(({ type }) => type !== "strings")) total ??= whole;
  }
  const countable = countedRollups(subject);
  const asked = { cube: cube.name, rollups: countable.map(({ definition }) => definition) };
  const counters = countable.map(({ rollup }) =>
    rollup.levels.map((level) => new LevelCounter(level)),
  );
  let [sampled, bytes, first, begin, last] = [0, 0, Infinity, Infinity, -Infinity];
  const ends: { t: number; records: number }[] = [];
  let from: Place | null = null;
  for (;;) {
    const page: Page = await ask<Page>("sample", { ...asked, from });
    first = Math.min(first, page.first ?? Infinity);
    if (from === null && total !== null && total > most && page.first !== null) {
      // A whole stretch of time up to now, so that its buckets are as full as they are.
      from = { t: Math.floor(now - ((now - page.first) * most) / total), at: null };
      continue;
    }
    page.levels.forEach((levels, i) =>
      levels.forEach((sample, j) => counters[i]?.[j]?.add(sample)),
    );
    if (page.first !== null) ends.push({ t: page.first, records: sampled });
    sampled += page.records;
    bytes += page.bytes;
    onSampled?.(sampled);
    begin = Math.min(begin, page.first ?? Infinity);
    last = Math.max(last, page.last ?? -Infinity);
    from = page.next;
    if (from === null || (total === null && sampled >= most) || sampled >= 2 * most) break;
  }
  const isWhole = from === null && begin === first;
  const windowMs = Math.max(1, last - begin);
  const records = Math.max(
    sampled,
    total ?? (isWhole ? sampled : (sampled * (now - first)) / windowMs),
  );
  const scale = { windowMs, times: isWhole ? 1 : records / Math.max(1, sampled) };
  const written = await ask<{ folds: number; spanMs: number; touched: Touched[][] }>(
    "written",
    asked,
  );
  const counts: Counted["counts"] extends ReadonlyMap<string, infer One>
    ? Map<string, One>
    : never = new Map();
  const touched = new Map<string, Touched>();
  countable.forEach(({ rollup }, i) =>
    rollup.levels.forEach((level, j) => {
      const key = countKey(rollup, level);
      const counter = counters[i]?.[j] as LevelCounter;
      counts.set(key, counter.count(scale));
      const perDay = DAY_MS / written.spanMs;
      const { partitions, series, open } = written.touched[i]![j]!;
      touched.set(key, {
        ...{ partitions: partitions * perDay, series: series * perDay, open: open * perDay },
      });
    }),
  );
  // What was not looked at lies evenly: it is older, or newer where nothing tells how many records there are.
  const before = total === null ? 0 : records - sampled;
  const shares = [
    ...ends,
    ...(total === null && sampled > 0 ? [{ t: last, records: sampled }] : []),
  ].map((end) => ({ t: end.t, share: (before + end.records) / records }));
  const span = {
    ...{ records, shares, bytesEach: bytes / Math.max(1, sampled) },
    ...{
      from: sampled === 0 ? now : first,
      to: sampled === 0 ? now : Math.max(last, isWhole ? last : now),
    },
  };
  const folds = (written.folds * DAY_MS) / written.spanMs;
  return { span, sampled, sourceFrom, stateBytes, folds, counts, touched, tiles };
}

/** What is stored of a rollup, into `tiles`; returns the records that it counts. */
export async function storedOf(
  ask: Ask,
  cube: string,
  { rollup, generation }: Pick<Candidate, "rollup" | "generation">,
  tiles: Map<string, StoredLoad>,
): Promise<number> {
  let whole = 0;
  for (const { granularity } of rollup.levels) {
    const load = { documents: 0, bytes: 0, partitions: 0, records: 0 };
    let after: unknown = null;
    do {
      const page: typeof load & { next: unknown } = await ask("stored", {
        ...{ rollup: `${cube}.${rollup.name}`, generation, granularity, after },
      });
      for (const key of Object.keys(load) as (keyof typeof load)[]) load[key] += page[key];
      after = page.next;
    } while (after !== null);
    const { records, ...rest } = load;
    tiles.set(tilesKey(rollup.name, granularity), rest);
    whole = Math.max(whole, records);
  }
  return whole;
}
