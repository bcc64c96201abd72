/**
 * Folding and building, each on a deployment of its own: how long the loop's calls take, what they read and
 * write, how long it takes in all, and whether every cell is exact.
 */
import type { Health, Tenant } from "../support/tenant.js";
import { mbOf, upkeepOf, type Upkeep } from "./measured.js";
import type { Report } from "../support/report.js";
import { atRandom, byTime, ofOneDay } from "./rows.js";
import { Stage, type StageOptions } from "./stage.js";

interface FoldCase {
  /** Before measuring: rows that are there and built. */
  before?(stage: Stage, count: (rows: number) => number): Promise<void>;
  /** What is measured, until all is folded, built and repaired. */
  measured(stage: Stage, count: (rows: number) => number): Promise<void>;
  /** How many times the MB it may take that it takes where no call has to fit a second. That is measured first. */
  timesUnbounded?: number;
}

const TENANT = "acme";
/** A worker that restarts after a timeout is given time for a few restarts. */
const STANDSTILL_MS = 180_000;

const send = async (stage: Stage, rows: Record<string, unknown>[], cube: "watch" | "inventory") => {
  const tenant = await stage.tenant(TENANT);
  await tenant.send(cube, rows);
};

const settled = async (stage: Stage) => {
  await (await stage.tenant(TENANT)).settled(STANDSTILL_MS);
};

/** Rows that nobody captured, … */
const insert = (stage: Stage, rows: Record<string, unknown>[]) =>
  stage.insertRaw(TENANT, "watch", rows);

/** … which are built once the tenant is made. */
const build = async (stage: Stage) => {
  await built(await stage.tenant(TENANT));
};

/** Every declared rollup serves and nothing is being built. */
async function built(tenant: Tenant): Promise<void> {
  let health: Health;
  do {
    await tenant.settled(STANDSTILL_MS);
    health = await tenant.health();
  } while (health.backfills.length > 0);
}

const cases: Record<string, FoldCase> = {
  "8,000 of one day": {
    before: settled,
    measured: async (stage, count) => {
      await send(stage, ofOneDay(count(8000)), "watch");
      await settled(stage);
    },
  },
  "20,000 + 20,000 by time": {
    before: settled,
    measured: async (stage, count) => {
      await send(stage, byTime("watch", count(20_000)), "watch");
      await send(stage, byTime("inventory", count(20_000)), "inventory");
      await settled(stage);
    },
    timesUnbounded: 1.5,
  },
  "6,000 random": {
    before: settled,
    measured: async (stage, count) => {
      await send(stage, atRandom("watch", count(6000)), "watch");
      await settled(stage);
    },
  },
  "rebuild 60,000 by time": {
    before: (stage, count) => insert(stage, byTime("watch", count(60_000))),
    measured: build,
  },
  "rebuild 60,000 random": {
    before: (stage, count) => insert(stage, atRandom("watch", count(60_000))),
    measured: build,
  },
  "2,000 random into 60,000": {
    before: async (stage, count) => {
      await insert(stage, byTime("watch", count(60_000)));
      await build(stage);
    },
    measured: async (stage, count) => {
      await send(stage, atRandom("watch", count(2000), 2), "watch");
      await settled(stage);
    },
  },
};

export const foldCases = Object.keys(cases);

const LONGEST_MS = 500;
const TITLE =
  "Folding and building: user time of the loop in cold contexts, MB, every cell compared";
const HEADER = [
  ...["case", "cells", "wrong", "loop p50 ms", "p99", "max", "longest call ms", "drained s"],
  ...["tiles read MB", "plan read", "other read", "written", "index keys", "calls", "timeouts"],
];

export async function runFoldCase(
  name: string,
  options: StageOptions,
  scale: number,
  report: Report,
): Promise<void> {
  const fold = cases[name]!;
  const { timesUnbounded } = fold;
  let mbMax: number | null = null;
  if (timesUnbounded !== undefined) {
    const { mb } = await measure(
      `${name}, unbounded`,
      fold,
      { ...options, isUnbounded: true },
      scale,
      report,
    );
    mbMax = timesUnbounded * mb;
  }
  const { mb, upkeep, bad, outcome } = await measure(name, fold, options, scale, report);
  const { longest, timeouts } = upkeep;
  report.figure(name, `longest call, ms (${longest.name})`, longest.ms, LONGEST_MS);
  report.figure(name, "timeouts", timeouts, 0);
  report.figure(name, "cells that are not exact", bad, 0);
  if (mbMax !== null) report.figure(name, "tiles, plan and written, MB", mb, mbMax);
  if (outcome !== null) throw outcome;
}

interface Measured {
  upkeep: Upkeep;
  /** Of tiles, of the log and the source, and written. */
  mb: number;
  /** Cells that are not exact. */
  bad: number;
  /** Null where it came to its end. */
  outcome: unknown;
}

async function measure(
  name: string,
  { before, measured }: FoldCase,
  options: StageOptions,
  scale: number,
  report: Report,
): Promise<Measured> {
  const count = (rows: number) => Math.max(1, Math.round(rows * scale));
  const stage = await Stage.start(options);
  try {
    await before?.(stage, count);
    await stage.reset();
    const startedAt = performance.now();
    const outcome = await measured(stage, count).then(
      () => null,
      (error: unknown) => error,
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const upkeep = await upkeepOf(stage.backend);
    const { cells, wrong, missing, unexpected } = await stage.backend.compared(TENANT);
    const bad = cells === 0 ? NaN : wrong + missing + unexpected;
    const { loop, longest, timeouts, tilesRead, planRead, otherRead } = upkeep;
    const { written, indexWritten, calls } = upkeep;
    report.row(TITLE, HEADER, [
      ...[name, cells, bad, loop.p50, loop.p99, loop.max, longest.ms],
      outcome === null ? seconds : `not in ${Math.round(seconds)}`,
      ...[tilesRead, planRead, otherRead, written, indexWritten, calls, timeouts],
    ]);
    return { upkeep, mb: mbOf(upkeep) - indexWritten - otherRead, bad, outcome };
  } finally {
    await stage.stop();
  }
}
