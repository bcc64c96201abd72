/**
 * Retention, archive and restore as an operator sees them: the app is pushed with a retention, expired
 * hours go to file storage, and come back from there, exact, though the source holds too many records
 * to build them from.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { catalogue } from "../../convex/cubes.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { runCli } from "../../local/push.js";
import { startWithApp, TENANT, type Started } from "../realData/backend.js";
import { App } from "../soak/app.js";

const DAY = 86_400_000;
const TODAY = Math.floor(Date.now() / DAY) * DAY;
/** More records than a partition is built from. */
const CROWD = 4500;
const crowded = TODAY - 20 * DAY;
const waiting = { timeout: 60_000, interval: 200 };

let app: App;
let started: Started;

beforeAll(async () => {
  app = await App.layOut();
  started = await startWithApp();
});

afterAll(async () => {
  await started.process.stop();
  await app.remove();
});

const date = (t: number) => new Date(t).toISOString().slice(0, 10);

function record(quantity: number, occurredAt: number, count = 1) {
  const row = { product: "p", category: "c", warehouse: "w", kind: "receipt", unitCost: 2.5 };
  const rows = Array.from({ length: count }, (_, i) => ({
    ...{ ...row, quantity: quantity + i, occurredAt: occurredAt + i * 10_000 },
  }));
  return started.client.mutation(api.inventory.recordBatch, { tenantId: TENANT, rows });
}

/** Hours of two days, from folded tiles alone. */
async function hours() {
  const { data, servedBy } = await started.client.query(api.aggregates.load, {
    tenantId: TENANT,
    freshness: "folded",
    query: {
      measures: ["inventory.count", "inventory.quantity", "inventory.value"],
      timeDimensions: [
        {
          dimension: "inventory.occurredAt",
          granularity: "hour",
          dateRange: [date(crowded - DAY), date(crowded)],
        },
      ],
    },
  });
  return { data, servedBy };
}

const health = () => started.client.query(api.aggregates.health, { tenantId: TENANT });

async function totals() {
  const { rollups } = await health();
  return rollups.find(({ cube, rollup }) => cube === "inventory" && rollup === "totals");
}

function restore(from: number) {
  return started.client.mutation(api.rollups.restore, {
    ...{ tenantId: TENANT, cube: "inventory", rollup: "totals", granularity: "hour" },
    from: date(from),
  });
}

test("expired hours are archived, and restored as they were", async () => {
  for (let at = 0; at < CROWD; at += 900) await record(1 + at, crowded + at * 10_000, 900);
  await record(70, crowded - DAY, 3);
  for (let day = 0; day < 40; day += 2) await record(day, TODAY - day * DAY);
  await expect.poll(async () => (await totals())?.status, waiting).toBe("ready");
  await expect.poll(async () => (await health()).lagMs, waiting).toBe(0);
  const before = await hours();
  expect(before.servedBy).toBe("inventory.totals@1");
  expect(before.data).toHaveLength(Math.ceil(CROWD / 360) + 1);
  const month = async () =>
    await started.client.query(api.aggregates.load, {
      tenantId: TENANT,
      freshness: "folded",
      query: { measures: ["inventory.count", "inventory.quantity", "inventory.onHand"] },
    });
  const { data: all } = await month();

  const cwd = process.cwd();
  await runCli(started.process, ["env", "set", "ROLLUPS_RETENTION_GRACE_DAYS", "0"], { cwd });
  const inventory: CubeDefinition = catalogue.inventory;
  const retain = { quarterHour: "10 day", hour: "10 day" };
  const kept = { ...inventory.rollups.totals!, retain, archive: true };
  await app.push(started.process, {
    watch: catalogue.watch,
    inventory: { ...inventory, rollups: { ...inventory.rollups, totals: kept } },
  });
  await record(5, TODAY);
  await expect
    .poll(async () => (await totals())?.coverage, waiting)
    .toMatchObject([{ storedFrom: expect.any(String) as string }]);
  await expect
    .poll(async () => {
      const [hour] = (await totals())!.coverage;
      return hour!.storedFrom === hour!.from;
    }, waiting)
    .toBe(true);
  const refusal = expect.objectContaining({ code: "NotCovered" }) as unknown;
  const considered = expect.arrayContaining([
    expect.objectContaining({ rollup: "totals", refusal }),
  ]) as unknown;
  await expect(hours()).rejects.toMatchObject({ data: { code: "NoRollup", considered } });
  expect((await month()).data[0]).toMatchObject({
    "inventory.count": (all[0]!["inventory.count"] as number) + 1,
    "inventory.quantity": (all[0]!["inventory.quantity"] as number) + 5,
  });

  expect((await restore(crowded - DAY)).partitions).toBeGreaterThan(8);
  await expect
    .poll(async () => (await hours().catch(() => null))?.data, waiting)
    .toEqual(before.data);
  expect(await hours()).toEqual(before);
  await expect.poll(async () => (await health()).restores, waiting).toEqual([]);

  // A late change of a day that is in its archive only, and that the source can tell.
  await record(1000, TODAY - 30 * DAY + 5);
  await restore(TODAY - 31 * DAY);
  const day = async () => {
    const { data } = await started.client.query(api.aggregates.load, {
      tenantId: TENANT,
      freshness: "folded",
      query: {
        measures: ["inventory.count", "inventory.quantity"],
        timeDimensions: [
          {
            dimension: "inventory.occurredAt",
            granularity: "hour",
            dateRange: [date(TODAY - 31 * DAY), date(TODAY - 30 * DAY)],
          },
        ],
      },
    });
    return data;
  };
  await expect
    .poll(() => day().catch(() => null), waiting)
    .toEqual([
      {
        "inventory.occurredAt.hour": `${date(TODAY - 30 * DAY)}T00:00:00.000`,
        "inventory.count": 2,
        "inventory.quantity": 1030,
      },
    ]);

  // What came back, from files and from the source, is what verification expects.
  await started.client.mutation(api.rollups.verify, { tenantId: TENANT });
  await expect.poll(async () => (await health()).verification?.consistency, waiting).toBe(1);
  expect((await health()).drifts).toBe(0);
});
