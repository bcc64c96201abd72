import { describe, expect, test } from "vitest";
import { askedFirst, type Asked } from "../../../src/dashboard/explore/asked.js";
import { axisOf, bucketName, ticksOf, valuesOn } from "../../../src/dashboard/explore/axis.js";
import { barsOf, headingOf, linesOf, tableOfRows } from "../../../src/dashboard/explore/shown.js";
import { measureInfo } from "../../../src/dashboard/model/members.js";
import type { Annotations } from "../../../src/react/index.js";

const span = { from: "2026-01-01", to: "2026-01-31" };
const zone = "America/New_York";
const first = askedFirst("watch", span);

describe("an axis over time", () => {
  const input = { cube: "watch" as const, timezone: zone, now: Date.UTC(2026, 5, 1) };

  test("has every bucket, those without rows included, each hour of a long day once more", () => {
    const day = { from: "2026-11-01", to: "2026-11-01" };
    const asked = { ...first, granularity: "hour" };
    const now = Date.UTC(2027, 0, 1);
    const axis = axisOf({ ...input, asked, span: day, rows: [], now })!;
    expect(axis.buckets.length).toBe(25);
    expect(axis.buckets.filter((one) => one === "2026-11-01T01:00:00.000").length).toBe(2);
    const rows = [3, 4].map((count) => ({
      "watch.watchedAt.hour": "2026-11-01T01:00:00.000",
      "watch.count": count,
    }));
    const values = valuesOn(axis, rows, measureInfo("watch.count"));
    expect(values.slice(0, 4)).toEqual([0, 3, 4, 0]);
    expect(valuesOn(axis, [], measureInfo("watch.averageDuration"))[0]).toBeNull();
  });

  test("goes by the cube's own granularities, and ends with what is not over", () => {
    const asked = { ...first, granularity: "fortnight" };
    const axis = axisOf({ ...input, asked, span, rows: [], now: Date.UTC(2026, 0, 30) })!;
    expect(axis.buckets).toEqual(
      ["2025-12-29", "2026-01-12", "2026-01-26"].map((day) => `${day}T00:00:00.000`),
    );
    expect(axis.partialFrom).toBe(2);
    expect(bucketName(axis.buckets[0]!, "fortnight", span)).toBe("from Dec 29, 2025");
    expect(ticksOf(axis)).toEqual(["Dec 29", "Jan 12", "Jan 26"]);
  });

  test("has no zeros where a filter on weekdays leaves days out", () => {
    const filters = [{ dimension: "weekday", operator: "equals" as const, values: ["1"] }];
    const rows = [{ "watch.watchedAt.day": "2026-01-05T00:00:00.000", "watch.count": 1 }];
    const axis = axisOf({ ...input, asked: { ...first, filters }, span, rows })!;
    expect(axis.buckets).toEqual(["2026-01-05T00:00:00.000"]);
    const byWeek = { ...first, granularity: "week", filters };
    expect(axisOf({ ...input, asked: byWeek, span, rows: [] })!.buckets.length).toBe(5);
  });

  test("is none of a question about the period as a whole", () => {
    expect(axisOf({ ...input, asked: { ...first, granularity: null }, span, rows: [] })).toBeNull();
  });
});

describe("an answer", () => {
  const rows = [
    { "watch.category": "Music", "watch.weekday": 1, "watch.count": 3, "watch.medianDuration": 90 },
    { "watch.category": null, "watch.weekday": 7, "watch.count": 1, "watch.medianDuration": null },
  ];
  const asked: Asked = {
    ...{ ...first, granularity: null, dimensions: ["category", "weekday"] },
    measures: ["count", "medianDuration"],
  };

  test("is a table with values as the cube formats them", () => {
    const table = tableOfRows("watch", asked, rows, span);
    expect(table.columns.map(({ title }) => title)).toEqual([
      ...["Category", "Weekday", "Views", "Median watch time"],
    ]);
    expect(table.rows.map((row) => row.map(({ text }) => text))).toEqual([
      ["Music", "Monday", "3", "1m 30s"],
      ["(none)", "Sunday", "1", "–"],
    ]);
    expect(table.rows[1]!.at(-1)!.value).toBeNull();
    const approximate = { error: 0.01, kind: "relative" as const };
    const annotation = {
      measures: { "watch.medianDuration": { approximate } },
    } as unknown as Annotations;
    const marked = tableOfRows("watch", asked, rows, span, annotation);
    expect(marked.rows.map((row) => row.at(-1)!.text)).toEqual(["≈ 1m 30s", "–"]);
    expect(headingOf("watch", asked)).toBe("Views and Median watch time by category and weekday");
  });

  test("is bars in the order of the rows, with shares where they are all there is", () => {
    const bars = barsOf("watch", asked, rows, true);
    expect(bars.map(({ label, text, share }) => [label, text, share])).toEqual([
      ["Music · Monday", "3", "75%"],
      ["(none) · Sunday", "1", "25%"],
    ]);
    expect(barsOf("watch", asked, rows, false)[0]!.share).toBeNull();
  });

  test("is a line for each of the six largest values", () => {
    const many = Array.from({ length: 8 }, (_, i) => ({
      "watch.category": `C${i}`,
      "watch.watchedAt.day": "2026-01-02T00:00:00.000",
      "watch.count": i,
    }));
    const byDay = { ...first, dimensions: ["category"] };
    const now = Date.UTC(2026, 5, 1);
    const axis = axisOf({ cube: "watch", asked: byDay, span, rows: many, timezone: zone, now })!;
    const { series, hidden } = linesOf("watch", byDay, axis, many);
    expect(series.map(({ label }) => label)).toEqual(["C7", "C6", "C5", "C4", "C3", "C2"]);
    expect(series[0]!.values.slice(0, 3)).toEqual([0, 7, 0]);
    expect(hidden).toBe(2);
  });
});
