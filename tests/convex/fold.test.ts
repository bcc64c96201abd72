// @vitest-environment edge-runtime
import { describe, expect, test } from "vitest";
import { fromStored } from "../../lib/fold/changeColumns.js";
import { api } from "../../convex/_generated/api.js";
import {
  foldAll,
  foldOnce,
  inside,
  load,
  NOW,
  startBackend,
  stockRow,
  tenantOf,
  watchRow,
} from "./harness.js";

const DAY = 86_400_000;
const byCategory = {
  measures: ["watch.count", "watch.durationSeconds"],
  dimensions: ["watch.category"],
  timeDimensions: [
    { dimension: "watch.watchedAt", granularity: "day", dateRange: ["2026-02-01", "2026-03-01"] },
  ],
  order: [],
};

describe("a record travels the whole way", () => {
  test("a new tenant's rollups are ready after its first iterations", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await foldAll(t);
    const health = await ann.query(api.aggregates.health, { tenantId: "acme" });
    expect(health.rollups.length).toBeGreaterThan(10);
    expect(new Set(health.rollups.map(({ status }) => status))).toEqual(new Set(["ready"]));
    expect(health.backfills).toEqual([]);
  });

  test("an insert, an edit and a removal each show once, before and after folding", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await foldAll(t);
    const { id } = await ann.mutation(api.watch.record, { tenantId: "acme", row: watchRow() });
    await ann.mutation(api.watch.record, {
      tenantId: "acme",
      row: watchRow({ category: "News", durationSeconds: 12.5 }),
    });
    const expected = [
      {
        "watch.category": "Film",
        "watch.watchedAt.day": "2026-03-01T00:00:00.000",
        "watch.count": 1,
        "watch.durationSeconds": 60,
      },
      {
        "watch.category": "News",
        "watch.watchedAt.day": "2026-03-01T00:00:00.000",
        "watch.count": 1,
        "watch.durationSeconds": 12.5,
      },
    ];
    const live = await load(ann, byCategory);
    expect(live.data).toEqual(expected);
    expect(live.servedBy).toBe("watch.by_category@1");
    await foldAll(t);
    const folded = await load(ann, byCategory, { freshness: "folded" });
    expect(folded.data).toEqual(expected);
    expect(folded.watermark).toBe(live.watermark);

    await ann.mutation(api.watch.update, {
      tenantId: "acme",
      id,
      patch: { category: "News", watchedAt: NOW - DAY },
    });
    const edited = [
      {
        "watch.category": "News",
        "watch.watchedAt.day": "2026-02-28T00:00:00.000",
        "watch.count": 1,
        "watch.durationSeconds": 60,
      },
      expected[1],
    ];
    expect((await load(ann, byCategory)).data).toEqual(edited);
    expect((await load(ann, byCategory, { freshness: "folded" })).data).toEqual(expected);
    await foldAll(t);
    expect((await load(ann, byCategory, { freshness: "folded" })).data).toEqual(edited);

    await ann.mutation(api.watch.remove, { tenantId: "acme", id });
    expect((await load(ann, byCategory)).data).toEqual([expected[1]]);
    await foldAll(t);
    expect((await load(ann, byCategory, { freshness: "folded" })).data).toEqual([expected[1]]);
  });

  test("records from before the rollups are backfilled while others are written", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const rows = Array.from({ length: 900 }, (_, i) =>
      stockRow({
        warehouse: i % 2 ? "North" : "South",
        quantity: i,
        occurredAt: NOW - (i % 60) * DAY,
      }),
    );
    await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
    // Start the generations, then write between the pages.
    for (let i = 0; i < 3; i++) {
      await foldOnce(t);
      await ann.mutation(api.inventory.record, {
        tenantId: "acme",
        row: stockRow({ warehouse: "North", quantity: 1000 }),
      });
    }
    await foldAll(t);
    const answer = await load(ann, {
      measures: ["inventory.quantity", "inventory.count"],
      dimensions: ["inventory.warehouse"],
    });
    const odd = rows.filter((_, i) => i % 2).reduce((sum, row) => sum + Number(row.quantity), 0);
    const even = rows.filter((_, i) => i % 2 === 0).reduce((sum, r) => sum + Number(r.quantity), 0);
    expect(answer.servedBy).toBe("inventory.by_warehouse@1");
    expect(answer.data).toEqual(
      [
        {
          "inventory.warehouse": "South",
          "inventory.quantity": even,
          "inventory.count": 450,
        },
        {
          "inventory.warehouse": "North",
          "inventory.quantity": odd + 3000,
          "inventory.count": 453,
        },
      ].sort((a, b) => b["inventory.quantity"] - a["inventory.quantity"]),
    );
  });
});

describe("one change of a batch that cannot be folded", () => {
  test("is set aside, and what nets to nothing beside it leaves other tiles as they were", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const record = (watchedAt: number) =>
      ann.mutation(api.watch.record, { tenantId: "acme", row: watchRow({ watchedAt }) });
    const remove = (id: string) => ann.mutation(api.watch.remove, { tenantId: "acme", id });
    await record(NOW - 90 * DAY);
    const { id: lost } = await record(NOW);
    await foldAll(t);
    // Its tiles do not hold it any more, so it cannot be taken out of them.
    await inside(t, async (ctx) => {
      for (const { _id, partitionStart } of await ctx.db.query("rollupTiles").collect()) {
        if (partitionStart > NOW - 60 * DAY) await ctx.db.delete("rollupTiles", _id);
      }
    });
    const { id: passing } = await record(NOW - 90 * DAY);
    await remove(passing);
    await remove(lost);
    expect(await foldOnce(t)).toBe(true);
    const letters = await inside(t, (ctx) => ctx.db.query("deadLetters").collect());
    expect(new Set(letters.map(({ code }) => code))).toEqual(new Set(["NegativeCount"]));
    expect(new Set(letters.map(({ change }) => change.docId))).toEqual(new Set([lost]));
    await foldAll(t);
    const { data, servedBy } = await load(ann, {
      ...byCategory,
      timeDimensions: [{ dimension: "watch.watchedAt", granularity: "month" }],
    });
    expect(servedBy).toBe("watch.by_category@1");
    expect(data).toMatchObject([
      { "watch.watchedAt.month": "2025-12-01T00:00:00.000", "watch.count": 1 },
    ]);
  });

  test("is set aside where it cannot even be netted, and what nets to nothing behind it does no harm", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const record = (watchedAt: number) =>
      ann.mutation(api.watch.record, { tenantId: "acme", row: watchRow({ watchedAt }) });
    await record(NOW - 90 * DAY);
    await foldAll(t);
    const { id: bad } = await record(NOW);
    await inside(t, async (ctx) => {
      const row = (await ctx.db.query("changeLog").order("desc").first())!;
      const changes = fromStored(row.changes).map((change) => ({
        ...change,
        after: change.after && { ...change.after, watchedAt: 1e17 },
      }));
      await ctx.db.patch("changeLog", row._id, { changes: changes as typeof row.changes });
    });
    const { id: passing } = await record(NOW - 90 * DAY);
    await ann.mutation(api.watch.remove, { tenantId: "acme", id: passing });
    expect(await foldOnce(t)).toBe(true);
    const letters = await inside(t, (ctx) => ctx.db.query("deadLetters").collect());
    expect(new Set(letters.map(({ code }) => code))).toEqual(new Set(["TimeOutOfRange"]));
    expect(new Set(letters.map(({ change }) => change.docId))).toEqual(new Set([bad]));
    // Its rollups lack it, and there is no bucket to restore it in: the source answers.
    await foldAll(t);
    const { data, servedBy } = await load(ann, byCategory);
    expect(servedBy).toBe("scan");
    expect(data).toMatchObject([{ "watch.count": 1 }]);
  });
});
