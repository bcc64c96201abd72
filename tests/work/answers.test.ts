// @vitest-environment edge-runtime
/**
 * What an answer reads, counted: some index ranges and documents that follow from the question and
 * from the cells that it covers, with every cell of 90 days × 26 categories in use. That the number of
 * records does not matter is in `scale.backend.test.ts`.
 */
import { expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { batches, stockRows, watchRows } from "../../bench/data/rows.js";
import { foldAll, load, startBackend, tenantOf, type Loaded } from "../convex/harness.js";
import {
  BYTES_MAX,
  cubes,
  dailyByCategory,
  DOCUMENTS_MAX,
  EVERY_CELL,
  everyCell,
  FIXED_RANGES,
  TILE_RANGES_MAX,
} from "./questions.js";

async function recorded(cube: (typeof cubes)[number]) {
  const t = startBackend();
  const ann = await tenantOf(t);
  await foldAll(t);
  const rows = (cube === "watch" ? watchRows : stockRows)(EVERY_CELL, everyCell);
  for (const batch of batches<Record<string, unknown>>(rows, 800)) {
    await ann.mutation(api[cube].recordBatch, { tenantId: "acme", rows: batch });
  }
  await foldAll(t);
  return { t, ann };
}

function expectBudget({ work }: Loaded, tail = { documents: 0, bytes: 0 }) {
  expect(work.indexRanges).toBeLessThanOrEqual(FIXED_RANGES + TILE_RANGES_MAX);
  expect(work.documents).toBeLessThanOrEqual(DOCUMENTS_MAX + tail.documents);
  expect(work.bytes).toBeLessThanOrEqual(BYTES_MAX + tail.bytes);
}

test.each(cubes)("%s, daily by category over 90 days: few ranges, few documents", async (cube) => {
  const { ann } = await recorded(cube);
  const { query, servedBy } = dailyByCategory[cube];
  const answer = await load(ann, query);
  expect(answer.data).toHaveLength(EVERY_CELL);
  expect(answer.servedBy).toBe(servedBy);
  expectBudget(answer);
});

test("a tail of 20 unfolded writes costs 20 documents more and no further range", async () => {
  const { t, ann } = await recorded("watch");
  const { query } = dailyByCategory.watch;
  const folded = await load(ann, query);
  for (const row of watchRows(20, { ...everyCell, seed: 2 })) {
    await ann.mutation(api.watch.record, { tenantId: "acme", row });
  }
  const live = await load(ann, query);
  expect(live.lagMs).toBeGreaterThan(0);
  expect(live.work.documents).toBe(folded.work.documents + 20);
  expect(live.work.indexRanges).toBe(folded.work.indexRanges);
  expectBudget(live, { documents: 20, bytes: 20 * 1024 });
  await foldAll(t);
  const again = await load(ann, query);
  expect(again.work.documents).toBe(folded.work.documents);
});

test("records of other tenants and of other years cost nothing", async () => {
  const { t, ann } = await recorded("watch");
  const { query } = dailyByCategory.watch;
  const before = await load(ann, query);
  const bob = await tenantOf(t, "bobs", { subject: "bob" });
  const rows = [...watchRows(800, { ...everyCell, seed: 3 })];
  await bob.mutation(api.watch.recordBatch, { tenantId: "bobs", rows });
  await foldAll(t, "bobs");
  const old = rows.map((row) => ({ ...row, watchedAt: row.watchedAt - 400 * 86_400_000 }));
  await ann.mutation(api.watch.recordBatch, { tenantId: "acme", rows: old });
  await foldAll(t);
  expect((await load(ann, query)).work).toEqual(before.work);
});
