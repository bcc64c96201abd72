// @vitest-environment edge-runtime
/** `health` and `explain` say what things cost; a tenant beyond its budget is told of, and folds rest longer if asked. */
import { expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { LimitOverrides } from "../../src/client/index.js";
import {
  foldAll,
  inner,
  inside,
  NOW,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
} from "../convex/harness.js";

const tenantId = "acme";
type Member = Awaited<ReturnType<typeof tenantOf>>;

const health = (member: Member) => member.query(api.aggregates.health, { tenantId });
const record = (member: Member, rows = 1) =>
  member.mutation(api.inventory.recordBatch, {
    tenantId,
    rows: Array.from({ length: rows }, (_, i) =>
      stockRow({ category: `c${i % 9}`, occurredAt: NOW - (i % 40) * 86_400_000 }),
    ),
  });

async function serving(cost: LimitOverrides["cost"] = {}) {
  const t = startBackend(undefined, undefined, { limits: () => ({ cost }) });
  const ann = await tenantOf(t);
  await record(ann);
  await foldAll(t);
  return { t, ann };
}

/** The rest after a fold of one change that came a minute ago. */
async function restOf(t: Backend, ann: Member): Promise<number> {
  await record(ann);
  vi.setSystemTime(Date.now() + 60_000);
  await foldAll(t);
  const awake = await inside(t, (ctx) => ctx.db.query("awake").unique());
  return awake!.dueAt - Date.now();
}

test("folds are counted where they say how far they are, and health prices them", async () => {
  const { t, ann } = await serving();
  const before = await health(ann);
  await record(ann, 300);
  await foldAll(t);
  const { upkeep, cost, rollups, budget } = await health(ann);
  expect(upkeep.calls - before.upkeep.calls).toBeGreaterThanOrEqual(4);
  expect(upkeep.calls % 4).toBe(0);
  expect(upkeep.bytesWritten).toBeGreaterThan(before.upkeep.bytesWritten + 10_000);
  expect(upkeep.bytesRead).toBeGreaterThan(before.upkeep.bytesRead);
  expect(budget).toBe(null);
  // Of a day, for thirty.
  const { calls, bytesRead, bytesWritten } = upkeep;
  const dollars = (calls / 1e6) * 2 + ((bytesRead + bytesWritten) / 1e9) * 0.2;
  expect(cost.upkeep).toBeCloseTo(30 * dollars, 12);
  const shares = rollups.filter(({ upkeepShare }) => upkeepShare !== null);
  expect(shares.length).toBeGreaterThan(1);
  const sum = (of: (one: (typeof rollups)[number]) => number) =>
    shares.reduce((all, one) => all + of(one), 0);
  expect(sum(({ upkeepShare }) => upkeepShare!)).toBeCloseTo(1, 10);
  expect(sum(({ cost: one }) => one.upkeep!)).toBeCloseTo(cost.upkeep, 12);
  vi.setSystemTime(Date.now() + 31 * 86_400_000);
  expect((await health(ann)).upkeep).toMatchObject({ calls: 0, bytesRead: 0, bytesWritten: 0 });
});

test("what is stored is told from the sizes that are taken, within a factor of two of what there is", async () => {
  const { t, ann } = await serving();
  await record(ann, 400);
  await foldAll(t);
  expect((await health(ann)).rollups.map(({ storedBytes }) => storedBytes)).not.toContain(0);
  await t.mutation(inner.held.sizes.measure, { tenantId, cube: "inventory" });
  const { rollups, cost } = await health(ann);
  const tiles = await inside(t, (ctx) => ctx.db.query("rollupTiles").collect());
  for (const { cube, rollup, generation, storedBytes, cost: own } of rollups) {
    if (cube !== "inventory") continue;
    const mine = tiles.filter(
      (tile) => tile.rollup === `${cube}.${rollup}` && tile.generation === generation,
    );
    const stored = 2 * mine.reduce((sum, tile) => sum + JSON.stringify(tile).length, 0);
    expect(storedBytes! / stored, rollup).toBeGreaterThan(0.5);
    expect(storedBytes! / stored, rollup).toBeLessThan(2);
    expect(own.storage).toBeCloseTo((storedBytes! / 1e9) * 0.2, 15);
  }
  expect(cost.storage).toBeGreaterThan(0);
  expect(cost.total).toBe(cost.storage + cost.upkeep);
});

test("explain prices each rollup that can answer, and none that cannot", async () => {
  const { ann } = await serving();
  const query = { measures: ["inventory.count"], dimensions: ["inventory.category"] } as const;
  const { considered } = await ann.query(api.aggregates.explain, { tenantId, query });
  const priced = (considered as { refusal: unknown; cost: number | null; price: unknown }[]).map(
    ({ refusal, cost, price }) => ({ isRefused: refusal !== null, cost, price }),
  );
  expect(priced.filter(({ isRefused }) => !isRefused).length).toBeGreaterThan(0);
  expect(priced.filter(({ isRefused }) => isRefused).length).toBeGreaterThan(0);
  for (const { isRefused, cost, price } of priced) {
    if (isRefused) {
      expect(price).toBe(null);
      continue;
    }
    const bytes = Math.round(cost! * 20);
    expect(price).toMatchObject({ calls: 2, bytes, isEstimated: true });
    const { perThousand } = price as { perThousand: number };
    expect(perThousand).toBeCloseTo(0.004 + (bytes / 1e6) * 0.2, 12);
  }
});

test("beyond its budget a tenant is told of, and nothing else changes", async () => {
  const { t, ann } = await serving({ megabytesPerMonth: 0.001 });
  const { budget } = await health(ann);
  expect(budget).toMatchObject({ megabytesPerMonth: 0.001, isOver: true, isSlow: false });
  expect(budget!.usedMegabytes).toBeGreaterThan(0.001);
  expect(await restOf(t, ann)).toBeLessThanOrEqual(45_000);
});

test("within its budget it is not slow, and rests as ever", async () => {
  const { t, ann } = await serving({ megabytesPerMonth: 1e6, slow: 1 });
  expect((await health(ann)).budget).toMatchObject({ isOver: false, isSlow: false });
  expect(await restOf(t, ann)).toBeLessThanOrEqual(45_000);
});

test("if asked, folds of a tenant beyond its budget rest longer, and answers stay exact and live", async () => {
  const { t, ann } = await serving({ megabytesPerMonth: 0.001, slow: 1 });
  expect((await health(ann)).budget).toMatchObject({ isOver: true, isSlow: true });
  const restMs = await restOf(t, ann);
  expect(restMs).toBeGreaterThan(60_000);
  expect(restMs).toBeLessThanOrEqual(100_000);
  // Five times as many changes as a rest is made for come within it.
  const query = { measures: ["inventory.count"] } as const;
  for (let i = 0; i < 10; i++) await record(ann, 100);
  const answer = await ann.query(api.aggregates.load, { tenantId, query });
  expect(answer).toMatchObject({
    data: [{ "inventory.count": 1002 }],
    freshness: "live",
    servedBy: "inventory.totals@1",
  });
  // A new month begins with its whole budget.
  vi.setSystemTime(Date.now() + 31 * 86_400_000);
  expect((await health(ann)).budget).toMatchObject({ isOver: false, isSlow: false });
});
