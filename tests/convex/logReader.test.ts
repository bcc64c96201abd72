// @vitest-environment edge-runtime
/** Reading the log from within a commit that is folded in part: what is folded counts towards no limit. */
import { expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { readLog } from "../../convex/components/rollups/log/reader.js";
import { stockRows } from "../../bench/data/rows.js";
import { inside, startBackend, tenantOf } from "./harness.js";

const log = { tenantId: "acme", cube: "inventory" };

async function bigCommit() {
  const t = startBackend();
  const ann = await tenantOf(t);
  const rows = [...stockRows(1000, { seed: 1, days: 3, categories: 6 })];
  await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
  const stored = await inside(t, (ctx) => ctx.db.query("changeLog").collect());
  const commits = new Set(stored.map(({ commitTs }) => commitTs));
  return { t, stored, commits };
}

test("a commit of many rows is read to its end, some rows at a time", async () => {
  const { t, stored, commits } = await bigCommit();
  expect(stored.length).toBeGreaterThan(3);
  expect(commits.size).toBe(1);
  const start = { commitTs: 0n, row: 0, change: 0 };
  const limits = { changes: 100, rows: 10, bytes: 1e9 };
  const read = (position: typeof start) => inside(t, (ctx) => readLog(ctx, log, position, limits));
  const first = await read(start);
  expect(first.complete).toBe(false);
  const commitTs = first.rows[0]!.commitTs;
  let changes = 0;
  for (let row = 0; row < stored.length; row++) {
    const { rows, complete } = await read({ commitTs, row, change: 0 });
    // Those before are there for the numbers of the others.
    expect(rows.map((one) => one.changes.length > 0)).toEqual([...Array(row).fill(false), true]);
    expect(complete).toBe(row === stored.length - 1);
    changes += rows.at(-1)!.changes.length;
  }
  expect(changes).toBe(1000);
});
