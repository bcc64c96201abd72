// @vitest-environment edge-runtime
/**
 * Period over period through the public functions: all ranges in one answer of one commit, each by its
 * own route, and none beyond what one answer may cost. Expected values are counted record by record.
 */
import { describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { answerLimits } from "../../convex/components/rollups/limits/answers.js";
import { watchRows, type WatchRow } from "../../bench/data/rows.js";
import { wallClock } from "../oracle/calendar.js";
import {
  foldAll,
  foldOnce,
  load,
  startBackend,
  stockRow,
  tenantOf,
  watchRow,
  inside,
} from "./harness.js";

const zone = "America/New_York";
const tenantId = "acme";
/** With the nights that have 23 and 25 hours, and half an hour of a day in one. */
const ranges = [
  ["2025-03-01", "2025-03-31"],
  ["2025-11-01T00:30:00.000", "2025-11-04T12:59:59.999"],
  ["2024-03-01", "2024-03-31"],
] as const;
const label = ([from, to]: readonly [string, string]) =>
  `${from.length === 10 ? `${from}T00:00:00.000` : from} - ${to.length === 10 ? `${to}T23:59:59.999` : to}`;

async function backendOf(rows: WatchRow[], folded: number) {
  const t = startBackend();
  const member = await tenantOf(t, tenantId, { timezone: zone });
  await foldAll(t);
  for (const [from, to] of [
    [0, folded],
    [folded, rows.length],
  ] as const) {
    if (from === to) continue;
    await member.mutation(api.watch.recordBatch, { tenantId, rows: rows.slice(from, to) });
    if (to === folded) await foldAll(t);
  }
  return { t, member };
}

/** Days and their counts, range by range. */
function expectedDays(rows: readonly WatchRow[], limit = Infinity) {
  return ranges.flatMap((range) => {
    const [from, to] = label(range).split(" - ") as [string, string];
    const counts = new Map<string, number>();
    const walls = rows.map(({ watchedAt }) => wallClock(zone, watchedAt));
    for (const wall of walls) {
      if (wall < from || wall > to) continue;
      const day = wall.slice(0, 10);
      counts.set(day, (counts.get(day) ?? 0) + 1);
    }
    return [...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limit)
      .map(([day, count]) => ({
        "watch.watchedAt.day": `${day}T00:00:00.000`,
        "watch.count": count,
        compareDateRange: label(range),
      }));
  });
}

const timeDimensions = [
  { dimension: "watch.watchedAt", granularity: "day", compareDateRange: ranges },
];
const daily = { measures: ["watch.count"], timeDimensions };

describe("a comparison of date ranges", () => {
  test("is one answer, range by range, from tiles and tail, and explained range by range", async () => {
    const rows = [...watchRows(900, { seed: 3, days: 760, categories: 3 })];
    const { member } = await backendOf(rows, 850);
    const answer = await load(member, { ...daily, total: true });
    expect(answer.servedBy).toBe("watch.totals@1");
    expect(answer).toMatchObject({ exact: true });
    expect(answer.lagMs).toBeGreaterThan(0);
    const expected = expectedDays(rows);
    expect(answer.data).toEqual(expected);
    expect(answer.total).toBe(expected.length);
    expect(new Set(answer.data.map(({ compareDateRange }) => compareDateRange)).size).toBe(3);
    expect(answer.query).toMatchObject({
      timeDimensions: [{ compareDateRange: ranges.map((range) => label(range).split(" - ")) }],
    });
    const limited = await load(member, { ...daily, limit: 2, total: true });
    expect(limited.data).toEqual(expectedDays(rows, 2));
    expect(limited.total).toBe(expected.length);

    const explained = await member.query(api.aggregates.explain, {
      tenantId,
      query: daily as never,
    });
    expect(explained).toMatchObject({ plan: null, considered: [] });
    expect(
      explained.ranges?.map(({ compareDateRange, plan }) => [
        compareDateRange,
        (plan as { rollup: { name: string } }).rollup.name,
      ]),
    ).toEqual(ranges.map((range) => [label(range), "totals"]));
    vi.useRealTimers();
  });

  test("shows rolling windows and balances of each range as that range alone does", async () => {
    const rows = [...watchRows(400, { seed: 4, days: 760, categories: 2 })];
    const { member } = await backendOf(rows, 380);
    const measures = ["watch.count", "watch.viewsSoFar", "watch.viewsOfWeek"];
    const compared = await load(member, { measures, timeDimensions });
    const alone = await Promise.all(
      ranges.map(async (dateRange) => {
        const time = { dimension: "watch.watchedAt", granularity: "day", dateRange };
        const { data } = await load(member, { measures, timeDimensions: [time] });
        return data.map((row) => ({ ...row, compareDateRange: label(dateRange) }));
      }),
    );
    expect(compared.servedBy).toBe("watch.totals@1");
    expect(compared.data).toEqual(alone.flat());
    expect(compared.data.length).toBeGreaterThan(40);
    vi.useRealTimers();
  });

  test("names every route once where ranges are served differently", async () => {
    const rows = [...watchRows(300, { seed: 5, days: 760, categories: 2 })];
    const { member } = await backendOf(rows, 300);
    const viewers = {
      measures: ["watch.viewers"],
      timeDimensions: [
        {
          dimension: "watch.watchedAt",
          // The first holds whole days, the second does not.
          compareDateRange: [
            ["2025-03-01", "2025-03-31"],
            ["2025-11-01T10:00:00.000", "2025-11-01T19:59:59.999"],
          ],
        },
      ],
    };
    const { servedBy, exact } = await load(member, viewers);
    expect([servedBy, exact]).toEqual(["watch.viewers@1, scan", true]);
    await expect(load(member, viewers, { freshness: "folded" })).rejects.toMatchObject({
      data: { code: "NoRollup" },
    });
    vi.useRealTimers();
  });

  test("is as of one commit where one of its generations is folded further", async () => {
    // So little fits into an iteration that each advances one generation.
    const t = startBackend(1, undefined, { limits: () => ({ fold: { workUs: 30_000 } }) });
    const member = await tenantOf(t, tenantId, { timezone: zone });
    const rows = [...watchRows(400, { seed: 5, days: 760, categories: 3 })];
    const write = (some: WatchRow[]) =>
      member.mutation(api.watch.recordBatch, { tenantId, rows: some });
    await write(rows.slice(0, 200));
    await foldAll(t, tenantId, 500);
    await write(rows.slice(200));
    const compareDateRange = [
      ["2025-01-01", "2025-12-31"],
      ["2025-03-01", "2025-03-31"],
    ] as const;
    const question = {
      measures: ["watch.count"],
      dimensions: ["watch.channel"],
      timeDimensions: [{ dimension: "watch.watchedAt", compareDateRange }],
    };
    const countsOf = (some: readonly WatchRow[]) =>
      compareDateRange.map(([from, to]) => {
        const days = some.map(({ watchedAt }) => wallClock(zone, watchedAt).slice(0, 10));
        return days.filter((day) => day >= from && day <= to).length;
      });
    const seen = new Set<string>();
    for (let folds = 0; folds < 14; folds++) {
      const { data, servedBy } = await load(member, question, { freshness: "folded" });
      expect(servedBy).toBe("watch.by_topic_and_channel@1, watch.by_channel@1");
      const counts = compareDateRange.map((range) => {
        const own = data.filter((row) => row["compareDateRange"] === label(range));
        return own.reduce((sum, row) => sum + Number(row["watch.count"]), 0);
      });
      expect([countsOf(rows.slice(0, 200)), countsOf(rows)]).toContainEqual(counts);
      seen.add(String(counts));
      await foldOnce(t);
    }
    expect(seen.size).toBe(2);
    vi.useRealTimers();
  }, 60_000);

  test("never mixes tiles without their tail with a scan of what was written since", async () => {
    const t = startBackend();
    const member = await tenantOf(t);
    const at = Date.UTC(2026, 1, 10, 12);
    const later = at + 86_400_000;
    await member.mutation(api.watch.recordBatch, { tenantId, rows: [watchRow({ watchedAt: at })] });
    await foldAll(t);
    let written = 1;
    while (written <= answerLimits.tailChanges + 1) {
      const rows = Array.from({ length: 500 }, () => watchRow({ watchedAt: later }));
      await member.mutation(api.watch.recordBatch, { tenantId, rows });
      written += rows.length;
    }
    expect(written).toBeLessThan(answerLimits.scanRecords);
    const time = { dimension: "watch.watchedAt" };
    const whole = ["2026-02-01", "2026-02-28"];
    const folded = await load(member, {
      measures: ["watch.viewers", "watch.count"],
      timeDimensions: [{ ...time, dateRange: whole }],
    });
    expect(folded).toMatchObject({ servedBy: "watch.viewers@1", freshness: "folded" });
    expect(folded.data[0]).toMatchObject({ "watch.count": 1 });
    const withHours = (day: string) => ({
      measures: ["watch.viewers", "watch.count"],
      timeDimensions: [{ ...time, compareDateRange: [whole, [`${day}T11:00`, `${day}T13:00`]] }],
    });
    const mixed = await load(member, withHours("2026-02-10"));
    expect(mixed).toMatchObject({ servedBy: "scan", freshness: "live" });
    expect(mixed.data.map((row) => row["watch.count"])).toEqual([written, 1]);
    // Both ranges together hold more records than one answer may scan.
    expect(2 * written).toBeGreaterThan(answerLimits.scanRecords);
    await expect(load(member, withHours("2026-02-11"))).rejects.toMatchObject({
      data: { code: "NoRollup" },
    });
    vi.useRealTimers();
  }, 60_000);

  test("may cost no more than one answer, however many ranges share it", async () => {
    const t = startBackend();
    const member = await tenantOf(t);
    const rows = [stockRow({ occurredAt: Date.UTC(2016, 0, 5) })];
    await member.mutation(api.inventory.recordBatch, { tenantId, rows });
    await foldAll(t);
    const years = (...all: number[]) => ({
      measures: ["inventory.quantity"],
      dimensions: ["inventory.product"],
      timeDimensions: [
        {
          dimension: "inventory.occurredAt",
          granularity: "day",
          ...(all.length === 1
            ? { dateRange: [`${all[0]}-01-01`, `${all[0]}-12-31`] }
            : { compareDateRange: all.map((year) => [`${year}-01-01`, `${year}-12-31`]) }),
        },
      ],
    });
    // As if ten years of weeks held four full chunks each.
    await inside(t, async (ctx) => {
      const tile = await ctx.db
        .query("rollupTiles")
        .withIndex("by_partition", (q) =>
          q
            .eq("tenantId", tenantId)
            .eq("rollup", "inventory.by_product")
            .eq("generation", 1)
            .eq("granularity", "day"),
        )
        .first();
      const { _id, _creationTime, ...fields } = tile!;
      const names = Array.from({ length: 15 }, (_, i) => `${"long name ".repeat(4)}${i}`);
      const repeated = <T>(record: Record<string, T[]>) =>
        Object.fromEntries(
          Object.entries(record).map(([name, [value]]) => [name, names.map(() => value!)]),
        );
      for (let week = 1; week < 520; week++) {
        await ctx.db.insert("rollupTiles", {
          ...fields,
          dimensions: { ...repeated(fields.dimensions), product: names },
          columns: repeated(fields.columns),
          partitionStart: fields.partitionStart + week * 7 * 86_400_000,
          chunk: 3,
        });
      }
    });
    expect((await load(member, years(2018))).servedBy).toBe("inventory.by_product@1");
    const error = await load(member, years(2016, 2017, 2018, 2019, 2020, 2021, 2022, 2023)).then(
      () => null,
      (cause: unknown) => (cause as { data: { code: string; estimatedMs: number } }).data,
    );
    expect(error).toMatchObject({ code: "QueryTooLarge", rollup: "inventory.by_product" });
    expect(error!.estimatedMs * 1000).toBeGreaterThan(answerLimits.workUs);
    vi.useRealTimers();
  });
});
