/**
 * What upkeep costs where little or nothing is written, counted by `GET /local/usage` over some minutes
 * and priced for a month. Crons belong to the deployment: what an empty one takes is measured first.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { api } from "../../convex/_generated/api.js";
import type { Tenant } from "../support/tenant.js";
import { mbOf, upkeepOf } from "./measured.js";
import { priced } from "./price.js";
import type { Report } from "../support/report.js";
import { byTime, ofNow, type Row } from "./rows.js";
import { Stage, type StageOptions } from "./stage.js";

const TENANT = "acme";
const RECORDS = 10_000;
/** A window long enough for every cron that runs each few minutes. */
const WINDOW_S = 300;
/** Fold, rest and the last look, after one write. */
const ISOLATED_S = 75;

const TITLE = "Upkeep alone, priced: $2 per million calls, $0.20 per GB";
const HEADER = [
  "case",
  "seconds",
  "calls",
  "MB",
  "calls/h",
  "MB/h",
  "$/month",
  "longest ms",
  "timeouts",
];

type Run = (stage: Stage, scale: number, report: Report) => Promise<void>;

export const priceCases: Record<string, Run> = {
  /** The write itself is counted, too: its call, and what it reads and writes. */
  "isolated write": async (stage, scale, report) => {
    const tenant = await filled(stage, scale);
    const idle = await counted(stage, () => sleep(ISOLATED_S * 1000));
    const write = await counted(stage, async () => {
      await record(tenant, ofNow(1).next().value as Row);
      await sleep(ISOLATED_S * 1000);
    });
    // What crons of the deployment do meanwhile, they do without a write.
    report.figure("isolated write", "calls", write.all.calls - idle.all.calls, 4);
    report.figure("isolated write", "MB", write.all.mb - idle.all.mb, 0.25);
    show(report, "isolated write, 75 s, with crons", write);
  },

  "idle tenant": async (stage, scale, report) => {
    const seconds = windowOf(scale);
    const empty = await counted(stage, () => sleep(seconds * 1000));
    show(report, "no tenants", empty);
    await filled(stage, scale);
    const idle = await counted(stage, () => sleep(seconds * 1000));
    show(report, `idle tenant of ${rowsOf(scale)}`, idle);
    const perHour = (calls: number) => Math.max(0, calls) * (3600 / seconds);
    report.figure("idle tenant", "calls an hour", perHour(idle.calls - empty.calls), 0);
    report.figure("idle tenant", "MB an hour", perHour(idle.mb - empty.mb));
  },

  "empty tenants": async (stage, scale, report) => {
    const tenants = Math.max(20, Math.round(1000 * scale));
    const seconds = windowOf(scale);
    const empty = await counted(stage, () => sleep(seconds * 1000));
    for (let i = 0; i < tenants; i++) await stage.ensureTenant(`empty-${i}`);
    await stage.quiet();
    const many = await counted(stage, () => sleep(seconds * 1000));
    show(report, `${tenants} empty tenants`, many);
    // The deployment's own share stays; the rest grows with the number of tenants.
    const grown = (of: number, less: number, to: number) => less + ((of - less) * to) / tenants;
    const at = (to: number) =>
      priced(grown(many.calls, empty.calls, to), grown(many.mb, empty.mb, to), seconds);
    report.figure("empty tenants", "calls an hour of 1,000", at(1000).callsPerHour, 60);
    report.figure("empty tenants", "$ a month of 10,000", at(10_000).dollarsPerMonth, 20);
  },

  "1 write/min": (stage, scale, report) => atRate(stage, scale, report, "1 write/min", 60, 1.5),
  "1 write/s": (stage, scale, report) => atRate(stage, scale, report, "1 write/s", 1, 30),
  "10 writes/s": (stage, scale, report) => atRate(stage, scale, report, "10 writes/s", 0.1, 60),
};

export async function runPriceCase(
  name: string,
  options: StageOptions,
  scale: number,
  report: Report,
): Promise<void> {
  const stage = await Stage.start(options);
  try {
    await priceCases[name]!(stage, scale, report);
  } finally {
    await stage.stop();
  }
}

const windowOf = (scale: number) => Math.max(60, Math.round(WINDOW_S * Math.min(1, scale)));
const rowsOf = (scale: number) => Math.max(100, Math.round(RECORDS * scale));

/** A tenant with records, which has come to rest. */
async function filled(stage: Stage, scale: number): Promise<Tenant> {
  await stage.insertRaw(TENANT, "watch", byTime("watch", rowsOf(scale)));
  const tenant = await stage.tenant(TENANT);
  await tenant.settled();
  await stage.quiet();
  return tenant;
}

const record = (tenant: Tenant, row: Row) =>
  tenant.connect().mutation(api.watch.record, { tenantId: tenant.tenantId, row: row as never });

interface Counted {
  seconds: number;
  /** Of upkeep. */
  calls: number;
  mb: number;
  longestMs: number;
  timeouts: number;
  /** Of everything that ran. */
  all: { calls: number; mb: number };
}

async function counted(stage: Stage, meanwhile: () => Promise<void>): Promise<Counted> {
  await stage.reset();
  const startedAt = performance.now();
  await meanwhile();
  const seconds = (performance.now() - startedAt) / 1000;
  const upkeep = await upkeepOf(stage.backend);
  const { calls, bytesRead, bytesWritten, indexBytesWritten } = await stage.backend.usage();
  return {
    seconds,
    calls: upkeep.calls,
    mb: mbOf(upkeep),
    longestMs: upkeep.longest.ms,
    timeouts: upkeep.timeouts,
    all: { calls, mb: (bytesRead + bytesWritten + indexBytesWritten) / 1e6 },
  };
}

function show(report: Report, name: string, one: Counted): number {
  const { callsPerHour, mbPerHour, dollarsPerMonth } = priced(one.calls, one.mb, one.seconds);
  report.row(TITLE, HEADER, [
    ...[name, Math.round(one.seconds), one.calls, one.mb, callsPerHour, mbPerHour],
    ...[dollarsPerMonth, one.longestMs, one.timeouts],
  ]);
  return dollarsPerMonth;
}

/** Writes with times of now, one every so many seconds; counted once the first minute is over. */
async function atRate(
  stage: Stage,
  scale: number,
  report: Report,
  name: string,
  everySeconds: number,
  dollarsMax: number,
): Promise<void> {
  const tenant = await filled(stage, scale);
  const rows = ofNow(1);
  let isWriting = true;
  const writing = (async () => {
    const startedAt = Date.now();
    for (let i = 0; isWriting; i++) {
      await sleep(Math.max(0, startedAt + i * everySeconds * 1000 - Date.now()));
      if (isWriting) await record(tenant, rows.next().value as Row);
    }
  })();
  try {
    await sleep(60_000);
    const one = await counted(stage, () => sleep(windowOf(scale) * 1000));
    report.figure(name, "$ a month of upkeep", show(report, name, one), dollarsMax);
  } finally {
    isWriting = false;
    await writing;
  }
}
