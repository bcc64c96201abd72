// @vitest-environment edge-runtime
/**
 * Records that are no facts, as somebody wrote them past the mutations: they count nowhere, stop nobody,
 * and are named. Once a mutation mends or removes them, they are records like all others.
 */
import { describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { Id } from "../../convex/_generated/dataModel.js";
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

const total = { measures: ["inventory.count", "inventory.quantity"] };
/** No rollup keeps costs by product, so only a look at the records can tell. */
const scanned = {
  measures: [...total.measures, "inventory.minUnitCost"],
  dimensions: ["inventory.product"],
};

type NewRecord = Parameters<typeof insertRaw>[1];

async function insertRaw(
  t: Backend,
  row: Record<string, unknown>,
): Promise<Id<"inventoryRecords">> {
  const doc = { ...stockRow(row), tenantId: "acme" };
  return await t.run((ctx) => ctx.db.insert("inventoryRecords", doc as never));
}

/** Three good records and one of half a piece, which were there before the first rollup. */
async function imported(bad: NewRecord = { quantity: 0.5 }) {
  const t = startBackend();
  for (const quantity of [1, 2]) await insertRaw(t, { quantity });
  const id = await insertRaw(t, bad);
  await insertRaw(t, { quantity: 4 });
  const ann = await tenantOf(t);
  await foldAll(t);
  return { t, ann, id };
}

async function pass(t: Backend) {
  const row = () => inside(t, async (ctx) => await ctx.db.query("verifications").first());
  const before = (await row())?.passes ?? 0;
  for (let run = 0; run < 100 && ((await row())?.passes ?? 0) === before; run++) {
    await t.mutation(inner.verification.pass.run, { tenantId: "acme" });
  }
  return (await row())!.last!;
}

const letters = (t: Backend) =>
  inside(t, async (ctx) => await ctx.db.query("deadLetters").collect());

describe("a record that is no fact", () => {
  test("is set aside by the backfill, which goes on", async () => {
    const { t, ann, id } = await imported();
    const answer = await load(ann, total);
    expect(answer.servedBy).toBe("inventory.totals@1");
    expect(answer.data).toEqual([{ "inventory.count": 3, "inventory.quantity": 7 }]);
    expect(await letters(t)).toMatchObject([
      { rollup: "inventory", code: "InvalidFact", message: expect.stringContaining("quantity") },
    ]);
    expect((await letters(t))[0]!.change.docId).toBe(id);
    expect((await ann.query(api.aggregates.health, { tenantId: "acme" })).deadLetters).toBe(1);
    await ann.mutation(api.rollups.replay, { tenantId: "acme" });
    expect(await letters(t)).toEqual([]);
  });

  test("is named by a scan that meets it, and left out by browsers", async () => {
    const { ann, id } = await imported();
    await expect(load(ann, scanned)).rejects.toMatchObject({
      data: { code: "InvalidFact", field: "quantity", id },
    });
    const page = await ann.query(api.sources.page, {
      tenantId: "acme",
      cube: "inventory",
      cursor: null,
    });
    expect(page.facts.map(({ fact }) => fact.quantity)).toEqual([1, 2, 4]);
    expect(page.isDone).toBe(true);
  });

  test("is passed over and counted by verification, which finds the others equal", async () => {
    const { t } = await imported();
    const { checked, equal, unchecked } = await pass(t);
    expect(checked).toBeGreaterThan(0);
    expect({ equal, unchecked }).toEqual({ equal: checked, unchecked: 1 });
  });

  test("counts once a mutation mends it, and may be removed", async () => {
    const { t, ann, id } = await imported();
    const patch = { quantity: 3 };
    await ann.mutation(api.inventory.update, { tenantId: "acme", id, patch });
    await foldAll(t);
    expect((await load(ann, total)).data).toEqual([
      { "inventory.count": 4, "inventory.quantity": 10 },
    ]);
    expect((await load(ann, scanned)).servedBy).toBe("scan");
    await ann.mutation(api.inventory.remove, { tenantId: "acme", id });
    const other = await insertRaw(t, { quantity: 0.5 });
    await ann.mutation(api.inventory.remove, { tenantId: "acme", id: other });
    await foldAll(t);
    expect((await load(ann, total)).data).toEqual([
      { "inventory.count": 3, "inventory.quantity": 7 },
    ]);
    expect((await pass(t)).unchecked).toBe(0);
  });

  test("that was one when it was counted is found, and its cells restored without it", async () => {
    const { t, ann } = await imported({ quantity: 100 });
    expect((await load(ann, total)).data).toMatchObject([{ "inventory.quantity": 107 }]);
    await t.run(async (ctx) => {
      const docs = await ctx.db.query("inventoryRecords").collect();
      const { _id } = docs.find(({ quantity }) => quantity === 100)!;
      await ctx.db.patch("inventoryRecords", _id, { quantity: 0.5 });
    });
    expect((await pass(t)).equal).toBeLessThan((await pass(t)).checked);
    await foldAll(t);
    expect((await load(ann, total)).data).toEqual([
      { "inventory.count": 3, "inventory.quantity": 7 },
    ]);
    const { checked, equal } = await pass(t);
    expect(equal).toBe(checked);
  });

  test("of a time that no calendar knows stops nobody either", async () => {
    const { t, ann } = await imported({ quantity: 5, occurredAt: 9e15 });
    expect((await load(ann, total)).data).toMatchObject([{ "inventory.quantity": 7 }]);
    expect(await letters(t)).toMatchObject([{ code: "InvalidFact" }]);
    const { checked, equal } = await pass(t);
    expect(equal).toBe(checked);
    expect(NOW).toBeLessThan(9e15);
  });
});
