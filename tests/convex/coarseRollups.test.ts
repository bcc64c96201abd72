// @vitest-environment edge-runtime
/**
 * Rollups that keep nothing finer than weeks or months, or levels that are not made of one another:
 * verification compares whole buckets of theirs, and finds nothing where nothing is wrong.
 */
import { describe, expect, test } from "vitest";
import schema from "../../convex/schema.js";
import { api } from "../../convex/_generated/api.js";
import {
  foldAll,
  load,
  NOW,
  shippedCubes,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
  inside,
  inner,
} from "./harness.js";

const DAY = 86_400_000;

const rollup = (levels: Record<string, string>) => ({
  dimensions: ["category"],
  measures: ["count", "quantity", "maxUnitCost"],
  levels,
});
const cubes = {
  ...shippedCubes,
  inventory: {
    ...shippedCubes.inventory,
    rollups: {
      by_day: rollup({ day: "month" }),
      by_week: rollup({ week: "week" }),
      by_week_and_month: rollup({ week: "week", month: "quarter" }),
    },
  },
};

/** More records than verification looks at in one step, on 40 days; the days are not whole weeks. */
const RECORDS = 2400;
const CATEGORIES = 3;
const rows = Array.from({ length: RECORDS }, (_, i) =>
  stockRow({
    category: `Category ${i % CATEGORIES}`,
    quantity: i % 7,
    unitCost: i % 11,
    occurredAt: NOW - (i % 40) * DAY - (i % 24) * 3_600_000,
  }),
);

async function recorded() {
  const t = startBackend(1, schema, { cubes: () => cubes });
  const ann = await tenantOf(t, "acme", { timezone: "Europe/Berlin" });
  await foldAll(t);
  for (let i = 0; i < RECORDS; i += 600) {
    await ann.mutation(api.inventory.recordBatch, {
      tenantId: "acme",
      rows: rows.slice(i, i + 600),
    });
  }
  await foldAll(t, "acme", 400);
  return { t, ann };
}

async function pass(t: Backend) {
  const row = () => inside(t, async (ctx) => await ctx.db.query("verifications").first());
  const before = (await row())?.passes ?? 0;
  for (let run = 0; run < 100 && ((await row())?.passes ?? 0) === before; run++) {
    await t.mutation(inner.verification.pass.run, { tenantId: "acme" });
  }
  return (await row())!.last!;
}

const drifts = (t: Backend) => inside(t, async (ctx) => await ctx.db.query("drifts").collect());

describe("rollups of weeks and months", () => {
  test("are verified bucket by bucket, and a sound one has no drift", async () => {
    const { t } = await recorded();
    const { checked, equal, unchecked } = await pass(t);
    expect(await drifts(t)).toEqual([]);
    expect(equal).toBe(checked);
    expect(unchecked).toBe(0);
    // Days, weeks twice and months, of three categories each.
    const cells = await inside(t, async (ctx) => {
      const tiles = await ctx.db.query("rollupTiles").collect();
      return tiles
        .filter(({ rollup }) => rollup.startsWith("inventory."))
        .flatMap(({ columns }) => columns.count!.flat())
        .filter((count) => count !== null).length;
    });
    expect(checked).toBe(cells);
  });

  test("that somebody changed are found and restored", async () => {
    const { t, ann } = await recorded();
    const broken = await inside(t, async (ctx) => {
      const tiles = await ctx.db.query("rollupTiles").collect();
      const chosen = tiles.filter(
        ({ rollup, granularity }) =>
          (rollup === "inventory.by_week" && granularity === "week") ||
          (rollup === "inventory.by_week_and_month" && granularity === "month"),
      );
      for (const tile of chosen) {
        const columns = structuredClone(tile.columns);
        const slots = columns.sum_quantity![0]!;
        const slot = slots.findIndex((value) => typeof value === "number");
        slots[slot] = (slots[slot] as number) + 1;
        await ctx.db.patch("rollupTiles", tile._id, { columns });
      }
      return chosen.length;
    });
    expect(broken).toBeGreaterThan(1);
    const { checked, equal } = await pass(t);
    // A bucket that differs counts with all of its cells.
    expect(checked - equal).toBe(broken * CATEGORIES);
    expect(await drifts(t)).toHaveLength(broken);
    await foldAll(t, "acme", 400);
    const again = await pass(t);
    expect(again.equal).toBe(again.checked);
    const answer = await load(ann, {
      measures: ["inventory.quantity"],
      timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "month" }],
      dimensions: ["inventory.category"],
    });
    const total = answer.data.reduce((sum, row) => sum + Number(row["inventory.quantity"]), 0);
    expect(total).toBe(rows.reduce((sum, { quantity }) => sum + Number(quantity), 0));
  });
});
