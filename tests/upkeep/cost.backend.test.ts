/**
 * What upkeep costs where little is written, counted as Convex bills it. Crons are left out of the app and
 * run by hand, as often as they run in an hour.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stockRows } from "../../bench/data/rows.js";
import type { Usage } from "../../local/execution/usageMeter.js";
import { UpkeepBackend, until } from "./backend.js";
import { heavyProfile } from "../support/stage.js";

const RECORDS = 10_000;
/** Of crons that this suite counts; `verify rollups` has a budget of its own. */
const WATCHES_PER_HOUR = 30;
const EXPIRIES_PER_HOUR = 4;
const WALKS_PER_HOUR = 1 / 24;
/** Made here, and reckoned with: a walk's calls and bytes grow with tenants, the rest does not. */
const TENANTS = 200;
/** Mutations that are made at once: no more than run at once. */
const AT_ONCE = 10;
const MANY = 1000;
const MB = 1_000_000;

let backend: UpkeepBackend;
beforeAll(async () => {
  backend = await UpkeepBackend.start(
    { ROLLUPS_WRITE_BYTES_PER_SECOND: String(2 ** 30) },
    {},
    heavyProfile,
  );
});
afterAll(() => backend.stop());

const bytesOf = ({ bytesRead, bytesWritten, indexBytesWritten }: Usage) =>
  bytesRead + bytesWritten + indexBytesWritten;

async function cronsOfAnHour(): Promise<void> {
  for (let i = 0; i < WATCHES_PER_HOUR; i++) await backend.run("worker/watch:watch");
  for (let i = 0; i < EXPIRIES_PER_HOUR; i++) await backend.run("expiry/expire:runAll");
}

test("a write to a tenant of 10,000 records that sleeps takes four calls and a quarter of a megabyte", async () => {
  const tenant = await backend.tenant("acme");
  await tenant.settled();
  await tenant.send("inventory", stockRows(RECORDS));
  await tenant.settled();
  await backend.asleep();
  await backend.resetUsage();
  const startedAt = Date.now();
  const client = tenant.connect();
  await backend.record(client, "acme");
  await sleep(75_000 - (Date.now() - startedAt));
  const usage = await backend.usage();
  expect(usage.callsByFunction).toEqual({
    "inventory:record": 1,
    "rollups/wake/wake:wake": 1,
    "rollups/batchWorker/loop:loop": 2,
  });
  expect(usage.calls).toBeLessThanOrEqual(4);
  expect(bytesOf(usage)).toBeLessThanOrEqual(0.25 * MB);
  expect(backend.pendingJobs()).toEqual([]);
  const folded = await tenant.load({ measures: ["inventory.count"] }, "folded");
  expect(folded.data).toEqual([{ "inventory.count": RECORDS + 1 }]);
}, 600_000);

test("a tenant that nobody writes to makes no calls, whatever crons do", async () => {
  // The row of a worker that sleeps is taken away once it is overdue.
  await backend.app.replace("convex/limits.ts", "fold: {", "fold: { overdueMs: 0,");
  await backend.app.push(backend.local);
  await until(async () => {
    await backend.run("worker/watch:watch");
    return backend.stored("awake").length === 0 && backend.pendingJobs().length === 0;
  });
  await backend.resetUsage();
  await cronsOfAnHour();
  const { callsByFunction } = await backend.usage();
  expect(backend.pendingJobs()).toEqual([]);
  expect(callsByFunction).toEqual({
    "rollups/worker/watch:watch": WATCHES_PER_HOUR,
    "rollups/expiry/expire:runAll": EXPIRIES_PER_HOUR,
  });
}, 120_000);

test("a thousand empty tenants make less than sixty calls an hour, and cost next to nothing", async () => {
  for (let i = 0; i < TENANTS; i += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, (_, j) =>
        backend.run("wake/wake:wake", { tenantId: `empty-${i + j}`, source: null }),
      ),
    );
    await until(() => backend.pendingJobs().length < 10);
  }
  await backend.asleep();
  await until(async () => {
    await backend.run("worker/watch:watch");
    return backend.stored("awake").length === 0 && backend.pendingJobs().length === 0;
  });
  await backend.resetUsage();
  await cronsOfAnHour();
  const hour = await backend.usage();
  await backend.resetUsage();
  await backend.run("worker/kick:kickAll");
  await backend.asleep();
  const walk = await backend.usage();
  // Those made here and the one with records, in links of ten, and a look at each link's tenants.
  const links = TENANTS / 10 + 1;
  expect(walk.callsByFunction).toEqual({
    ...{ "rollups/worker/kick:kickAll": 1, "rollups/worker/kick:discover": 1 },
    ...{ "rollups/worker/kick:link": links, "rollups/worker/kick:kickSome": links },
  });
  const walkOfMany = (walk.calls * MANY) / TENANTS;
  expect(hour.calls + walkOfMany * WALKS_PER_HOUR).toBeLessThanOrEqual(60);
  // A few hundred bytes for each tenant and walk.
  expect(bytesOf(walk) / TENANTS).toBeLessThan(1000);
  expect(bytesOf(hour)).toBeLessThan(0.1 * MB);
}, 600_000);
