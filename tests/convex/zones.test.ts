// @vitest-environment edge-runtime
/**
 * Time zones through the public functions: every zone's hours, days, weeks and months from the tiles of
 * one rollup, over days of 23 and 25 hours, year ends and ragged edges. Expected values are counted
 * record by record with the oracle's calendar; each test says which route answers.
 */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api.js";
import { bucketOf, wallClock, type Bucket } from "../oracle/calendar.js";
import {
  foldAll,
  load,
  startBackend,
  tenantOf,
  watchRow,
  type Backend,
  inside,
} from "./harness.js";
import { passStep } from "./passStep.js";

const tenantId = "acme";
const DAY = 86_400_000;
const zones = [
  ...["Asia/Kathmandu", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe"],
  ...["Pacific/Chatham", "Europe/Berlin", "America/New_York", "UTC"],
];
const measures = ["watch.count", "watch.durationSeconds", "watch.longest"];

/** A record every 37 minutes around clock changes and the ends of ISO years, 40 days in all. */
function instants(): number[] {
  const starts = [
    ...[Date.UTC(2024, 11, 27), Date.UTC(2025, 2, 7), Date.UTC(2025, 2, 28), Date.UTC(2025, 3, 4)],
    ...[Date.UTC(2025, 9, 3), Date.UTC(2025, 9, 24), Date.UTC(2025, 10, 1), Date.UTC(2025, 11, 27)],
  ];
  return starts.flatMap((start) => {
    const some: number[] = [];
    for (let t = start; t < start + 5 * DAY; t += 37 * 60_000) some.push(t);
    return some;
  });
}

const all = instants().map((watchedAt, i) => ({ watchedAt, durationSeconds: (i % 997) + 1 }));

interface Asked {
  zone: string;
  granularity: Bucket | null;
  dateRange: [string, string];
}

/** Rows of one tenant without groups, oldest first. */
function expectedRows({ zone, granularity, dateRange: [from, to] }: Asked, records = all) {
  const rows = new Map<string, { count: number; sum: number; longest: number }>();
  for (const { watchedAt, durationSeconds } of records) {
    const wall = wallClock(zone, watchedAt);
    if (wall < from || wall > to) continue;
    const name = granularity === null ? "" : bucketOf(granularity, zone, watchedAt);
    const row = rows.get(name) ?? { count: 0, sum: 0, longest: 0 };
    row.count++;
    row.sum += durationSeconds;
    row.longest = Math.max(row.longest, durationSeconds);
    rows.set(name, row);
  }
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { count, sum, longest }]) => ({
      ...(granularity === null ? {} : { [`watch.watchedAt.${granularity}`]: name }),
      "watch.count": count,
      "watch.durationSeconds": sum,
      "watch.longest": longest,
    }));
}

async function ask(
  member: Awaited<ReturnType<typeof tenantOf>>,
  { zone, granularity, dateRange }: Asked,
  freshness: "live" | "folded" = "live",
) {
  const time = { dimension: "watch.watchedAt", ...(granularity && { granularity }), dateRange };
  const query = { measures, timeDimensions: [time], timezone: zone };
  return await load(member, query, { freshness });
}

async function backendIn(timezone: string, others: string[], folded = all.length) {
  const t = startBackend();
  const member = await tenantOf(t, tenantId, { timezone });
  await t.mutation(internal.tenants.ensure, { tenantId, zones: others });
  await foldAll(t);
  const rows = all.map((row) => watchRow(row));
  for (let i = 0; i < rows.length; i += 500) {
    const part = rows.slice(i, i + 500);
    await member.mutation(api.watch.recordBatch, { tenantId, rows: part });
    if (i + part.length <= folded) await foldAll(t);
  }
  return { t, member };
}

describe.each(["UTC", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"])(
  "a tenant in %s whose people ask in every zone",
  (home) => {
    let member: Awaited<ReturnType<typeof tenantOf>>;

    beforeAll(async () => {
      ({ member } = await backendIn(home, zones, 1000));
      return () => {
        vi.useRealTimers();
      };
    }, 60_000);

    test("is answered from one rollup by hour, day, week, month and year, to the record", async () => {
      for (const zone of zones) {
        for (const [granularity, from, to] of [
          ["hour", "2025-03-08", "2025-03-10"],
          ["hour", "2025-04-05", "2025-04-07"],
          ["hour", "2025-10-04", "2025-10-06"],
          ["hour", "2025-11-01", "2025-11-03"],
          ["day", "2025-03-01", "2025-04-30"],
          ["week", "2024-12-23", "2025-01-12"],
          ["week", "2025-12-22", "2026-01-04"],
          ["month", "2024-12-01", "2025-12-31"],
          ["quarter", "2025-01-01", "2025-12-31"],
          ["year", "2024-01-01", "2025-12-31"],
          [null, "2025-03-30", "2025-10-26"],
        ] as const) {
          const dateRange: [string, string] = [`${from}T00:00:00.000`, `${to}T23:59:59.999`];
          const asked = { zone, granularity, dateRange };
          const { data, servedBy, exact } = await ask(member, asked);
          const what = `${zone} by ${granularity} from ${from}`;
          expect([servedBy, exact], what).toEqual(["watch.totals@1", true]);
          expect(data, what).toEqual(expectedRows(asked));
          expect(data.length, what).toBeGreaterThan(0);
        }
      }
    }, 60_000);

    test("is answered by quarters of an hour in every zone, and by days without a date range", async () => {
      for (const zone of zones) {
        const { data, servedBy } = await load(member, {
          measures: ["watch.count"],
          timeDimensions: [
            {
              dimension: "watch.watchedAt",
              granularity: "quarterHour",
              dateRange: ["2025-04-05", "2025-04-06"],
            },
          ],
          timezone: zone,
        });
        const walls = all
          .map(({ watchedAt }) => wallClock(zone, watchedAt))
          .filter((wall) => wall >= "2025-04-05" && wall < "2025-04-07");
        const counts = new Map<string, number>();
        for (const wall of walls) {
          const quarter = String(Math.floor(Number(wall.slice(14, 16)) / 15) * 15).padStart(2, "0");
          const name = `${wall.slice(0, 14)}${quarter}:00.000`;
          counts.set(name, (counts.get(name) ?? 0) + 1);
        }
        expect(servedBy, zone).toBe("watch.totals@1");
        expect(
          data.map((row) => [row["watch.watchedAt.quarterHour"], row["watch.count"]]),
          zone,
        ).toEqual([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
        const open = await load(member, {
          measures,
          dimensions: ["watch.watchedAt.day"],
          timezone: zone,
        });
        const whole: Asked = { zone, granularity: "day", dateRange: ["0", "9"] };
        expect(open.data, zone).toEqual(expectedRows(whole));
        expect(open.servedBy, zone).toBe("watch.totals@1");
      }
    }, 60_000);
  },
);

describe("a day", () => {
  const zone = "America/New_York";
  let member: Awaited<ReturnType<typeof tenantOf>>;

  beforeAll(async () => {
    ({ member } = await backendIn(zone, []));
    return () => {
      vi.useRealTimers();
    };
  }, 60_000);

  test("of 23 or 25 hours is made of the hours that its clock shows, and is what they add up to", async () => {
    for (const [day, rows, minutes] of [
      ["2025-03-08", 24, 24 * 60],
      ["2025-03-09", 23, 23 * 60],
      ["2025-11-02", 24, 25 * 60],
    ] as const) {
      const dateRange: [string, string] = [`${day}T00:00:00.000`, `${day}T23:59:59.999`];
      const hours = await ask(member, { zone, granularity: "hour", dateRange }, "folded");
      const whole = await ask(member, { zone, granularity: "day", dateRange }, "folded");
      expect([hours.servedBy, whole.servedBy]).toEqual(["watch.totals@1", "watch.totals@1"]);
      expect(hours.data).toEqual(expectedRows({ zone, granularity: "hour", dateRange }));
      expect(whole.data).toEqual(expectedRows({ zone, granularity: "day", dateRange }));
      expect(hours.data).toHaveLength(rows);
      const count = hours.data.reduce((sum, row) => sum + Number(row["watch.count"]), 0);
      expect(whole.data[0]?.["watch.count"]).toBe(count);
      expect(Math.abs(count - minutes / 37)).toBeLessThan(1);
    }
  });

  test("may end anywhere: edges off the boundary of a bucket are read from records, exactly", async () => {
    for (const granularity of ["hour", "day", "week", "month", null] as const) {
      for (const dateRange of [
        ["2025-03-08T10:07:30.000", "2025-03-10T21:40:10.499"],
        ["2025-03-09T01:59:59.999", "2025-03-09T04:00:00.000"],
        ["2025-11-01T23:20:00.001", "2025-11-02T23:59:59.998"],
        ["2024-12-30T00:00:00.001", "2025-01-01T12:30:00.000"],
      ] as [string, string][]) {
        const asked = { zone, granularity, dateRange };
        const { data, servedBy } = await ask(member, asked);
        expect(servedBy, `${granularity} ${dateRange.join(" ")}`).toBe("watch.totals@1");
        expect(data).toEqual(expectedRows(asked));
      }
    }
    // A folded answer may not look at records that are later than itself: it says so.
    const ragged: Asked = {
      ...{ zone, granularity: "hour" },
      dateRange: ["2025-03-08T10:07:30.000", "2025-03-10T21:40:10.499"],
    };
    await expect(ask(member, ragged, "folded")).rejects.toMatchObject({
      data: { code: "EdgeNotFolded" },
    });
  });

  test("of another zone with other minutes is scanned where no quarters are kept", async () => {
    const dateRange: [string, string] = ["2025-03-08T00:00:00.000", "2025-03-10T23:59:59.999"];
    const asked: Asked = { zone: "Asia/Kathmandu", granularity: "day", dateRange };
    const { data, servedBy } = await ask(member, asked);
    expect(servedBy).toBe("scan");
    expect(data).toEqual(expectedRows(asked));
    await expect(ask(member, asked, "folded")).rejects.toMatchObject({
      data: { code: "NoRollup" },
    });
    expect((await ask(member, { ...asked, zone: "Europe/Berlin" })).servedBy).toBe(
      "watch.totals@1",
    );
  });
});

describe("the zones that a tenant's people ask in", () => {
  const generations = async (t: Backend) => {
    const states = await inside(t, (ctx) => ctx.db.query("rollupStates").collect());
    return Object.fromEntries(
      states
        .filter(({ cube, status }) => cube === "watch" && status === "ready")
        .map(({ rollup, generation, definition }) => [
          rollup,
          `${generation} ${definition.levels[0]?.granularity}`,
        ]),
    );
  };

  test("start new generations only of rollups that keep quarters, and only when those are needed", async () => {
    const { t, member } = await backendIn("Europe/Berlin", []);
    const before = await generations(t);
    expect(before).toMatchObject({ totals: "1 hour", by_category: "1 day" });
    const ensure = async (others: string[]) => {
      await t.mutation(internal.tenants.ensure, { tenantId, zones: others });
      const folds = await foldAll(t);
      return { folds, now: await generations(t) };
    };
    expect(await ensure(["America/New_York", "UTC"])).toEqual({ folds: 0, now: before });
    const asked: Asked = {
      ...{ zone: "Asia/Kathmandu", granularity: "day" },
      dateRange: ["2025-03-08T00:00:00.000", "2025-03-10T23:59:59.999"],
    };
    expect((await ask(member, asked)).servedBy).toBe("scan");
    const quarters = { ...before, totals: "2 quarterHour" };
    expect((await ensure(["Asia/Kathmandu", "UTC"])).now).toEqual(quarters);
    const served = await ask(member, asked);
    expect(served.servedBy).toBe("watch.totals@2");
    expect(served.data).toEqual(expectedRows(asked));
    expect(await ensure(["Australia/Adelaide"])).toEqual({ folds: 0, now: quarters });
    // What is left out stays.
    await t.mutation(internal.tenants.ensure, { tenantId, name: "Acme" });
    expect(await foldAll(t)).toBe(0);
    expect((await ensure([])).now).toEqual({ ...before, totals: "3 hour" });
    vi.useRealTimers();
  }, 60_000);

  test("have their quarters verified, and restored where the source was written behind their back", async () => {
    const { t, member } = await backendIn("Asia/Kathmandu", ["Europe/Berlin"]);
    const kept = [...all];
    await t.run(async (ctx) => {
      const docs = await ctx.db.query("watchRecords").collect();
      for (const doc of docs.filter((_, i) => i % 50 === 0)) {
        await ctx.db.delete("watchRecords", doc._id);
        kept.splice(
          kept.findIndex(({ watchedAt }) => watchedAt === doc.watchedAt),
          1,
        );
      }
    });
    const passes = () =>
      inside(t, async (ctx) => (await ctx.db.query("verifications").first())?.passes ?? 0);
    for (let steps = 0; (await passes()) === 0; steps++) {
      if (steps === 500) throw new Error("The pass does not end.");
      await passStep(t);
    }
    const drifts = await inside(t, (ctx) => ctx.db.query("drifts").collect());
    expect(
      drifts.filter(({ granularity }) => granularity === "quarterHour").length,
    ).toBeGreaterThan(20);
    await foldAll(t);
    // The longest of some cells went, too.
    const dateRange: [string, string] = ["2025-03-28T00:00:00.000", "2025-04-01T23:59:59.999"];
    for (const granularity of ["hour", "day"] as const) {
      const asked = { zone: "Europe/Berlin", granularity, dateRange };
      const { data, servedBy } = await ask(member, asked);
      expect(servedBy).toBe("watch.totals@1");
      expect(data).toEqual(expectedRows(asked, kept));
    }
    expect(kept.length).toBeLessThan(all.length);
    vi.useRealTimers();
  }, 60_000);

  test("are checked", async () => {
    const t = startBackend();
    await tenantOf(t);
    const ensure = (others: string[]) =>
      t.mutation(internal.tenants.ensure, { tenantId, zones: others }).then(
        () => null,
        (error: unknown) => (error as { data: { code: string } }).data.code,
      );
    expect(await ensure(["Europe/Berlin", "Mars/Base"])).toBe("InvalidTimezone");
    expect(await ensure(["+05:45"])).toBe("InvalidTimezone");
    expect(await ensure(Array.from({ length: 11 }, () => "UTC"))).toBe("TooManyZones");
    expect(await ensure(["UTC", "Asia/Kolkata", "UTC"])).toBe(null);
    const tenant = await t.run((ctx) => ctx.db.query("tenants").first());
    expect(tenant?.zones).toEqual(["Asia/Kolkata", "UTC"]);
    vi.useRealTimers();
  });
});
