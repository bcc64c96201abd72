// @vitest-environment edge-runtime
/**
 * What a source mutation writes, counted: its records and the log, and nothing that upkeep keeps. A
 * wake is scheduled only where the worker sleeps.
 */
import { describe, expect, test } from "vitest";
import type { FunctionReference } from "convex/server";
import { getConvexSize, type Value } from "convex/values";
import { api } from "../../convex/_generated/api.js";
import { fromStored } from "../../lib/fold/changeColumns.js";
import { FOURTEEN_MONTHS, stockRows, watchRows } from "../../bench/data/rows.js";
import {
  startBackend,
  stockRow,
  tenantOf,
  watchRow,
  type Backend,
  inside,
  inner,
} from "../convex/harness.js";

const ROW_CHANGES_MAX = 512;
const ROW_BYTES_MAX = 100_000;
const LAST_ROW_BYTES_MAX = 8000;

/** Runs a mutation inside another one that then reads the transaction's counters. */
async function counted<Args extends { tenantId: string }, Result>(
  member: Awaited<ReturnType<typeof tenantOf>>,
  mutation: FunctionReference<"mutation", "public", Args, Result>,
  args: Args,
) {
  return await member.mutation(async (ctx) => {
    const result: Result = await ctx.runMutation(mutation, args as never);
    const { documentsWritten, functionsScheduled, databaseQueries } =
      await ctx.meta.getTransactionMetrics();
    return {
      result,
      documentsWritten: documentsWritten.used,
      functionsScheduled: functionsScheduled.used,
      indexRanges: databaseQueries.used,
    };
  });
}

const logRows = (t: Backend) => inside(t, (ctx) => ctx.db.query("changeLog").collect());

describe("one record", () => {
  test.each([
    ["watch", watchRow()],
    ["inventory", stockRow()],
  ] as const)("%s: the record, one log row, and a wake for an idle worker", async (cube, row) => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const tenantId = "acme";

    const idle = await counted(ann, api[cube].record, { tenantId, row });
    expect(idle).toMatchObject({ documentsWritten: 2, functionsScheduled: 1 });
    const { id } = idle.result;

    await t.mutation(inner.wake.wake.wake, { tenantId, source: null });
    const awake = { documentsWritten: 2, functionsScheduled: 0 };
    expect(await counted(ann, api[cube].record, { tenantId, row })).toMatchObject(awake);
    const time = cube === "watch" ? { durationSeconds: 9 } : { quantity: 9 };
    expect(await counted(ann, api[cube].update, { tenantId, id, patch: time })).toMatchObject(
      awake,
    );
    expect(await counted(ann, api[cube].remove, { tenantId, id })).toMatchObject(awake);
    expect(await logRows(t)).toHaveLength(4);
  });

  test("a mutation that changes nothing writes no log row", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const args = { tenantId: "acme", row: watchRow({ key: "k1" }) };
    const { result } = await counted(ann, api.watch.record, args);
    expect(await counted(ann, api.watch.record, args)).toMatchObject({
      result: { id: result.id },
      documentsWritten: 0,
      functionsScheduled: 0,
    });
    expect(await logRows(t)).toHaveLength(1);
  });
});

describe("a batch", () => {
  test.each([
    ["watch", [...watchRows(500)]],
    ["inventory", [...stockRows(500)]],
    ["inventory", [...stockRows(1000)]],
    ["watch", [...watchRows(500, { ...FOURTEEN_MONTHS, seed: 5 })].map(withLongTitle)],
  ] as const)("of %s: its records and full log rows, but for the last", async (cube, rows) => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const args = { tenantId: "acme", rows: [...rows] };
    const { result, documentsWritten, functionsScheduled } = await counted(
      ann,
      api[cube].recordBatch,
      args,
    );
    expect(result).toEqual({ accepted: rows.length, rejected: [] });

    // Rows are cut by what their changes take one by one.
    const logged = (await logRows(t)).map(({ changes }) => fromStored(changes));
    const log = logged.map((changes) => ({
      changes: changes.length,
      bytes: changes.reduce((sum, change) => sum + getConvexSize(change as unknown as Value), 0),
      first: getConvexSize(changes[0] as unknown as Value),
    }));
    expect(documentsWritten).toBe(rows.length + log.length);
    expect(functionsScheduled).toBe(1);
    expect(log.reduce((sum, { changes }) => sum + changes, 0)).toBe(rows.length);
    log.forEach(({ changes, bytes }, i) => {
      expect(changes).toBeLessThanOrEqual(ROW_CHANGES_MAX);
      expect(bytes).toBeLessThanOrEqual(ROW_BYTES_MAX);
      // Full: the next row's first change would not have fitted. The last row is small, the one before has the rest.
      const next = log[i + 1];
      if (next !== undefined && i < log.length - 2 && changes < ROW_CHANGES_MAX) {
        expect(bytes + next.first).toBeGreaterThan(ROW_BYTES_MAX);
      }
    });
    expect(log.at(-1)!.bytes).toBeLessThan(LAST_ROW_BYTES_MAX);
  });
});

function withLongTitle<Row extends { title: string }>(row: Row): Row {
  return { ...row, title: row.title.padEnd(400, "!") };
}
