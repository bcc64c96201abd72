// @vitest-environment edge-runtime
/** A caller with a lock in the reference app: what it gets, and what it never gets, on every route. */
import { afterEach, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { LockOptions } from "../../src/client/index.js";
import { foldAll, inner, startBackend, stockRow, tenantOf } from "../convex/harness.js";
import { embedded } from "../hostile/support/embed.js";
import { FORBIDDEN, outcomeOf } from "../hostile/support/outcome.js";

const tenantId = "acme";
const { aggregates } = api;
const lock: LockOptions = {
  inventory: {
    filters: [{ dimension: "warehouse", operator: "equals", values: ["North"] }],
    measures: ["count", "quantity", "onHand"],
  },
};

/** Ten movements of one unit in the North, and of a thousand elsewhere. */
async function world({ folded = true, told = lock } = {}) {
  const t = startBackend();
  const admin = await tenantOf(t, tenantId);
  const rows = [..."NNNNNNNNNNSSSSWWE"].map((letter, i) =>
    stockRow({
      warehouse: letter === "N" ? "North" : `canary-${letter}`,
      ...{ quantity: letter === "N" ? 1 : 1000, product: `product-${letter}`, key: `k${i}` },
    }),
  );
  await admin.mutation(api.inventory.recordBatch, { tenantId, rows });
  if (folded) await foldAll(t, tenantId);
  const rest = async (path: string, body: object) => {
    const init = {
      method: "POST",
      headers: { "x-rollups-tenant": tenantId },
      body: JSON.stringify(body),
    };
    const response = await caller.fetch(`/cubejs-api/v1/${path}`, init);
    return { status: response.status, text: await response.text() };
  };
  const caller = embedded(t, tenantId, told);
  return { t, admin, caller, rest };
}

afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

const quantity = { measures: ["inventory.quantity"] } as const;
const ofWarehouse = (operator: string, ...values: string[]) => ({
  ...{ member: "inventory.warehouse", operator },
  ...(values.length > 0 && { values }),
});
const time = { dimension: "inventory.occurredAt" };

/** Each wants more than the North. */
const widening: Record<string, object> = {
  nothing: {},
  "another value": { filters: [ofWarehouse("equals", "canary-S")] },
  "all values": { filters: [ofWarehouse("set")] },
  "what is not it": { filters: [ofWarehouse("notEquals", "North")] },
  "either of both": {
    filters: [{ or: [ofWarehouse("set"), ofWarehouse("equals", "North")] }],
  },
  "a segment": { segments: ["inventory.outgoing"] },
  "groups by what is locked": { dimensions: ["inventory.warehouse"] },
  "a page behind it": { dimensions: ["inventory.warehouse"], offset: 1, limit: 5, total: true },
  "the others": { dimensions: ["inventory.warehouse"], limit: 0, others: true },
  "records by themselves": { dimensions: ["inventory.product"], ungrouped: true },
  "two ranges": { timeDimensions: [{ ...time, compareDateRange: ["2026-03-01", "2026-03-01"] }] },
  "another zone": { timezone: "Pacific/Apia", timeDimensions: [{ ...time, granularity: "day" }] },
  "a balance": { measures: ["inventory.onHand"] },
  "rows by a measure": {
    dimensions: ["inventory.product"],
    filters: [{ member: "inventory.quantity", operator: "gte", values: [1000] }],
  },
};

const locked = { ...ofWarehouse("equals", "North") };

test.each(Object.entries(widening))("%s is answered of the lock's records", async (_, more) => {
  const { admin, caller, rest } = await world();
  const query = { ...quantity, ...more };
  const filters = [locked, ...((query as { filters?: object[] }).filters ?? [])];
  const narrowed = { ...query, filters };
  const wanted = await admin.query(aggregates.rows, { tenantId, query: narrowed } as never);
  const answer = await caller.query(aggregates.rows, { tenantId, query } as never);
  expect(answer).toEqual(wanted);
  expect(await caller.query(aggregates.load, { tenantId, query } as never)).toEqual(wanted);
  const questions = [{ query }, { query }];
  const board = await caller.query(aggregates.board, { tenantId, questions } as never);
  expect(board).toEqual({ answers: [{ answer: wanted }, { answer: wanted }] });
  const explained = await caller.query(aggregates.explain, { tenantId, query } as never);
  expect(explained).toMatchObject({ query: (wanted as { query: object }).query });
  const texts = [JSON.stringify([answer, explained])];
  for (const path of ["load", "dry-run", "sql", "pre-aggregations/can-use"]) {
    texts.push((await rest(path, { query, queryType: "multi" })).text);
  }
  texts.push((await rest("load", { query: [query, query], queryType: "multi" })).text);
  const named = JSON.stringify(query);
  for (const canary of ["canary-S", "canary-W", "canary-E", "product-S", "product-W"]) {
    if (named.includes(canary)) continue;
    for (const text of texts) expect(text).not.toContain(canary);
  }
});

test("a locked question is answered by the rollup that keeps what is locked, and says how", async () => {
  const { caller } = await world();
  const byKind = { ...quantity, dimensions: ["inventory.kind"] } as const;
  const { servedBy, data } = await caller.query(aggregates.rows, { tenantId, query: byKind });
  expect(servedBy).toBe("inventory.by_kind@1");
  expect(data).toEqual([{ "inventory.kind": "receipt", "inventory.quantity": 10 }]);
  const told = (await caller.query(aggregates.explain, { tenantId, query: quantity })) as {
    plan: object;
    considered: { rollup: string; refusal: object | null }[];
  };
  expect(Object.keys(told.plan).sort()).toEqual(["generation", "rollup", "segments"]);
  expect(told.plan).toMatchObject({ rollup: { cube: "inventory", name: "by_warehouse" } });
  expect(told.considered.every((one) => !("cost" in one) && !("price" in one))).toBe(true);
  const totals = told.considered.find(({ rollup }) => rollup === "totals");
  expect(totals?.refusal).toMatchObject({
    code: "FilterNotCovered",
    member: "inventory.warehouse",
  });
});

test("other cubes and measures are not there, neither to ask nor in what there is to ask", async () => {
  const { caller, rest } = await world();
  for (const query of [
    { measures: ["watch.count"] },
    { measures: ["inventory.value"] },
    { ...quantity, filters: [{ member: "inventory.maxUnitCost", operator: "gt", values: [1] }] },
    { ...quantity, order: { "inventory.value": "desc" } },
    { measures: ["inventory.quantity", "watch.count"] },
  ]) {
    const outcome = await outcomeOf(caller.query(aggregates.rows, { tenantId, query } as never));
    expect(outcome, JSON.stringify(query)).toMatchObject({ code: "InvalidQuery" });
    expect((await rest("load", { query })).status).toBe(400);
  }
  const { cubes } = await caller.query(aggregates.meta, { tenantId });
  expect(cubes.map(({ name }) => name)).toEqual(["inventory"]);
  const measures = ["inventory.count", "inventory.quantity", "inventory.onHand"];
  expect(cubes[0]!.measures.map(({ name }) => name)).toEqual(measures);
  const described = JSON.parse((await rest("meta", {})).text) as { cubes: unknown };
  expect(described.cubes).toEqual(JSON.parse(JSON.stringify(cubes)));
});

test("what holds all records is not for a caller with a lock", async () => {
  const { t, caller } = await world();
  const whole = { tenantId, cube: "inventory" };
  const bounds = { from: null, to: null };
  const tiles = { rollup: "inventory.totals", generation: 1, granularity: "day" as const };
  const page = { ...bounds, filters: [], order: "desc" as const };
  const paginationOpts = { numItems: 10, cursor: null };
  for (const call of [
    () => caller.query(api.held.key, { tenantId }),
    () => caller.query(api.held.catalog, { ...whole, key: "" }),
    () => caller.query(api.held.tail, { ...whole, key: "" }),
    () => caller.query(api.held.tiles, { tenantId, key: "", ...tiles, ...bounds }),
    () => caller.query(api.held.tail, { ...whole, key: "0".repeat(32) }),
    () => caller.query(api.records.page, { ...whole, ...page, paginationOpts }),
    () => caller.query(api.sources.page, { ...whole, cursor: null }),
    () => caller.query(api.sources.changes, { ...whole, after: "0" }),
    () => caller.query(api.activity.recent, { tenantId }),
    () => caller.query(aggregates.freshness, { tenantId }),
    () => caller.query(aggregates.health, { tenantId }),
    () => caller.query(api.flags.get, { tenantId }),
    () => caller.action(api.flags.report, { tenantId, query: quantity }),
    () => caller.mutation(api.inventory.record, { tenantId, row: stockRow() }),
  ]) {
    const refused = { kind: "refused", code: "Forbidden", data: FORBIDDEN };
    expect(await outcomeOf(call()), String(call)).toEqual(refused);
  }
  expect(await t.run((ctx) => ctx.db.query("inventoryRecords").collect())).toHaveLength(17);
});

test("a refusal by what there is besides says its code alone", async () => {
  const limits = () => ({ answers: { scanRecords: 12 } });
  const t = startBackend(1, undefined, { limits });
  const admin = await tenantOf(t, tenantId);
  const rows = Array.from({ length: 20 }, (_, i) => stockRow({ warehouse: i < 3 ? "North" : "S" }));
  await admin.mutation(api.inventory.recordBatch, { tenantId, rows });
  const query = { ...quantity, dimensions: ["inventory.product"], ungrouped: true };
  const caller = embedded(t, tenantId, lock);
  const bare = { code: "NoRollup", message: "This question is not answered." };
  const asked = { tenantId, query } as never;
  expect(await outcomeOf(caller.query(aggregates.rows, asked))).toMatchObject({ data: bare });
  expect(await outcomeOf(caller.query(aggregates.load, asked))).toMatchObject({ data: bare });
  const board = await caller.query(aggregates.board, { tenantId, questions: [{ query }] } as never);
  expect(board).toEqual({ answers: [{ refusal: bare }] });
  const behind = { atLeast: "9000000000000000000", ...{ tenantId, query: quantity } };
  const later = await outcomeOf(caller.query(aggregates.rows, behind));
  expect(Object.keys((later as { data: object }).data).sort()).toEqual([
    ...["code", "message", "retryAfterMs"],
  ]);
});

test("what people ask is known as it was asked of the records", async () => {
  const { t, admin, caller } = await world();
  const question = { query: quantity, asked: 3, route: "inventory.by_warehouse@1" };
  expect(await caller.action(api.patterns.report, { tenantId, questions: [question] })).toBe(true);
  const unlocked = { ...question, query: { measures: ["inventory.value"] } };
  const refused = caller.action(api.patterns.report, { tenantId, questions: [unlocked] });
  expect(await outcomeOf(refused)).toMatchObject({ code: "InvalidQuery" });
  await t.mutation(inner.patterns.rollUp.rollUp, {});
  const [pattern, ...others] = await admin.query(api.patterns.list, { tenantId });
  expect(others).toEqual([]);
  expect(pattern!.query).toMatchObject({ filters: [{ ...locked, values: ["North"] }] });
});

test("an answer that is not folded, and one that follows writes, are of the lock's records, too", async () => {
  const { admin, caller } = await world({ folded: false });
  const total = async () => {
    const { data } = await caller.query(aggregates.rows, { tenantId, query: quantity });
    return data;
  };
  expect(await total()).toEqual([{ "inventory.quantity": 10 }]);
  const record = (warehouse: string, amount: number) =>
    admin.mutation(api.inventory.record, {
      ...{ tenantId, row: stockRow({ warehouse, quantity: amount }) },
    });
  await record("canary-S", 5000);
  expect(await total()).toEqual([{ "inventory.quantity": 10 }]);
  await record("North", 7);
  expect(await total()).toEqual([{ "inventory.quantity": 17 }]);
});

test("questions are normalised where they are narrowed, and nowhere else in the component", () => {
  const component = import.meta.glob<string>("../../convex/components/rollups/**/*.ts", {
    ...{ eager: true, query: "?raw", import: "default" },
  });
  const calls = Object.values(component).flatMap((text) => [
    ...text.matchAll(
      /(\w+)\(normalize(?:Question|Query)\(|(?<!\()\bnormalize(?:Question|Query)\(/g,
    ),
  ]);
  expect(calls.map(([, around]) => around)).toEqual(["narrowed", "narrowed"]);
});
