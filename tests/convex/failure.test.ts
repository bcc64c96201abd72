// @vitest-environment edge-runtime
/** Small transactions, too many combinations, plans that are dropped: the worker makes progress. */
import { describe, expect, test } from "vitest";
import { api, internal } from "../../convex/_generated/api.js";
import {
  foldAll,
  load,
  NOW,
  startBackend,
  stockRow,
  tenantOf,
  watchRow,
  type Backend,
  inside,
  inner,
} from "./harness.js";

const DAY = 86_400_000;
const spread = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    stockRow({
      product: `Product ${i % 97}`,
      category: `Category ${i % 26}`,
      warehouse: `Warehouse ${i % 3}`,
      quantity: i,
      occurredAt: NOW - ((i * 7919) % 700) * DAY,
    }),
  );
const byWarehouse = {
  measures: ["inventory.quantity", "inventory.count"],
  dimensions: ["inventory.warehouse"],
  order: { "inventory.warehouse": "asc" },
};
const expected = (count: number) =>
  [0, 1, 2].map((warehouse) => {
    const quantities = Array.from({ length: count }, (_, i) => i).filter(
      (i) => i % 3 === warehouse,
    );
    return {
      "inventory.warehouse": `Warehouse ${warehouse}`,
      "inventory.quantity": quantities.reduce((sum, quantity) => sum + quantity, 0),
      "inventory.count": quantities.length,
    };
  });

describe("with a tenth of the transaction limits", () => {
  test("folding splits its work, inside commits and log rows too, and ends exact", async () => {
    const t = startBackend(0.1);
    const ann = await tenantOf(t);
    await foldAll(t);
    await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows: spread(300) });
    const positions = new Set<string>();
    const iterations = await foldAll(t, "acme", 400, async () => {
      const state = await inside(t, (ctx) => ctx.db.query("foldStates").first());
      positions.add(`${state?.position.row}/${state?.position.change}`);
    });
    expect(iterations).toBeGreaterThan(2);
    // It stopped inside the one commit that there is.
    expect([...positions].some((place) => !place.startsWith("0/0"))).toBe(true);
    const answer = await load(ann, byWarehouse);
    expect(answer.servedBy).toBe("inventory.by_warehouse@1");
    expect(answer.data).toEqual(expected(300));
  });

  test("backfill splits its pages and ends exact", async () => {
    const t = startBackend(0.1);
    const ann = await tenantOf(t);
    for (let from = 0; from < 450; from += 150) {
      const rows = spread(450).slice(from, from + 150);
      await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
    }
    await foldAll(t, "acme", 400);
    const answer = await load(ann, byWarehouse);
    expect(answer.servedBy).toBe("inventory.by_warehouse@1");
    expect(answer.data).toEqual(expected(450));
  });

  test("a batch accepts what fits and rejects the rest as retryable", async () => {
    const t = startBackend(0.1);
    const ann = await tenantOf(t);
    const rows = spread(1000).map((row, i) => ({ ...row, key: `k${i}` }));
    let rest = rows;
    let calls = 0;
    while (rest.length > 0) {
      const { accepted, rejected } = await ann.mutation(api.inventory.recordBatch, {
        tenantId: "acme",
        rows: rest,
      });
      expect(accepted).toBeGreaterThan(0);
      expect(new Set(rejected.map(({ code }) => code)).size).toBeLessThanOrEqual(1);
      expect(rejected.every(({ code }) => code === "TransactionBudget")).toBe(true);
      rest = rejected.map(({ index }) => rest[index]!);
      calls++;
    }
    expect(calls).toBeGreaterThan(1);
    const records = await t.run((ctx) => ctx.db.query("inventoryRecords").collect());
    expect(records.length).toBe(1000);
  });
});

/** What the worker would do next, without doing it. */
async function plan(t: Backend) {
  const work = await t.query(inner.worker.nextWork.nextWork, { name: "fold:acme" });
  if (!("batch" in work)) throw new Error("The worker has nothing to do.");
  return work.batch;
}

describe("a plan", () => {
  test("is carried out once, however often it is delivered", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await foldAll(t);
    await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows: spread(60) });
    const batch = await plan(t);
    await t.mutation(inner.worker.worker.work, batch);
    await t.mutation(inner.worker.worker.work, batch);
    await t.mutation(inner.worker.worker.work, batch);
    await foldAll(t);
    expect((await load(ann, byWarehouse)).data).toEqual(expected(60));
  });

  test("made before a definition changed is dropped", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await foldAll(t);
    await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows: spread(60) });
    const batch = await plan(t);
    await t.mutation(internal.tenants.ensure, { tenantId: "acme", timezone: "Asia/Tokyo" });
    const start = await plan(t);
    await t.mutation(inner.worker.worker.work, start);
    await t.mutation(inner.worker.worker.work, batch);
    const folded = await inside(t, (ctx) => ctx.db.query("foldStates").collect());
    expect(folded).toMatchObject([{ folds: 0, foldedChanges: 0 }]);
    await foldAll(t);
    const answer = await load(ann, byWarehouse);
    expect(answer.servedBy).toBe("inventory.by_warehouse@2");
    expect(answer.data).toEqual(expected(60));
  });
});

test("a rollup with too many combinations fails by name; the others and the log go on", async () => {
  // A hundredth of the limits stands in for a hundred times the combinations.
  const t = startBackend(0.02);
  const ann = await tenantOf(t);
  await foldAll(t);
  for (let batch = 0; batch < 30; batch++) {
    const rows = Array.from({ length: 25 }, (_, i) =>
      watchRow({ videoId: `${batch}-${i}`, title: "x".repeat(200), category: `C${i % 3}` }),
    );
    await ann.mutation(api.watch.recordBatch, { tenantId: "acme", rows });
    await foldAll(t, "acme", 400);
  }
  const health = await ann.query(api.aggregates.health, { tenantId: "acme" });
  const failed = health.rollups.filter(({ status }) => status === "failed");
  expect(failed.map(({ rollup }) => rollup)).toContain("by_video");
  expect(health.backlog).toBe(0);
  const answer = await load(ann, { measures: ["watch.count"], dimensions: ["watch.category"] });
  expect(answer.servedBy).toBe("watch.by_category@1");
  expect(answer.data).toEqual(
    ["C0", "C1", "C2"].map((category, i) => ({
      "watch.category": category,
      "watch.count": i === 0 ? 270 : 240,
    })),
  );
  const explained = await ann.query(api.aggregates.explain, {
    tenantId: "acme",
    query: { measures: ["watch.count"], dimensions: ["watch.video"] },
  });
  expect(explained.considered).toContainEqual(
    expect.objectContaining({
      rollup: "by_video",
      refusal: expect.objectContaining({ code: "Failed" }) as unknown,
    }),
  );
});

test("a repair that no transaction can hold is done some series at a time", async () => {
  // A part of the limits stands in for many times the products.
  const t = startBackend(0.08);
  const ann = await tenantOf(t);
  await foldAll(t);
  const name = (i: number) => `Product ${i} ${"with a long name ".repeat(15)}`;
  // A week of days, which are read one by one, in one partition.
  const monday = Date.UTC(2026, 1, 23);
  for (let from = 0; from < 1800; from += 50) {
    const rows = Array.from({ length: 50 }, (_, i) =>
      stockRow({ product: name(from + i), occurredAt: monday + (i % 7) * DAY }),
    );
    await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
    await foldAll(t, "acme", 400);
  }
  const products = { measures: ["inventory.count"], dimensions: ["inventory.product"], limit: 1 };
  expect((await load(ann, products, { freshness: "folded" })).servedBy).toBe(
    "inventory.by_product@1",
  );
  // Written past capture, on the day that is computed anew.
  await t.run(async (ctx) => {
    const docs = await ctx.db.query("inventoryRecords").collect();
    const { _id } = docs.find(({ occurredAt }) => occurredAt === monday + 2 * DAY)!;
    await ctx.db.patch("inventoryRecords", _id, { quantity: 1000 });
  });
  const dateRange = ["2026-02-25", "2026-02-25"];
  await ann.mutation(api.rollups.refresh, { tenantId: "acme", cube: "inventory", dateRange });
  await foldAll(t, "acme", 400);
  const health = await ann.query(api.aggregates.health, { tenantId: "acme" });
  expect(health).toMatchObject({ backlog: 0, repairs: 0 });
  expect(health.rollups.filter(({ status }) => status !== "ready")).toEqual([]);
  // By the day and by the month, which is restored from the days.
  for (const granularity of ["day", "month"]) {
    const answer = await load(ann, {
      measures: ["inventory.quantity"],
      dimensions: ["inventory.product"],
      timeDimensions: [{ dimension: "inventory.occurredAt", granularity }],
      order: { "inventory.quantity": "desc" },
      limit: 2,
    });
    expect(answer.servedBy).toBe("inventory.by_product@1");
    expect(answer.data.map((row) => row["inventory.quantity"])).toEqual([1000, 1]);
  }
});
