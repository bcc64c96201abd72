// @vitest-environment edge-runtime
/**
 * Running totals and rolling windows through the public functions: from tiles, from tiles and tail,
 * and by a scan that has to look beyond the range. Expected values are counted record by record.
 */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { watchRows, type WatchRow } from "../../bench/data/rows.js";
import { wallClock } from "../oracle/calendar.js";
import { foldAll, load, startBackend, tenantOf, type Backend } from "./harness.js";

const zone = "America/New_York";
/** Holds the night in March that has no second hour. */
const range = ["2025-02-20", "2025-03-20"] as const;

let t: Backend;
let member: Awaited<ReturnType<typeof tenantOf>>;
let rows: WatchRow[];

beforeAll(async () => {
  t = startBackend();
  member = await tenantOf(t, "acme", { timezone: zone });
  await foldAll(t);
  rows = [...watchRows(700, { seed: 5, days: 425, categories: 3 })];
  const tenantId = "acme";
  await member.mutation(api.watch.recordBatch, { tenantId, rows: rows.slice(0, 650) });
  await foldAll(t);
  await member.mutation(api.watch.recordBatch, { tenantId, rows: rows.slice(650) });
  return () => {
    vi.useRealTimers();
  };
}, 60_000);

function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
}

/** What `load` should show by day for the records of one group. */
function expectedDays(records: readonly WatchRow[], columns: Record<string, string>) {
  const days = records.map(({ watchedAt }) => wallClock(zone, watchedAt).slice(0, 10));
  const count = (from: string, to: string) => days.filter((day) => day >= from && day <= to).length;
  const found: Record<string, unknown>[] = [];
  for (let day: string = range[0]; day <= range[1]; day = dayAfter(day, 1)) {
    const soFar = count("", day);
    if (soFar === 0) continue;
    found.push({
      ...columns,
      "watch.watchedAt.day": `${day}T00:00:00.000`,
      "watch.count": count(day, day),
      "watch.viewsSoFar": soFar,
      "watch.viewsOfWeek": count(dayAfter(day, -6), day),
    });
  }
  return found;
}

const measures = ["watch.count", "watch.viewsSoFar", "watch.viewsOfWeek"];
const timeDimensions = [{ dimension: "watch.watchedAt", granularity: "day", dateRange: range }];

describe("running totals and rolling windows", () => {
  test("count days of all lengths by the clocks of the tenant, from tiles and tail", async () => {
    const { data, servedBy, lagMs, annotation } = await load(member, { measures, timeDimensions });
    expect(servedBy).toBe("watch.totals@1");
    expect(lagMs).toBeGreaterThan(0);
    expect(data).toEqual(expectedDays(rows, {}));
    expect(annotation.measures["watch.viewsSoFar"]).toMatchObject({
      title: "Viewing history Views so far",
      type: "number",
    });
  });

  test("go by groups and filters", async () => {
    const [category = ""] = rows.map((row) => row.category);
    const { data, servedBy } = await load(member, {
      measures,
      timeDimensions,
      dimensions: ["watch.category"],
      filters: [{ member: "watch.category", operator: "equals", values: [category] }],
    });
    expect(servedBy).toBe("watch.by_category@1");
    const records = rows.filter((row) => row.category === category);
    expect(data).toEqual(expectedDays(records, { "watch.category": category }));
  });

  test("look beyond the range when no rollup serves and the records are scanned", async () => {
    const early = rows.filter((row) => wallClock(zone, row.watchedAt) < range[0]);
    const { viewer, videoId } = early[0]!;
    const { data, servedBy } = await load(member, {
      measures,
      timeDimensions,
      dimensions: ["watch.viewer", "watch.video"],
      filters: [
        { member: "watch.viewer", operator: "equals", values: [viewer] },
        { member: "watch.video", operator: "equals", values: [videoId] },
      ],
    });
    expect(servedBy).toBe("scan");
    const records = rows.filter((row) => row.viewer === viewer && row.videoId === videoId);
    const columns = { "watch.viewer": viewer, "watch.video": videoId };
    expect(data).toEqual(expectedDays(records, columns));
    expect(data.length).toBeGreaterThan(0);
  });

  test("end with the range where there is no granularity, and are refused where it has no end", async () => {
    const { data, servedBy } = await load(member, {
      measures: ["watch.viewsOfWeek"],
      timeDimensions: [{ dimension: "watch.watchedAt", dateRange: range }],
    });
    expect(servedBy).toBe("watch.totals@1");
    const last = expectedDays(rows, {}).at(-1)!;
    expect(data).toEqual([{ "watch.viewsOfWeek": last["watch.viewsOfWeek"] }]);
    const total = await load(member, { measures: ["watch.viewsSoFar"] });
    expect(total.data).toEqual([{ "watch.viewsSoFar": rows.length }]);
    await expect(load(member, { measures: ["watch.viewsOfWeek"] })).rejects.toMatchObject({
      data: { code: "UnsupportedQuery", path: "timeDimensions" },
    });
  });
});
