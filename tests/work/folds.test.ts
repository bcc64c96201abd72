// @vitest-environment edge-runtime
/**
 * Law 8 for the worker: what folding one record reads follows from the tiles that it changes, however
 * many chunks their partitions hold.
 */
import { expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { FOURTEEN_MONTHS, watchRows } from "../../bench/data/rows.js";
import { catalogue } from "../../convex/cubes.js";
import { foldAll, startBackend, tenantOf, watchRow, inside, inner } from "../convex/harness.js";

/** One month, so that wide rollups fill many chunks. */
const MONTH = { ...FOURTEEN_MONTHS, days: 28 };
/** Tenant, position, states, backfill, rebuilds and what the loop itself reads. */
const FIXED_DOCUMENTS = 40;

/** Documents and bytes that folding one record reads, and the most chunks that a partition has by then. */
async function foldingOne(records: number) {
  const t = startBackend();
  const ann = await tenantOf(t);
  await foldAll(t);
  const rows = [...watchRows(records, MONTH)].sort((a, b) => a.watchedAt - b.watchedAt);
  for (let from = 0; from < rows.length; from += 500) {
    const some = rows.slice(from, from + 500);
    await ann.mutation(api.watch.recordBatch, { tenantId: "acme", rows: some });
    await foldAll(t);
  }
  const { watchedAt } = rows[rows.length >> 1]!;
  const row = watchRow({ watchedAt, topics: ["Topic 1"] });
  await ann.mutation(api.watch.record, { tenantId: "acme", row });
  const work = await t.query(inner.worker.nextWork.nextWork, { name: "fold:acme" });
  if (!("batch" in work)) throw new Error("The worker has nothing to do.");
  const read = await t.mutation(async (ctx) => {
    await ctx.runMutation(inner.worker.worker.work, work.batch);
    const { documentsRead, bytesRead } = await ctx.meta.getTransactionMetrics();
    return { documents: documentsRead.used, bytes: bytesRead.used };
  });
  const tiles = await inside(t, (ctx) => ctx.db.query("rollupTiles").collect());
  return { ...read, chunks: Math.max(...tiles.map(({ chunk }) => chunk + 1)) };
}

test("folding one record reads the chunks that it changes, and the directories, however many there are", async () => {
  const few = await foldingOne(200);
  const many = await foldingOne(4000);
  expect(few.chunks).toBeLessThan(10);
  expect(many.chunks).toBeGreaterThan(20);
  const levels = Object.values(catalogue.watch.rollups).reduce(
    (sum, rollup) => sum + Object.keys(rollup.levels).length,
    0,
  );
  for (const { documents } of [few, many]) {
    // Per level the first chunk and the record's own, which replacing reads again.
    expect(documents).toBeLessThanOrEqual(3 * levels + FIXED_DOCUMENTS);
  }
  // Full chunks are larger than young ones, but twenty times the records are not twenty times the bytes.
  expect(many.bytes).toBeLessThan(4 * few.bytes);
});
