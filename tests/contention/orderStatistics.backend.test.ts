/**
 * Law 7 for order statistics, and what a question takes: 64 connections write while the fold worker keeps the trees,
 * and no write is retried. `@convex-dev/aggregate` by itself, kept by each mutation, is put under the same load and
 * asked the same question in the same app.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startBackendProcess, type BackendProcess } from "../../bench/support/backendProcess.js";
import { table, type Cell } from "../../bench/support/table.js";
import { heavyProfile, stageLimits } from "../support/stage.js";
import { api } from "./fixtures/orderApp/convex/_generated/api.js";
import { LOAD_MS, runWriters, WRITERS, type Load } from "./writers.js";

const RECORDS = 3000;
/** Of what an aggregate is kept of in the same mutation, more at once take longer than Convex allows. */
const BATCH = 40;
/** Iterations among the writes: each moves some records. */
const FOLDS_MIN = 3;
const SETTLED_MS = 170_000;

let backend: BackendProcess;
let client: ConvexHttpClient;
const load: Cell[][] = [];
const work: Cell[][] = [];

beforeAll(async () => {
  const app = fileURLToPath(new URL("fixtures/orderApp", import.meta.url));
  backend = await startBackendProcess({ app, profile: heavyProfile, limits: stageLimits });
  client = connect();
});
afterAll(async () => {
  await backend?.stop();
  const writes = ["writes", "written", "failed", "per second", "p99 ms", "conflicts"];
  console.log(`\n${WRITERS} connections for ${LOAD_MS / 1000} s\n${table(writes, load)}\n`);
  const asked = ["a 95th percentile", "records", "documents", "KB", "ranges"];
  console.log(`${table(asked, work)}\n`);
});

const connect = () => new ConvexHttpClient(backend.url, { logger: false });
const call = (index: number) => ({
  ...{ team: `team-${index % 5}`, seconds: (index * 7919) % 10_007 },
  at: Date.now(),
});
const query = { measures: ["calls.p95" as const] };
const ask = async () => await client.query(api.rollups.load, { query });

async function truth(name: "calls" | "peers"): Promise<number | undefined> {
  const values = await client.query(api.calls.values, { table: name });
  return values.sort((a, b) => a - b)[Math.ceil(0.95 * values.length) - 1];
}

function report(name: string, { written, failed, seconds, p99Ms }: Load, conflicts: number) {
  load.push([name, written.length, failed, written.length / seconds, p99Ms, conflicts]);
}

/** Records in the trees. */
async function trees(): Promise<number> {
  const { orderStatistics } = await client.query(api.rollups.health, {});
  return orderStatistics[0]?.records ?? 0;
}

/** Until all of the log is in the trees: then the answer reads no change of it. */
async function settled(): Promise<void> {
  const until = performance.now() + SETTLED_MS;
  for (;;) {
    const { orderStatistics, backlog } = await client.query(api.rollups.health, {});
    const isDone = orderStatistics.every(({ status, lagMs }) => status === "ready" && lagMs === 0);
    if (backlog === 0 && orderStatistics.length > 0 && isDone) return;
    if (performance.now() > until) throw new Error("The trees are not settled.");
    await sleep(500);
  }
}

describe("64 writers", () => {
  test("never conflict with the trees that the worker keeps, and percentiles are exact meanwhile", async () => {
    await client.mutation(api.calls.record, call(0));
    await settled();
    await backend.resetStats();
    const routes = new Map<string, number>();
    const folds = async () =>
      (await backend.stats()).functions["rollups/batchWorker/loop:loop"]?.calls ?? 0;
    let isWriting = true;
    const asking = (async () => {
      while (isWriting) {
        const route = await ask().then(
          ({ servedBy }) => servedBy,
          (error: unknown) => (error instanceof ConvexError ? "refused" : String(error)),
        );
        routes.set(route, (routes.get(route) ?? 0) + 1);
        await sleep(500);
      }
    })();
    const written = await runWriters(
      connect,
      (own, index) => own.mutation(api.calls.record, call(index + 1)),
      async () => (await folds()) >= FOLDS_MIN,
    );
    isWriting = false;
    await asking;
    const { conflicts, functions } = await backend.stats();
    report("log and worker", written, functions["calls:record"]?.conflicts ?? -1);
    expect(await folds()).toBeGreaterThanOrEqual(FOLDS_MIN);
    // A tail of more than a thousand commits is not added: records are scanned meanwhile, while they are few.
    expect([...routes.keys()]).toContain("calls.seconds@1");
    expect(written.failed).toBe(0);
    expect(functions["calls:record"]).toMatchObject({ conflicts: 0, errors: 0 });
    expect(conflicts.exhausted).toBe(0);
    const during = await trees();
    expect(during).toBeGreaterThan(1);
    const from = performance.now();
    await settled();
    expect(await trees()).toBe(written.written.length + 1);
    const seconds = (performance.now() - from) / 1000;
    load.push([
      "trees, afterwards",
      written.written.length - during,
      0,
      (written.written.length - during) / seconds,
      0,
      0,
    ]);
    const { data, servedBy } = await ask();
    expect(data).toEqual([{ "calls.p95": await truth("calls") }]);
    expect(servedBy).toBe("calls.seconds@1");
  });

  test("conflict where each of their mutations keeps an aggregate", async () => {
    await backend.resetStats();
    const written = await runWriters(connect, (own, index) =>
      own.mutation(api.calls.recordPeer, call(index)),
    );
    const { conflicts } = await backend.stats();
    const count = conflicts.byFunction["calls:recordPeer"] ?? 0;
    report("aggregate in each mutation", written, count);
    expect(count).toBeGreaterThan(0);
  });
});

test("a question reads the tree as the package does by itself, and no more for the log that is folded", async () => {
  const fill = async (name: "calls" | "peers") => {
    const has = (await client.query(api.calls.values, { table: name })).length;
    for (let i = has; i < RECORDS; i += BATCH) {
      const calls = Array.from({ length: Math.min(BATCH, RECORDS - i) }, (_, j) => call(i + j));
      if (name === "calls") await client.mutation(api.calls.importCalls, { calls });
      else await client.mutation(api.calls.importPeers, { calls });
    }
  };
  await fill("peers");
  const theirs = await client.query(api.calls.atOffset, { share: 0.95 });
  expect(theirs.value).toBe(await truth("peers"));
  await fill("calls");
  await settled();
  const before = performance.now();
  const ours = await ask();
  expect(performance.now() - before).toBeLessThan(5000);
  expect(ours.data).toEqual([{ "calls.p95": await truth("calls") }]);
  const { total } = await client.query(api.rollups.rank, { query, value: 0 });
  const row = (
    name: string,
    records: number,
    used: { documents: number; bytes: number; indexRanges: number },
  ) => void work.push([name, records, used.documents, used.bytes / 1000, used.indexRanges]);
  row("order statistic", total, ours.work);
  row("the package alone", theirs.total, theirs.work);
  // Beside the tree: the states of the cube's statistics, the groups, the log, and the rollups that might answer.
  expect(ours.work.documents).toBeLessThan(theirs.work.documents + 40);
});
