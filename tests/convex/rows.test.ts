// @vitest-environment edge-runtime
/** Law 12: bad input is rejected by row with a code, and never stops the rest. */
import { ConvexError } from "convex/values";
import { describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { foldAll, load, NOW, startBackend, stockRow, tenantOf, watchRow } from "./harness.js";

const count = { measures: ["inventory.count", "inventory.quantity"] };

describe("batches", () => {
  test("reject bad rows one by one, by index, code and field, and keep the rest", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const rows = [
      stockRow({ quantity: 5 }),
      stockRow({ quantity: 1.5 }),
      stockRow({ unitCost: 1.23456 }),
      stockRow({ unitCost: -1 }),
      stockRow({ kind: "gift" }),
      stockRow({ occurredAt: NOW * 1000 }),
      stockRow({ occurredAt: "2026-01-01" }),
      stockRow({ colour: "red" }),
      stockRow({ product: "x".repeat(513) }),
      stockRow({ key: "" }),
      stockRow({ quantity: 2 ** 53 }),
      { product: "P" },
      null,
      "row",
      [],
      stockRow({ quantity: 7 }),
    ];
    const result = await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
    expect(result.accepted).toBe(2);
    expect(result.rejected.map(({ index, field }) => [index, field])).toEqual([
      [1, "quantity"],
      [2, "unitCost"],
      [3, "unitCost"],
      [4, "kind"],
      [5, "occurredAt"],
      [6, "occurredAt"],
      [7, "colour"],
      [8, "product"],
      [9, "key"],
      [10, "quantity"],
      [11, "category"],
      [12, ""],
      [13, ""],
      [14, ""],
    ]);
    expect(new Set(result.rejected.map(({ code }) => code))).toEqual(new Set(["InvalidRow"]));
    await foldAll(t);
    const answer = await load(ann, count);
    expect(answer.data).toEqual([{ "inventory.count": 2, "inventory.quantity": 12 }]);
  });

  test("a value too large to sum exactly is refused, not rounded", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const result = await ann.mutation(api.inventory.recordBatch, {
      tenantId: "acme",
      rows: [stockRow({ quantity: 9e12, unitCost: 900_000 })],
    });
    expect(result.accepted).toBe(0);
    expect(result.rejected[0]).toMatchObject({ index: 0, code: "InvalidFact", field: "value" });
  });

  test("more than 1,000 rows are refused with a code", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const rows = Array.from({ length: 1001 }, () => stockRow());
    await expect(
      ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows }),
    ).rejects.toThrow("BatchTooLarge");
  });
});

describe("-0", () => {
  test("is 0 wherever a row, a patch or a query has a number", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const zero = { quantity: -0, unitCost: -0, occurredAt: -0 };
    const { id } = await ann.mutation(api.inventory.record, {
      tenantId: "acme",
      row: stockRow(zero),
    });
    const batch = await ann.mutation(api.inventory.recordBatch, {
      tenantId: "acme",
      rows: [stockRow(zero), stockRow({ quantity: 3, unitCost: 2 })],
    });
    expect(batch).toMatchObject({ accepted: 2, rejected: [] });
    await ann.mutation(api.watch.record, {
      tenantId: "acme",
      row: watchRow({ durationSeconds: -0, watchedAt: -0 }),
    });
    await ann.mutation(api.inventory.update, { tenantId: "acme", id, patch: { quantity: -0 } });
    const stored = await t.run((ctx) => ctx.db.query("inventoryRecords").collect());
    for (const { quantity, unitCost, occurredAt } of stored.slice(0, 2)) {
      expect([quantity, unitCost, occurredAt]).toEqual([0, 0, 0]);
    }
    // What is written past the mutations is read as 0, too.
    await t.run(async (ctx) => {
      const [first] = await ctx.db.query("inventoryRecords").collect();
      const { _id, _creationTime, ...row } = first!;
      await ctx.db.insert("inventoryRecords", { ...row, quantity: -0, unitCost: -0 });
    });
    const ask = async (query: object) => (await load(ann, query)).data;
    const totals = {
      measures: ["inventory.quantity", "inventory.value", "inventory.minUnitCost"],
      dimensions: ["inventory.occurredAt.year"],
    };
    for (const isFolded of [false, true]) {
      if (isFolded) await foldAll(t);
      const [first] = await ask(totals);
      expect(first).toEqual({
        "inventory.occurredAt.year": "1970-01-01T00:00:00.000",
        "inventory.quantity": 0,
        "inventory.value": 0,
        "inventory.minUnitCost": 0,
      });
      expect(
        await ask({ measures: ["watch.count", "watch.durationSeconds", "watch.shortest"] }),
      ).toEqual([{ "watch.count": 1, "watch.durationSeconds": 0, "watch.shortest": 0 }]);
      const filters = [{ member: "watch.hourOfDay", operator: "equals", values: [-0] }];
      for (const values of [[-0], ["-0"], ["0"]]) {
        const at = [{ ...filters[0], values }];
        expect(await ask({ measures: ["watch.count"], filters: at })).toEqual([
          { "watch.count": 1 },
        ]);
      }
    }
    const { query } = await load(ann, { measures: ["watch.count"], offset: -0, limit: -0 });
    expect(query).toMatchObject({ limit: 0 });
  });
});

describe("idempotency keys", () => {
  test("a known key returns the stored id and changes nothing, also twice in one batch", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const first = await ann.mutation(api.inventory.record, {
      tenantId: "acme",
      row: stockRow({ key: "k1", quantity: 3 }),
    });
    const again = await ann.mutation(api.inventory.record, {
      tenantId: "acme",
      row: stockRow({ key: "k1", quantity: 999 }),
    });
    expect(again.id).toBe(first.id);
    const batch = await ann.mutation(api.inventory.recordBatch, {
      tenantId: "acme",
      rows: [
        stockRow({ key: "k1", quantity: 999 }),
        stockRow({ key: "k2", quantity: 4 }),
        stockRow({ key: "k2", quantity: 999 }),
      ],
    });
    expect(batch).toEqual({ accepted: 3, rejected: [] });
    await foldAll(t);
    expect((await load(ann, count)).data).toEqual([
      { "inventory.count": 2, "inventory.quantity": 7 },
    ]);
  });

  test("are unique per tenant and cube, immutable, and freed by a removal", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const bob = await tenantOf(t, "globex", { subject: "bob" });
    const row = stockRow({ key: "k", quantity: 1 });
    const { id } = await ann.mutation(api.inventory.record, { tenantId: "acme", row });
    await bob.mutation(api.inventory.record, { tenantId: "globex", row });
    await ann.mutation(api.watch.record, { tenantId: "acme", row: watchRow({ key: "k" }) });
    await expect(
      ann.mutation(api.inventory.update, { tenantId: "acme", id, patch: { key: "other" } }),
    ).rejects.toThrow("key");
    await ann.mutation(api.inventory.remove, { tenantId: "acme", id });
    const renewed = await ann.mutation(api.inventory.record, {
      tenantId: "acme",
      row: { ...row, quantity: 8 },
    });
    expect(renewed.id).not.toBe(id);
    expect((await load(ann, count)).data).toEqual([
      { "inventory.count": 1, "inventory.quantity": 8 },
    ]);
  });
});

test("a single bad row names its field in the error's data", async () => {
  const t = startBackend();
  const ann = await tenantOf(t);
  const error: unknown = await ann
    .mutation(api.watch.record, { tenantId: "acme", row: watchRow({ durationSeconds: -1 }) })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConvexError);
  expect((error as ConvexError<{ code: string }>).data).toMatchObject({
    code: "InvalidRow",
    field: "durationSeconds",
  });
});

test("an update is checked like a row and keeps what it does not name", async () => {
  const t = startBackend();
  const ann = await tenantOf(t);
  const { id } = await ann.mutation(api.inventory.record, {
    tenantId: "acme",
    row: stockRow({ key: "k", quantity: 5, unitCost: 2.5 }),
  });
  await expect(
    ann.mutation(api.inventory.update, { tenantId: "acme", id, patch: { quantity: 0.5 } }),
  ).rejects.toThrow("InvalidRow");
  await ann.mutation(api.inventory.update, { tenantId: "acme", id, patch: { quantity: -4 } });
  const answer = await load(ann, { measures: ["inventory.quantity", "inventory.value"] });
  expect(answer.data).toEqual([{ "inventory.quantity": -4, "inventory.value": -10 }]);
});
