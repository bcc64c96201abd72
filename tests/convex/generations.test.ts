// @vitest-environment edge-runtime
/** Laws 2 and 9: new generations are built beside old ones, and one answer reads one of them, whole. */
import { describe, expect, test } from "vitest";
import { api, internal } from "../../convex/_generated/api.js";
import {
  foldAll,
  foldOnce,
  load,
  NOW,
  startBackend,
  stockRow,
  tenantOf,
  inside,
} from "./harness.js";

const HOUR = 3_600_000;
const daily = {
  measures: ["inventory.quantity"],
  timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "day" }],
};

async function seeded(records: number) {
  const t = startBackend();
  const ann = await tenantOf(t);
  await foldAll(t);
  const rows = Array.from({ length: records }, (_, i) =>
    stockRow({ quantity: i + 1, occurredAt: NOW - i * HOUR }),
  );
  await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
  await foldAll(t);
  return { t, ann };
}

describe("a tenant changes its zone", () => {
  test("the old generations serve until the new ones are complete; then all switch at once", async () => {
    const { t, ann } = await seeded(700);
    const total = (700 * 701) / 2;
    await t.mutation(internal.tenants.ensure, { tenantId: "acme", timezone: "Asia/Kathmandu" });
    const served = new Set<string>();
    let steps = 0;
    do {
      const answer = await load(ann, { measures: ["inventory.quantity", "inventory.count"] });
      expect(answer.data).toEqual([
        { "inventory.quantity": total + steps, "inventory.count": 700 + steps },
      ]);
      served.add(answer.servedBy);
      await ann.mutation(api.inventory.record, {
        tenantId: "acme",
        row: stockRow({ quantity: 1 }),
      });
      steps++;
      expect(await foldOnce(t)).toBe(true);
    } while (!served.has("inventory.totals@2"));
    expect(served).toEqual(new Set(["inventory.totals@1", "inventory.totals@2"]));
    const answer = await load(ann, daily);
    expect(answer.servedBy).toBe("inventory.totals@2");
    // Noon UTC is 17:45 in Kathmandu: that local day holds the 18 newest seeded hours.
    expect(answer.data.at(-1)).toEqual({
      "inventory.occurredAt.day": "2026-03-01T00:00:00.000",
      "inventory.quantity": (18 * 19) / 2 + steps,
    });
  });

  test("the tiles of the old generations are swept", async () => {
    const { t } = await seeded(50);
    await t.mutation(internal.tenants.ensure, { tenantId: "acme", timezone: "Europe/Berlin" });
    await foldAll(t);
    const { generations, states } = await inside(t, async (ctx) => ({
      generations: (await ctx.db.query("rollupTiles").collect()).map((tile) => tile.generation),
      states: await ctx.db.query("rollupStates").collect(),
    }));
    expect(new Set(generations)).toEqual(new Set([2]));
    expect(new Set(states.map(({ status }) => status))).toEqual(new Set(["ready"]));
  });
});

test("a generation built by backfill equals the one built by folding, cell for cell", async () => {
  const { t, ann } = await seeded(300);
  const page = await ann.query(api.sources.page, {
    tenantId: "acme",
    cube: "inventory",
    cursor: null,
  });
  for (const [i, { id }] of page.facts.entries()) {
    if (i % 7 === 0) await ann.mutation(api.inventory.remove, { tenantId: "acme", id });
    if (i % 7 === 1) {
      const patch = { quantity: -i, occurredAt: NOW - i * 5 * HOUR, warehouse: "South" };
      await ann.mutation(api.inventory.update, { tenantId: "acme", id, patch });
    }
  }
  await foldAll(t);
  const tiles = () =>
    inside(t, async (ctx) =>
      (await ctx.db.query("rollupTiles").collect())
        .flatMap(({ rollup, granularity, partitionStart, dimensions, columns, pending }) =>
          (columns.count ?? []).map((_, series) =>
            JSON.stringify([
              rollup,
              granularity,
              partitionStart,
              Object.values(dimensions).map((values) => values[series]),
              Object.entries(columns).map(([column, slots]) => [column, slots[series]]),
              pending.length,
            ]),
          ),
        )
        .sort(),
    );
  const folded = await tiles();
  // Forget the states, so that everything is built again from the source.
  await inside(t, async (ctx) => {
    for (const state of await ctx.db.query("rollupStates").collect()) {
      await ctx.db.patch("rollupStates", state._id, { fingerprint: "of another definition" });
    }
  });
  await foldAll(t);
  expect(await tiles()).toEqual(folded);
});
