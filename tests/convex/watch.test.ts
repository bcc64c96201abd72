// @vitest-environment edge-runtime
/**
 * The watch over the source: what is written past capture is found within a round, what was written last
 * at once; a tenant that is as it must be, and that nobody writes to, is left in peace.
 */
import { describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api.js";
import {
  foldAll,
  load,
  NOW,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
  inside,
  inner,
} from "./harness.js";

const DAY = 86_400_000;
const SECOND = 1000;
const total = { measures: ["inventory.count", "inventory.quantity"] };

async function seeded() {
  const t = startBackend();
  const ann = await tenantOf(t);
  await foldAll(t);
  const rows = Array.from({ length: 120 }, (_, i) =>
    stockRow({ category: `Category ${i % 5}`, quantity: i, occurredAt: NOW - i * DAY }),
  );
  await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
  await foldAll(t);
  return { t, ann };
}

type Member = Awaited<ReturnType<typeof tenantOf>>;
const healthOf = (ann: Member) => ann.query(api.aggregates.health, { tenantId: "acme" });
const verification = (t: Backend) =>
  inside(t, async (ctx) => (await ctx.db.query("verifications").first())!);

const isRoundStart = (cursor: object | undefined) =>
  JSON.stringify(cursor) ===
  JSON.stringify({ cube: "inventory", from: null, isQuick: true, stage: "source" });

/** A turn after a while, link by link: a round, and nothing of the pass. */
async function turn(t: Backend): Promise<void> {
  let round = 1e6;
  vi.setSystemTime(Date.now() + 31 * SECOND);
  await t.mutation(inner.verification.watch.turn, { tenantId: "acme" });
  for (let links = 0; (await verification(t)).busyUntil !== 0; links++) {
    if (links > 500) throw new Error("The turn does not end.");
    const cursor = JSON.stringify((await verification(t)).watch?.cursor);
    const isRound = round > 0;
    const left = { round, pass: 0 };
    await t.mutation(inner.verification.watch.turn, { tenantId: "acme", left });
    // The turn has enough of the round when it begins again, with the first cube in order of name.
    const { watch } = await verification(t);
    if (isRound && JSON.stringify(watch?.cursor) !== cursor && isRoundStart(watch?.cursor))
      round = 0;
  }
}

async function wholePass(t: Backend): Promise<void> {
  const { passes } = await verification(t);
  for (let i = 0; i < 300 && (await verification(t)).passes === passes; i++) {
    await t.mutation(inner.verification.pass.run, { tenantId: "acme" });
  }
}

const due = async (t: Backend): Promise<string[]> =>
  (await t.query(inner.verification.watch.findDue, { after: "", now: Date.now() })).due;

async function insertRaw(t: Backend, row: Record<string, unknown>): Promise<void> {
  const doc = { ...stockRow(row), tenantId: "acme" };
  await t.run((ctx) => ctx.db.insert("inventoryRecords", doc as never));
}

async function patchRaw(t: Backend, quantity: number, patch: Record<string, unknown>) {
  await t.run(async (ctx) => {
    const docs = await ctx.db.query("inventoryRecords").collect();
    const { _id } = docs.find((doc) => doc.quantity === quantity)!;
    await ctx.db.patch("inventoryRecords", _id, patch);
  });
}

describe("a turn", () => {
  test.each<[string, (t: Backend) => Promise<void>, number, number]>([
    ["an insert of now", (t) => insertRaw(t, { quantity: 1000 }), 121, 8140],
    ["an insert of long ago", (t) => insertRaw(t, { occurredAt: NOW - 900 * DAY }), 121, 7141],
    ["an edit of an old record", (t) => patchRaw(t, 110, { quantity: 0 }), 120, 7030],
    [
      "a record that moves in time",
      (t) => patchRaw(t, 7, { occurredAt: NOW - 500 * DAY }),
      120,
      7140,
    ],
    [
      "a delete",
      (t) =>
        t.run(async (ctx) => {
          const docs = await ctx.db.query("inventoryRecords").collect();
          await ctx.db.delete("inventoryRecords", docs.find((doc) => doc.quantity === 60)!._id);
        }),
      119,
      7080,
    ],
  ])(
    "finds %s that nobody logged, in all rollups, and has it restored",
    async (_, write, count, quantity) => {
      const { t, ann } = await seeded();
      await turn(t);
      await write(t);
      await turn(t);
      const found = await healthOf(ann);
      expect(found.drifts).toBeGreaterThanOrEqual(7);
      await foldAll(t);
      for (const dimensions of [
        [],
        ["inventory.category"],
        ["inventory.kind"],
        ["inventory.product"],
      ]) {
        const { data, servedBy } = await load(ann, { ...total, dimensions });
        expect(servedBy).toMatch(/^inventory\.\w+@1$/);
        const sum = (member: string) => data.reduce((n, row) => n + Number(row[member]), 0);
        expect([sum("inventory.count"), sum("inventory.quantity")]).toEqual([count, quantity]);
      }
      await turn(t);
      await turn(t);
      const after = await healthOf(ann);
      expect(after.drifts).toBe(found.drifts);
    },
  );

  test("looks first where people wrote last, whatever else there is", async () => {
    const { t, ann } = await seeded();
    await turn(t);
    await insertRaw(t, { quantity: 1000 });
    vi.setSystemTime(Date.now() + 20 * SECOND);
    // The first link alone.
    await t.mutation(inner.verification.watch.turn, { tenantId: "acme" });
    const { watch } = await verification(t);
    expect(watch).toMatchObject({ isPartial: true, cursor: { cube: "inventory", isQuick: true } });
    const before = (await healthOf(ann)).verification!.sources;
    const next = { tenantId: "acme", left: { round: 1e6, pass: 0 } };
    await t.mutation(inner.verification.watch.turn, next);
    expect((await healthOf(ann)).drifts).toBeGreaterThan(6);
    // A round that left something out does not count as a look at the source.
    while ((await verification(t)).watch?.isPartial === true) {
      await t.mutation(inner.verification.watch.turn, next);
    }
    expect((await healthOf(ann)).verification!.sources).toEqual(before);
  });

  test("leaves a value that only some rollups have to the pass", async () => {
    const { t, ann } = await seeded();
    await patchRaw(t, 50, { category: "Elsewhere" });
    await turn(t);
    expect((await healthOf(ann)).drifts).toBe(0);
    await wholePass(t);
    expect((await healthOf(ann)).drifts).toBeGreaterThan(0);
  });

  test("says since when the source is looked at, and that something was found since the last pass", async () => {
    const { t, ann } = await seeded();
    await turn(t);
    await wholePass(t);
    await turn(t);
    const startedAt = Date.now();
    const sound = (await healthOf(ann)).verification!;
    expect(sound.consistency).toBe(1);
    expect(sound.sources).toContainEqual({
      cube: "inventory",
      checkedAt: expect.toSatisfy((at: number) => at <= startedAt) as number,
    });
    await patchRaw(t, 30, { quantity: 31 });
    await turn(t);
    await turn(t);
    expect((await healthOf(ann)).verification!.consistency).toBeLessThan(1);
    await foldAll(t);
    await wholePass(t);
    await wholePass(t);
    expect((await healthOf(ann)).verification!.consistency).toBe(1);
  });
});

describe("a tenant", () => {
  test("is due until it was verified whole; then it is left in peace for longer and longer", async () => {
    const { t } = await seeded();
    expect(await due(t)).toEqual(["acme"]);
    for (let i = 0; i < 4; i++) await turn(t);
    // No two functions see the same time.
    vi.setSystemTime(Date.now() + 100);
    expect(await due(t)).toEqual(["acme"]);
    await wholePass(t);
    const rests: number[] = [];
    for (let i = 0; i < 12; i++) {
      await turn(t);
      const { restUntil = 0 } = await verification(t);
      rests.push((restUntil - Date.now()) / SECOND);
      if (restUntil > Date.now()) {
        expect(await due(t)).toEqual([]);
        vi.setSystemTime(restUntil - 1);
        expect(await due(t)).toEqual([]);
        vi.setSystemTime(restUntil);
        expect(await due(t)).toEqual(["acme"]);
      }
    }
    expect(rests.slice(0, 3).every((rest, i) => rest > (rests[i - 1] ?? 0))).toBe(true);
    expect(rests.at(-1)).toBeCloseTo(3600, 1);
  });

  test("is due at once when something is written, with capture or past it", async () => {
    const { t, ann } = await seeded();
    await turn(t);
    await wholePass(t);
    const rest = async () => {
      for (let i = 0; i < 4; i++) await turn(t);
      expect(await due(t)).toEqual([]);
    };
    await rest();
    await insertRaw(t, { occurredAt: NOW - 300 * DAY });
    expect(await due(t)).toEqual(["acme"]);
    await turn(t);
    await foldAll(t);
    await wholePass(t);
    await wholePass(t);
    await rest();
    await ann.mutation(api.inventory.record, { tenantId: "acme", row: stockRow() });
    await foldAll(t);
    expect(await due(t)).toEqual(["acme"]);
  });

  test("whose turn is under way is not given another one, unless it died", async () => {
    const { t } = await seeded();
    await t.mutation(inner.verification.watch.turn, { tenantId: "acme" });
    expect(await due(t)).toEqual([]);
    vi.setSystemTime(Date.now() + 61 * SECOND);
    expect(await due(t)).toEqual(["acme"]);
  });
});

test("turns are given to the tenants that are due, some at a time", async () => {
  const t = startBackend();
  await t.mutation(internal.rollups.start, {});
  for (let i = 0; i < 60; i++) {
    const tenantId = `tenant-${String(i).padStart(2, "0")}`;
    await t.mutation(inner.wake.wake.wake, { tenantId, source: null });
  }
  const first = await t.query(inner.verification.watch.findDue, { after: "", now: NOW });
  expect(first.due).toHaveLength(50);
  expect(first.last).toBe("tenant-49");
  const after = first.last!;
  const second = await t.query(inner.verification.watch.findDue, { after, now: NOW });
  expect(second.due).toHaveLength(10);
  expect(second.last).toBe(null);
  await t.mutation(inner.verification.watch.runAll, {});
  const jobs = await inside(t, async (ctx) =>
    (await ctx.db.system.query("_scheduled_functions").collect()).map(({ name }) => name),
  );
  expect(
    jobs.filter((name) => name.endsWith("watch:turn") || name.endsWith("watch.turn")),
  ).toHaveLength(50);
});
