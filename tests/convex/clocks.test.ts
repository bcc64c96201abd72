// @vitest-environment edge-runtime
/**
 * Weekday × hour through the public functions: a tenant in UTC, asked in other zones and over the days on
 * which their clocks are set. What is right is counted record by record with `Intl`; each test says which
 * route answers. The browser's own table has to agree.
 */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api.js";
import { catalogue, watch } from "../../convex/cubes.js";
import { projectFact } from "../../lib/model/fact.js";
import { BrowserTable } from "../../src/react/fallback/BrowserTable.js";
import { bucketOf, hourOf, wallClock, weekdayOf, type Bucket } from "../oracle/calendar.js";
import { foldAll, load, startBackend, stockRow, tenantOf, watchRow } from "./harness.js";

const tenantId = "acme";
const DAY = 86_400_000;

/** A record every 37 minutes around clock changes in New York and Berlin, and two plain weeks. */
const starts = [
  ...[Date.UTC(2025, 2, 7), Date.UTC(2025, 10, 1), Date.UTC(2025, 2, 28), Date.UTC(2025, 9, 24)],
  Date.UTC(2025, 5, 9),
];
const all = starts
  .flatMap((start) => Array.from({ length: 190 }, (_, i) => start + i * 37 * 60_000))
  .map((watchedAt, i) => ({
    watchedAt,
    durationSeconds: (i % 97) + 1,
    category: ["Film", "News", "Sport"][i % 3]!,
  }));

interface Asked {
  zone: string;
  dateRange: [string, string];
  dimensions?: ("weekday" | "hourOfDay" | "category")[];
  hours?: number[];
  weekdays?: number[];
  granularity?: Bucket;
}

const both = ["weekday", "hourOfDay"] as const;

/** The rows, by group columns, in Cube's default order or by weekday and hour. */
function expectedRows({ zone, dateRange: [from, to], dimensions = [...both], ...asked }: Asked) {
  const rows = new Map<string, Record<string, string | number>>();
  for (const { watchedAt, durationSeconds, category } of all) {
    const wall = wallClock(zone, watchedAt);
    if (wall < from || wall > to) continue;
    const values = {
      weekday: weekdayOf(zone, watchedAt),
      hourOfDay: hourOf(zone, watchedAt),
      category,
    };
    if (asked.hours?.includes(values.hourOfDay) === false) continue;
    if (asked.weekdays?.includes(values.weekday) === false) continue;
    const columns: Record<string, string | number> = {};
    for (const name of dimensions) columns[`watch.${name}`] = values[name];
    if (asked.granularity !== undefined) {
      columns[`watch.watchedAt.${asked.granularity}`] = bucketOf(
        asked.granularity,
        zone,
        watchedAt,
      );
    }
    const key = JSON.stringify(columns);
    const row = rows.get(key) ?? { ...columns, "watch.count": 0, "watch.durationSeconds": 0 };
    row["watch.count"] = Number(row["watch.count"]) + 1;
    row["watch.durationSeconds"] = Number(row["watch.durationSeconds"]) + durationSeconds;
    rows.set(key, row);
  }
  return rows;
}

function queryOf({ zone, dateRange, dimensions = [...both], hours, weekdays, granularity }: Asked) {
  const filter = (name: string, values: number[] | undefined) =>
    values === undefined ? [] : [{ member: `watch.${name}`, operator: "equals", values }];
  return {
    measures: ["watch.count", "watch.durationSeconds"],
    dimensions: dimensions.map((name) => `watch.${name}`),
    timeDimensions: [
      { dimension: "watch.watchedAt", dateRange, ...(granularity && { granularity }) },
    ],
    filters: [...filter("hourOfDay", hours), ...filter("weekday", weekdays)],
    timezone: zone,
  };
}

/** The same rows by their group columns: orders are another test's matter. */
function byGroup(rows: readonly Record<string, unknown>[], expected: Map<string, unknown>) {
  const [first] = [...expected.keys()];
  const columns = Object.keys(JSON.parse(first ?? "{}") as object);
  return new Map(
    rows.map((row) => [JSON.stringify(Object.fromEntries(columns.map((c) => [c, row[c]]))), row]),
  );
}

const browser = new BrowserTable(catalogue, "watch", "UTC");
all.forEach((row, i) => browser.apply(`d${i}`, projectFact(watch, watchRow(row))));

/** What a browser answers for a tenant in UTC whose rollups are switched off. */
function inBrowser(query: Record<string, unknown>) {
  const answer = browser.open(query);
  for (const _ of browser.advance([answer]));
  return browser.finish(answer).rows;
}

async function backendWith(zones: string[]) {
  const t = startBackend();
  const member = await tenantOf(t, tenantId);
  await t.mutation(internal.tenants.ensure, { tenantId, zones });
  await foldAll(t);
  const rows = all.map((row) => watchRow(row));
  for (let i = 0; i < rows.length; i += 400) {
    await member.mutation(api.watch.recordBatch, { tenantId, rows: rows.slice(i, i + 400) });
    // The last ones stay in the tail.
    if (i + 400 < rows.length) await foldAll(t);
  }
  return { t, member };
}

const whole = (from: string, to: string): [string, string] => [
  `${from}T00:00:00.000`,
  `${to}T23:59:59.999`,
];

/** Around each clock change, over everything, and with edges off the hour. */
const ranges: [string, string][] = [
  whole("2025-03-07", "2025-03-12"),
  whole("2025-10-31", "2025-11-05"),
  whole("2025-03-27", "2025-04-02"),
  whole("2025-10-23", "2025-10-28"),
  whole("2025-01-01", "2025-12-31"),
  ["2025-03-08T10:07:30.000", "2025-03-10T21:40:10.499"],
  ["2025-10-24T00:00:00.001", "2025-10-27T12:30:00.000"],
];

describe("a tenant in UTC whose people ask in Kathmandu and Kolkata too", () => {
  let member: Awaited<ReturnType<typeof tenantOf>>;

  beforeAll(async () => {
    ({ member } = await backendWith(["Asia/Kathmandu", "Asia/Kolkata"]));
    return () => {
      vi.useRealTimers();
    };
  }, 60_000);

  test.each(["America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin"])(
    "is told by hour and weekday in %s, from tiles and in the browser, to the record",
    async (zone) => {
      for (const dateRange of ranges) {
        for (const more of [
          {},
          { dimensions: ["hourOfDay" as const] },
          { dimensions: ["weekday" as const] },
          { dimensions: [], hours: [0, 1, 2, 3, 9, 23] },
          { dimensions: ["hourOfDay" as const], weekdays: [1, 7] },
          { dimensions: ["weekday" as const], granularity: "day" as const },
          { dimensions: [], weekdays: [7], granularity: "hour" as const },
          { dimensions: ["hourOfDay" as const], granularity: "month" as const, hours: [2] },
        ]) {
          const asked: Asked = { zone, dateRange, ...more };
          const query = queryOf(asked);
          const { data, servedBy, exact } = await load(member, query);
          const expected = expectedRows(asked);
          const what = JSON.stringify(query);
          expect([servedBy, exact], what).toEqual(["watch.totals@1", true]);
          expect(byGroup(data, expected), what).toEqual(expected);
          expect(inBrowser(query), what).toEqual(data);
        }
      }
    },
    60_000,
  );

  test("is told without a date range by what clocks say of all times", async () => {
    for (const zone of ["America/New_York", "Asia/Kathmandu"]) {
      const asked: Asked = { zone, dateRange: ["0", "9"] };
      const { timeDimensions: _, ...query } = queryOf(asked);
      const { data, servedBy } = await load(member, query);
      const expected = expectedRows(asked);
      expect(servedBy).toBe("watch.totals@1");
      expect(byGroup(data, expected), zone).toEqual(expected);
    }
  });

  test("reads the stored hours where the clock is the tenant's, and says what else is told by time", async () => {
    const asked: Asked = { zone: "UTC", dateRange: whole("2025-01-01", "2025-12-31") };
    const { data, servedBy } = await load(member, queryOf(asked));
    const expected = expectedRows(asked);
    expect(servedBy).toBe("watch.by_hour_of_week@1");
    expect(byGroup(data, expected)).toEqual(expected);
    const explained = async (zone: string) => {
      const { plan, considered } = await member.query(api.aggregates.explain, {
        tenantId,
        query: queryOf({ ...asked, zone }) as never,
      });
      const refusals = (considered as { rollup: string; refusal: { code: string } | null }[]).map(
        ({ rollup, refusal }) => [rollup, refusal?.code ?? null],
      );
      return { derived: (plan as { derived: string[] }).derived, ...Object.fromEntries(refusals) };
    };
    expect(await explained("UTC")).toMatchObject({ derived: [], by_hour_of_week: null });
    expect(await explained("Asia/Kolkata")).toMatchObject({
      derived: ["watch.weekday", "watch.hourOfDay"],
      totals: null,
      by_hour_of_week: "ZoneMismatch",
      by_category: "MissingDimension",
    });
  });

  test("orders and cuts rows by the query's hours", async () => {
    const asked: Asked = {
      zone: "America/New_York",
      dateRange: whole("2025-03-07", "2025-03-12"),
      dimensions: ["hourOfDay"],
    };
    const { data, total } = await load(member, {
      ...queryOf(asked),
      order: [["watch.hourOfDay", "desc"]],
      limit: 5,
      offset: 1,
      total: true,
    });
    expect(data.map((row) => row["watch.hourOfDay"])).toEqual([22, 21, 20, 19, 18]);
    expect(total).toBe(24);
    // The hour that New York skips on the 9th has the records of the other days only.
    const two = expectedRows(asked).get(JSON.stringify({ "watch.hourOfDay": 2 }));
    expect(data.find((row) => row["watch.hourOfDay"] === 2)).toBeUndefined();
    expect(two?.["watch.count"]).toBeGreaterThan(0);
  });

  test("adds up running totals and windows by the query's hours", async () => {
    const zone = "Europe/Berlin";
    const { data, servedBy } = await load(member, {
      measures: ["watch.viewsSoFar", "watch.viewsOfWeek"],
      dimensions: ["watch.weekday"],
      timeDimensions: [
        {
          dimension: "watch.watchedAt",
          granularity: "day",
          dateRange: ["2025-10-25", "2025-10-28"],
        },
      ],
      timezone: zone,
    });
    expect(servedBy).toBe("watch.totals@1");
    for (const row of data) {
      const end = `${String(row["watch.watchedAt.day"]).slice(0, 10)}T24`;
      const upTo = all.filter(
        ({ watchedAt }) =>
          wallClock(zone, watchedAt) < end && weekdayOf(zone, watchedAt) === row["watch.weekday"],
      );
      const start = new Date(Date.parse(end.slice(0, 10)) - 6 * DAY).toISOString().slice(0, 10);
      expect(row["watch.viewsSoFar"], JSON.stringify(row)).toBe(upTo.length);
      expect(row["watch.viewsOfWeek"], JSON.stringify(row)).toBe(
        upTo.filter(({ watchedAt }) => wallClock(zone, watchedAt) >= start).length,
      );
    }
    expect(data).toHaveLength(28);
  });

  test("is scanned where no rollup keeps the other members by the hour", async () => {
    const asked: Asked = {
      zone: "America/New_York",
      dateRange: whole("2025-03-07", "2025-03-12"),
      dimensions: ["category", "hourOfDay"],
    };
    const { data, servedBy } = await load(member, queryOf(asked));
    const expected = expectedRows(asked);
    expect(servedBy).toBe("scan");
    expect(byGroup(data, expected)).toEqual(expected);
    // Weekdays of the tenant's own clock are told by days.
    const weekdays: Asked = { ...asked, zone: "UTC", dimensions: ["category", "weekday"] };
    const byDays = await load(member, queryOf(weekdays));
    const expectedDays = expectedRows(weekdays);
    expect(byDays.servedBy).toBe("watch.by_category@1");
    expect(byGroup(byDays.data, expectedDays)).toEqual(expectedDays);
  });

  test("compares ranges by the query's hours, one before and one after the clock is set", async () => {
    const zone = "America/New_York";
    const compareDateRange = [
      ["2025-03-07", "2025-03-08"],
      ["2025-03-09", "2025-03-10"],
    ] as const;
    const { data, servedBy } = await load(member, {
      measures: ["watch.count"],
      dimensions: ["watch.hourOfDay"],
      timeDimensions: [{ dimension: "watch.watchedAt", compareDateRange }],
      timezone: zone,
    });
    expect(servedBy).toBe("watch.totals@1");
    for (const [from, to] of compareDateRange) {
      const rows = data.filter((row) => String(row.compareDateRange).startsWith(from));
      const asked: Asked = { zone, dateRange: whole(from, to), dimensions: ["hourOfDay"] };
      const counts = [...expectedRows(asked).values()].map((row) => [
        row["watch.hourOfDay"],
        row["watch.count"],
      ]);
      expect(new Map(rows.map((row) => [row["watch.hourOfDay"], row["watch.count"]]))).toEqual(
        new Map(counts as [number, number][]),
      );
    }
  });
});

describe("a tenant in UTC who keeps no quarters of an hour", () => {
  test("is scanned for Kolkata, and refused by name where nothing may be scanned", async () => {
    const { member } = await backendWith([]);
    const asked: Asked = { zone: "Asia/Kolkata", dateRange: whole("2025-03-07", "2025-03-12") };
    const { data, servedBy } = await load(member, queryOf(asked));
    const expected = expectedRows(asked);
    expect(servedBy).toBe("scan");
    expect(byGroup(data, expected)).toEqual(expected);
    const refusal: unknown = await load(member, queryOf(asked), { freshness: "folded" }).catch(
      (error: unknown) => error,
    );
    expect(refusal).toMatchObject({ data: { code: "NoRollup" } });
    const { considered } = (refusal as { data: { considered: { rollup: string }[] } }).data;
    expect(considered.find(({ rollup }) => rollup === "totals")).toMatchObject({
      refusal: { code: "ZoneMismatch", member: "watch.weekday" },
    });
    // Hours of New York are made of hours.
    const folded = await load(member, queryOf({ ...asked, zone: "America/New_York" }), {
      freshness: "folded",
    });
    expect(folded.servedBy).toBe("watch.totals@1");
    vi.useRealTimers();
  }, 60_000);

  test("has stock movements told by the hours of another zone", async () => {
    const t = startBackend();
    const member = await tenantOf(t, tenantId);
    await foldAll(t);
    // 02:30 on Monday in UTC is Sunday evening in New York.
    const occurredAt = Date.UTC(2025, 5, 9, 2, 30);
    await member.mutation(api.inventory.record, { tenantId, row: stockRow({ occurredAt }) });
    await foldAll(t);
    const { data, servedBy } = await load(member, {
      measures: ["inventory.quantity"],
      dimensions: ["inventory.weekday", "inventory.hourOfDay"],
      timeDimensions: [
        { dimension: "inventory.occurredAt", dateRange: ["2025-06-01", "2025-06-30"] },
      ],
      timezone: "America/New_York",
    });
    expect(servedBy).toBe("inventory.totals@1");
    expect(data).toEqual([
      { "inventory.weekday": 7, "inventory.hourOfDay": 22, "inventory.quantity": 1 },
    ]);
    vi.useRealTimers();
  });
});
