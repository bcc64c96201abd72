// @vitest-environment edge-runtime
/** Verification finds what bypassed capture, and the worker restores it from the source. */
import { describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
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
const total = { measures: ["inventory.count", "inventory.quantity", "inventory.minUnitCost"] };

async function seeded() {
  const t = startBackend();
  const ann = await tenantOf(t);
  await foldAll(t);
  const rows = Array.from({ length: 400 }, (_, i) =>
    stockRow({
      category: `Category ${i % 5}`,
      quantity: i,
      unitCost: 1 + (i % 13),
      occurredAt: NOW - (i % 120) * DAY,
    }),
  );
  await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
  await ann.mutation(api.watch.recordBatch, {
    tenantId: "acme",
    rows: rows.slice(0, 100).map((_, i) => watchRow({ watchedAt: NOW - i * DAY })),
  });
  await foldAll(t);
  return { t, ann };
}

/** Runs steps until one whole pass more is complete. */
async function pass(t: Backend) {
  const passes = () =>
    inside(t, async (ctx) => (await ctx.db.query("verifications").first())?.passes ?? 0);
  const before = await passes();
  for (let run = 0; run < 200 && (await passes()) === before; run++) {
    await t.mutation(inner.verification.pass.run, { tenantId: "acme" });
  }
  expect(await passes()).toBe(before + 1);
}

describe("a pass", () => {
  test("over tiles that are right finds every cell equal and changes nothing", async () => {
    const { t, ann } = await seeded();
    await pass(t);
    const health = await ann.query(api.aggregates.health, { tenantId: "acme" });
    expect(health.verification).toMatchObject({ passes: 1, consistency: 1, unchecked: 0 });
    const last = await inside(
      t,
      async (ctx) => (await ctx.db.query("verifications").first())?.last,
    );
    expect(last?.checked).toBeGreaterThan(2000);
    expect(health).toMatchObject({ drifts: 0, repairs: 0 });
  });

  test("has answers say when what they were taken from was verified; a scan reads the source", async () => {
    const { t, ann } = await seeded();
    const scan = {
      measures: ["inventory.minUnitCost"],
      dimensions: ["inventory.warehouse"],
    };
    const march = {
      timeDimensions: [
        { dimension: "inventory.occurredAt", compareDateRange: [["2026-03-01"], ["2026-02-01"]] },
      ],
    };
    expect((await load(ann, total)).verifiedAt).toBe(null);
    await pass(t);
    const { rollups, verification } = await ann.query(api.aggregates.health, { tenantId: "acme" });
    const answer = await load(ann, total);
    const { verifiedAt } = rollups.find(({ rollup }) => rollup === "costs")!;
    expect([answer.servedBy, answer.verifiedAt]).toEqual(["inventory.costs@1", verifiedAt]);
    expect(verifiedAt).toBe(verification!.lastPassAt);
    expect((await load(ann, { ...total, ...march })).verifiedAt).toBe(verifiedAt);
    expect(await load(ann, scan)).toMatchObject({ servedBy: "scan", verifiedAt: null });
    await ann.mutation(api.rollups.rebuild, {
      tenantId: "acme",
      cube: "inventory",
      rollup: "costs",
    });
    await foldAll(t);
    const rebuilt = await load(ann, total);
    expect([rebuilt.servedBy, rebuilt.verifiedAt]).toEqual(["inventory.costs@2", null]);
  });

  test("over an unfolded tail compares tiles plus tail", async () => {
    const { t, ann } = await seeded();
    await ann.mutation(api.inventory.record, { tenantId: "acme", row: stockRow() });
    await pass(t);
    expect(await ann.query(api.aggregates.health, { tenantId: "acme" })).toMatchObject({
      drifts: 0,
      verification: { consistency: 1 },
    });
  });

  test("finds raw writes of every kind; the worker restores every level of every rollup", async () => {
    const { t, ann } = await seeded();
    await t.run(async (ctx) => {
      const docs = await ctx.db.query("inventoryRecords").collect();
      const [edited, moved, removed] = [docs[10]!, docs[50]!, docs[90]!];
      await ctx.db.patch("inventoryRecords", edited._id, { quantity: 100_000, unitCost: 0.5 });
      await ctx.db.patch("inventoryRecords", moved._id, {
        category: "Elsewhere",
        occurredAt: NOW - 400 * DAY,
      });
      await ctx.db.delete("inventoryRecords", removed._id);
      const { _id, _creationTime, ...copy } = docs[0]!;
      await ctx.db.insert("inventoryRecords", { ...copy, quantity: 7, occurredAt: NOW + DAY });
    });
    const expected = 399 * 200 - 10 - 90 + 100_000 + 7;
    expect((await load(ann, total)).data[0]?.["inventory.quantity"]).not.toBe(expected);
    await pass(t);
    const found = await ann.query(api.aggregates.health, { tenantId: "acme" });
    expect(found.drifts).toBeGreaterThan(0);
    expect(found.verification?.consistency).toBeLessThan(1);
    await foldAll(t);
    const answer = await load(ann, total);
    expect(answer.servedBy).toBe("inventory.costs@1");
    expect(answer.data).toEqual([
      { "inventory.count": 400, "inventory.quantity": expected, "inventory.minUnitCost": 0.5 },
    ]);
    await pass(t);
    expect(await ann.query(api.aggregates.health, { tenantId: "acme" })).toMatchObject({
      repairs: 0,
      verification: { consistency: 1 },
    });
  });

  test("finds a coarse tile that is not the sum of the finer ones", async () => {
    const { t, ann } = await seeded();
    await inside(t, async (ctx) => {
      for (const tile of await ctx.db.query("rollupTiles").collect()) {
        if (tile.rollup !== "inventory.totals" || tile.granularity !== "month") continue;
        await ctx.db.patch("rollupTiles", tile._id, {
          columns: { ...tile.columns, sum_quantity: tile.columns.count! },
        });
      }
    });
    await pass(t);
    await foldAll(t);
    const answer = await load(ann, {
      measures: ["inventory.quantity"],
      timeDimensions: [
        { dimension: "inventory.occurredAt", dateRange: ["2025-11-01", "2026-03-31"] },
      ],
    });
    expect(answer.servedBy).toBe("inventory.totals@1");
    expect(answer.data).toEqual([{ "inventory.quantity": (399 * 400) / 2 }]);
  });
});

test("tiles that somebody deleted by hand are restored, with records coming in meanwhile", async () => {
  const { t, ann } = await seeded();
  const more = Array.from({ length: 600 }, (_, i) => stockRow({ product: `Product ${i}` }));
  await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows: more });
  await foldAll(t);
  const deleted = await inside(t, async (ctx) => {
    const tiles = await ctx.db.query("rollupTiles").collect();
    // Of each partition of several chunks either the first, with the directory, or another.
    const several = tiles.filter(({ chunk, directory }) => chunk === 0 && directory !== null);
    const others = tiles.filter(
      ({ chunk, rollup, granularity }) =>
        chunk === 1 && rollup === "inventory.by_product" && granularity === "month",
    );
    const gone = [...several.filter(({ granularity }) => granularity !== "month"), ...others];
    for (const { _id } of gone) await ctx.db.delete("rollupTiles", _id);
    return gone.map(({ chunk }) => chunk);
  });
  expect(new Set(deleted)).toEqual(new Set([0, 1]));
  await ann.mutation(api.inventory.record, {
    tenantId: "acme",
    row: stockRow({ product: "Product 599", quantity: 5 }),
  });
  await foldAll(t);
  let consistency: number | null | undefined = null;
  for (let round = 0; round < 4 && consistency !== 1; round++) {
    await pass(t);
    await foldAll(t);
    const health = await ann.query(api.aggregates.health, { tenantId: "acme" });
    consistency = health.verification?.consistency;
  }
  expect(consistency).toBe(1);
  const answer = await load(ann, {
    measures: ["inventory.count", "inventory.quantity"],
    dimensions: ["inventory.product"],
    order: { "inventory.quantity": "desc" },
    limit: 2,
  });
  expect(answer.servedBy).toBe("inventory.by_product@1");
  expect(answer.data).toEqual([
    {
      "inventory.product": "Product 1",
      "inventory.count": 401,
      "inventory.quantity": (399 * 400) / 2 + 1,
    },
    { "inventory.product": "Product 599", "inventory.count": 2, "inventory.quantity": 6 },
  ]);
});

describe("an admin", () => {
  test("refreshes a range in place", async () => {
    const { t, ann } = await seeded();
    await t.run(async (ctx) => {
      const doc = await ctx.db.query("inventoryRecords").first();
      await ctx.db.patch("inventoryRecords", doc!._id, { quantity: 1_000_000 });
    });
    await ann.mutation(api.rollups.refresh, {
      tenantId: "acme",
      cube: "inventory",
      dateRange: ["2026-02-28", "2026-03-01"],
    });
    await foldAll(t);
    expect((await load(ann, { measures: ["inventory.quantity"] })).data).toEqual([
      { "inventory.quantity": (399 * 400) / 2 + 1_000_000 },
    ]);
  });

  test("rebuilds a rollup while it keeps serving", async () => {
    const { t, ann } = await seeded();
    const query = { measures: ["inventory.quantity"], dimensions: ["inventory.category"] };
    const before = await load(ann, query);
    const { rollups } = await ann.mutation(api.rollups.rebuild, {
      tenantId: "acme",
      cube: "inventory",
      rollup: "by_category",
    });
    expect(rollups).toEqual(["inventory.by_category"]);
    expect((await load(ann, query)).servedBy).toBe("inventory.by_category@1");
    await foldAll(t);
    const after = await load(ann, query);
    expect(after.servedBy).toBe("inventory.by_category@2");
    expect(after.data).toEqual(before.data);
  });
});

test("a change that cannot be folded is set aside, and its buckets are restored", async () => {
  const { t, ann } = await seeded();
  // A tile that lost a record makes the next removal impossible.
  await inside(t, async (ctx) => {
    for (const tile of await ctx.db.query("rollupTiles").collect()) {
      if (tile.rollup === "inventory.totals") await ctx.db.delete("rollupTiles", tile._id);
    }
  });
  const { facts } = await ann.query(api.sources.page, {
    tenantId: "acme",
    cube: "inventory",
    cursor: null,
  });
  await ann.mutation(api.inventory.remove, { tenantId: "acme", id: facts[0]!.id });
  await foldAll(t);
  const health = await ann.query(api.aggregates.health, { tenantId: "acme" });
  expect(health.deadLetters).toBe(1);
  await pass(t);
  await foldAll(t);
  const answer = await load(ann, { measures: ["inventory.quantity", "inventory.onHand"] });
  expect(answer.servedBy).toBe("inventory.totals@1");
  expect(answer.data).toEqual([
    { "inventory.quantity": (399 * 400) / 2, "inventory.onHand": (399 * 400) / 2 },
  ]);

  // The letter stays for people to read; replaying it changes no answer.
  const member = await tenantOf(t, "acme", { role: "viewer", subject: "vic" });
  await expect(member.mutation(api.rollups.replay, { tenantId: "acme" })).rejects.toThrow(
    "Forbidden",
  );
  expect(await ann.mutation(api.rollups.replay, { tenantId: "acme" })).toEqual({
    replayed: 1,
    left: false,
  });
  await foldAll(t);
  const after = await ann.query(api.aggregates.health, { tenantId: "acme" });
  expect(after).toMatchObject({ deadLetters: 0, repairs: 0 });
  const again = await load(ann, { measures: ["inventory.quantity", "inventory.onHand"] });
  expect([again.servedBy, again.data]).toEqual([answer.servedBy, answer.data]);
});
