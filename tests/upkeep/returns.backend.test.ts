/**
 * Workers come back whatever became of their jobs: those cancelled from the dashboard, those that a backup
 * does not hold, and wake-ups that were lost. The watch finds them in the list of those awake, the walk
 * finds the others.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { ConvexHttpClient } from "convex/browser";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tenant } from "../../bench/support/tenant.js";
import { UpkeepBackend, until } from "./backend.js";

const tenantId = "acme";
const REST_MS = 4000;
const OVERDUE_MS = 500;

let backend: UpkeepBackend;
let tenant: Tenant;
let client: ConvexHttpClient;
let written = 0;

beforeAll(async () => {
  backend = await UpkeepBackend.start(
    { ROLLUPS_REST_MS_MIN: "200", ROLLUPS_REST_MS_MAX: String(REST_MS) },
    { "convex/limits.ts": ["fold: {", `fold: { overdueMs: ${OVERDUE_MS},`] },
  );
  tenant = await backend.tenant(tenantId);
  client = tenant.connect();
});
afterAll(() => backend.stop());

async function record(rows = 1): Promise<void> {
  await backend.record(client, tenantId, rows);
  written += rows;
}
const backlog = async () => (await tenant.health()).backlog;

/** All that was written is folded, exactly once, and served from tiles. */
async function expectFolded(): Promise<void> {
  await until(async () => (await backlog()) === 0);
  const { data, servedBy } = await tenant.load({ measures: ["inventory.count"] }, "folded");
  expect({ data, servedBy }).toEqual({
    data: [{ "inventory.count": written }],
    servedBy: "inventory.totals@1",
  });
}

async function serving(): Promise<void> {
  await record();
  await tenant.settled();
  await backend.asleep();
}

test("a worker that runs, and whose jobs were cancelled, is started again by the watch", async () => {
  await serving();
  await record();
  await until(async () => (await backlog()) === 0);
  expect((await tenant.health()).worker).toBe("running");
  expect(backend.cancelJobs()).toBeGreaterThanOrEqual(2);
  await record();
  await sleep(REST_MS + OVERDUE_MS + 500);
  // It seems to run, so neither the write nor one of many rows starts it.
  await record(300);
  await sleep(500);
  // Log rows: one of the record, two of the many.
  expect(await tenant.health()).toMatchObject({ worker: "running", backlog: 3 });
  await backend.run("worker/watch:watch");
  await expectFolded();
  await backend.asleep();
});

test("a wake-up that was lost is found by the watch while the worker is in the list", async () => {
  expect(backend.stored("awake")).toHaveLength(1);
  await sleep(OVERDUE_MS);
  await record();
  expect(backend.cancelJobs()).toBe(1);
  expect(await tenant.health()).toMatchObject({ worker: "idle", backlog: 1 });
  await backend.run("worker/watch:watch");
  await expectFolded();
  await backend.asleep();
});

test("a wake-up that was lost is found by the walk when the worker is in no list", async () => {
  await sleep(OVERDUE_MS);
  await backend.run("worker/watch:watch");
  expect(backend.stored("awake")).toEqual([]);
  await record();
  expect(backend.cancelJobs()).toBe(1);
  await backend.run("worker/watch:watch");
  expect(await backlog()).toBe(1);
  await backend.run("worker/kick:kickAll");
  await expectFolded();
  await backend.asleep();
});

test("an operator starts one worker again, before the watch does", async () => {
  await record();
  await until(async () => (await backlog()) === 0);
  backend.cancelJobs();
  await record();
  await backend.run("worker/watch:revive", { tenantId });
  await expectFolded();
  await backend.asleep();
});

test("many rows at once end a rest", async () => {
  await record();
  await until(async () => (await backlog()) === 0);
  const before = Date.now();
  await record(300);
  await until(async () => (await backlog()) === 0);
  // The rest began a moment before; on a busy machine a fold takes its time.
  expect(Date.now() - before).toBeLessThan(REST_MS * 0.9);
  await expectFolded();
});

test("a second walk does not begin beside one under way, unless it is to begin again", async () => {
  await backend.asleep();
  await backend.run("worker/kick:kickAll");
  expect(backend.cancelJobs()).toBeGreaterThanOrEqual(2);
  // Another one does not begin beside it.
  await backend.run("worker/kick:kickAll");
  expect(backend.pendingJobs()).toEqual([]);
  await backend.run("worker/kick:kickAll", { isAnew: true });
  await until(() => backend.stored<{ walk: unknown }>("upkeep")[0]?.walk === null);
});
