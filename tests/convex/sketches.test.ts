// @vitest-environment edge-runtime
/**
 * Approximate measures through the public functions: by every route the very same number, close to the
 * truth and said to be approximate; kept right, restored where wrong, and failed by name where too large.
 */
import { describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { catalogue } from "../../convex/cubes.js";
import { encodeBins } from "../../lib/measures/bins.js";
import { projectFact } from "../../lib/model/fact.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { answerFromFacts } from "../../lib/answer/answerFromFacts.js";
import type { Slots } from "../../lib/tiles/tile.js";
import type { MutationCtx } from "../../convex/components/rollups/_generated/server.js";
import {
  foldAll,
  load,
  NOW,
  startBackend,
  tenantOf,
  watchRow,
  type Backend,
  inside,
  inner,
} from "./harness.js";

const DAY = 86_400_000;
const measures = ["watch.viewersApprox", "watch.medianDuration", "watch.p95Duration"];
const byCategory = { measures, dimensions: ["watch.category"], order: { "watch.category": "asc" } };

const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    watchRow({
      viewer: `viewer ${(i * i) % 173}`,
      category: `Category ${i % 3}`,
      channel: `Channel ${i % 4}`,
      durationSeconds: 60 + ((i * 7919) % 5000) / 8,
      watchedAt: NOW - (i % 60) * DAY,
    }),
  );

async function seeded() {
  const t = startBackend();
  const ann = await tenantOf(t);
  await foldAll(t);
  const rows = rowsOf(500);
  await ann.mutation(api.watch.recordBatch, { tenantId: "acme", rows });
  await foldAll(t);
  return { t, ann, rows };
}

/** What the engine makes of the stored records, without tiles: as a browser does. */
async function fromRecords(t: Backend, query: unknown) {
  const { watch } = catalogue;
  const docs = await t.run((ctx) => ctx.db.query("watchRecords").collect());
  const facts = docs.map((doc) => projectFact(watch, doc));
  return answerFromFacts(watch, normalizeQuery(catalogue, query, { timezone: "UTC" }), "UTC", facts)
    .rows;
}

describe("an approximate measure", () => {
  test("is the same number from tiles, from tiles and tail, by a scan and in a browser", async () => {
    const { t, ann, rows } = await seeded();
    const folded = await load(ann, byCategory, { freshness: "folded" });
    expect(folded).toMatchObject({ servedBy: "watch.audience@1", exact: false });
    expect(folded.data).toEqual(await fromRecords(t, byCategory));
    expect(folded.annotation.measures["watch.viewersApprox"]).toMatchObject({
      title: "Viewing history Viewers, about",
      approximate: { error: 0.01625, kind: "standard" },
    });
    expect(folded.annotation.measures["watch.p95Duration"]).toMatchObject({
      format: "duration",
      approximate: { error: 0.01, kind: "relative" },
    });
    for (const [i, row] of folded.data.entries()) {
      const mine = rows.filter(({ category }) => category === `Category ${i}`);
      const viewers = new Set(mine.map(({ viewer }) => viewer)).size;
      expect(Math.abs((row["watch.viewersApprox"] as number) - viewers)).toBeLessThan(6);
      const seconds = mine.map((one) => one.durationSeconds as number).sort((a, b) => a - b);
      const median = seconds[Math.floor(0.5 * (seconds.length - 1))]!;
      expect(row["watch.medianDuration"] as number).toBeGreaterThan(0.99 * median);
      expect(row["watch.medianDuration"] as number).toBeLessThan(1.01 * median);
    }

    const docs = await t.run((ctx) => ctx.db.query("watchRecords").take(40));
    for (const [i, { _id: id }] of docs.entries()) {
      const tenantId = "acme";
      if (i % 2 === 0) await ann.mutation(api.watch.remove, { tenantId, id });
      else await ann.mutation(api.watch.update, { tenantId, id, patch: { viewer: `new ${i}` } });
    }
    const live = await load(ann, byCategory);
    expect(live).toMatchObject({ servedBy: "watch.audience@1", exact: false });
    expect(live.lagMs).toBeGreaterThan(0);
    expect(live.data).not.toEqual(folded.data);
    expect(live.data).toEqual(await fromRecords(t, byCategory));
    await foldAll(t);
    expect((await load(ann, byCategory, { freshness: "folded" })).data).toEqual(live.data);

    const scanned = { ...byCategory, dimensions: ["watch.category", "watch.channel"] };
    const scan = await load(ann, scanned);
    expect(scan).toMatchObject({ servedBy: "scan", exact: false });
    expect(scan.data).toEqual(await fromRecords(t, scanned));
    expect((await load(ann, { measures: ["watch.count"] })).exact).toBe(true);
  });

  test("of nothing is 0 or null, also when there was something", async () => {
    const { t, ann } = await seeded();
    const range = (day: string) => ({
      measures,
      timeDimensions: [{ dimension: "watch.watchedAt", dateRange: [day, day] }],
    });
    const nothing = [
      {
        "watch.viewersApprox": 0,
        "watch.medianDuration": null,
        "watch.p95Duration": null,
      },
    ];
    expect((await load(ann, range("2020-01-01"))).data).toEqual(nothing);
    const docs = await t.run((ctx) => ctx.db.query("watchRecords").collect());
    const day = docs.filter(({ watchedAt }) => watchedAt === NOW);
    expect((await load(ann, range("2026-03-01"))).data).not.toEqual(nothing);
    for (const { _id: id } of day) await ann.mutation(api.watch.remove, { tenantId: "acme", id });
    expect((await load(ann, range("2026-03-01"))).data).toEqual(nothing);
    await foldAll(t);
    const folded = await load(ann, range("2026-03-01"), { freshness: "folded" });
    expect(folded).toMatchObject({ data: nothing, servedBy: "watch.audience@1" });
  });
});

/** Changes one slot of a column in all tiles of the audience's days or months. */
async function tamper(
  ctx: MutationCtx,
  granularity: string,
  change: Record<string, Slots[number]>,
): Promise<number> {
  let changed = 0;
  for (const { _id, ...tile } of await ctx.db.query("rollupTiles").collect()) {
    if (tile.rollup !== "watch.audience" || tile.granularity !== granularity) continue;
    const columns = structuredClone(tile.columns);
    for (const [column, value] of Object.entries(change)) {
      const slots = columns[column]![0]!;
      slots[slots.findIndex((slot) => slot !== null)] = value;
    }
    await ctx.db.patch("rollupTiles", _id, { columns });
    changed++;
  }
  return changed;
}

describe("a sketch that is wrong", () => {
  test.each([
    ["holds what nobody saw", "7"],
    ["cannot be read", "what?"],
    ["is no sketch", 12],
  ])("because it %s is found by verification and restored, on both levels", async (_, value) => {
    const { t, ann } = await seeded();
    const before = await load(ann, byCategory);
    for (const granularity of ["day", "month"]) {
      const change = { hll_viewer: value, ddSketch_durationSeconds: value };
      expect(await inside(t, (ctx) => tamper(ctx, granularity, change))).toBeGreaterThan(1);
    }
    const passes = () =>
      inside(t, async (ctx) => (await ctx.db.query("verifications").first())?.passes);
    for (let pass = 0; pass < 2; pass++) {
      const done = (await passes()) ?? 0;
      for (let step = 0; step < 200 && ((await passes()) ?? 0) === done; step++) {
        await t.mutation(inner.verification.pass.run, { tenantId: "acme" });
        await foldAll(t);
      }
    }
    const health = await ann.query(api.aggregates.health, { tenantId: "acme" });
    expect(health.drifts).toBe(0);
    expect(health.verification?.lastDriftAt).not.toBe(null);
    expect(health).toMatchObject({ repairs: 0, verification: { consistency: 1 } });
    const after = await load(ann, byCategory, { freshness: "folded" });
    expect(after).toMatchObject({ servedBy: "watch.audience@1", data: before.data });
  });
});

describe("a series that no document can hold", () => {
  /** A sketch that takes more than half of what a document may hold. */
  const bins = new Map(Array.from({ length: 560_000 }, (_, i) => [i * 5, 1]));
  const huge = { count: bins.size, hll_viewer: encodeBins(bins) };

  async function crowded() {
    const { t, ann } = await seeded();
    await inside(t, async (ctx) => {
      // Only the newest week is crowded: one transaction does not hold many such documents.
      for (const { _id, rollup, period } of await ctx.db.query("rollupTiles").collect()) {
        if (rollup === "watch.audience" && period < "2026-02-23") {
          await ctx.db.delete("rollupTiles", _id);
        }
      }
      expect(await tamper(ctx, "day", huge)).toBe(1);
    });
    return { t, ann };
  }

  const audience = async (ann: Awaited<ReturnType<typeof tenantOf>>) => {
    const health = await ann.query(api.aggregates.health, { tenantId: "acme" });
    expect(health).toMatchObject({ backlog: 0, deadLetters: 0 });
    return health.rollups.find(({ rollup }) => rollup === "audience");
  };

  test("fails its rollup by name when it is folded; the others and the log go on", async () => {
    const { t, ann } = await crowded();
    const row = watchRow({ category: "Category 0", watchedAt: NOW });
    await ann.mutation(api.watch.record, { tenantId: "acme", row });
    await foldAll(t);
    expect(await audience(ann)).toMatchObject({ status: "failed" });
    const states = await inside(t, (ctx) => ctx.db.query("rollupStates").collect());
    expect(
      states.filter(({ failure }) => failure).map(({ rollup, failure }) => [rollup, failure!.code]),
    ).toEqual([["audience", "TileTooLarge"]]);
    expect(await load(ann, { measures: ["watch.count"] })).toMatchObject({
      data: [{ "watch.count": 501 }],
      lagMs: 0,
      servedBy: "watch.totals@1",
    });
    expect(await load(ann, byCategory)).toMatchObject({ servedBy: "scan", exact: false });
  });

  test("fails its rollup by name when it is to be repaired", async () => {
    const { t, ann } = await crowded();
    const dateRange = ["2026-03-01", "2026-03-01"];
    await ann.mutation(api.rollups.refresh, { tenantId: "acme", cube: "watch", dateRange });
    await foldAll(t);
    expect(await audience(ann)).toMatchObject({ status: "failed" });
    const health = await ann.query(api.aggregates.health, { tenantId: "acme" });
    expect(health.repairs).toBe(0);
    const failed = health.rollups.filter(({ status }) => status === "failed");
    expect(failed.map(({ rollup }) => rollup)).toEqual(["audience"]);
  });
});
