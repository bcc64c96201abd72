// @vitest-environment edge-runtime
/**
 * What questions about the newest commits read: little, whatever was written last. A batch of a thousand
 * records leaves log rows of a hundred kilobytes.
 */
import { describe, expect, test } from "vitest";
import type { FunctionReference } from "convex/server";
import { watchRows } from "../../bench/data/rows.js";
import { api } from "../../convex/_generated/api.js";
import { countStored, fromStored } from "../../lib/fold/changeColumns.js";
import { inside, startBackend, tenantOf, watchRow } from "../convex/harness.js";

const tenantId = "acme";
type Member = Awaited<ReturnType<typeof tenantOf>>;

/** Two batches of 1,000, and a record between them. */
async function imported() {
  const t = startBackend();
  const ann = await tenantOf(t);
  const rows = [...watchRows(2000)];
  await ann.mutation(api.watch.recordBatch, { tenantId, rows: rows.slice(0, 1000) });
  await ann.mutation(api.watch.record, { tenantId, row: watchRow({ category: "Between" }) });
  await ann.mutation(api.watch.recordBatch, { tenantId, rows: rows.slice(1000) });
  return { t, ann, rows };
}

async function work<Args extends { tenantId: string }, Result>(
  ann: Member,
  query: FunctionReference<"query", "public", Args, Result>,
  args: Args,
) {
  return await ann.query(async (ctx) => {
    const result: Result = await ctx.runQuery(query, args as never);
    const { documentsRead, bytesRead } = await ctx.meta.getTransactionMetrics();
    return { result, documents: documentsRead.used, bytes: bytesRead.used };
  });
}

describe("after a large import", () => {
  test("the ticker reads three small rows, and tells of each row of the log", async () => {
    const { t, ann } = await imported();
    const { result, documents, bytes } = await work(ann, api.activity.recent, {
      tenantId,
      limit: 20,
    });
    // A membership and the last row of each commit.
    expect(documents).toBe(4);
    expect(bytes).toBeLessThan(10_000);
    const log = await inside(t, (ctx) =>
      ctx.db
        .query("changeLog")
        .withIndex("by_tenant_and_commitTs", (q) => q.eq("tenantId", tenantId))
        .order("desc")
        .collect(),
    );
    expect(log.length).toBeGreaterThan(6);
    expect(result.map(({ commitTs, count }) => [commitTs, count])).toEqual(
      log.map(({ commitTs, changes }) => [String(commitTs), countStored(changes)]),
    );
    expect(result.map(({ summary }) => summary)).toEqual(
      log.map(({ changes }) => {
        const { title, channel, category } = fromStored(changes)[0]!.after as Record<
          string,
          string
        >;
        return expect.stringMatching(
          new RegExp(`${title ?? ""}|${channel ?? ""}|${category ?? ""}`),
        ) as string;
      }),
    );
    // As many as are asked for, from wherever.
    for (const limit of [1, 4, 5, 6]) {
      const some = await ann.query(api.activity.recent, { tenantId, limit });
      expect(some).toEqual(result.slice(0, limit));
    }
  });

  test("the newest commit is read from one small row", async () => {
    const { ann } = await imported();
    const { documents, bytes } = await work(ann, api.sources.head, { tenantId });
    expect(documents).toBe(2);
    expect(bytes).toBeLessThan(6000);
  });
});

test("a ticker stops at a bound where rows are large that nothing tells of", async () => {
  const { t, ann } = await imported();
  await inside(t, async (ctx) => {
    for (const row of await ctx.db.query("changeLog").collect()) {
      await ctx.db.patch("changeLog", row._id, { others: undefined });
    }
  });
  const { result, bytes } = await work(ann, api.activity.recent, { tenantId, limit: 20 });
  expect(result.length).toBeGreaterThan(1);
  expect(bytes).toBeLessThan(250_000);
});
