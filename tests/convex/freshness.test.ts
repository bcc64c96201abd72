// @vitest-environment edge-runtime
/**
 * What an answer says about its age: live or folded as it really is, as of which commit, how far folding is
 * behind; and what it does for a caller who wants at least some commit.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api.js";
import { answerLimits } from "../../convex/components/rollups/limits/answers.js";
import {
  foldAll,
  foldOnce,
  load,
  NOW,
  startBackend,
  stockRow,
  tenantOf,
  watchRow,
  type Backend,
  inside,
} from "./harness.js";

const tenantId = "acme";
const views = { measures: ["watch.count"] };
const stock = { measures: ["inventory.count", "inventory.quantity"] };

type Member = Awaited<ReturnType<typeof tenantOf>>;

afterEach(() => {
  vi.useRealTimers();
});

async function started() {
  const t = startBackend();
  const ann = await tenantOf(t);
  await foldAll(t);
  return { t, ann };
}

const rowsOf = (
  ann: Member,
  query: unknown,
  options: { freshness?: "live" | "folded"; atLeast?: string } = {},
) => ann.query(api.aggregates.rows, { tenantId, query: query as never, ...options });
const freshness = (ann: Member) => ann.query(api.aggregates.freshness, { tenantId });
const health = (ann: Member) => ann.query(api.aggregates.health, { tenantId });
const watch = async (ann: Member, row: Record<string, unknown> = {}) =>
  (await ann.mutation(api.watch.record, { tenantId, row: watchRow(row) })).commitTs as bigint;
const move = async (ann: Member, row: Record<string, unknown> = {}) =>
  (await ann.mutation(api.inventory.record, { tenantId, row: stockRow(row) })).commitTs as bigint;

const codeOf = (answer: Promise<unknown>) =>
  answer.then(
    () => null,
    (error: unknown) => (error as { data: Record<string, unknown> }).data,
  );

/** More changes than an answer adds, in batches that go on beyond that. */
async function flood(ann: Member, from = 0): Promise<{ sent: number; last: bigint }> {
  let sent = from;
  let last = 0n;
  while (sent - from <= 1.5 * answerLimits.tailChanges) {
    const rows = Array.from({ length: 700 }, (_, i) =>
      watchRow({ watchedAt: NOW - (sent + i) * 60_000, category: `Category ${(sent + i) % 3}` }),
    );
    sent += (await ann.mutation(api.watch.recordBatch, { tenantId, rows })).accepted;
    last = BigInt((await freshness(ann)).watermark);
  }
  return { sent, last };
}

describe("an answer", () => {
  test("says that it is live, and nothing that moves with folds", async () => {
    const { t, ann } = await started();
    const commit = await watch(ann);
    const before = await rowsOf(ann, views);
    expect(before).toMatchObject({ data: [{ "watch.count": 1 }], freshness: "live" });
    expect(before).not.toHaveProperty("asOf");
    expect(await load(ann, views)).toMatchObject({ freshness: "live", watermark: String(commit) });
    await foldAll(t);
    expect(await rowsOf(ann, views)).toEqual(before);
    await move(ann);
    await foldAll(t);
    expect(await rowsOf(ann, views)).toEqual(before);
  });

  test("that was asked for folded is dated by load and not by rows, and no other cube's fold moves it", async () => {
    const { t, ann } = await started();
    const first = await watch(ann);
    await foldAll(t);
    const second = await watch(ann);
    const folded = () => rowsOf(ann, views, { freshness: "folded" });
    const before = await folded();
    expect(before).toMatchObject({
      ...{ data: [{ "watch.count": 1 }], servedBy: "watch.totals@1" },
      ...{ freshness: "folded" },
    });
    expect(before).not.toHaveProperty("asOf");
    const loaded = await load(ann, views, { freshness: "folded" });
    expect(loaded).toMatchObject({ asOf: String(first), freshness: "folded" });
    await foldAll(t);
    const after = await folded();
    expect(after).toMatchObject({ data: [{ "watch.count": 2 }] });
    const dated = { asOf: String(second), watermark: String(second) };
    for (let i = 0; i < 3; i++) {
      const moved = await move(ann);
      await foldAll(t);
      expect(await folded()).toEqual(after);
      expect(await load(ann, views, { freshness: "folded" })).toMatchObject(dated);
      expect(await load(ann, views)).toMatchObject({
        freshness: "live",
        watermark: String(second),
      });
      expect((await freshness(ann)).foldedTo).toBe(String(moved));
    }
  });

  test("by a scan is live, and is not computed again for what folding does", async () => {
    const { ann } = await started();
    const commit = await watch(ann, { category: "Film" });
    const scanned = {
      measures: ["watch.shortest"],
      dimensions: ["watch.channel"],
      timeDimensions: [{ dimension: "watch.watchedAt", dateRange: ["2026-03-01", "2026-03-01"] }],
    };
    expect(await rowsOf(ann, scanned)).toMatchObject({ servedBy: "scan", freshness: "live" });
    const answer = await load(ann, scanned);
    expect(answer).toMatchObject({ servedBy: "scan", watermark: String(commit) });
    expect(await codeOf(rowsOf(ann, scanned, { freshness: "folded" }))).toMatchObject({
      code: "NoRollup",
    });
  });

  test("that leaves out a tail too long to be added says folded, until it is complete", async () => {
    const { t, ann } = await started();
    const before = await watch(ann);
    await foldAll(t);
    const { sent, last } = await flood(ann, 1);
    let folds = 0;
    let lastSeen = before;
    for (;;) {
      const answer = await load(ann, views);
      const rows = await rowsOf(ann, views);
      expect(rows.data).toEqual(answer.data);
      expect(answer.servedBy).toBe("watch.totals@1");
      expect(answer.exact).toBe(true);
      expect(rows.freshness).toBe(answer.freshness);
      if (answer.freshness === "live") {
        expect(answer.data).toEqual([{ "watch.count": sent }]);
        expect(answer.watermark).toBe(String(last));
        expect(rows).not.toHaveProperty("asOf");
        break;
      }
      expect(answer.data[0]?.["watch.count"]).toBeLessThan(sent);
      expect(rows.asOf).toBe(answer.watermark);
      expect(BigInt(answer.watermark)).toBeGreaterThanOrEqual(lastSeen);
      expect(BigInt(answer.watermark)).toBeLessThan(last);
      expect(answer.lagMs).toBeGreaterThan(0);
      lastSeen = BigInt(answer.watermark);
      // All records are more than are scanned for that.
      expect(await codeOf(rowsOf(ann, views, { atLeast: String(last) }))).toMatchObject({
        ...{ code: "Behind", atLeast: String(last), watermark: answer.watermark },
        retryAfterMs: expect.any(Number) as number,
      });
      const past = await load(ann, views, { atLeast: answer.watermark });
      expect(past.data).toEqual(answer.data);
      expect(await foldOnce(t)).toBe(true);
      folds++;
    }
    expect(folds).toBeGreaterThan(0);
    expect((await load(ann, views, { atLeast: String(last) })).data).toEqual([
      { "watch.count": sent },
    ]);
    await foldAll(t);
    expect(await load(ann, views, { freshness: "folded", atLeast: String(last) })).toMatchObject({
      ...{ data: [{ "watch.count": sent }], freshness: "folded", lagMs: 0 },
      ...{ asOf: String(last), watermark: String(last) },
    });
  }, 120_000);
});

describe("at least some commit", () => {
  test("is what a folded answer waits for", async () => {
    const { t, ann } = await started();
    await watch(ann);
    await foldAll(t);
    const second = await watch(ann);
    const asked = { freshness: "folded", atLeast: String(second) } as const;
    expect(await codeOf(load(ann, views, asked))).toMatchObject({
      ...{ code: "Behind", atLeast: String(second) },
    });
    expect(await load(ann, views, { atLeast: String(second) })).toMatchObject({
      ...{ data: [{ "watch.count": 2 }], freshness: "live", watermark: String(second) },
    });
    await foldAll(t);
    expect(await load(ann, views, asked)).toMatchObject({
      ...{ data: [{ "watch.count": 2 }], freshness: "folded" },
    });
    expect(await rowsOf(ann, views, asked)).toMatchObject({ asOf: String(second) });
  });

  test("of a small range is told by a scan while a tail is too long to be added", async () => {
    const { ann } = await started();
    const { last } = await flood(ann);
    const hour = (from: string, to: string) => ({
      ...views,
      timeDimensions: [{ dimension: "watch.watchedAt", dateRange: [from, to] }],
    });
    const small = hour("2026-03-01T10:00", "2026-03-01T11:59:59.999");
    expect(await load(ann, small)).toMatchObject({
      ...{ data: [{ "watch.count": 0 }], freshness: "folded" },
    });
    expect(await load(ann, small, { atLeast: String(last) })).toMatchObject({
      ...{ data: [{ "watch.count": 120 }], servedBy: "scan", freshness: "live" },
      watermark: String(last),
    });
    const large = hour("2026-02-27T00:00", "2026-03-01T11:59:59.999");
    expect(await codeOf(load(ann, large, { atLeast: String(last) }))).toMatchObject({
      code: "Behind",
    });
  }, 60_000);

  test("that nobody has written yet is behind, for rollups and for scans", async () => {
    const { t, ann } = await started();
    const commit = await watch(ann);
    const scanned = { ...views, dimensions: ["watch.category", "watch.hourOfDay"] };
    for (const isFolded of [false, true]) {
      if (isFolded) await foldAll(t);
      for (const query of [views, scanned]) {
        const { watermark } = await load(ann, query, { atLeast: String(commit) });
        expect(watermark).toBe(String(commit));
        for (const ahead of [commit + 1n, 2n ** 63n - 1n]) {
          expect(await codeOf(load(ann, query, { atLeast: String(ahead) }))).toMatchObject({
            ...{ code: "Behind", atLeast: String(ahead), watermark: String(commit) },
          });
        }
      }
    }
  });

  test("must be a commit timestamp in decimal", async () => {
    const { ann } = await started();
    for (const atLeast of ["", "-1", "1.5", "1e9", "0x10", "latest", "9".repeat(30), " 1"]) {
      for (const asked of [load(ann, views, { atLeast }), rowsOf(ann, views, { atLeast })]) {
        expect(await codeOf(asked), atLeast).toMatchObject({
          ...{ code: "InvalidQuery", path: "atLeast" },
        });
      }
    }
    expect((await load(ann, views, { atLeast: "0" })).data).toEqual([{ "watch.count": 0 }]);
  });
});

describe("lagMs", () => {
  const all = async (t: Backend, ann: Member) => {
    const live = await load(ann, views);
    const folded = await load(ann, views, { freshness: "folded" });
    const { lagMs, unfoldedSince, backlog } = await freshness(ann);
    expect([live, folded, await health(ann)].map((one) => one.lagMs)).toEqual([
      lagMs,
      lagMs,
      lagMs,
    ]);
    expect(backlog).toBe(lagMs > 0);
    expect(unfoldedSince === null).toBe(lagMs === 0);
    return { lagMs, unfoldedSince };
  };

  test("is the age of the oldest change that is not folded, and 0 where there is none", async () => {
    const { t, ann } = await started();
    expect(await all(t, ann)).toEqual({ lagMs: 0, unfoldedSince: null });
    await watch(ann);
    await foldAll(t);
    // Four quiet minutes are no lag.
    vi.setSystemTime(Date.now() + 4 * 60_000);
    expect(await all(t, ann)).toEqual({ lagMs: 0, unfoldedSince: null });
    const first = await watch(ann);
    expect(await all(t, ann)).toEqual({ lagMs: 1, unfoldedSince: String(first) });
    vi.setSystemTime(Date.now() + 250);
    await move(ann);
    expect(await all(t, ann)).toEqual({ lagMs: 250, unfoldedSince: String(first) });
    vi.setSystemTime(Date.now() + 1000);
    expect(await all(t, ann)).toEqual({ lagMs: 1250, unfoldedSince: String(first) });
    await foldAll(t);
    expect(await all(t, ann)).toEqual({ lagMs: 0, unfoldedSince: null });
  });

  test("is that of the first change of a tenant too, and of the rest of a commit that is folded in part", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const first = await watch(ann);
    vi.setSystemTime(Date.now() + 700);
    expect(await freshness(ann)).toMatchObject({ lagMs: 700, unfoldedSince: String(first) });
    await foldAll(t);
    await t.mutation(internal.tenants.ensure, { tenantId, name: "Acme" });
    const rows = Array.from({ length: 1000 }, (_, i) => stockRow({ occurredAt: NOW - i * 3.6e6 }));
    await ann.mutation(api.inventory.recordBatch, { tenantId, rows });
    const { watermark } = await freshness(ann);
    await inside(t, async (ctx) => {
      const fold = (await ctx.db.query("foldStates").first())!;
      await ctx.db.patch("foldStates", fold._id, {
        position: { commitTs: BigInt(watermark), row: 1, change: 0 },
      });
    });
    vi.setSystemTime(Date.now() + 300);
    expect(await freshness(ann)).toMatchObject({
      ...{ lagMs: 300, unfoldedSince: watermark, backlog: true },
    });
  });
});

describe("a tenant whose log is empty", () => {
  /** Records as an import of a table brings them: no mutation has seen them. */
  const bring = (t: Backend, records: number) =>
    t.run(async (ctx) => {
      for (let i = 0; i < records; i++) {
        const row = { ...stockRow({ quantity: i, occurredAt: NOW - i * 3.6e6 }), tenantId };
        await ctx.db.insert("inventoryRecords", row as never);
      }
    });

  test("is answered as of the commit of its backfill, from tiles, by scans and to `freshness` alike", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await bring(t, 20);
    await foldAll(t);
    expect(await inside(t, (ctx) => ctx.db.query("changeLog").collect())).toEqual([]);
    const folded = await load(ann, stock, { freshness: "folded" });
    expect(folded).toMatchObject({ servedBy: "inventory.totals@1", lagMs: 0 });
    expect(folded.data).toEqual([{ "inventory.count": 20, "inventory.quantity": 190 }]);
    const built = await inside(t, (ctx) => ctx.db.query("cubeFolds").collect());
    const own = built.find(({ cube }) => cube === "inventory");
    expect(folded.watermark).toBe(String(own?.builtAt));
    expect(Date.parse(folded.lastRefreshTime)).toBeGreaterThanOrEqual(NOW);
    expect(Date.parse(folded.lastRefreshTime)).toBeLessThanOrEqual(Date.now());
    const { watermark } = folded;
    expect((await load(ann, stock)).watermark).toBe(watermark);
    const scanned = { ...stock, dimensions: ["inventory.kind", "inventory.hourOfDay"] };
    expect(await load(ann, scanned)).toMatchObject({ servedBy: "scan", watermark });
    // The tenant is as of the cube that was built last.
    const { watermark: newest } = await freshness(ann);
    expect(BigInt(newest)).toBeGreaterThanOrEqual(BigInt(watermark));
    expect(await freshness(ann)).toMatchObject({ foldedTo: newest, lagMs: 0 });
    expect(await health(ann)).toMatchObject({ watermark: newest, lagMs: 0 });
    const asked = { freshness: "folded", atLeast: watermark } as const;
    expect(await rowsOf(ann, stock, asked)).toMatchObject({ asOf: watermark });
    // A caller may wait for it, and for the next write after it.
    expect((await load(ann, stock, { freshness: "folded", atLeast: watermark })).data).toEqual(
      folded.data,
    );
    const next = await move(ann, { quantity: 10 });
    expect(next).toBeGreaterThan(BigInt(watermark));
    expect(await load(ann, stock, { atLeast: String(next) })).toMatchObject({
      ...{ watermark: String(next), data: [{ "inventory.count": 21, "inventory.quantity": 200 }] },
    });
  });

  test("is as of its newest backfill, and its watermark never goes back", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    const seen: bigint[] = [];
    const see = async () => {
      for (const freshness of ["live", "folded"] as const) {
        const loaded = await load(ann, stock, { freshness }).catch(() => null);
        if (loaded !== null && freshness === "live") seen.push(BigInt(loaded.watermark));
      }
    };
    await bring(t, 5);
    await foldAll(t, tenantId, 200, see);
    const first = (await load(ann, stock)).watermark;
    vi.setSystemTime(Date.now() + 60_000);
    await bring(t, 5);
    await ann.mutation(api.rollups.rebuild, { tenantId, cube: "inventory" });
    await foldAll(t, tenantId, 200, see);
    const second = await load(ann, stock);
    expect(second.data[0]?.["inventory.count"]).toBe(10);
    expect(Date.parse(second.lastRefreshTime)).toBeGreaterThanOrEqual(NOW + 60_000);
    expect(BigInt(second.watermark)).toBeGreaterThan(BigInt(first));
    expect(seen).toEqual([...seen].sort((a, b) => (a < b ? -1 : 1)));
    expect(seen.length).toBeGreaterThan(4);
  });

  test("that has changes, too, is as of a backfill that came after them", async () => {
    const { t, ann } = await started();
    const commit = await move(ann);
    await foldAll(t);
    vi.setSystemTime(Date.now() + 60_000);
    await bring(t, 5);
    await ann.mutation(api.rollups.rebuild, { tenantId, cube: "inventory" });
    await foldAll(t);
    const { watermark, data, servedBy } = await load(ann, stock);
    expect({ data, servedBy }).toEqual({
      data: [{ "inventory.count": 6, "inventory.quantity": 11 }],
      servedBy: "inventory.totals@2",
    });
    expect(BigInt(watermark)).toBeGreaterThan(commit);
    expect(await freshness(ann)).toMatchObject({ watermark, foldedTo: watermark, lagMs: 0 });
    expect(await health(ann)).toMatchObject({ watermark });
    const folded = { freshness: "folded", atLeast: watermark } as const;
    expect(await load(ann, stock, folded)).toMatchObject({ watermark, asOf: watermark });
    // The other cube was not built again, but nothing of it has changed since either.
    expect(await load(ann, views, folded)).toMatchObject({ watermark });
  });

  test("gives its records to a browser as of a commit that the browser's log comes to", async () => {
    const t = startBackend();
    const ann = await tenantOf(t);
    await bring(t, 3);
    const { asOf: head } = await ann.query(api.sources.head, { tenantId });
    await foldAll(t);
    const page = await ann.query(api.sources.page, {
      ...{ tenantId, cube: "inventory" },
      cursor: null,
    });
    const changes = await ann.query(api.sources.changes, {
      ...{ tenantId, cube: "inventory" },
      after: head,
    });
    expect(BigInt(page.asOf)).toBeGreaterThan(BigInt(head));
    expect(changes).toMatchObject({ changes: [], asOf: page.asOf, more: false });
  });
});
