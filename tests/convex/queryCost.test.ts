// @vitest-environment edge-runtime
/**
 * An answer that would take too long is refused before it runs, by what its tiles hold: their bytes, the rows that
 * come of them, and sketches, which weigh more. The bound is set low here, so that little data does.
 */
import { describe, expect, test } from "vitest";
import { DAY_MS, END_MS, watchRows } from "../../bench/data/rows.js";
import { api } from "../../convex/_generated/api.js";
import schema from "../../convex/schema.js";
import { foldAll, load, startBackend, tenantOf } from "./harness.js";

const tenantId = "acme";
const DAYS = 60;

const day = (ago: number) => new Date(END_MS - ago * DAY_MS).toISOString().slice(0, 10);

function question(
  {
    measure = "count",
    dimension = "category" as string | null,
    days = DAYS,
    by = "day" as string | null,
  },
  rest: object = {},
) {
  return {
    measures: [`watch.${measure}`],
    dimensions: dimension === null ? [] : [`watch.${dimension}`],
    timeDimensions: [
      {
        dimension: "watch.watchedAt",
        ...(by === null ? {} : { granularity: by }),
        dateRange: [day(days), day(1)],
      },
    ],
    ...rest,
  };
}

async function open(workUs: number) {
  const t = startBackend(1, schema, { limits: () => ({ answers: { workUs } }) });
  const ann = await tenantOf(t);
  const rows = [...watchRows(1000, { seed: 3, days: DAYS, categories: 26 })];
  await ann.mutation(api.watch.recordBatch, { tenantId, rows });
  await foldAll(t);
  const outcome = async (query: object) =>
    await load(ann, query).then(
      ({ servedBy, data }) => ({ servedBy, rows: data.length }),
      ({ data }: { data: Record<string, unknown> }) => data,
    );
  return { outcome };
}

describe("an answer that would take too long", () => {
  test("by its rows is refused with the estimate and the days that would do, which then do", async () => {
    const { outcome } = await open(15_000);
    const refused = await outcome(question({}));
    expect(refused).toMatchObject({
      code: "QueryTooLarge",
      rollup: "watch.by_category",
      estimatedMsMax: 15,
    });
    const { days, estimatedMs, rows } = refused as unknown as Record<string, number>;
    expect(estimatedMs).toBeGreaterThan(15);
    // Of 1,560 combinations less than half have records.
    expect(rows).toBeGreaterThan(400);
    expect(rows).toBeLessThan(1560);
    expect(days).toBeGreaterThan(5);
    expect(await outcome(question({ days: Math.floor(days! / 3) }))).toMatchObject({
      servedBy: "watch.by_category@1",
    });
    // Coarser, or about one category, there are few rows.
    expect(await outcome(question({ by: "month" }))).toMatchObject({
      servedBy: "watch.by_category@1",
    });
    const filters = [{ member: "watch.category", operator: "equals", values: ["News"] }];
    expect(await outcome(question({}, { filters }))).toMatchObject({
      servedBy: "watch.by_category@1",
    });
  });

  test("is not told by quarters in which nothing is stored", async () => {
    const { outcome } = await open(1000);
    const filters = [{ member: "watch.channel", operator: "set" }];
    const byQuarter = { measure: "medianDuration", by: "quarter", days: 40 * 365 };
    // Tiles of a week each hold the declared 20 categories, of sixty days in two quarters.
    expect(await outcome(question(byQuarter, { filters }))).toMatchObject({
      code: "QueryTooLarge",
      rollup: "watch.by_topic_and_channel",
      rows: 20 * 2,
    });
  });

  test("by its sketches is refused where numbers of as many rows are not", async () => {
    const { outcome } = await open(35_000);
    expect(await outcome(question({ measure: "count" }))).toMatchObject({
      servedBy: "watch.by_category@1",
    });
    expect(await outcome(question({ measure: "medianDuration" }))).toMatchObject({
      code: "QueryTooLarge",
      rollup: "watch.audience",
    });
  });

  test("by the bytes of its tiles is refused, however few its rows", async () => {
    const { outcome } = await open(8000);
    expect(await outcome(question({ measure: "viewers", by: null }))).toMatchObject({
      code: "QueryTooLarge",
      rollup: "watch.by_viewer",
    });
    expect(await outcome(question({ measure: "viewers", by: null, days: 5 }))).toMatchObject({
      servedBy: "watch.by_viewer@1",
    });
  });

  test("by rows that windows fill is refused, and answered for fewer buckets", async () => {
    const { outcome } = await open(45_000);
    const running = { measure: "viewsSoFar" };
    const refused = await outcome(question(running));
    expect(refused).toMatchObject({ code: "QueryTooLarge", rollup: "watch.by_category" });
    // By the declared 20 categories, in each of 60 days.
    expect(refused).toMatchObject({ rows: 20 * DAYS });
    expect(await outcome(question({ ...running, by: "week" }))).toMatchObject({
      servedBy: "watch.by_category@1",
    });
  });

  test("is answered where there is time", async () => {
    const { outcome } = await open(400_000);
    for (const measure of ["count", "medianDuration", "viewers", "viewsSoFar"]) {
      expect(await outcome(question({ measure }))).not.toHaveProperty("code");
    }
  });
});
