// @vitest-environment edge-runtime
/**
 * Law 8 for plans: every iteration of a round reads the round's log again, so it reads what it hands over, and
 * nothing else of the log.
 */
import { getConvexSize, type Value } from "convex/values";
import { expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { batches, watchRows } from "../../bench/data/rows.js";
import { countStored } from "../../lib/fold/changeColumns.js";
import { foldAll, inner, inside, startBackend, tenantOf, type Backend } from "../convex/harness.js";

const COMMIT = 1000;
/** What is handed to one iteration at most, in whole commits. */
const BATCH = 2 * COMMIT;
/** Positions, states and what else a plan looks at, and the newest rows of the log and of a commit. */
const FIXED_BYTES = 30_000;
/** A worker that has rested looks first whether anything is there, in one row of the log. */
const FIRST_ROW_BYTES = 60_000;

/** What a plan hands over, and what it read beside that. */
async function plan(t: Backend) {
  return await t.mutation(async (ctx) => {
    const work = await ctx.runQuery(inner.worker.nextWork.nextWork, { name: "fold:acme" });
    const { bytesRead } = await ctx.meta.getTransactionMetrics();
    const batch = "batch" in work ? work.batch : null;
    const rows = batch?.job.kind === "fold" ? batch.job.rows : [];
    const changes = rows.reduce((sum, row) => sum + countStored(row.changes), 0);
    return { batch, rows, changes, beside: bytesRead.used - getConvexSize(rows as Value) };
  });
}

test("each iteration reads the log of its round alone, and a commit that is folded is not read again", async () => {
  const t = startBackend();
  const ann = await tenantOf(t);
  await foldAll(t);
  const rows = [...watchRows(2 * BATCH)].sort((a, b) => a.watchedAt - b.watchedAt);
  for (const some of batches(rows, COMMIT)) {
    await ann.mutation(api.watch.recordBatch, { tenantId: "acme", rows: some });
  }
  const places = new Set<string>();
  let iterations = 0;
  for (;;) {
    const { batch, rows, changes, beside } = await plan(t);
    if (batch === null || rows.length === 0) break;
    // A commit that is folded in part is handed over whole.
    expect(changes).toBe(BATCH);
    expect(beside).toBeLessThan(FIXED_BYTES + (iterations === 0 ? FIRST_ROW_BYTES : 0));
    await t.mutation(inner.worker.worker.work, batch);
    const fold = await inside(t, (ctx) => ctx.db.query("foldStates").unique());
    places.add(`${fold!.position.row}/${fold!.position.change}`);
    iterations++;
  }
  expect(iterations).toBeGreaterThan(4);
  expect([...places]).toEqual(["0/0"]);
});
