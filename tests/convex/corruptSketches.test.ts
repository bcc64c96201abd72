// @vitest-environment edge-runtime
/**
 * A stored sketch that nobody can read stands in nobody's way: not in that of repairs of the buckets it is
 * part of, nor in that of verification, wherever that has got to. Both come back to it and restore it.
 */
import { describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { Slots } from "../../lib/tiles/tile.js";
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
const query = {
  measures: ["watch.viewersApprox", "watch.medianDuration"],
  dimensions: ["watch.category"],
  order: { "watch.category": "asc" },
};

async function seeded() {
  const t = startBackend();
  const ann = await tenantOf(t);
  await foldAll(t);
  const rows = Array.from({ length: 200 }, (_, i) =>
    watchRow({
      viewer: `viewer ${i % 37}`,
      category: `Category ${i % 3}`,
      durationSeconds: 60 + i,
      watchedAt: NOW - (i % 40) * DAY,
    }),
  );
  await ann.mutation(api.watch.recordBatch, { tenantId: "acme", rows });
  await foldAll(t);
  const { data } = await load(ann, query, { freshness: "folded" });
  return { t, ann, data };
}

/** Writes a text into the first slot of every week of the audience's days. */
async function tamper(t: Backend, text: Slots[number]): Promise<void> {
  await inside(t, async (ctx) => {
    for (const { _id, ...tile } of await ctx.db.query("rollupTiles").collect()) {
      if (tile.rollup !== "watch.audience" || tile.granularity !== "day") continue;
      const columns = structuredClone(tile.columns);
      const slots = columns.hll_viewer![0]!;
      slots[slots.findIndex((slot) => slot !== null)] = text;
      await ctx.db.patch("rollupTiles", _id, { columns });
    }
  });
}

const unreadable: [string, Slots[number]][] = [
  ["no sketch's", "what?"],
  ["empty", ""],
  ["endless", "Z".repeat(2000) + "0"],
  ["a number", 12],
];

describe.each(unreadable)("a slot whose content is %s", (_, text) => {
  test("does not stop the refresh of another day of the same month, and is restored by it", async () => {
    const { t, ann, data } = await seeded();
    await tamper(t, text);
    const dateRange = ["2026-02-28", "2026-02-28"];
    await ann.mutation(api.rollups.refresh, { tenantId: "acme", cube: "watch", dateRange });
    await foldAll(t);
    const health = await ann.query(api.aggregates.health, { tenantId: "acme" });
    expect(health).toMatchObject({ repairs: 0, deadLetters: 0 });
    const february = {
      ...query,
      timeDimensions: [{ dimension: "watch.watchedAt", dateRange: ["2026-02-01", "2026-02-28"] }],
    };
    const folded = await load(ann, february, { freshness: "folded" });
    expect(folded.servedBy).toBe("watch.audience@1");
    expect((await load(ann, query, { freshness: "folded" })).data).toEqual(data);
  });

  test("does not stop verification that is past the records already", async () => {
    const { t, ann, data } = await seeded();
    const state = () => inside(t, (ctx) => ctx.db.query("verifications").first());
    const step = async () => {
      await t.mutation(inner.verification.pass.run, { tenantId: "acme" });
      await foldAll(t);
      return await state();
    };
    let at = await step();
    for (let i = 0; i < 100 && at?.cursor.stage !== "levels"; i++) at = await step();
    expect(at).toMatchObject({ cursor: { stage: "levels" }, passes: 0 });
    await tamper(t, text);
    for (let i = 0; i < 400 && (at?.passes ?? 0) < 2; i++) at = await step();
    expect(at?.passes).toBe(2);
    const health = await ann.query(api.aggregates.health, { tenantId: "acme" });
    expect(health.drifts).toBe(0);
    expect(health.verification?.lastDriftAt).not.toBe(null);
    expect(health).toMatchObject({ repairs: 0, verification: { consistency: 1 } });
    const folded = await load(ann, query, { freshness: "folded" });
    expect(folded).toMatchObject({ servedBy: "watch.audience@1", data });
  });
});
