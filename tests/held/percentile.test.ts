// @vitest-environment edge-runtime
/** Exact percentiles beside held tiles: no tile tells them, so the backend does, from trees and tiles of one commit. */
import { afterEach, expect, test, vi } from "vitest";
import { FOURTEEN_MONTHS, watchRows } from "../../bench/data/rows.js";
import { api } from "../../convex/_generated/api.js";
import type { AggregateQuery } from "../../src/react/index.js";
import { foldAll, load, shippedCubes } from "../convex/harness.js";
import { asked, rowsOf, tenantId, worldOf } from "./world.js";

const cubes = {
  ...shippedCubes,
  watch: {
    ...shippedCubes.watch,
    measures: {
      ...shippedCubes.watch.measures,
      exactMedian: { type: "percentile", field: "durationSeconds", p: 0.5, exact: true },
    },
    orderStatistics: { durations: { field: "durationSeconds", by: ["category"] } },
  },
} as const;

afterEach(() => {
  vi.useRealTimers();
});

test("an exact percentile is left to the backend by a named reason, and told for every commit", async () => {
  const world = await worldOf({ rows: 60, code: { cubes: () => cubes } });
  const { store, client, member, t } = world;
  const plain: AggregateQuery = { measures: ["watch.count"], dimensions: ["watch.category"] };
  const beside: AggregateQuery = { ...plain, measures: ["watch.count", "watch.exactMedian"] };
  const alone: AggregateQuery = { ...plain, measures: ["watch.exactMedian"] };
  const stops = [plain, beside, alone].map((query) => store.watch(asked(query), () => undefined));
  const rows = [...watchRows(60, { ...FOURTEEN_MONTHS, days: 700 })];
  const durations = rows.map(
    ({ category, durationSeconds }) => [category, durationSeconds] as const,
  );
  const told = async () => {
    await client.settle();
    // From tiles, of whatever rollup has least to fetch.
    expect((await rowsOf(world, plain)).servedBy).toMatch(/^watch\.by_\w+@1$/);
    const categories = [...new Set(durations.map(([category]) => category))].sort();
    const expected = categories.map((category) => {
      const mine = durations.filter(([one]) => one === category).map(([, seconds]) => seconds);
      const median = mine.sort((a, b) => a - b)[Math.ceil(mine.length / 2) - 1];
      return { category, count: mine.length, median };
    });
    for (const query of [beside, alone]) {
      expect(store.read(asked(query))).toBeNull();
      expect(store.standing(asked(query).key)).toMatchObject({ reason: "NoRollup" });
    }
    const order = { "watch.category": "asc" };
    const both = await load(member, { ...beside, order });
    expect(both.servedBy).toBe("watch.by_category@1, watch.durations@1");
    expect(both.data).toEqual(
      expected.map(({ category, count, median }) => ({
        "watch.category": category,
        "watch.count": count,
        "watch.exactMedian": median,
      })),
    );
    const one = await load(member, { ...alone, order });
    expect(one.servedBy).toBe("watch.durations@1");
    expect(one.data.map((row) => row["watch.exactMedian"])).toEqual(
      expected.map(({ median }) => median),
    );
  };
  await told();
  const [row] = watchRows(1, { ...FOURTEEN_MONTHS, seed: 5 });
  await member.mutation(api.watch.record, { tenantId, row: { ...row!, durationSeconds: 3.5 } });
  durations.push([row!.category, 3.5]);
  await told();
  await foldAll(t);
  await told();
  for (const stop of stops) stop();
});
