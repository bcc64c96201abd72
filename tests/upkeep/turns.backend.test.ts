/**
 * A deploy that changes what twelve tenants declare: it is noticed without a write, few of them build at
 * once, all of them are built, and answers are right all the while.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tenant } from "../../bench/support/tenant.js";
import { UpkeepBackend, until } from "./backend.js";

const TENANTS = 12;
const RECORDS = 40;
const AT_ONCE = 4;

let backend: UpkeepBackend;
const tenants: Tenant[] = [];

beforeAll(async () => {
  backend = await UpkeepBackend.start(
    { ROLLUPS_REST_MS_MIN: "100", ROLLUPS_REST_MS_MAX: "1000" },
    // Small pages: a build takes several iterations.
    { "convex/limits.ts": ["fold: {", "fold: { turnMs: 1500, pageDocuments: 8,"] },
  );
  for (let i = 0; i < TENANTS; i++) {
    const tenant = await backend.tenant(`tenant-${i}`);
    await backend.record(tenant.connect(), tenant.tenantId, RECORDS);
    tenants.push(tenant);
  }
  for (const tenant of tenants) await tenant.settled();
  await backend.asleep();
}, 300_000);
afterAll(() => backend.stop());

test("four tenants build at once at most, and all twelve come to their turn", async () => {
  let most = 0;
  const built = new Set<string>();
  backend.local.database.onCommit(() => {
    const building = new Set(
      backend.stored<{ tenantId: string }>("backfills").map(({ tenantId }) => tenantId),
    );
    most = Math.max(most, building.size);
    for (const tenantId of building) built.add(tenantId);
  });
  await backend.run("worker/watch:watch");
  await backend.asleep();
  expect(built.size).toBe(0);

  const description = '"Totals, trends and stock on hand, hour to year.",\n      dimensions: [';
  await backend.app.replace("convex/cubes.ts", `${description}]`, `${description}"warehouse"]`);
  await backend.app.push(backend.local);
  await backend.run("worker/watch:watch");
  // All at once ask for their turn, as after a write to each of them.
  await Promise.all(
    tenants.map(({ tenantId }) => backend.run("wake/wake:wake", { tenantId, source: null })),
  );
  await until(async () => {
    const one = tenants[Math.floor(Math.random() * TENANTS)]!;
    const { data } = await one.load({ measures: ["inventory.count"] });
    expect(data).toEqual([{ "inventory.count": RECORDS }]);
    return built.size === TENANTS;
  }, 120_000);
  await backend.asleep();
  expect(most).toBe(AT_ONCE);
  for (const tenant of tenants) {
    await tenant.settled();
    const { servedBy } = await tenant.load({ measures: ["inventory.count"] }, "folded");
    expect(servedBy).toBe("inventory.totals@2");
  }
}, 300_000);
