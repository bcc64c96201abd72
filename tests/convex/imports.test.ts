// @vitest-environment edge-runtime
/** `importRows`: what is stored of a file, and what is known of it, are one transaction. */
import { expect, test } from "vitest";
import { call } from "../hostile/support/publicFunctions.js";
import { startBackend, stockRow, tenantOf } from "./harness.js";

const importRows = { name: "rollups:importRows", kind: "mutation" as const };

async function world() {
  const t = startBackend();
  await tenantOf(t, "acme");
  const row = (sku: string) => ({ ...stockRow(), tenantId: "acme", key: sku, product: sku });
  const batch = async (at: number[], more: object = {}) =>
    (await call(t, importRows, {
      ...{ table: "inventoryRecords", key: "k", name: "n", reading: "r", ids: null, refused: [] },
      ...{ at, rows: at.map((one) => row(`p${one}`)), ...more },
    })) as { position: number; stored: number; refused: object[] };
  const stored = async () =>
    await t.run(async (ctx) => {
      const all = await ctx.db.query("inventoryRecords").collect();
      return all.map(({ product }) => product);
    });
  return { batch, stored, row };
}

test("rows up to the position are stored once, in whatever batches they come again", async () => {
  const { batch, stored } = await world();
  expect(await batch([1, 2])).toMatchObject({ position: 0, stored: 2 });
  expect(await batch([2, 4])).toMatchObject({ position: 2, stored: 1 });
  expect(await batch([1, 2, 4])).toMatchObject({ position: 4, stored: 0 });
  expect(await batch([])).toMatchObject({ position: 4, stored: 0 });
  expect(await stored()).toEqual(["p1", "p2", "p4"]);
});

test("a batch that is refused moves nothing, and what is refused alone is told again", async () => {
  const { batch, stored, row } = await world();
  await batch([1]);
  const bad = { ...row("p3"), quantity: "many" };
  await expect(batch([2, 3], { rows: [row("p2"), bad] })).rejects.toThrow(/InvalidRow/);
  expect(await stored()).toEqual(["p1"]);
  expect(await batch([2])).toMatchObject({ position: 1, stored: 1 });
  const refused = [{ at: 3, code: "InvalidRow", message: "no" }];
  await batch([], { refused });
  expect(await batch([])).toMatchObject({ position: 3, refused });
  expect(await batch([3])).toMatchObject({ stored: 0 });
  const many = Array.from({ length: 500 }, (_, i) => ({ ...refused[0], at: i + 4 }));
  await expect(batch([], { refused: many })).rejects.toThrow(/TooManyRefused/);
});

test("a file that changed, or is read otherwise, is refused once a row of it is stored", async () => {
  const { batch } = await world();
  await batch([]);
  await batch([], { reading: "other" });
  await batch([], { key: "changed", reading: "other" });
  await batch([1], { key: "changed" });
  await expect(batch([2], { key: "again" })).rejects.toThrow(/ChangedFile/);
  await expect(batch([2], { key: "changed", reading: "x" })).rejects.toThrow(/OtherReading/);
  expect(await batch([1], { key: "again", name: "another" })).toMatchObject({ stored: 1 });
});

test("an id is stored once per key, also where it is twice in a batch", async () => {
  const { batch, stored } = await world();
  expect(await batch([1, 2, 3], { ids: ["a", "b", "a"] })).toMatchObject({ stored: 2 });
  expect(await batch([1, 2], { ids: ["b", "c"] })).toMatchObject({ stored: 1 });
  expect(await batch([5], { ids: ["a"], key: "other" })).toMatchObject({ stored: 1 });
  expect(await stored()).toEqual(["p1", "p2", "p2", "p5"]);
});
