// @vitest-environment edge-runtime
/**
 * The commit that a writer is told is one that answers come to: an answer `atLeast` as of it includes what was
 * written, also where the mutation itself had nothing to write.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api.js";
import {
  foldAll,
  load,
  NOW,
  startBackend,
  stockRow,
  tenantOf,
  watchRow,
  inside,
} from "./harness.js";

const tenantId = "acme";
const count = { measures: ["inventory.count"] };

afterEach(() => {
  vi.useRealTimers();
});

const record = (ann: Awaited<ReturnType<typeof tenantOf>>, row: Record<string, unknown>) =>
  ann.mutation(api.inventory.record, { tenantId, row: stockRow(row) });

/** Time passes, and other records are written. */
async function busy(ann: Awaited<ReturnType<typeof tenantOf>>) {
  for (let i = 0; i < 5; i++) {
    vi.setSystemTime(Date.now() + 20_000);
    await record(ann, { quantity: i });
  }
}

describe("a key that is sent again", () => {
  test("is told the commit that stored the record, whatever was written since", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const first = await record(ann, { key: "k", quantity: 3 });
    for (const isFolded of [false, true]) {
      if (isFolded) await foldAll(t);
      await busy(ann);
      const again = await record(ann, { key: "k", quantity: 999 });
      expect(again).toEqual(first);
      const { data } = await load(ann, count, { atLeast: String(again.commitTs) });
      expect(data[0]?.["inventory.count"]).toBe(isFolded ? 11 : 6);
    }
    // What became of the record since does not change when it was stored.
    await ann.mutation(api.inventory.update, { tenantId, id: first.id, patch: { quantity: 4 } });
    expect(await record(ann, { key: "k" })).toEqual(first);
  });

  test("is told a commit that includes the record where the log has none of it any more", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await foldAll(t);
    const first = await record(ann, { key: "k" });
    await foldAll(t);
    vi.setSystemTime(Date.now() + 40 * 86_400_000);
    await foldAll(t);
    expect(await inside(t, (ctx) => ctx.db.query("changeLog").collect())).toEqual([]);
    const again = await record(ann, { key: "k" });
    expect(again.id).toBe(first.id);
    expect(again.commitTs).toBeGreaterThanOrEqual(first.commitTs as bigint);
    const atLeast = String(again.commitTs);
    // Nothing has to be written first, or folded, for an answer to come to it.
    for (const freshness of ["live", "folded"] as const) {
      const { data, watermark } = await load(ann, count, { atLeast, freshness });
      expect(data).toEqual([{ "inventory.count": 1 }]);
      expect(BigInt(watermark)).toBeGreaterThanOrEqual(again.commitTs as bigint);
    }
  });

  test("is told a commit that answers come to where the record was written past the log", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await t.run((ctx) =>
      ctx.db.insert("inventoryRecords", { ...stockRow({ key: "k" }), tenantId } as never),
    );
    for (const isFolded of [false, true]) {
      if (isFolded) await foldAll(t);
      const { commitTs } = await record(ann, { key: "k" });
      const atLeast = String(commitTs);
      const { data } = await load(ann, count, { atLeast });
      expect(data).toEqual([{ "inventory.count": 1 }]);
      if (!isFolded) continue;
      // A build looked at the source later than the log tells; no folded answer comes to its commit.
      const folded = await load(ann, count, { atLeast, freshness: "folded" });
      expect([folded.servedBy, folded.data]).toEqual([
        "inventory.totals@1",
        [{ "inventory.count": 1 }],
      ]);
    }
  });

  test("is told another commit once a removal has freed it", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const first = await record(ann, { key: "k" });
    await ann.mutation(api.inventory.remove, { tenantId, id: first.id });
    await busy(ann);
    const second = await record(ann, { key: "k" });
    await busy(ann);
    const again = await record(ann, { key: "k" });
    expect(again).toEqual(second);
    expect(second.commitTs).not.toBe(first.commitTs);
  });

  test("tells each tenant and cube its own commit", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const bob = await tenantOf(t, "globex", { subject: "bob" });
    const row = watchRow({ key: "k" });
    const stock = await record(ann, { key: "k" });
    const watched = await ann.mutation(api.watch.record, { tenantId, row });
    const other = await bob.mutation(api.watch.record, { tenantId: "globex", row });
    expect(new Set([stock, watched, other].map(({ commitTs }) => commitTs)).size).toBe(3);
    expect(await record(ann, { key: "k" })).toEqual(stock);
    expect(await ann.mutation(api.watch.record, { tenantId, row })).toEqual(watched);
    expect(await bob.mutation(api.watch.record, { tenantId: "globex", row })).toEqual(other);
  });
});

describe("a batch", () => {
  test("is in an answer at least as of what `freshness` then calls the newest commit", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const rows = [stockRow({ key: "a" }), stockRow({ key: "b" }), stockRow({ quantity: 0.5 })];
    for (const _ of ["sent", "sent again"]) {
      const sent = await ann.mutation(api.inventory.recordBatch, { tenantId, rows });
      expect(sent).toMatchObject({ accepted: 2, rejected: [{ index: 2 }] });
      const { watermark: atLeast } = await ann.query(api.aggregates.freshness, { tenantId });
      await foldAll(t);
      for (const freshness of ["live", "folded"] as const) {
        const { data } = await load(ann, count, { atLeast, freshness });
        expect(data).toEqual([{ "inventory.count": 2 }]);
      }
    }
  });
});

describe("a patch", () => {
  test("that changes nothing that is counted is told a commit that answers come to", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await foldAll(t);
    const row = watchRow({ topics: ["a", "b"], durationSeconds: 5 });
    const { id } = await ann.mutation(api.watch.record, { tenantId, row });
    await foldAll(t);
    const sum = { measures: ["watch.durationSeconds"] };
    for (const [patch, seconds] of [
      [{}, 5],
      [{ durationSeconds: 5 }, 5],
      [{ topics: ["b", "a", "b"] }, 5],
      [{ durationSeconds: 6 }, 6],
      [{ durationSeconds: 6 }, 6],
    ] as const) {
      vi.setSystemTime(Date.now() + 1000);
      const { commitTs } = await ann.mutation(api.watch.update, { tenantId, id, patch });
      const { data } = await load(ann, sum, { atLeast: String(commitTs) });
      expect(data).toEqual([{ "watch.durationSeconds": seconds }]);
    }
    // The document itself is as it was sent.
    await ann.mutation(api.watch.update, { tenantId, id, patch: { topics: ["c", "a"] } });
    const [doc] = await t.run((ctx) => ctx.db.query("watchRecords").collect());
    expect(doc?.topics).toEqual(["c", "a"]);
  });
});

test("every commit that a writer is told is in an answer at least as of it, and none of them is ahead of time", async () => {
  const t = startBackend();
  const ann = await tenantOf(t);
  await t.mutation(internal.tenants.ensure, { tenantId, zones: [] });
  const seen: bigint[] = [];
  for (let i = 0; i < 30; i++) {
    const { commitTs } = await record(ann, { key: `k${i % 7}`, occurredAt: NOW - i * 3_600_000 });
    const { watermark, data } = await load(ann, count, { atLeast: String(commitTs) });
    expect(BigInt(watermark)).toBeGreaterThanOrEqual(commitTs as bigint);
    expect(data).toEqual([{ "inventory.count": Math.min(i + 1, 7) }]);
    seen.push(BigInt(watermark));
    if (i % 5 === 4) await foldAll(t);
  }
  expect(seen).toEqual([...seen].sort((a, b) => (a < b ? -1 : 1)));
});
