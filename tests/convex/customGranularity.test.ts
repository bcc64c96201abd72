// @vitest-environment edge-runtime
/** Granularities of the app's own through the public functions: counted record by record, and served from tiles. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { stockRows, watchRows, type StockRow, type WatchRow } from "../../bench/data/rows.js";
import { wallClock } from "../oracle/calendar.js";
import { foldAll, load, startBackend, tenantOf } from "./harness.js";

const zone = "America/New_York";
const tenantId = "acme";
const spread = { seed: 6, days: 800, categories: 3 };

let member: Awaited<ReturnType<typeof tenantOf>>;
let views: WatchRow[];
let moves: StockRow[];

beforeAll(async () => {
  const t = startBackend();
  member = await tenantOf(t, tenantId, { timezone: zone });
  await foldAll(t);
  views = [...watchRows(500, spread)];
  moves = [...stockRows(500, spread)];
  for (const [from, to] of [
    [0, 450],
    [450, 500],
  ] as const) {
    await member.mutation(api.watch.recordBatch, { tenantId, rows: views.slice(from, to) });
    await member.mutation(api.inventory.recordBatch, { tenantId, rows: moves.slice(from, to) });
    if (from === 0) await foldAll(t);
  }
  return () => {
    vi.useRealTimers();
  };
}, 60_000);

const DAY = 86_400_000;
const textOf = (ms: number) => new Date(ms).toISOString().slice(0, 23);

/** Records counted by the name of their bucket. */
function counted(walls: string[], nameOf: (wall: string) => string): [string, number][] {
  const counts = new Map<string, number>();
  for (const wall of walls) counts.set(nameOf(wall), (counts.get(nameOf(wall)) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}

describe("a granularity of the app's own", () => {
  test("is served from tiles and tail, and annotated", async () => {
    const { data, servedBy, lagMs, annotation, query } = await load(member, {
      measures: ["watch.count"],
      dimensions: ["watch.watchedAt.fortnight"],
    });
    expect(servedBy).toBe("watch.totals@1");
    expect(lagMs).toBeGreaterThan(0);
    const origin = Date.parse("2024-01-01T00:00Z");
    const walls = views.map(({ watchedAt }) => wallClock(zone, watchedAt));
    const expected = counted(walls, (wall) => {
      const fortnights = Math.floor((Date.parse(`${wall}Z`) - origin) / (14 * DAY));
      return textOf(origin + fortnights * 14 * DAY);
    });
    expect(data.map((row) => [row["watch.watchedAt.fortnight"], row["watch.count"]])).toEqual(
      expected,
    );
    expect(expected.length).toBeGreaterThan(40);
    expect(annotation.timeDimensions["watch.watchedAt.fortnight"]?.granularity).toEqual({
      ...{ name: "fortnight", title: "Fortnight", interval: "2 weeks", origin: "2024-01-01" },
    });
    expect(query.timeDimensions).toEqual([
      { dimension: "watch.watchedAt", granularity: "fortnight" },
    ]);
  });

  test("carries balances and windows, from a group's coarse tiles", async () => {
    const { data, servedBy } = await load(member, {
      measures: ["inventory.quantity", "inventory.onHand"],
      timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "fiscalYear" }],
      filters: [{ member: "inventory.warehouse", operator: "equals", values: ["North"] }],
    });
    expect(servedBy).toBe("inventory.by_warehouse@1");
    const years = new Map<string, number>();
    for (const { occurredAt, warehouse, quantity } of moves) {
      if (warehouse !== "North") continue;
      const wall = wallClock(zone, occurredAt);
      const year = Number(wall.slice(0, 4)) - (wall.slice(5) < "04" ? 1 : 0);
      const name = `${year}-04-01T00:00:00.000`;
      years.set(name, (years.get(name) ?? 0) + quantity);
    }
    let onHand = 0;
    const expected = [...years]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, quantity]) => [name, quantity, (onHand += quantity)]);
    expect(
      data.map((row) => [
        row["inventory.occurredAt.fiscalYear"],
        row["inventory.quantity"],
        row["inventory.onHand"],
      ]),
    ).toEqual(expected);
    expect(expected.length).toBeGreaterThan(2);
    const rolling = await load(member, {
      measures: ["watch.viewsSoFar"],
      timeDimensions: [
        {
          dimension: "watch.watchedAt",
          granularity: "fortnight",
          dateRange: ["2025-03-03", "2025-03-30"],
        },
      ],
    });
    expect(rolling.servedBy).toBe("watch.totals@1");
    const before = (day: string) =>
      views.filter(({ watchedAt }) => wallClock(zone, watchedAt) < day).length;
    // Fortnights begin on 24 February, 10 and 24 March; the range ends before the last one does.
    expect(rolling.data.map((row) => row["watch.viewsSoFar"])).toEqual(
      ["2025-03-10", "2025-03-24", "2025-03-31"].map(before),
    );
  });

  test("of hours is one row where the night has 23 or 25 of them", async () => {
    for (const dateRange of [
      ["2025-03-07T14:00", "2025-03-10T13:59:59.999"],
      ["2025-10-31T14:00", "2025-11-03T13:59:59.999"],
    ]) {
      const { data, servedBy } = await load(member, {
        measures: ["inventory.count"],
        timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "shift", dateRange }],
      });
      expect(servedBy).toBe("inventory.totals@1");
      const walls = moves
        .map(({ occurredAt }) => wallClock(zone, occurredAt))
        .filter((wall) => wall >= dateRange[0]! && wall <= dateRange[1]!);
      const expected = counted(walls, (wall) => {
        const ms = Date.parse(`${wall}Z`) - 6 * 3_600_000;
        return textOf(Math.floor(ms / (DAY / 3)) * (DAY / 3) + 6 * 3_600_000);
      });
      expect(
        data.map((row) => [row["inventory.occurredAt.shift"], row["inventory.count"]]),
      ).toEqual(expected);
      expect(data.length).toBeGreaterThan(0);
    }
  });

  test("that the dimension does not have is refused, with the nearest one", async () => {
    const query = { measures: ["watch.count"], dimensions: ["watch.watchedAt.fortnigth"] };
    await expect(load(member, query)).rejects.toMatchObject({
      data: {
        code: "InvalidQuery",
        path: "dimensions.0",
        message: expect.stringContaining("did you mean fortnight?") as unknown,
      },
    });
  });
});
