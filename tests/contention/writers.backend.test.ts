/**
 * Law 7, under load: 64 connections write into one tenant's current hour, with a fold worker that is
 * awake and with one that sleeps. No write is ever retried because of upkeep, and nothing is lost. A
 * synchronous aggregate, kept by a trigger in each write, is put under the same load beside it: it
 * shows that the counters would see conflicts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBackendProcess, type BackendProcess } from "../../bench/support/backendProcess.js";
import { table, type Cell } from "../../bench/support/table.js";
import { Tenant } from "../../bench/support/tenant.js";
import { api } from "../../convex/_generated/api.js";
import { api as peer } from "./fixtures/aggregateApp/convex/_generated/api.js";
import { stockRow } from "../convex/harness.js";
import { heavyProfile, stageLimits } from "../support/stage.js";
import { LOAD_MS, runWriters, WRITERS, type Load } from "./writers.js";

/** Without folds among the writes there is nothing to conflict with. */
const FOLDS_MIN = 3;
/** The loop rests for up to a second before it sleeps; the machine may be busy. */
const SLEEP_TIMEOUT_MS = 40_000;

const figures: Cell[][] = [];

function report(name: string, load: Load, conflicts: Record<string, number>) {
  const { written, failed, seconds, p50Ms, p99Ms } = load;
  const listed = Object.entries(conflicts).map(([source, count]) => `${source} ${count}`);
  figures.push([
    name,
    written.length,
    failed,
    written.length / seconds,
    p50Ms,
    p99Ms,
    listed.join(", ") || "none",
  ]);
}

afterAll(() => {
  const header = ["writers on", "written", "failed", "per second", "p50 ms", "p99 ms", "conflicts"];
  console.log(
    `\n${WRITERS} connections for ${LOAD_MS / 1000} s or more\n${table(header, figures)}\n`,
  );
});

/** Thousandths of a second that tell one write from another, so that a lost one shows in the total. */
const durationMs = (index: number) => index * 1009 + 1;

/** A row of the current hour. */
function row(index: number) {
  return {
    videoId: `v${index % 50}`,
    title: `Video ${index % 50}`,
    channel: `Channel ${index % 7}`,
    topics: ["Drama"],
    category: `Category ${index % 5}`,
    viewer: `viewer-${index % 31}`,
    watchedAt: Date.now(),
    durationSeconds: durationMs(index) / 1000,
  };
}

/** Short rests: many folds among the writes. */
const env = { ROLLUPS_REST_MS_MIN: "100", ROLLUPS_REST_MS_MAX: "1000" };

describe("source writes never wait for upkeep", () => {
  let backend: BackendProcess;
  beforeAll(async () => {
    backend = await startBackendProcess({ env, profile: heavyProfile, limits: stageLimits });
  });
  afterAll(() => backend.stop());

  const folds = async () =>
    (await backend.stats()).functions["rollups/batchWorker/loop:loop"]?.calls ?? 0;

  async function workerIs(tenant: Tenant, wanted: "idle" | "running") {
    const until = performance.now() + SLEEP_TIMEOUT_MS;
    while ((await tenant.health()).worker !== wanted) {
      if (performance.now() > until) throw new Error(`The worker is not ${wanted}.`);
      await sleep(50);
    }
  }

  test.each(["warm", "idle"] as const)("with a worker that is %s", async (state) => {
    const tenantId = state;
    const tenant = await Tenant.open(backend, tenantId);
    await tenant.settled();
    if (state === "idle") await workerIs(tenant, "idle");
    else {
      // Of the other cube: its fold is followed by a rest, in which the worker is awake.
      await tenant.connect().mutation(api.inventory.record, { tenantId, row: stockRow() });
      await workerIs(tenant, "running");
    }
    await backend.resetStats();

    const load = await runWriters(
      () => tenant.connect(),
      (client, index) => client.mutation(api.watch.record, { tenantId, row: row(index) }),
      async () => (await folds()) >= FOLDS_MIN,
    );

    expect(await folds()).toBeGreaterThanOrEqual(FOLDS_MIN);
    const writes = load.written.length;
    const seconds = load.written.reduce((sum, index) => sum + durationMs(index), 0) / 1000;
    await tenant.settled();
    const { conflicts, functions } = await backend.stats();
    report(`log and worker, ${state}`, load, conflicts.byFunction);
    expect(load.failed).toBe(0);
    expect(functions["watch:record"]).toMatchObject({ calls: writes, conflicts: 0, errors: 0 });
    expect(conflicts.byFunction).not.toHaveProperty("watch:record");
    expect(conflicts.exhausted).toBe(0);

    const folded = await tenant.load(
      { measures: ["watch.count", "watch.durationSeconds"], dimensions: ["watch.category"] },
      "folded",
    );
    expect(folded.servedBy).toBe("watch.by_category@1");
    const sum = (member: "watch.count" | "watch.durationSeconds") =>
      folded.data.reduce((total, one) => total + Math.round(Number(one[member]) * 1000), 0) / 1000;
    expect(sum("watch.count")).toBe(writes);
    expect(sum("watch.durationSeconds")).toBe(seconds);
    expect(await tenant.health()).toMatchObject({ deadLetters: 0, backlog: 0 });
  });
});

describe("keys that are sent again", () => {
  let backend: BackendProcess;
  beforeAll(async () => {
    // Here nested calls have limits of their own; elsewhere they share their caller's.
    backend = await startBackendProcess({
      profile: heavyProfile,
      limits: { ...stageLimits, nestedTime: "separate" },
    });
  });
  afterAll(() => backend.stop());

  test("look their commit up beside folds, and never conflict with them", async () => {
    const tenantId = "acme";
    const tenant = await Tenant.open(backend, tenantId);
    await tenant.settled();
    const keyed = (index: number) => ({ ...row(index), key: `k${index % 20}` });
    const client = tenant.connect();
    const commits: unknown[] = [];
    for (let i = 0; i < 20; i++) {
      commits.push((await client.mutation(api.watch.record, { tenantId, row: keyed(i) })).commitTs);
    }
    await backend.resetStats();
    const folds = async () =>
      (await backend.stats()).functions["rollups/batchWorker/loop:loop"]?.calls ?? 0;
    let again = 0;
    const load = await runWriters(
      () => tenant.connect(),
      async (client, index) => {
        const isAgain = index % 4 === 0;
        const sent = isAgain ? keyed(index) : row(index);
        const { commitTs } = await client.mutation(api.watch.record, { tenantId, row: sent });
        if (!isAgain) return;
        again++;
        expect(commitTs).toBe(commits[index % 20]);
      },
      async () => (await folds()) >= FOLDS_MIN,
    );
    const { conflicts, functions } = await backend.stats();
    report("keys again, a quarter of all", load, conflicts.byFunction);
    expect(again).toBeGreaterThan(20);
    expect(load.failed).toBe(0);
    expect(functions["watch:record"]).toMatchObject({ conflicts: 0, errors: 0 });
    expect(conflicts.exhausted).toBe(0);
    await tenant.settled();
    const { data } = await tenant.load({ measures: ["watch.count"] });
    expect(data).toEqual([{ "watch.count": 20 + load.written.length - again }]);
  });
});

describe("beside it, an aggregate that every write keeps", () => {
  let backend: BackendProcess;
  beforeAll(async () => {
    const app = fileURLToPath(new URL("fixtures/aggregateApp", import.meta.url));
    backend = await startBackendProcess({ app, profile: heavyProfile, limits: stageLimits });
  });
  afterAll(() => backend.stop());

  test("conflicts, and the counters see it", async () => {
    const tenantId = "acme";
    await backend.resetStats();
    const load = await runWriters(
      () => new ConvexHttpClient(backend.url, { logger: false }),
      (client, index) => client.mutation(peer.writes.record, { tenantId, row: row(index) }),
    );
    const { conflicts } = await backend.stats();
    report("synchronous aggregate", load, conflicts.byFunction);
    expect(conflicts.byFunction["writes:record"]).toBeGreaterThan(0);
  });
});
