// @vitest-environment edge-runtime
/** Both ways of answering are compared as of one commit; what differs is stored, and takes the new way back. */
import { describe, expect, test, vi } from "vitest";
import { api, components, internal } from "../../convex/_generated/api.js";
import type { Comparison, LimitOverrides } from "../../src/client/index.js";
import {
  foldAll,
  inside,
  load,
  NOW,
  startBackend,
  stockRow,
  tenantOf,
  watchRow,
  type Backend,
} from "./harness.js";

const DAY = 86_400_000;
const tenantId = "acme";
const byCategory = {
  measures: ["inventory.count", "inventory.quantity"],
  dimensions: ["inventory.category"],
  order: [["inventory.quantity", "desc"]],
  total: true,
};
const watched = {
  measures: ["watch.count"],
  timeDimensions: [{ dimension: "watch.watchedAt", granularity: "day" }],
};

type Member = Awaited<ReturnType<typeof tenantOf>>;

async function seeded(
  stage: "shadow" | "percent" | "on" | null = "shadow",
  limits: LimitOverrides = {},
) {
  const t = startBackend(undefined, undefined, { limits: () => limits });
  const ann = await tenantOf(t);
  await foldAll(t);
  const rows = Array.from({ length: 60 }, (_, i) =>
    stockRow({ category: `Category ${i % 3}`, quantity: i, occurredAt: NOW - (i % 20) * DAY }),
  );
  await ann.mutation(api.inventory.recordBatch, { tenantId, rows });
  await ann.mutation(api.watch.recordBatch, {
    tenantId,
    rows: rows.map((_, i) => watchRow({ watchedAt: NOW - (i % 9) * DAY })),
  });
  await foldAll(t);
  if (stage !== null) {
    await ann.mutation(api.flags.move, { tenantId, stage, percent: 50 });
  }
  return { t, ann };
}

const report = (ann: Member, query: unknown) => ann.action(api.flags.report, { tenantId, query });
const review = (ann: Member) => ann.query(api.flags.differences, { tenantId });
const flag = (ann: Member) => ann.query(api.flags.get, { tenantId });

async function compared(t: Backend, query: unknown): Promise<Comparison> {
  const args = { tenantId, query };
  return (await t.query(internal.flags.compare, args as never)) as Comparison;
}

/** Writes a cell of each finest tile of the cube's rollups as it should not be. */
async function corrupt(t: Backend, cube: string): Promise<void> {
  await inside(t, async (ctx) => {
    for (const tile of await ctx.db.query("rollupTiles").collect()) {
      const count = tile.columns["count"];
      if (!tile.rollup.startsWith(`${cube}.`) || count === undefined) continue;
      const wrong = count.map((slots) => slots.map((slot) => (slot === null ? null : 1000)));
      await ctx.db.patch("rollupTiles", tile._id, { columns: { ...tile.columns, count: wrong } });
    }
  });
}

describe("a comparison", () => {
  test("finds rollups and records equal, tail included, and names the route and the commit", async () => {
    const { t, ann } = await seeded();
    const { commitTs } = await ann.mutation(api.inventory.record, {
      tenantId,
      row: stockRow({ category: "Category 9", quantity: 5 }),
    });
    const found = await compared(t, byCategory);
    expect(found).toMatchObject({
      outcome: "equal",
      route: (await load(ann, byCategory)).servedBy,
      commit: commitTs.toString(),
      question: expect.stringMatching(/^inventory:[0-9a-f]{8}$/) as string,
    });
    expect("route" in found && found.route).toMatch(/^inventory\.\w+@1$/);
  });

  test("names a question the same for other days and filter values", async () => {
    const { t } = await seeded();
    const asked = (category: string, day: string) => ({
      measures: ["inventory.count"],
      timeDimensions: [{ dimension: "inventory.occurredAt", dateRange: [day, "2026-03-01"] }],
      filters: [{ member: "inventory.category", operator: "equals", values: [category] }],
    });
    const names = await Promise.all(
      [
        asked("Category 1", "2026-02-01"),
        asked("Category 2", "2026-02-15"),
        { ...asked("Category 2", "2026-02-15"), measures: ["inventory.quantity"] },
      ].map(async (query) => {
        const found = await compared(t, query);
        return "question" in found ? found.question : found;
      }),
    );
    expect(names[0]).toBe(names[1]);
    expect(names[2]).not.toBe(names[0]);
  });

  test("skips what a scan may not read, what only a scan answers, and what is refused, by reason", async () => {
    const { ann } = await seeded();
    const scan = { measures: ["inventory.minUnitCost"], dimensions: ["inventory.warehouse"] };
    await report(ann, scan);
    await report(ann, { measures: ["inventory.nothing"] });
    const { comparisons, differences } = await review(ann);
    expect(comparisons).toMatchObject([
      { cube: "inventory", equal: 0, different: 0, skipped: { Scan: 1, InvalidQuery: 1 } },
    ]);
    expect(differences).toEqual([]);
  });

  test("skips a question whose scan would read more than half of what an answer may", async () => {
    const t = startBackend(undefined, undefined, {
      limits: () => ({ answers: { scanRecords: 100 } }),
    });
    const ann = await tenantOf(t);
    const record = async (count: number) => {
      const rows = Array.from({ length: count }, () => stockRow());
      await ann.mutation(api.inventory.recordBatch, { tenantId, rows });
      await foldAll(t);
    };
    await record(50);
    expect(await compared(t, byCategory)).toMatchObject({ outcome: "equal" });
    await record(1);
    expect(await compared(t, byCategory)).toEqual({ outcome: "skipped", reason: "QueryTooLarge" });
  });
});

describe("an answer as of what is folded", () => {
  test("is skipped: the records are of a later commit", async () => {
    const t = startBackend(undefined, undefined, { limits: () => ({ answers: { tailRows: 2 } }) });
    const ann = await tenantOf(t);
    const record = () => ann.mutation(api.inventory.record, { tenantId, row: stockRow() });
    await record();
    await foldAll(t);
    for (let i = 0; i < 2; i++) await record();
    expect(await compared(t, byCategory)).toMatchObject({ outcome: "equal" });
    await record();
    expect(await compared(t, byCategory)).toEqual({ outcome: "skipped", reason: "Folded" });
    await foldAll(t);
    expect(await compared(t, byCategory)).toMatchObject({ outcome: "equal" });
  });
});

describe("a fault in a rollup", () => {
  test("of a wrong cell is found, stored with both rows, and takes the new way of its cube back", async () => {
    const { t, ann } = await seeded("on");
    await corrupt(t, "inventory");
    await report(ann, byCategory);
    const { differences, comparisons } = await review(ann);
    expect(comparisons).toMatchObject([{ cube: "inventory", equal: 0, different: 1 }]);
    expect(differences.map(({ kind }) => kind)).toEqual(["value"]);
    const [found] = differences;
    expect(found).toMatchObject({ cube: "inventory", times: 1, rows: 3 });
    expect(found?.firstSeen).toBe(found?.lastSeen);
    expect(found?.route).toMatch(/^inventory\.\w+@1$/);
    expect(found?.old).toMatchObject({ "inventory.category": "Category 2", "inventory.count": 20 });
    expect(found?.new).toMatchObject({
      "inventory.category": "Category 2",
      "inventory.count": 1000,
    });
    const { mode, rollout } = await flag(ann);
    expect([mode, rollout.stage, rollout.rollback]).toEqual(["on", "on", null]);
    expect(rollout.cubes).toEqual({
      inventory: {
        mode: "off",
        rollout: {
          ...{ stage: "off", percent: 0, compares: false },
          rollback: {
            ...{ at: found?.lastSeen, from: "on", percent: 50 },
            ...{ reason: "differences", count: 1, most: 1, windowMs: 600_000 },
          },
        },
      },
    });
  });

  test("is counted and takes the new way back where none are stored", async () => {
    const { t, ann } = await seeded("on", { rollout: { stored: 0 } });
    await corrupt(t, "inventory");
    await report(ann, byCategory);
    const { differences, comparisons } = await review(ann);
    expect(differences).toEqual([]);
    expect(comparisons).toMatchObject([{ cube: "inventory", different: 1 }]);
    expect((await flag(ann)).rollout.cubes?.["inventory"]?.mode).toBe("off");
  });

  test("of a change that capture missed is found by the first question about it", async () => {
    const { t, ann } = await seeded("percent");
    await report(ann, byCategory);
    await t.run(async (ctx) => {
      const row = stockRow({ category: "Unheard of", quantity: 3 });
      await ctx.db.insert("inventoryRecords", { ...row, tenantId } as never);
    });
    await report(ann, byCategory);
    const { differences, comparisons } = await review(ann);
    expect(comparisons).toMatchObject([{ equal: 1, different: 1 }]);
    expect(differences.map(({ kind }) => kind).sort()).toEqual(["missing", "total"]);
    expect((await flag(ann)).rollout.cubes["inventory"]).toMatchObject({
      mode: "off",
      rollout: { rollback: { from: "percent", reason: "differences" } },
    });
  });

  test("of tiles that were built in another zone is found", async () => {
    const t = startBackend();
    const ann = await tenantOf(t, tenantId, { timezone: "UTC" });
    const at = Date.UTC(2026, 1, 10, 23, 30);
    await ann.mutation(api.watch.record, { tenantId, row: watchRow({ watchedAt: at }) });
    await foldAll(t);
    await ann.mutation(api.flags.move, { tenantId, stage: "on" });
    const berlin = { timezone: "Europe/Berlin" };
    await t.mutation(internal.tenants.ensure, { tenantId, ...berlin });
    await inside(t, async (ctx) => {
      for (const state of await ctx.db.query("rollupStates").collect()) {
        const definition = { ...state.definition, ...berlin };
        await ctx.db.patch("rollupStates", state._id, { definition });
      }
    });
    await report(ann, watched);
    const { differences } = await review(ann);
    expect(differences.map(({ kind }) => kind).sort()).toEqual(["extra", "missing"]);
    expect((await flag(ann)).rollout.cubes["watch"]).toMatchObject({ mode: "off" });
  });

  test("in shadow is found and listed, where nobody sees it; the third difference ends it", async () => {
    const { t, ann } = await seeded();
    await corrupt(t, "inventory");
    const other = { ...byCategory, measures: ["inventory.count"], order: [] };
    for (const query of [byCategory, other, byCategory]) {
      expect((await flag(ann)).rollout).toMatchObject({ stage: "shadow", cubes: {} });
      await report(ann, query);
    }
    const { differences } = await review(ann);
    expect(differences.map(({ times }) => times).sort()).toEqual([1, 2]);
    expect((await flag(ann)).rollout.cubes["inventory"]?.rollout).toMatchObject({
      stage: "off",
      rollback: { from: "shadow", reason: "differences", count: 3, most: 3 },
    });
  });
});

describe("a rollback", () => {
  test("stays until an admin moves the cube, and what was compared before does not count again", async () => {
    const { t, ann } = await seeded("on");
    await corrupt(t, "inventory");
    await report(ann, byCategory);
    await ann.mutation(api.flags.move, { tenantId, stage: "percent", percent: 100 });
    expect((await flag(ann)).rollout.cubes["inventory"]?.mode).toBe("off");
    await report(ann, byCategory);
    expect((await review(ann)).comparisons).toMatchObject([{ different: 1 }]);

    await ann.mutation(api.rollups.rebuild, { tenantId, cube: "inventory" });
    await foldAll(t);
    await ann.mutation(api.flags.move, { tenantId, cube: "inventory", stage: "follow" });
    expect((await flag(ann)).rollout.cubes).toEqual({});
    await report(ann, byCategory);
    expect((await review(ann)).comparisons).toMatchObject([{ equal: 1, different: 1 }]);
    expect((await flag(ann)).rollout).toMatchObject({ stage: "percent", cubes: {} });
  });

  test("leaves the other cubes of the tenant, and other tenants, as they are", async () => {
    const { t, ann } = await seeded("on");
    await corrupt(t, "inventory");
    const bob = await tenantOf(t, "other", { subject: "bob" });
    await report(ann, byCategory);
    await report(ann, watched);
    expect(Object.keys((await flag(ann)).rollout.cubes)).toEqual(["inventory"]);
    expect(await bob.query(api.flags.get, { tenantId: "other" })).toMatchObject({
      mode: "on",
      rollout: { stage: "on", cubes: {} },
    });
    expect((await review(ann)).comparisons).toMatchObject([
      { cube: "inventory", different: 1 },
      { cube: "watch", equal: 1, different: 0 },
    ]);
  });

  test("follows failures of the new way: five within the window, where no scan stands in", async () => {
    const t = startBackend(undefined, undefined, {
      limits: () => ({ answers: { scanRecords: 10 } }),
    });
    const ann = await tenantOf(t);
    const rows = Array.from({ length: 20 }, () => stockRow());
    await ann.mutation(api.inventory.recordBatch, { tenantId, rows });
    await foldAll(t);
    await ann.mutation(api.flags.set, { tenantId, mode: "on" });
    await inside(t, async (ctx) => {
      for (const { _id } of await ctx.db.query("rollupTiles").collect()) {
        await ctx.db.patch("rollupTiles", _id, { columns: {} });
      }
    });
    for (let i = 0; i < 5; i++) {
      expect((await flag(ann)).rollout.cubes).toEqual({});
      await report(ann, byCategory);
      vi.setSystemTime(Date.now() + 60_000);
    }
    expect((await review(ann)).comparisons).toMatchObject([{ failed: { CorruptTile: 5 } }]);
    expect((await flag(ann)).rollout.cubes["inventory"]?.rollout).toMatchObject({
      stage: "off",
      rollback: { from: "on", reason: "failures", count: 5 },
    });
  });

  test("follows slow answers: five, where they are half of all", async () => {
    const { t, ann } = await seeded("percent");
    await report(ann, byCategory);
    const comparison = { outcome: "skipped", reason: "Scan" } as const;
    const took = async (tookMs: number) => {
      const told = { tenantId, cube: "inventory", limits: {}, comparison, tookMs };
      return await t.mutation(components.rollups.rollout.record.record, told);
    };
    for (let i = 0; i < 5; i++) expect(await took(200)).toBe(false);
    // The report is one that was fast, too.
    for (let i = 0; i < 5; i++) expect(await took(1200)).toBe(false);
    expect(await took(1200)).toBe(true);
    expect((await flag(ann)).rollout.cubes["inventory"]?.rollout).toMatchObject({
      stage: "off",
      rollback: { from: "percent", percent: 50, reason: "latency", count: 6, most: 5 },
    });
  });

  test("is undone by `set`, which moves all of a tenant at once", async () => {
    const { t, ann } = await seeded("on");
    await corrupt(t, "inventory");
    await report(ann, byCategory);
    await ann.mutation(api.flags.set, { tenantId, mode: "on" });
    expect(await flag(ann)).toMatchObject({ mode: "on", rollout: { stage: "on", cubes: {} } });
    await ann.mutation(api.flags.set, { tenantId, mode: "off" });
    expect(await flag(ann)).toMatchObject({ mode: "off", rollout: { stage: "off", cubes: {} } });
  });
});

describe("what is compared", () => {
  test("is nothing where nobody has moved a rollout, and nothing while it is off", async () => {
    const { ann } = await seeded(null);
    expect(await flag(ann)).toEqual({
      mode: "on",
      rollout: { stage: "on", percent: 0, compares: false, rollback: null, cubes: {} },
    });
    await report(ann, byCategory);
    await ann.mutation(api.flags.set, { tenantId, mode: "off" });
    await report(ann, byCategory);
    expect(await review(ann)).toEqual({ comparisons: [], differences: [] });
  });

  test("is bounded by the minute: ten of a cube in shadow, one once all see the new way", async () => {
    const { ann } = await seeded();
    const equal = async () => (await review(ann)).comparisons[0]?.equal;
    for (let i = 0; i < 12; i++) await report(ann, byCategory);
    expect(await equal()).toBe(10);
    vi.setSystemTime(Date.now() + 60_000);
    await report(ann, byCategory);
    expect(await equal()).toBe(11);
    await ann.mutation(api.flags.set, { tenantId, mode: "on" });
    for (let i = 0; i < 3; i++) await report(ann, byCategory);
    expect(await equal()).toBe(12);
  });

  test("is forgotten by `clear`, which leaves the rollout as it is", async () => {
    const { t, ann } = await seeded("on");
    await corrupt(t, "inventory");
    await report(ann, byCategory);
    expect(await ann.mutation(api.flags.clear, { tenantId })).toEqual({ more: false });
    expect(await review(ann)).toEqual({ comparisons: [], differences: [] });
    expect((await flag(ann)).rollout.cubes["inventory"]).toMatchObject({ mode: "off" });
  });

  test("is counted by its reason, and as one where an app's codes name no field or never end", async () => {
    const { t, ann } = await seeded("shadow");
    await report(ann, byCategory);
    const codes = ["", "nicht möglich", "x".repeat(61), "Gone", "Gone"];
    codes.push(...Array.from({ length: 60 }, (_, i) => `Gone ${i}`), "Gone");
    for (const reason of codes) {
      await t.mutation(components.rollups.rollout.record.record, {
        ...{ tenantId, cube: "inventory", limits: {}, tookMs: null },
        comparison: { outcome: "skipped", reason },
      });
    }
    const [{ skipped } = { skipped: {} }] = (await review(ann)).comparisons;
    expect(Object.keys(skipped)).toHaveLength(50);
    // "Gone 48" is the first without a name of its own.
    expect(skipped).toMatchObject({ Gone: 3, "Gone 47": 1, Other: 3 + 12 });
  });

  test("is told to admins alone, and reported by those who may read", async () => {
    const { t } = await seeded();
    const eve = await tenantOf(t, tenantId, { role: "viewer", subject: "eve" });
    await expect(review(eve)).rejects.toMatchObject({ data: { code: "Forbidden" } });
    await expect(eve.mutation(api.flags.move, { tenantId, stage: "off" })).rejects.toMatchObject({
      data: { code: "Forbidden" },
    });
    await report(eve, byCategory);
    const stranger = t.withIdentity({ issuer: "https://issuer.test", subject: "mallory" });
    await expect(
      stranger.action(api.flags.report, { tenantId, query: byCategory }),
    ).rejects.toMatchObject({ data: { code: "Forbidden" } });
  });
});

describe("percent", () => {
  test("moves the same viewers forwards only: 0, 25, 100, and back", async () => {
    const { t, ann } = await seeded("percent");
    const viewers = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        tenantOf(t, tenantId, { role: "viewer", subject: `viewer-${i}` }),
      ),
    );
    const seeing = async (percent: number) => {
      await ann.mutation(api.flags.move, { tenantId, stage: "percent", percent });
      const flags = await Promise.all(viewers.map(flag));
      return flags.flatMap(({ mode }, i) => (mode === "on" ? [i] : []));
    };
    const quarter = await seeing(25);
    expect(await seeing(0)).toEqual([]);
    expect(quarter.length).toBeGreaterThan(5);
    expect(quarter.length).toBeLessThan(30);
    const half = await seeing(50);
    expect(half).toEqual(expect.arrayContaining(quarter));
    expect(half.length).toBeGreaterThan(quarter.length);
    expect(await seeing(100)).toHaveLength(60);
    expect(await seeing(25)).toEqual(quarter);
  });

  test("is refused outside of 0 to 100, and a cube that does not exist is, too", async () => {
    const { ann } = await seeded(null);
    const move = (args: object) =>
      ann.mutation(api.flags.move, { tenantId, stage: "percent", ...args });
    await expect(move({ percent: 101 })).rejects.toMatchObject({ data: { code: "InvalidQuery" } });
    await expect(move({ percent: NaN })).rejects.toMatchObject({ data: { code: "InvalidQuery" } });
    await expect(move({ cube: "nothing" })).rejects.toMatchObject({
      data: { code: "UnknownCube" },
    });
    await expect(move({ stage: "follow" })).rejects.toMatchObject({
      data: { code: "InvalidQuery" },
    });
  });
});
