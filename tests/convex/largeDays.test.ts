// @vitest-environment edge-runtime
/**
 * Days with more records than verification, and the worker, look at in one step: they are verified and
 * restored in pieces, while others write. Limits are small here, so that some hundreds are many.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { Doc } from "../../convex/_generated/dataModel.js";
import schema from "../../convex/schema.js";
import type { CatalogueOptions, LimitOverrides } from "../../src/client/index.js";
import { answer, type Question } from "../oracle/answer.js";
import { inventory, type StockRow } from "../oracle/cubes.js";
import {
  foldAll,
  foldOnce,
  load,
  NOW,
  shippedCubes,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
  inside,
  inner,
} from "./harness.js";
import { passStep } from "./passStep.js";

const limits = {
  pieces: 60,
  tileBytes: 8000,
  chunks: 1,
  drifts: 8,
  extremes: 40,
  repairRecords: 150,
  repairCells: 100,
  restoredRecords: 80,
  restoredCells: 30,
};

const smallLimits = (): LimitOverrides => ({
  fold: {
    repairRecords: limits.repairRecords,
    repairCells: limits.repairCells,
    restoredRecords: limits.restoredRecords,
    restoredCells: limits.restoredCells,
  },
  verification: {
    pieceRecordsMin: limits.pieces,
    pieceRecordsMax: limits.pieces,
    tileBytes: limits.tileBytes,
    levelBytes: limits.tileBytes,
    chunksPerStep: limits.chunks,
    drifts: limits.drifts,
    extremeCells: limits.extremes,
  },
});

const cubes = {
  ...shippedCubes,
  inventory: {
    ...shippedCubes.inventory,
    rollups: {
      ...shippedCubes.inventory.rollups,
      // Extremes of many cells.
      costs_by_product: {
        dimensions: ["product", "warehouse"],
        measures: ["count", "minUnitCost", "maxUnitCost"],
        levels: { day: "week", month: "quarter" },
      },
      by_week: {
        dimensions: ["category"],
        measures: ["count", "quantity", "maxUnitCost"],
        levels: { week: "week" },
      },
    },
  },
} satisfies CatalogueOptions;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MIDNIGHT = NOW - 12 * HOUR;

const roomy = { ...limits };
beforeEach(() => void Object.assign(limits, roomy));

type Record = Doc<"inventoryRecords">;

/** Numbers that look random, and are the same in every run. */
function dice(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function anyRow(roll: (below: number) => number, occurredAt?: number): StockRow {
  return stockRow({
    product: `Product ${roll(40)}`,
    category: `Category ${roll(4)}`,
    warehouse: ["North", "South", "East"][roll(3)],
    kind: ["receipt", "shipment", "return"][roll(3)],
    quantity: roll(21) - 10,
    unitCost: 1 + roll(400) / 4,
    occurredAt: occurredAt ?? MIDNIGHT + roll(DAY),
  }) as unknown as StockRow;
}

/** A tenant with `count` records on one day, and some on the days around it. */
async function recorded(count: number, time?: (i: number) => number) {
  const t = startBackend(1, schema, { cubes: () => cubes, limits: smallLimits });
  const ann = await tenantOf(t);
  await foldAll(t);
  const roll = dice(count);
  const rows = Array.from({ length: count }, (_, i) => anyRow(roll, time?.(i)));
  for (let day = -9; day <= 2; day += 1) {
    if (day !== 0) rows.push(anyRow(roll, MIDNIGHT + day * DAY + roll(DAY)));
  }
  for (let i = 0; i < rows.length; i += 200) {
    const some = rows.slice(i, i + 200);
    await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows: some });
  }
  await foldAll(t, "acme", 400);
  return { t, ann, roll };
}

const records = (t: Backend): Promise<Record[]> =>
  t.run(async (ctx) => await ctx.db.query("inventoryRecords").collect());
const drifts = (t: Backend) => inside(t, async (ctx) => await ctx.db.query("drifts").collect());
const verification = (t: Backend) =>
  inside(t, async (ctx) => await ctx.db.query("verifications").first());

/** Steps until one whole pass more is complete; returns by which ways it went. */
async function pass(t: Backend, between: () => Promise<unknown> = async () => undefined) {
  const before = (await verification(t))?.passes ?? 0;
  const ways = new Set<string>();
  for (let steps = 1; steps < 2000; steps++) {
    await passStep(t);
    const row = (await verification(t))!;
    if (row.passes > before) return [...ways].sort();
    const { cursor } = row;
    const pieces = await inside(
      t,
      async (ctx) => (await ctx.db.query("verificationPieces").first())?.pieces ?? null,
    );
    if (pieces !== null) ways.add("pieces");
    if (pieces !== null && pieces.readTo !== "end" && pieces.readTo.at) ways.add("one instant");
    if ((pieces?.place.hash ?? 0) > 0) ways.add("tiles by series");
    if (cursor.stage === "levels" && (cursor.hash ?? 0) > 0) ways.add("levels by series");
    if (cursor.stage !== "orders" && cursor.shard !== undefined) ways.add("extremes by cells");
    await between();
  }
  throw new Error("The pass does not end.");
}

/** Lets the worker come to its end; returns the widths of the ranges that large buckets were restored in. */
async function restoreAll(t: Backend, meanwhile: () => Promise<unknown> = async () => undefined) {
  const widths = new Set<number>();
  await foldAll(t, "acme", 2000, async () => {
    const progress = await inside(t, async (ctx) => await ctx.db.query("largeRepairs").first());
    if (progress !== null) widths.add((progress.range.to - progress.range.from) / 2 ** 53);
    await meanwhile();
  });
  expect(await inside(t, async (ctx) => await ctx.db.query("largeRepairs").collect())).toEqual([]);
  return [...widths].sort((a, b) => b - a);
}

type Member = Awaited<ReturnType<typeof tenantOf>>;
const healthOf = (ann: Member) => ann.query(api.aggregates.health, { tenantId: "acme" });

const members = ["count", "quantity", "value", "minUnitCost", "maxUnitCost"];
const day = { dimension: "inventory.occurredAt", granularity: "day" };
/** What every rollup can be asked, by day and in all. */
const asked: [string, Question][] = (
  [
    ["totals", [], ["count", "quantity", "value"]],
    ["by_warehouse", ["warehouse", "category"], ["count", "quantity", "value"]],
    ["by_kind", ["kind", "warehouse", "category"], ["count", "quantity", "value"]],
    ["by_product", ["product", "warehouse", "category"], ["count", "quantity", "value"]],
    ["costs", ["category"], members],
    ["costs_by_product", ["product", "warehouse"], ["count", "minUnitCost", "maxUnitCost"]],
    ["by_hour_of_week", ["weekday", "hourOfDay"], ["count", "quantity", "value"]],
  ] as const
).flatMap(([rollup, dimensions, measures]): [string, Question][] => {
  const question = {
    measures: measures.map((name) => `inventory.${name}`),
    dimensions: dimensions.map((name) => `inventory.${name}`),
  };
  const month = { dimension: "inventory.occurredAt", granularity: "month" };
  return [
    [rollup, { ...question, timeDimensions: [day] }],
    [rollup, { ...question, timeDimensions: [month] }],
  ];
});

const sorted = (rows: readonly object[]) =>
  rows
    .map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))))
    .sort();

async function expectExact({ t, ann }: { t: Backend; ann: Member }): Promise<void> {
  const rows = (await records(t)) as unknown as StockRow[];
  for (const [rollup, question] of asked) {
    const { data, servedBy } = await load(ann, { ...question, limit: 50_000 });
    expect(servedBy).toMatch(new RegExp(`^inventory\\.${rollup}@\\d+$`));
    expect([rollup, sorted(data)]).toEqual([rollup, sorted(answer(inventory, rows, question))]);
  }
}

/** Inserts, edits and deletes that nobody logs. */
async function tamper(t: Backend, roll: (below: number) => number, each: number): Promise<void> {
  await t.run(async (ctx) => {
    const docs = await ctx.db.query("inventoryRecords").collect();
    const picked = new Set<number>();
    while (picked.size < 2 * each) picked.add(roll(docs.length));
    for (const [i, at] of [...picked].entries()) {
      const { _id } = docs[at]!;
      if (i % 2 === 0) await ctx.db.delete("inventoryRecords", _id);
      else {
        const { product, unitCost, quantity } = anyRow(roll);
        await ctx.db.patch("inventoryRecords", _id, { product, unitCost, quantity });
      }
    }
    for (let i = 0; i < each; i++) {
      await ctx.db.insert("inventoryRecords", { ...anyRow(roll), tenantId: "acme" } as never);
    }
  });
}

/** One mutation of somebody: a few records come, change and go, on the large day and beside it. */
async function write({ t, ann }: { t: Backend; ann: Member }, roll: (below: number) => number) {
  const rows = [anyRow(roll), anyRow(roll, MIDNIGHT + (roll(3) - 1) * DAY + roll(DAY))];
  await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
  const docs = await records(t);
  const pick = () => docs[roll(docs.length)]!._id;
  const [edited, removed] = [pick(), pick()];
  const { product, quantity, occurredAt } = anyRow(roll);
  await ann.mutation(api.inventory.update, {
    tenantId: "acme",
    id: edited,
    patch: { product, quantity, occurredAt },
  });
  if (removed !== edited) {
    await ann.mutation(api.inventory.remove, { tenantId: "acme", id: removed });
  }
}

describe("a day of many records", () => {
  test("that is as it must be has no drift, and its rollups are verified whole", async () => {
    const { t, ann } = await recorded(250);
    const before = await healthOf(ann);
    expect(before.rollups.every(({ verifiedAt }) => verifiedAt === null)).toBe(true);
    expect(await pass(t)).toEqual([
      "extremes by cells",
      "levels by series",
      "pieces",
      "tiles by series",
    ]);
    const health = await healthOf(ann);
    expect(health).toMatchObject({ drifts: 0, repairs: 0 });
    expect(health.verification).toMatchObject({ passes: 1, consistency: 1, unchecked: 0 });
    expect(health.rollups.length).toBeGreaterThan(15);
    for (const { verifiedAt, differed } of health.rollups) {
      expect(differed).toBe(0);
      // No two functions see the same time.
      expect(Math.abs(verifiedAt! - Date.now())).toBeLessThan(100);
    }
    expect(health.verification?.sources.map(({ cube }) => cube).sort()).toEqual([
      "inventory",
      "watch",
    ]);
  });

  test("is found equal while others write, edit, move and delete between the pieces", async () => {
    const world = await recorded(250);
    const { t, ann, roll } = world;
    let turn = 0;
    await pass(t, async () => {
      await write(world, roll);
      // The worker comes by now and then, in the middle of a window.
      if (++turn % 3 === 0) await foldOnce(t);
    });
    expect(await drifts(t)).toEqual([]);
    const { verification: found } = await healthOf(ann);
    // An extreme that was deleted meanwhile cannot be judged, and is not counted as equal.
    expect(found!.uncheckedBuckets > 0).toBe(found!.consistency! < 1);
    expect(found!.unreadableRecords).toBe(0);
    await foldAll(t, "acme", 400);
    await expectExact(world);
  });

  test("is restored after raw inserts, edits and deletes, while others write", async () => {
    const world = await recorded(220);
    const { t, ann, roll } = world;
    await tamper(t, roll, 15);
    await pass(t, () => write(world, roll));
    const found = await healthOf(ann);
    expect(found.drifts).toBeGreaterThan(0);
    expect(found.verification!.consistency).toBeLessThan(1);
    expect(found.rollups.some(({ differed }) => differed > 0)).toBe(true);
    let writes = 0;
    const widths = await restoreAll(t, async () => {
      if (++writes <= 25) await write(world, roll);
    });
    // Narrow rollups at once, wide ones some series at a time.
    expect(widths[0]).toBe(1);
    expect(widths.at(-1)).toBeLessThan(1 / 3);
    await expectExact(world);
    await pass(t);
    await restoreAll(t);
    const before = (await drifts(t)).length;
    await pass(t);
    expect((await drifts(t)).length).toBe(before);
    expect((await healthOf(ann)).verification).toMatchObject({ consistency: 1, unchecked: 0 });
  });

  test("shows one altered sum, and one altered extreme of a rollup with too many cells to keep", async () => {
    const { t } = await recorded(250);
    await inside(t, async (ctx) => {
      const tiles = (await ctx.db.query("rollupTiles").collect()).filter(
        ({ granularity }) => granularity === "day",
      );
      for (const [rollup, column] of [
        ["inventory.by_product", "sum_quantity"],
        ["inventory.costs_by_product", "max_unitCost"],
      ] as const) {
        const mine = tiles.filter((tile) => tile.rollup === rollup);
        const places = mine.flatMap((tile) => {
          const slot = Math.round((MIDNIGHT - tile.partitionStart) / DAY);
          return tile.columns.count!.flatMap((counts, series) =>
            counts[slot] == null ? [] : [{ tile, series, slot }],
          );
        });
        const { tile, series, slot } = places.at(-7)!;
        const columns = structuredClone(tile.columns);
        columns[column]![series]![slot] = Number(columns[column]![series]![slot]) + 1;
        await ctx.db.patch("rollupTiles", tile._id, { columns });
      }
    });
    await pass(t);
    const found = await drifts(t);
    expect(
      found
        .filter(({ granularity }) => granularity === "day")
        .map(({ rollup, bucket }) => [rollup, bucket])
        .sort(),
    ).toEqual([
      ["inventory.by_product", MIDNIGHT],
      ["inventory.costs_by_product", MIDNIGHT],
    ]);
    expect((await restoreAll(t)).length).toBeGreaterThan(1);
    const known = found.length;
    await pass(t);
    expect(await drifts(t)).toHaveLength(known);
  });

  test("may have all its records at one instant", async () => {
    const world = await recorded(200, () => MIDNIGHT);
    const { t, roll } = world;
    expect(await pass(t)).toContain("one instant");
    expect(await drifts(t)).toEqual([]);
    await tamper(t, roll, 10);
    await pass(t);
    expect((await drifts(t)).length).toBeGreaterThan(0);
    expect((await restoreAll(t)).length).toBeGreaterThan(1);
    await expectExact(world);
  });

  test("whose many records share a millisecond in fractions is left unchecked, and health says so", async () => {
    const { t, ann } = await recorded(10);
    await t.run(async (ctx) => {
      for (let i = 0; i < 80; i++) {
        const row = stockRow({ occurredAt: MIDNIGHT + i / 100 });
        await ctx.db.insert("inventoryRecords", { ...row, tenantId: "acme" } as never);
      }
    });
    await ann.mutation(api.rollups.rebuild, { tenantId: "acme", cube: "inventory" });
    await foldAll(t, "acme", 400);
    await pass(t);
    const { verification: found, rollups } = await healthOf(ann);
    expect(found!.uncheckedBuckets).toBeGreaterThan(0);
    expect(found!.consistency).toBeLessThan(1);
    const mine = rollups.filter(({ cube, rollup }) => cube === "inventory" && rollup !== "by_week");
    expect(mine.map(({ verifiedAt }) => verifiedAt)).toEqual(mine.map(() => null));
    expect(rollups.filter(({ cube }) => cube === "watch").every((one) => one.verifiedAt)).toBe(
      true,
    );
  });
});

describe("a window that is under way", () => {
  const piecesOf = (t: Backend) =>
    inside(t, async (ctx) => (await ctx.db.query("verificationPieces").first())?.pieces ?? null);
  /** Steps until some pieces are read. */
  async function underWay(t: Backend) {
    for (let i = 0; i < 50; i++) {
      await t.mutation(inner.verification.pass.run, { tenantId: "acme" });
      const pieces = await piecesOf(t);
      if (pieces !== null && pieces.readTo !== "end" && pieces.readTo.t > MIDNIGHT + HOUR) {
        return pieces;
      }
    }
    throw new Error("No window was read in pieces.");
  }

  test("begins again where its generations were replaced meanwhile", async () => {
    const world = await recorded(250);
    const { t, ann } = world;
    await underWay(t);
    await ann.mutation(api.rollups.rebuild, { tenantId: "acme", cube: "inventory" });
    await foldAll(t, "acme", 400);
    await pass(t);
    expect(await drifts(t)).toEqual([]);
    const { rollups, verification: found } = await healthOf(ann);
    expect(found).toMatchObject({ consistency: 1, unchecked: 0 });
    // What began to serve within a pass was not compared whole by it.
    const mine = rollups.filter(({ cube }) => cube === "inventory");
    expect(
      mine.every(({ verifiedAt, generation }) => generation === 2 && verifiedAt === null),
    ).toBe(true);
    await pass(t);
    expect((await healthOf(ann)).rollups.every(({ verifiedAt }) => verifiedAt !== null)).toBe(true);
  });

  test("begins again where the log was trimmed behind it", async () => {
    const world = await recorded(250);
    const { t, ann, roll } = world;
    const { asOf } = await underWay(t);
    await write(world, roll);
    await foldAll(t, "acme", 400);
    // As if all of it were old: the worker deletes what is folded.
    await inside(t, async (ctx) => {
      const rows = await ctx.db.query("changeLog").collect();
      for (const { _id } of rows) await ctx.db.delete("changeLog", _id);
      const state = (await ctx.db.query("foldStates").first())!;
      await ctx.db.patch("foldStates", state._id, { trimmedTo: state.position.commitTs - 1n });
    });
    await t.mutation(inner.verification.pass.run, { tenantId: "acme" });
    const again = await piecesOf(t);
    expect(again!.asOf).toBeGreaterThan(asOf);
    expect(again!.readTo).not.toBe("end");
    await pass(t);
    expect(await drifts(t)).toEqual([]);
    expect((await healthOf(ann)).verification).toMatchObject({ consistency: 1, unchecked: 0 });
  });

  test("waits while the worker is far behind, and loses nothing", async () => {
    const world = await recorded(250);
    const { t, roll } = world;
    const pieces = await underWay(t);
    for (let i = 0; i < 30; i++) await write(world, roll);
    await t.mutation(inner.verification.pass.run, { tenantId: "acme" });
    const later = await piecesOf(t);
    expect(later!.asOf).toBeGreaterThan(pieces.asOf);
    await pass(t);
    expect(await drifts(t)).toEqual([]);
  });
});

test("many raw inserts in days of their own are named some at a time, and all restored", async () => {
  Object.assign(limits, { pieces: 100, drifts: 10, tileBytes: 400_000, repairRecords: 4000 });
  const world = await recorded(20);
  const { t, ann, roll } = world;
  await t.run(async (ctx) => {
    for (let i = 0; i < 60; i++) {
      const row = anyRow(roll, MIDNIGHT - i * 30 * HOUR);
      await ctx.db.insert("inventoryRecords", { ...row, tenantId: "acme" } as never);
    }
  });
  let most = 0;
  let known = 0;
  await pass(t, async () => {
    const now = (await drifts(t)).length;
    most = Math.max(most, now - known);
    known = now;
  });
  expect(most).toBe(10);
  await foldAll(t, "acme", 2000);
  await expectExact(world);
  await pass(t);
  expect((await healthOf(ann)).verification).toMatchObject({ consistency: 1, unchecked: 0 });
});

test("a lost extreme of a large bucket is found again by restoring the bucket in pieces", async () => {
  const world = await recorded(250);
  const { t, ann } = world;
  const question = {
    measures: ["inventory.maxUnitCost"],
    timeDimensions: [{ dimension: "inventory.occurredAt", granularity: "day" }],
    dimensions: ["inventory.category"],
  };
  const docs = (await records(t)).sort((a, b) => b.unitCost - a.unitCost);
  for (const { _id } of docs.slice(0, 6)) {
    await ann.mutation(api.inventory.remove, { tenantId: "acme", id: _id });
  }
  expect((await restoreAll(t)).length).toBeGreaterThan(0);
  const pending = await inside(t, async (ctx) =>
    (await ctx.db.query("rollupTiles").collect()).flatMap((tile) => tile.pending),
  );
  expect(pending).toEqual([]);
  const rows = (await records(t)) as unknown as StockRow[];
  const { data, servedBy } = await load(ann, question);
  expect(servedBy).toBe("inventory.costs@1");
  expect(sorted(data)).toEqual(sorted(answer(inventory, rows, question)));
});
