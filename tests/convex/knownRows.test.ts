// @vitest-environment edge-runtime
/** What a batch says about rows whose key is known, and what it does with them. */
import { expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { foldAll, load, NOW, startBackend, stockRow, tenantOf, watchRow } from "./harness.js";

const totals = { measures: ["inventory.count", "inventory.quantity"] };

async function startWith(rows: object[]) {
  const t = startBackend();
  const ann = await tenantOf(t);
  const send = (
    sent: object[],
    how: { onKnown?: "keep" | "report" | "replace"; check?: boolean } = {},
  ) => ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows: sent, ...how });
  await send(rows);
  const read = async () => {
    await foldAll(t);
    return (await load(ann, totals)).data;
  };
  return { t, ann, send, read };
}

test("a report says which rows are known, which of them read differently, and changes nothing", async () => {
  const { send, read } = await startWith([
    stockRow({ key: "a", quantity: 3 }),
    stockRow({ key: "b", quantity: 4 }),
  ]);
  const sent = [
    stockRow({ key: "b", quantity: 5, category: "Other" }),
    stockRow({ key: "c", quantity: 1 }),
    stockRow({ key: "a", quantity: 3 }),
    stockRow({ quantity: 2 }),
  ];
  const result = await send(sent, { onKnown: "report" });
  expect(result).toMatchObject({ accepted: 4, rejected: [] });
  expect(result.at! - NOW).toBeLessThan(100);
  expect(result.known).toEqual([
    {
      ...{ index: 0, outcome: "changed", fields: ["category", "quantity"] },
      ...{ id: expect.any(String), storedAt: expect.any(Number) },
    },
    expect.objectContaining({ index: 2, outcome: "same", fields: [] }),
  ]);
  expect(await read()).toEqual([{ "inventory.count": 4, "inventory.quantity": 10 }]);
});

test("a replaced row keeps its id and key, and the rollups follow", async () => {
  const { send, read } = await startWith([
    stockRow({ key: "a", quantity: 3 }),
    stockRow({ key: "b", quantity: 4 }),
  ]);
  expect(await read()).toEqual([{ "inventory.count": 2, "inventory.quantity": 7 }]);
  const sent = [stockRow({ key: "a", quantity: 3 }), stockRow({ key: "b", quantity: 40 })];
  const [, first] = (await send(sent, { onKnown: "replace" })).known!;
  expect(first).toMatchObject({ index: 1, outcome: "replaced", fields: ["quantity"] });
  expect(await read()).toEqual([{ "inventory.count": 2, "inventory.quantity": 43 }]);
  const again = await send(sent, { onKnown: "replace" });
  expect(again.known!.map(({ outcome }) => outcome)).toEqual(["same", "same"]);
  expect(again.known![1]!.id).toBe(first!.id);
});

test("a key that comes twice in one batch is compared with what the batch itself stored", async () => {
  const { send, read } = await startWith([]);
  const sent = [
    stockRow({ key: "a", quantity: 1 }),
    stockRow({ key: "a", quantity: 1 }),
    stockRow({ key: "a", quantity: 2 }),
  ];
  const reported = await send(sent, { onKnown: "report" });
  expect(reported.known!.map(({ index, outcome }) => [index, outcome])).toEqual([
    [1, "same"],
    [2, "changed"],
  ]);
  expect(await read()).toEqual([{ "inventory.count": 1, "inventory.quantity": 1 }]);
});

test("a check answers the same and writes nothing", async () => {
  const { send, read } = await startWith([stockRow({ key: "a", quantity: 3 })]);
  const sent = [
    stockRow({ key: "a", quantity: 9 }),
    stockRow({ key: "b", quantity: 1 }),
    stockRow({ key: "c", quantity: 0.5 }),
  ];
  for (const onKnown of ["report", "replace"] as const) {
    const result = await send(sent, { onKnown, check: true });
    expect(result).toMatchObject({ accepted: 2, rejected: [{ index: 2, code: "InvalidRow" }] });
    expect(result.known).toHaveLength(1);
  }
  expect(await read()).toEqual([{ "inventory.count": 1, "inventory.quantity": 3 }]);
});

test("the order of topics is no difference", async () => {
  const { ann } = await startWith([]);
  const row = watchRow({ key: "a" });
  const send = (topics: string[]) =>
    ann.mutation(api.watch.recordBatch, {
      ...{ tenantId: "acme", onKnown: "report" },
      rows: [{ ...row, topics }],
    });
  await send(["x", "y"]);
  expect((await send(["y", "x"])).known).toMatchObject([{ outcome: "same" }]);
  expect((await send(["y"])).known).toMatchObject([{ outcome: "changed", fields: ["topics"] }]);
});

test("keys of another tenant are not known, and a viewer may not even check", async () => {
  const { t, send } = await startWith([stockRow({ key: "a" })]);
  const bob = await tenantOf(t, "globex", { subject: "bob" });
  const rows = [stockRow({ key: "a" })];
  const elsewhere = { tenantId: "globex", rows, onKnown: "report" as const, check: true };
  expect((await bob.mutation(api.inventory.recordBatch, elsewhere)).known).toEqual([]);
  const vera = await tenantOf(t, "acme", { subject: "vera", role: "viewer" });
  const looking = { ...elsewhere, tenantId: "acme" };
  await expect(vera.mutation(api.inventory.recordBatch, looking)).rejects.toThrow("Forbidden");
  expect((await send(rows, { onKnown: "report", check: true })).known).toHaveLength(1);
});
