/**
 * Many tenants that write at once: as many as this machine carries on a real deployment, and a thousand on
 * the simulated scheduler, fed with what visits of a worker were measured to take.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { api } from "../../convex/_generated/api.js";
import {
  firstRestMs,
  foldLimits,
  paceMs,
  restMs,
} from "../../convex/components/rollups/limits/fold.js";
import { dice } from "../data/random.js";
import type { Tenant } from "../support/tenant.js";
import { mbOf, upkeepOf } from "./measured.js";
import type { Report } from "../support/report.js";
import { byTime, ofNow, type Row } from "./rows.js";
import { simulate, type Load, type Visit } from "./scheduler.js";
import { LOOP, Stage, type StageOptions } from "./stage.js";

const TENANTS = 1000;
const REAL_TENANTS = 40;
const RECORDS = 2000;
/** Changes of the visits that are measured; what lies between is on a line. */
const MANY = 300;
const MINUTES = 3;

/** Convex's smallest class. */
const SLOTS = 8;
const WRITTEN_BYTES_PER_SECOND = 4 * 1024 * 1024;

const WRITE_BYTES = 1500;
const RATES = { "1 write/min each": 1 / 60, "1 write/10 s each": 0.1 };

export async function runActiveCase(
  name: string,
  options: StageOptions,
  scale: number,
  report: Report,
): Promise<void> {
  const stage = await Stage.start({ ...options, readLatencyMs: 2 });
  try {
    const [one, many] = [await visitOf(stage, "a", 1), await visitOf(stage, "b", MANY)];
    report.row(
      "Visits of a worker, with the look that follows",
      ["changes", "slot ms", "KB"],
      [...[1, one.slotMs, one.bytes / 1000]],
    );
    report.row(
      "Visits of a worker, with the look that follows",
      [],
      [...[MANY, many.slotMs, many.bytes / 1000]],
    );
    simulated(name, { one, many }, report);
    await real(stage, name, Math.max(4, Math.round(REAL_TENANTS * scale)), scale, report);
  } finally {
    await stage.stop();
  }
}

/** What folding so many changes of now takes the loop in all, until it sleeps again. */
async function visitOf(stage: Stage, tenantId: string, changes: number): Promise<Visit> {
  await stage.insertRaw(tenantId, "watch", byTime("watch", RECORDS));
  const tenant = await stage.tenant(tenantId);
  await tenant.settled();
  await stage.quiet();
  await stage.reset();
  const rows = ofNow(changes);
  await tenant.send(
    "watch",
    Array.from({ length: changes }, () => rows.next().value as Row),
  );
  await stage.quiet();
  const { functions } = await stage.backend.stats();
  const { written, indexWritten } = await upkeepOf(stage.backend);
  return {
    slotMs: functions[LOOP]?.totalMs ?? 0,
    bytes: (written + indexWritten) * 1e6,
  };
}

function simulated(name: string, { one, many }: { one: Visit; many: Visit }, report: Report): void {
  const between = (a: number, b: number, changes: number) =>
    a + (Math.max(0, b - a) * Math.max(0, changes - 1)) / (MANY - 1);
  for (const [rate, writesPerSecond] of Object.entries(RATES)) {
    const load: Load = {
      tenants: TENANTS,
      slots: SLOTS,
      writtenBytesPerSecond: WRITTEN_BYTES_PER_SECOND,
      writesPerSecond,
      writeBytes: WRITE_BYTES,
      seconds: 3600,
      visit: (changes) => ({
        slotMs: between(one.slotMs, many.slotMs, changes),
        bytes: changes === 0 ? 0 : between(one.bytes, many.bytes, changes),
      }),
      restMs: (tenant, changes, spanMs) =>
        changes === 0
          ? foldLimits.restMsMax
          : restMs(foldLimits, `tenant-${tenant}`, changes, spanMs),
      firstRestMs: (tenant) => firstRestMs(foldLimits, `tenant-${tenant}`),
      paceMs: (bytes, workers) => paceMs(foldLimits, bytes, workers),
      random: dice(1).unit,
    };
    const { waitP50Ms, waitMaxMs, ageMaxMs, starved, writes, refused, busy } = simulate(load);
    const header = [
      ...["simulated, an hour", "writes", "refused", "starved", "slots busy %"],
      ...["wait p50 s", "wait max s", "oldest change s"],
    ];
    report.row(`${TENANTS} active tenants on ${SLOTS} slots and 4 MiB/s`, header, [
      ...[rate, writes, refused, starved, 100 * busy],
      ...[waitP50Ms / 1000, waitMaxMs / 1000, ageMaxMs / 1000],
    ]);
    report.figure(`${name}, simulated, ${rate}`, "tenants that starve", starved, 0);
    report.figure(`${name}, simulated, ${rate}`, "writes refused", refused, 0);
    report.figure(`${name}, simulated, ${rate}`, "worst wait, s", waitMaxMs / 1000);
  }
}

/** The same for real, every tenant with a write each 10 s. */
async function real(
  stage: Stage,
  name: string,
  count: number,
  scale: number,
  report: Report,
): Promise<void> {
  const tenants: Tenant[] = [];
  for (let i = 0; i < count; i++) tenants.push(await stage.tenant(`active-${i}`));
  await stage.quiet();
  await stage.reset();
  const endMs = Date.now() + Math.max(45_000, MINUTES * 60_000 * scale);
  const rows = ofNow(7);
  let [writes, refused, lagMaxMs] = [0, 0, 0];
  await Promise.all(
    tenants.map(async (tenant, i) => {
      const client = tenant.connect();
      await sleep((i / count) * 10_000);
      while (Date.now() < endMs) {
        const args = { tenantId: tenant.tenantId, row: rows.next().value as never };
        await client.mutation(api.watch.record, args).then(
          () => writes++,
          () => refused++,
        );
        lagMaxMs = Math.max(lagMaxMs, (await tenant.health()).lagMs);
        await sleep(10_000);
      }
    }),
  );
  const upkeep = await upkeepOf(stage.backend);
  const header = ["real, tenants", "writes", "refused", "MB", "calls", "lag max s", "longest ms"];
  report.row("Active tenants, real, 1 write/10 s each", header, [
    ...[count, writes, refused, mbOf(upkeep), upkeep.calls, lagMaxMs / 1000, upkeep.longest.ms],
  ]);
  report.figure(`${name}, ${count} real`, "writes refused", refused, 0);
  report.figure(`${name}, ${count} real`, "timeouts", upkeep.timeouts, 0);
}
