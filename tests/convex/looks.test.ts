// @vitest-environment edge-runtime
/**
 * Looks: records that came past capture are found within a tick of the cron where tenants are few, at the
 * cost of a few small documents; what was captured is never taken for one of them.
 */
import { describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import schema from "../../convex/schema.js";
import type { LimitOverrides } from "../../src/client/index.js";
import {
  foldAll,
  inner,
  inside,
  load,
  NOW,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
} from "./harness.js";
import { chain, MINUTE, runChain, tick, verificationOf } from "./chain.js";

const DAY = 86_400_000;
const total = { measures: ["inventory.count", "inventory.quantity"] };
/** Passes are for others to test: nothing is due unless a look says so. */
const restful = { verification: { megabytesPerMonth: 1e6 } };

/** A tenant of 120 records that a look has seen, and whose first pass is over. */
async function seen(limits: LimitOverrides = restful) {
  const t = startBackend(1, schema, { limits: () => limits });
  const ann = await tenantOf(t);
  await foldAll(t);
  const rows = Array.from({ length: 120 }, (_, i) =>
    stockRow({ category: `Category ${i % 5}`, quantity: i, occurredAt: NOW - i * DAY }),
  );
  await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
  await foldAll(t);
  await tick(t);
  await runChain(t);
  return { t, ann };
}

type Member = Awaited<ReturnType<typeof tenantOf>>;
const healthOf = (ann: Member) => ann.query(api.aggregates.health, { tenantId: "acme" });

async function insertRaw(t: Backend, rows: Record<string, unknown>[]): Promise<void> {
  await t.run(async (ctx) => {
    for (const row of rows) {
      const doc = { ...stockRow(row), tenantId: "acme" };
      await ctx.db.insert("inventoryRecords", doc as never);
    }
  });
}

/** What each rollup of stock says, with the route that it was answered by. */
async function expectTotals(ann: Member, count: number, quantity: number): Promise<void> {
  for (const name of ["", "category", "kind", "product", "warehouse"]) {
    const dimensions = name === "" ? [] : [`inventory.${name}`];
    const { data, servedBy } = await load(ann, { ...total, dimensions });
    expect(servedBy).toMatch(/^inventory\.\w+@1$/);
    const sum = (member: string) => data.reduce((n, row) => n + Number(row[member]), 0);
    expect([name, sum("inventory.count"), sum("inventory.quantity")]).toEqual([
      name,
      count,
      quantity,
    ]);
  }
}

describe("a look", () => {
  test.each([
    ["of now", { quantity: 1000 }, 8140],
    ["of long ago", { quantity: 1, occurredAt: NOW - 900 * DAY }, 7141],
  ])("has an insert %s that nobody captured restored in every rollup", async (_, row, quantity) => {
    const { t, ann } = await seen();
    await insertRaw(t, [row]);
    await tick(t);
    const found = await healthOf(ann);
    expect(found.drifts).toBeGreaterThanOrEqual(7);
    expect(found.verification!.consistency).toBeLessThan(1);
    await foldAll(t);
    await expectTotals(ann, 121, quantity);
    const after = await healthOf(ann);
    expect(after).toMatchObject({ drifts: 0, repairs: 0 });
    expect(after.verification!.lastDriftAt).toBeGreaterThan(NOW);
    await tick(t);
    expect((await healthOf(ann)).verification!.lastDriftAt).toBe(after.verification!.lastDriftAt);
  });

  test("finds nothing in what was captured, folded or not", async () => {
    const { t, ann } = await seen();
    const record = () =>
      ann.mutation(api.inventory.record, { tenantId: "acme", row: stockRow({ quantity: 1 }) });
    await record();
    await tick(t);
    await foldAll(t);
    await tick(t);
    for (let i = 0; i < 3; i++) await record();
    await foldAll(t);
    await record();
    await tick(t);
    await tick(t);
    const health = await healthOf(ann);
    expect([health.drifts, health.verification!.lastDriftAt]).toEqual([0, null]);
  });

  test("tells what nobody captured from what was captured beside it", async () => {
    const { t, ann } = await seen();
    const record = (quantity: number) =>
      ann.mutation(api.inventory.record, { tenantId: "acme", row: stockRow({ quantity }) });
    await record(10);
    await insertRaw(t, [{ quantity: 5, occurredAt: NOW - 300 * DAY }]);
    await record(20);
    await foldAll(t);
    await tick(t);
    const drifts = await inside(t, (ctx) => ctx.db.query("drifts").collect());
    expect(drifts.length).toBeGreaterThanOrEqual(7);
    expect(drifts.every(({ bucket }) => bucket < NOW - 298 * DAY)).toBe(true);
    await foldAll(t);
    await expectTotals(ann, 123, 7140 + 35);
  });

  test("makes a pass due at once where more came than it names, which finds the rest", async () => {
    const { t, ann } = await seen({
      verification: { ...restful.verification, lookRecords: 5, drifts: 20, repairsWaiting: 100 },
    });
    await insertRaw(
      t,
      Array.from({ length: 40 }, (_, i) => ({ quantity: 1, occurredAt: NOW - i * 20 * DAY })),
    );
    await tick(t);
    expect((await verificationOf(t))!.dueAt).toBeLessThanOrEqual(Date.now());
    await runChain(t, 1000, () => foldAll(t));
    await foldAll(t);
    await expectTotals(ann, 160, 7180);
    expect((await healthOf(ann)).drifts).toBe(0);
  });

  test("leaves a tenant whose log is longer than it reads to the passes, and goes on from there", async () => {
    const { t, ann } = await seen({ verification: { ...restful.verification, lookLogBytes: 500 } });
    const rows = Array.from({ length: 30 }, () => stockRow());
    for (let i = 0; i < 3; i++) {
      await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
    }
    await insertRaw(t, [{ quantity: 5, occurredAt: NOW - 300 * DAY }]);
    await foldAll(t);
    await tick(t);
    expect((await healthOf(ann)).drifts).toBe(0);
    await insertRaw(t, [{ quantity: 6, occurredAt: NOW - 310 * DAY }]);
    await tick(t);
    const drifts = await inside(t, (ctx) => ctx.db.query("drifts").collect());
    expect(drifts.length).toBeGreaterThanOrEqual(7);
    expect(drifts.every(({ bucket }) => bucket < NOW - 308 * DAY)).toBe(true);
  });

  test("cannot see an edit or a delete: the next pass does", async () => {
    const { t, ann } = await seen();
    await t.run(async (ctx) => {
      const docs = await ctx.db.query("inventoryRecords").collect();
      await ctx.db.patch("inventoryRecords", docs[3]!._id, { quantity: 1000, category: "New" });
      await ctx.db.delete("inventoryRecords", docs[60]!._id);
    });
    await tick(t);
    await runChain(t);
    expect((await healthOf(ann)).drifts).toBe(0);
    await tick(t, 7 * DAY);
    await runChain(t, 1000, () => foldAll(t));
    await foldAll(t);
    await expectTotals(ann, 119, 7140 - 3 + 1000 - 60);
    const { drifts, verification } = await healthOf(ann);
    expect(drifts).toBe(0);
    expect(verification!.consistency).toBeLessThan(1);
    // Where something was wrong, a pass looks again within the hour, and then all is well.
    await tick(t, 61 * MINUTE);
    await runChain(t);
    expect((await healthOf(ann)).verification!.consistency).toBe(1);
  });
});

async function known(t: Backend, tenantIds: readonly string[]): Promise<void> {
  await inside(t, async (ctx) => {
    for (const tenantId of tenantIds) await ctx.db.insert("tenants", { tenantId });
  });
}

describe("looks", () => {
  const numbered = (i: number) => `tenant-${String(i).padStart(2, "0")}`;
  const many = Array.from({ length: 60 }, (_, i) => numbered(i));
  /** 25 tenants at a tick: the app has two cubes. */
  const startMany = async () => {
    const t = startBackend(1, schema, { limits: () => ({ verification: { looks: 50 } }) });
    await tenantOf(t, "a");
    await known(t, many);
    return t;
  };
  const lookedAt = (t: Backend) =>
    inside(t, async (ctx) => (await ctx.db.query("looks").collect()).map((one) => one.tenantId));

  test("go round the tenants, some at each tick", async () => {
    const t = await startMany();
    const counts: number[] = [];
    for (let i = 0; i < 3; i++) {
      await tick(t);
      counts.push((await lookedAt(t)).length);
    }
    expect(counts).toEqual([25, 50, 61]);
    expect((await chain(t))!.lookedTo).toBe("");
    await tick(t);
    expect((await chain(t))!.lookedTo).toBe(numbered(23));
  });

  test("are fewer after a tick that was killed, and pass over a tenant that kills them", async () => {
    const t = await startMany();
    const tickAfter = async (killed: number) => {
      await tick(t, (1 + killed) * 5 * MINUTE);
      return [(await chain(t))!.lookedTo, (await lookedAt(t)).length];
    };
    expect(await tickAfter(0)).toEqual([numbered(23), 25]);
    expect(await tickAfter(1)).toEqual([numbered(35), 37]);
    expect(await tickAfter(3)).toEqual([numbered(38), 40]);
    // Passed over; the next look begins behind it.
    expect(await tickAfter(5)).toEqual([numbered(39), 40]);
    expect(await tickAfter(0)).toEqual(["", 60]);
  });

  test("are not made while the account is overdrawn", async () => {
    const t = startBackend(1, schema, {
      limits: () => ({ verification: { megabytesPerMonth: 0 } }),
    });
    await tenantOf(t);
    await tick(t);
    await tick(t);
    expect(await lookedAt(t)).toEqual([]);
    expect((await chain(t))!.used).toBe(0);
  });
});

test("nobody asks for anything before the app has said how it is asked", async () => {
  const t = startBackend();
  await t.mutation(inner.verification.chain.tick, {});
  expect(await chain(t)).toBe(null);
});
