// @vitest-environment edge-runtime
/**
 * Levels that are kept for a limited time: they stop answering by name, their tiles stay until the
 * grace is over, then they go, some at a time; coarser levels, repairs, verification and new
 * generations stay exact throughout.
 */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { Doc } from "../../convex/components/rollups/_generated/dataModel.js";
import { foldLimits } from "../../convex/components/rollups/limits/fold.js";
import schema from "../../convex/schema.js";
import type { CatalogueOptions } from "../../src/client/index.js";
import { answer, type Question } from "../oracle/answer.js";
import { inventory, type StockRow } from "../oracle/cubes.js";
import {
  foldAll,
  foldOnce,
  load,
  NOW,
  hourlyTotals,
  shippedCubes,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
  inside,
  inner,
} from "./harness.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SEPTEMBER = Date.UTC(2025, 8, 1);

type Retain = Record<string, Record<string, string> | undefined>;
/** Rollup of the inventory cube → what is declared at the moment. */
const declared = { retain: {} as Retain };

function declaredCubes(): CatalogueOptions {
  const { watch, inventory: shipped } = shippedCubes;
  const all = { ...shipped.rollups, totals: hourlyTotals };
  const rollups = Object.entries(all).map(([name, rollup]) => [
    name,
    { ...rollup, retain: declared.retain[name] },
  ]);
  return { watch, inventory: { ...shipped, rollups: Object.fromEntries(rollups) } };
}

beforeEach(() => {
  declared.retain = {};
});

type Member = Awaited<ReturnType<typeof tenantOf>>;

const row = (quantity: number, occurredAt: number, more: Record<string, unknown> = {}) =>
  stockRow({ quantity, occurredAt, ...more }) as unknown as StockRow;

/** `days` days of records back from NOW, three a day, folded. */
async function seeded(days: number, timezone = "UTC", share = 1) {
  const t = startBackend(share, schema, { cubes: declaredCubes });
  const ann = await tenantOf(t, "acme", { timezone });
  await foldAll(t);
  const rows = Array.from({ length: 3 * days }, (_, i) =>
    row(i + 1, NOW - i * 8 * HOUR, {
      category: `Category ${i % 2}`,
      product: `Product ${i % 5}`,
      unitCost: 1 + ((i * 7) % 23),
    }),
  );
  const batch = Math.ceil(600 * share);
  for (let i = 0; i < rows.length; i += batch) await record(ann, ...rows.slice(i, i + batch));
  await foldAll(t);
  return { t, ann, rows };
}

async function record(ann: Member, ...rows: StockRow[]) {
  const result = await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
  expect(result.accepted).toBe(rows.length);
}

const date = (t: number) => new Date(t).toISOString().slice(0, 10);
const ask = (from: number, to: number, granularity?: string, more: object = {}) => ({
  measures: ["inventory.count", "inventory.quantity"],
  timeDimensions: [
    {
      dimension: "inventory.occurredAt",
      ...(granularity === undefined ? {} : { granularity }),
      dateRange: [date(from), date(to)],
    },
  ],
  timezone: "UTC",
  ...more,
});

/** Asks for the folded answer, which is never scanned, and compares it with the oracle's. */
async function expectFolded(ann: Member, query: object, rows: StockRow[], servedBy: string) {
  const { data, servedBy: route } = await load(ann, query, { freshness: "folded" });
  expect({ route, data }).toEqual({
    route: servedBy,
    data: answer(inventory, rows, query as Question),
  });
}

/** The reasons why no rollup answers. */
async function refusals(ann: Member, query: object): Promise<Record<string, string>> {
  await expect(load(ann, query, { freshness: "folded" })).rejects.toThrow("NoRollup");
  const { considered } = await ann.query(api.aggregates.explain, { tenantId: "acme", query });
  return Object.fromEntries(
    (considered as { rollup: string; refusal: { code: string; message: string } }[]).map(
      ({ rollup, refusal }) => [rollup, `${refusal.code}: ${refusal.message}`],
    ),
  );
}

const tilesOf = (t: Backend, rollup: string, granularity: string, generation = 1) =>
  inside(t, async (ctx) =>
    (await ctx.db.query("rollupTiles").collect()).filter(
      (tile) =>
        tile.rollup === `inventory.${rollup}` &&
        tile.granularity === granularity &&
        tile.generation === generation,
    ),
  );

const firstOf = async (t: Backend, rollup: string, granularity: string) =>
  Math.min(...(await tilesOf(t, rollup, granularity)).map((tile) => tile.partitionStart));

const states = (t: Backend) => inside(t, (ctx) => ctx.db.query("rollupStates").collect());

async function levelOf(t: Backend, rollup: string, granularity: string) {
  const state = (await states(t)).find((one) => one.cube === "inventory" && one.rollup === rollup);
  return state?.coverage?.find((one) => one.granularity === granularity);
}

/** Runs verification until a whole pass more is complete; nothing may differ. */
async function expectConsistent(t: Backend, ann: Member) {
  const row = () => inside(t, (ctx) => ctx.db.query("verifications").first());
  const before = (await row())?.passes ?? 0;
  for (let run = 0; run < 400 && ((await row())?.passes ?? 0) === before; run++) {
    await t.mutation(inner.verification.pass.run, { tenantId: "acme" });
  }
  const { last } = (await row())!;
  expect(last).toMatchObject({ equal: last!.checked, unchecked: 0 });
  expect(last!.checked).toBeGreaterThan(500);
  expect(await ann.query(api.aggregates.health, { tenantId: "acme" })).toMatchObject({
    drifts: 0,
    repairs: 0,
  });
}

describe("a level past its retention", () => {
  test("stops answering at once, and comes back when the retention is longer", async () => {
    const { t, ann, rows } = await seeded(100);
    const hourly = ask(NOW - 40 * DAY, NOW - 38 * DAY, "hour");
    await expectFolded(ann, hourly, rows, "inventory.totals@1");
    declared.retain = { totals: { hour: "30 day" } };
    expect(await foldAll(t)).toBe(1);
    const found = await refusals(ann, hourly);
    expect(found.totals).toBe("NotCovered: keeps hour buckets from 2026-01-30 on");
    expect(found.by_category).toMatch(/^GranularityTooCoarse/);
    // What is few enough records is still answered live, from the source.
    expect((await load(ann, hourly)).servedBy).toBe("scan");
    const days = ask(NOW - 90 * DAY, NOW - 38 * DAY, "day");
    await expectFolded(ann, days, rows, "inventory.totals@1");
    await expectFolded(ann, ask(NOW - 30 * DAY, NOW, "hour"), rows, "inventory.totals@1");
    expect(await tilesOf(t, "totals", "hour")).toHaveLength(101);

    // Late data still reaches the hours, so that they are right when they come back.
    const late = row(1000, NOW - 39 * DAY);
    await record(ann, late);
    await foldAll(t);
    declared.retain = { totals: { hour: "60 day" } };
    expect(await foldAll(t)).toBe(1);
    await expectFolded(ann, hourly, [...rows, late], "inventory.totals@1");
    declared.retain = {};
    expect(await foldAll(t)).toBe(1);
    expect((await states(t)).flatMap(({ coverage = [] }) => coverage)).toEqual([]);
    expect(await tilesOf(t, "totals", "hour")).toHaveLength(101);
  });

  test("is swept after the grace, oldest first, some tiles at a time; then it does not come back", async () => {
    const { t, ann, rows } = await seeded(500);
    declared.retain = { totals: { hour: "30 day" } };
    await foldAll(t);
    vi.setSystemTime(NOW + 6 * DAY);
    await foldAll(t);
    expect(await tilesOf(t, "totals", "hour")).toHaveLength(501);
    vi.setSystemTime(NOW + 7 * DAY + HOUR);
    const hourly = ask(NOW - 20 * DAY, NOW, "hour");
    const monthly = ask(NOW - 480 * DAY, NOW, "month");
    let left = 501;
    for (const swept of [foldLimits.sweepTiles, foldLimits.sweepTiles]) {
      expect(await foldOnce(t)).toBe(true);
      const tiles = await tilesOf(t, "totals", "hour");
      expect(tiles).toHaveLength(left - swept);
      left = tiles.length;
      const level = await levelOf(t, "totals", "hour");
      // Nothing stored before counts, everything after is there.
      const kept = tiles.filter(({ partitionStart }) => partitionStart >= level!.storedFrom!);
      expect(kept).toHaveLength(left);
      expect(Math.min(...kept.map(({ partitionStart }) => partitionStart))).toBe(level!.storedFrom);
      await expectFolded(ann, hourly, rows, "inventory.totals@1");
      await expectFolded(ann, monthly, rows, "inventory.totals@1");
    }
    await foldAll(t);
    const from = NOW - 12 * HOUR - 30 * DAY;
    expect(await levelOf(t, "totals", "hour")).toMatchObject({
      servedFrom: from + 7 * DAY,
      storedFrom: from,
      sweptTo: from,
    });
    expect(await firstOf(t, "totals", "hour")).toBe(from);
    expect(await foldOnce(t)).toBe(false);

    declared.retain = { totals: { hour: "300 day" } };
    await foldAll(t);
    expect((await levelOf(t, "totals", "hour"))?.servedFrom).toBe(from);
    await expectFolded(ann, ask(from, from + DAY, "hour"), rows, "inventory.totals@1");
    expect((await refusals(ann, ask(from - DAY, from, "hour"))).totals).toMatch(/^NotCovered/);
    await expectFolded(ann, monthly, rows, "inventory.totals@1");
    const health = await ann.query(api.aggregates.health, { tenantId: "acme" });
    const totals = health.rollups.find(
      ({ cube, rollup }) => cube === "inventory" && rollup === "totals",
    );
    expect(totals?.coverage).toEqual([
      { granularity: "hour", from: "2026-01-30", storedFrom: "2026-01-30" },
    ]);
  });

  test("is swept within a tenth of the platform's limits", async () => {
    const { t, ann, rows } = await seeded(300, "UTC", 0.1);
    declared.retain = { totals: { hour: "20 day" }, by_product: { day: "20 day" } };
    await foldAll(t);
    vi.setSystemTime(NOW + 7 * DAY + HOUR);
    expect(await foldAll(t)).toBeGreaterThan(1);
    for (const [rollup, granularity] of [
      ["totals", "hour"] as const,
      ["by_product", "day"] as const,
    ]) {
      const { storedFrom, sweptTo } = (await levelOf(t, rollup, granularity))!;
      expect(sweptTo).toBe(storedFrom);
      expect(await firstOf(t, rollup, granularity)).toBe(storedFrom);
    }
    await expectFolded(ann, ask(NOW - 280 * DAY, NOW, "day"), rows, "inventory.totals@1");
  });

  test("moves with the days, one state write each, and the worker idles in between", async () => {
    const { t } = await seeded(60);
    declared.retain = { totals: { hour: "20 day" }, costs: { day: "1 month" } };
    await foldAll(t);
    vi.setSystemTime(NOW + 10 * DAY);
    await foldAll(t);
    for (let day = 11; day < 29; day++) {
      vi.setSystemTime(NOW + day * DAY);
      const before = await levelOf(t, "totals", "hour");
      expect(await foldAll(t)).toBe(1);
      const after = await levelOf(t, "totals", "hour");
      expect(after!.servedFrom! - before!.servedFrom!).toBe(DAY);
      expect(after!.servedFrom! - after!.storedFrom!).toBe(7 * DAY);
      vi.setSystemTime(NOW + day * DAY + 11 * HOUR);
      expect(await foldOnce(t)).toBe(false);
    }
    // Days are stored by the month: those of December went with January 31 and the grace.
    const months = (await tilesOf(t, "costs", "day")).map(({ period }) => period);
    expect([...new Set(months)].sort()).toEqual(["2026-02-01", "2026-03-01"]);
  });
});

/** Every cell of every tile, by a readable key. */
function cells(tiles: Doc<"rollupTiles">[]): string[] {
  return tiles
    .flatMap(({ rollup, granularity, partitionStart, dimensions, columns, pending }) =>
      (columns.count ?? []).map((_, series) =>
        JSON.stringify([
          ...[rollup, granularity, partitionStart, pending.length],
          Object.values(dimensions).map((values) => values[series]),
          Object.entries(columns).map(([column, slots]) => [column, slots[series]]),
        ]),
      ),
    )
    .sort();
}

/** Three rollups with retention, swept: hours by the day, days by the month, days by the week. */
async function swept() {
  const seed = await seeded(200);
  declared.retain = {
    totals: { hour: "30 day", day: "120 day" },
    costs: { day: "45 day" },
    by_product: { day: "50 day" },
  };
  await foldAll(seed.t);
  vi.setSystemTime(NOW + 7 * DAY + HOUR);
  await foldAll(seed.t);
  for (const [rollup, granularity] of [
    ...[["totals", "hour"] as const, ["totals", "day"] as const],
    ...[["costs", "day"] as const, ["by_product", "day"] as const],
  ]) {
    const level = await levelOf(seed.t, rollup, granularity);
    expect(level!.storedFrom, `${rollup} ${granularity}`).toBe(level!.sweptTo);
    expect(level!.storedFrom! < level!.servedFrom! + 1, rollup).toBe(true);
  }
  return seed;
}

test("where somebody always writes, tiles go all the same", async () => {
  const { t, ann, rows } = await seeded(30);
  declared.retain = { totals: { hour: "5 day" } };
  await foldAll(t);
  vi.setSystemTime(NOW + 8 * DAY);
  const hours = () =>
    inside(t, async (ctx) =>
      (await ctx.db.query("rollupTiles").collect()).filter(
        ({ rollup, granularity }) => rollup === "inventory.totals" && granularity === "hour",
      ),
    );
  const before = (await hours()).length;
  for (let i = 0; i < 3; i++) {
    const more = row(1000 + i, NOW - i * 6 * DAY);
    rows.push(more);
    await record(ann, more);
    expect(await foldOnce(t)).toBe(true);
    await expectFolded(ann, ask(NOW - 29 * DAY, NOW, "day"), rows, "inventory.totals@1");
  }
  const from = NOW - 12 * HOUR - 5 * DAY;
  expect((await hours()).length).toBeLessThan(before);
  expect((await hours()).every(({ partitionStart }) => partitionStart >= from)).toBe(true);
});

describe("after the sweep", () => {
  test("late changes reach the levels that are kept, and leave nothing in those that are not", async () => {
    const { t, ann, rows } = await swept();
    const level = (await levelOf(t, "totals", "hour"))!;
    const late = [
      row(5000, NOW - 90 * DAY, { unitCost: 0.5 }),
      row(7000, level.storedFrom!, { unitCost: 99 }),
      row(9000, level.storedFrom! - 1, { unitCost: 98 }),
    ];
    await record(ann, ...late);
    const removed = rows[250]!;
    const page = await ann.query(api.sources.page, {
      ...{ tenantId: "acme", cube: "inventory", cursor: null },
    });
    const { id } = page.facts.find(({ fact }) => fact.quantity === removed.quantity)!;
    await ann.mutation(api.inventory.remove, { tenantId: "acme", id });
    const all = [...rows.filter((one) => one !== removed), ...late];
    const monthly = ask(SEPTEMBER, NOW, "month");
    const live = await load(ann, monthly);
    expect(live.servedBy).toBe("inventory.totals@1");
    expect(live.data).toEqual(answer(inventory, all, monthly as Question));
    await foldAll(t);
    for (const [query, servedBy] of [
      [monthly, "inventory.totals@1"],
      // From within a month that has no days any more: another rollup has them.
      [ask(NOW - 190 * DAY, NOW, "month"), "inventory.by_category@1"],
      [ask(NOW - 100 * DAY, NOW, "day"), "inventory.totals@1"],
      [ask(level.servedFrom!, NOW, "hour"), "inventory.totals@1"],
      [
        ask(SEPTEMBER, NOW, "month", { dimensions: ["inventory.product"] }),
        "inventory.by_product@1",
      ],
      [
        {
          ...ask(SEPTEMBER, NOW, "month", { dimensions: ["inventory.category"] }),
          measures: ["inventory.minUnitCost", "inventory.maxUnitCost"],
        },
        "inventory.costs@1",
      ],
    ] as const) {
      await expectFolded(ann, query, all, servedBy);
    }
    expect(await firstOf(t, "totals", "hour")).toBe(level.storedFrom);
    await expectConsistent(t, ann);
  });

  test("a new generation builds no more than is kept, and equals the old one within it", async () => {
    const { t, ann } = await swept();
    const all = () => inside(t, (ctx) => ctx.db.query("rollupTiles").collect());
    const before = cells((await all()).filter(({ rollup }) => rollup.startsWith("inventory")));
    await ann.mutation(api.rollups.rebuild, { tenantId: "acme", cube: "inventory" });
    await foldAll(t);
    const rebuilt = (await all()).filter(({ rollup }) => rollup.startsWith("inventory"));
    expect(new Set(rebuilt.map(({ generation }) => generation))).toEqual(new Set([2]));
    expect(cells(rebuilt)).toEqual(before);
    await expectConsistent(t, ann);
  });

  test("verification finds raw edits of all ages, and they are restored from what is left", async () => {
    const { t, ann, rows } = await swept();
    await expectConsistent(t, ann);
    const edited = [...rows];
    await t.run(async (ctx) => {
      for (const doc of await ctx.db.query("inventoryRecords").collect()) {
        const i = rows.findIndex(({ occurredAt }) => occurredAt === doc.occurredAt);
        if (![4, 99, 160, 420, 580].includes(i)) continue;
        const patch = { quantity: 100_000 + i, unitCost: 0.25 };
        edited[i] = { ...rows[i]!, ...patch };
        await ctx.db.patch("inventoryRecords", doc._id, patch);
      }
    });
    const row = () => inside(t, (ctx) => ctx.db.query("verifications").first());
    while (((await row())?.passes ?? 0) < 2) {
      await t.mutation(inner.verification.pass.run, { tenantId: "acme" });
    }
    const found = await inside(t, (ctx) => ctx.db.query("drifts").collect());
    const levels = new Set(
      found.map(({ rollup, granularity }) => `${rollup.replace("inventory.", "")} ${granularity}`),
    );
    expect(levels).toContain("totals hour");
    expect(levels).toContain("totals day");
    expect(levels).toContain("totals month");
    expect(levels).toContain("costs month");
    expect(levels).toContain("by_product month");
    await foldAll(t);
    await inside(t, async (ctx) => {
      for (const { _id } of await ctx.db.query("drifts").collect()) {
        await ctx.db.delete("drifts", _id);
      }
    });
    await expectFolded(ann, ask(SEPTEMBER, NOW, "month"), edited, "inventory.totals@1");
    const byCategory = {
      ...ask(SEPTEMBER, NOW, "month", { dimensions: ["inventory.category"] }),
      measures: ["inventory.minUnitCost", "inventory.maxUnitCost"],
    };
    await expectFolded(ann, byCategory, edited, "inventory.costs@1");
    await expectConsistent(t, ann);
  });

  test("a lost extreme is read from the source, by a reader and by the worker", async () => {
    const { t, ann, rows } = await swept();
    // The cheapest of its month and category, of a month whose days are gone.
    const month = rows.filter(
      ({ occurredAt, category }) =>
        date(occurredAt).startsWith("2025-11") && category === "Category 0",
    );
    const cheapest = month.reduce((a, b) => (b.unitCost < a.unitCost ? b : a));
    const page = await ann.query(api.sources.page, {
      ...{ tenantId: "acme", cube: "inventory", cursor: null },
    });
    const { id } = page.facts.find(({ fact }) => fact.quantity === cheapest.quantity)!;
    await ann.mutation(api.inventory.remove, { tenantId: "acme", id });
    const all = rows.filter((one) => one !== cheapest);
    const november = {
      ...ask(Date.UTC(2025, 10, 1), Date.UTC(2025, 10, 30), undefined, {
        dimensions: ["inventory.category"],
      }),
      measures: ["inventory.minUnitCost"],
    };
    const expected = answer(inventory, all, november as Question);
    expect(await load(ann, november)).toMatchObject({
      servedBy: "inventory.costs@1",
      data: expected,
    });
    const pending = async () =>
      (await tilesOf(t, "costs", "month")).some((tile) => tile.pending.length > 0);
    expect(await foldOnce(t)).toBe(true);
    expect(await pending()).toBe(true);
    await expect(load(ann, november, { freshness: "folded" })).rejects.toThrow("ExtremePending");
    expect(await load(ann, november)).toMatchObject({
      servedBy: "inventory.costs@1",
      data: expected,
    });
    await foldAll(t);
    expect(await pending()).toBe(false);
    await expectFolded(ann, november, all, "inventory.costs@1");
  });

  test("a refresh computes what is kept of every age", async () => {
    const { t, ann, rows } = await swept();
    await inside(t, async (ctx) => {
      for (const tile of await ctx.db.query("rollupTiles").collect()) {
        if (tile.rollup === "inventory.totals") await ctx.db.delete("rollupTiles", tile._id);
      }
    });
    const dateRange = ["2025-08-01", "2026-03-01"];
    const { buckets } = await ann.mutation(api.rollups.refresh, {
      ...{ tenantId: "acme", cube: "inventory", rollup: "totals", dateRange },
    });
    const hours = (await levelOf(t, "totals", "hour"))!.storedFrom!;
    const days = (await levelOf(t, "totals", "day"))!.storedFrom!;
    const months = [8, 9, 10, 11, 12, 1, 2, 3].filter((_, i) => Date.UTC(2025, 7 + i, 1) < days);
    expect(buckets).toBe(
      months.length + (hours - days) / DAY + (Date.UTC(2026, 2, 2) - hours) / HOUR,
    );
    await foldAll(t);
    await expectFolded(ann, ask(SEPTEMBER, NOW, "month"), rows, "inventory.totals@1");
    await expectFolded(ann, ask(days, NOW, "day"), rows, "inventory.totals@1");
    await expectConsistent(t, ann);
  });
});

test("a repair that waits for a partition which is swept meanwhile ends at the next level", async () => {
  const { t, ann, rows } = await seeded(100);
  declared.retain = { costs: { day: "45 day" } };
  await foldAll(t);
  vi.setSystemTime(NOW + 6 * DAY);
  await foldAll(t);
  const state = (await states(t)).find(({ rollup }) => rollup === "costs")!;
  const place = { tenantId: "acme", rollup: "inventory.costs", generation: 1 };
  const partitionStart = Date.UTC(2025, 11, 1);
  vi.setSystemTime(NOW + 7 * DAY + HOUR);
  await foldAll(t);
  await inside(t, async (ctx) => {
    await ctx.db.patch("rollupStates", state._id, { degraded: true });
    for (const tile of await ctx.db.query("rollupTiles").collect()) {
      if (tile.rollup !== "inventory.costs" || tile.granularity !== "month") continue;
      await ctx.db.patch("rollupTiles", tile._id, {
        columns: { ...tile.columns, sum_quantity: tile.columns.count! },
      });
    }
    for (let day = 0; day < 31; day++) {
      const bucket = partitionStart + day * DAY;
      await ctx.db.insert("repairs", {
        ...{ ...place, kind: "drift", granularity: "day", partitionStart, bucket },
      });
    }
  });
  await foldAll(t);
  expect(await inside(t, (ctx) => ctx.db.query("repairs").collect())).toEqual([]);
  expect((await inside(t, (ctx) => ctx.db.get("rollupStates", state._id)))?.degraded).toBe(false);
  expect(await tilesOf(t, "costs", "day")).not.toContainEqual(
    expect.objectContaining({ partitionStart }),
  );
  const december = ask(partitionStart, Date.UTC(2025, 11, 31), "month", {
    dimensions: ["inventory.category"],
  });
  const query = { ...december, measures: ["inventory.quantity", "inventory.minUnitCost"] };
  await expectFolded(ann, query, rows, "inventory.costs@1");
});
