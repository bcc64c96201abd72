// @vitest-environment edge-runtime
/**
 * Expired tiles are archived in file storage before they are deleted, and come back cell for cell; an
 * archive that a later change made stale is never trusted, nor a file that is not what was written.
 */
import { beforeEach, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { Id } from "../../convex/components/rollups/_generated/dataModel.js";
import { foldLimits } from "../../convex/components/rollups/limits/fold.js";
import schema from "../../convex/schema.js";
import type { CatalogueOptions, LimitOverrides } from "../../src/client/index.js";
import { answer, type Question } from "../oracle/answer.js";
import { inventory, type StockRow } from "../oracle/cubes.js";
import { expireAll, pass, sourceFrom } from "./expiring.js";
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
import { refuse } from "./strictly.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MIDNIGHT = NOW - 12 * HOUR;

const declared = {
  retain: undefined as Record<string, string> | undefined,
  archive: true,
  expire: undefined as string | undefined,
  repairRecords: foldLimits.repairRecords,
  budgetShare: foldLimits.budgetShare,
};

function declaredCubes(): CatalogueOptions {
  const { watch, inventory: shipped } = shippedCubes;
  const { retain, archive, expire } = declared;
  const totals = { ...hourlyTotals, retain, archive };
  return { watch, inventory: { ...shipped, expire, rollups: { ...shipped.rollups, totals } } };
}

const declaredLimits = (): LimitOverrides => ({
  fold: { repairRecords: declared.repairRecords, budgetShare: declared.budgetShare },
});

beforeEach(() => {
  declared.retain = undefined;
  declared.archive = true;
  declared.expire = undefined;
  declared.repairRecords = foldLimits.repairRecords;
  declared.budgetShare = foldLimits.budgetShare;
});

type Member = Awaited<ReturnType<typeof tenantOf>>;

const row = (quantity: number, occurredAt: number, more: Record<string, unknown> = {}) =>
  stockRow({ quantity, occurredAt, ...more }) as unknown as StockRow;

async function record(ann: Member, ...rows: StockRow[]) {
  const result = await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows });
  expect(result.accepted).toBe(rows.length);
}

/** Forty days of records, three a day but none on the 20th day back, and some too large for a double. */
async function seeded() {
  const t = startBackend(1, schema, { cubes: declaredCubes, limits: declaredLimits });
  const ann = await tenantOf(t);
  await foldAll(t);
  const rows = Array.from({ length: 120 }, (_, i) => row(i + 1, NOW - i * 8 * HOUR)).filter(
    ({ occurredAt }) => occurredAt < NOW - 20.5 * DAY || occurredAt >= NOW - 19.5 * DAY,
  );
  const large = row(9_000_000, NOW - 25 * DAY, { unitCost: 100_000 });
  rows.push(large, large);
  await record(ann, ...rows);
  await foldAll(t);
  return { t, ann, rows };
}

/** Actions that were scheduled, by name; each is run once. */
async function runActions(t: Backend, done: Set<string>): Promise<number> {
  const jobs = await inside(t, (ctx) => ctx.db.system.query("_scheduled_functions").collect());
  let run = 0;
  for (const { _id, name, args } of jobs) {
    if (done.has(_id)) continue;
    if (name.includes("archives/archive")) {
      await t.action(inner.archives.archive.write, args[0] as Asked);
    } else if (name.includes("archives/restoreFile")) {
      await t.action(inner.archives.restoreFile.read, args[0] as Asked & Wanted);
    } else continue;
    done.add(_id);
    run++;
  }
  return run;
}
type Asked = { archive: Id<"archives">; requestedAt: number };
type Wanted = { restore: Id<"restores"> };

/** Folds and runs actions until there is nothing to do. */
async function settle(t: Backend, done: Set<string>) {
  for (let round = 0; round < 60; round++) {
    const folded = await foldAll(t);
    if ((await runActions(t, done)) + folded === 0) return;
  }
  throw new Error("It does not come to rest.");
}

const hours = (t: Backend, from = -Infinity, to = Infinity) =>
  inside(t, async (ctx) =>
    (await ctx.db.query("rollupTiles").collect())
      .filter(
        (tile) =>
          tile.rollup === "inventory.totals" &&
          tile.granularity === "hour" &&
          tile.partitionStart >= from &&
          tile.partitionStart < to,
      )
      .map(({ _id, _creationTime, ...tile }) => ({ ...tile, updatedAt: 0 }))
      .sort((a, b) => a.partitionStart - b.partitionStart),
  );

const archives = (t: Backend) => inside(t, (ctx) => ctx.db.query("archives").collect());
const files = (t: Backend) => inside(t, (ctx) => ctx.db.system.query("_storage").collect());

async function level(t: Backend) {
  const states = await inside(t, (ctx) => ctx.db.query("rollupStates").collect());
  const totals = states.find(
    ({ cube, rollup, status }) => cube === "inventory" && rollup === "totals" && status === "ready",
  );
  return totals!.coverage!.find(({ granularity }) => granularity === "hour")!;
}

const date = (t: number) => new Date(t).toISOString().slice(0, 10);

/** The hours of some days, from folded tiles alone, are those that the records make. */
async function expectHours(ann: Member, from: number, to: number, rows: StockRow[]) {
  const query = {
    measures: ["inventory.count", "inventory.quantity", "inventory.value"],
    timeDimensions: [
      {
        dimension: "inventory.occurredAt",
        granularity: "hour",
        dateRange: [date(from), date(to - 1)],
      },
    ],
    timezone: "UTC",
  };
  const { data, servedBy } = await load(ann, query, { freshness: "folded" });
  expect(servedBy).toMatch(/^inventory\.totals@/);
  expect(data).toEqual(answer(inventory, rows, query as Question));
}

/** Ten days of hours are kept; all before them is archived and swept. */
async function swept() {
  const seed = await seeded();
  const done = new Set<string>();
  const before = await hours(seed.t);
  declared.retain = { hour: "10 day" };
  await settle(seed.t, done);
  vi.setSystemTime(NOW + 7 * DAY + HOUR);
  await settle(seed.t, done);
  expect(await level(seed.t)).toMatchObject({
    servedFrom: MIDNIGHT - 3 * DAY,
    storedFrom: MIDNIGHT - 10 * DAY,
    sweptTo: MIDNIGHT - 10 * DAY,
    archived: { from: null, to: MIDNIGHT - 10 * DAY },
  });
  return { ...seed, done, before };
}

const restore = (ann: Member, from: number, days?: number) =>
  ann.mutation(api.rollups.restore, {
    ...{ tenantId: "acme", cube: "inventory", rollup: "totals", granularity: "hour" },
    from: date(from),
    ...(days === undefined ? {} : { days }),
  });

const restores = async (ann: Member) =>
  (await ann.query(api.aggregates.health, { tenantId: "acme" })).restores;

describe("before the sweep", () => {
  test("nothing is deleted without an archive, and a run that fails is asked for again", async () => {
    const { t, ann, rows } = await seeded();
    const before = await hours(t);
    declared.retain = { hour: "10 day" };
    await foldAll(t);
    vi.setSystemTime(NOW + 7 * DAY + HOUR);
    await foldAll(t);
    const asked = await archives(t);
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.every(({ file, requestedAt }) => file === null && requestedAt > 0)).toBe(true);
    expect(await hours(t)).toEqual(before);
    // Folding goes on meanwhile.
    const late = row(5, NOW - HOUR);
    await record(ann, late);
    await foldAll(t);
    await expectHours(ann, MIDNIGHT - 2 * DAY, MIDNIGHT + DAY, [...rows, late]);
    expect(await foldOnce(t)).toBe(false);
    vi.setSystemTime(Date.now() + foldLimits.archiveRetryMs);
    expect(await foldOnce(t)).toBe(true);
    const again = await archives(t);
    expect(again.map(({ _id }) => _id)).toEqual(asked.map(({ _id }) => _id));
    expect(again[0]!.requestedAt).toBeGreaterThan(asked[0]!.requestedAt);
    // The first run comes through after all: its request is not current any more.
    await t.action(inner.archives.archive.write, {
      archive: asked[0]!._id,
      requestedAt: asked[0]!.requestedAt,
    });
    expect(await files(t)).toHaveLength(0);
  });

  test("a change while the file is written makes it worthless", async () => {
    const { t, ann, rows } = await seeded();
    declared.retain = { hour: "10 day" };
    await foldAll(t);
    vi.setSystemTime(NOW + 7 * DAY + HOUR);
    await foldAll(t);
    const done = new Set<string>();
    const oldest = (await archives(t))[0]!;
    const late = row(77, oldest.partitionStart + HOUR);
    await record(ann, late);
    expect(await foldOnce(t)).toBe(true);
    expect((await archives(t))[0]).toMatchObject({ file: null, isStale: true });
    await runActions(t, done);
    expect((await archives(t))[0]).toMatchObject({ file: null, isStale: true, requestedAt: 0 });
    await settle(t, done);
    const all = await archives(t);
    expect(all.every(({ file, isStale }) => file !== null && !isStale)).toBe(true);
    expect(await files(t)).toHaveLength(all.length);
    await restore(ann, oldest.partitionStart);
    await settle(t, done);
    await expectHours(ann, oldest.partitionStart, oldest.partitionStart + DAY, [...rows, late]);
  });

  test("a rollup that does not archive sweeps without", async () => {
    const { t } = await seeded();
    declared.retain = { hour: "10 day" };
    declared.archive = false;
    await foldAll(t);
    vi.setSystemTime(NOW + 7 * DAY + HOUR);
    await foldAll(t);
    expect(await archives(t)).toEqual([]);
    expect((await level(t)).storedFrom).toBe(MIDNIGHT - 10 * DAY);
    expect(await hours(t, -Infinity, MIDNIGHT - 10 * DAY)).toEqual([]);
  });
});

describe("a restore", () => {
  test("brings the same cells back, holds them, and lets them go again without a new file", async () => {
    const { t, ann, rows, done, before } = await swept();
    const from = MIDNIGHT - 30 * DAY;
    expect(await hours(t, -Infinity, MIDNIGHT - 10 * DAY)).toEqual([]);
    const rowsBefore = await archives(t);
    expect(rowsBefore.reduce((sum, { file }) => sum + file!.cells, 0)).toBe(
      new Set(
        rows.flatMap(({ occurredAt }) =>
          occurredAt < MIDNIGHT - 10 * DAY ? [Math.floor(occurredAt / HOUR)] : [],
        ),
      ).size,
    );
    expect(await restore(ann, from, 3)).toEqual({ partitions: 27 });
    await settle(t, done);
    expect(await restores(ann)).toEqual([]);
    expect(await level(t)).toMatchObject({ servedFrom: from, storedFrom: from, sweptTo: from });
    expect(await hours(t)).toEqual(before.filter((tile) => tile.partitionStart >= from));
    await expectHours(ann, from, MIDNIGHT + DAY, rows);
    const fold = (await hours(t, MIDNIGHT - 25 * DAY, MIDNIGHT - 24 * DAY))[0]!;
    expect(typeof fold.columns.sum_value?.[0]?.[12]).toBe("bigint");

    vi.setSystemTime(NOW + 10 * DAY);
    await settle(t, done);
    expect((await level(t)).storedFrom).toBe(from);
    vi.setSystemTime(NOW + 10 * DAY + 3 * HOUR);
    await settle(t, done);
    expect(await level(t)).toMatchObject({ storedFrom: MIDNIGHT - 7 * DAY, hold: null });
    expect(await hours(t, -Infinity, MIDNIGHT - 7 * DAY)).toEqual([]);
    const rowsAfter = await archives(t);
    for (const known of rowsBefore) expect(rowsAfter).toContainEqual(known);
    // And a second time.
    await restore(ann, from);
    await settle(t, done);
    expect(await hours(t)).toEqual(before.filter((tile) => tile.partitionStart >= from));
  });

  test("moves the coverage only when a partition is whole again", async () => {
    const { t, ann, rows, done, before } = await swept();
    const start = MIDNIGHT - 11 * DAY;
    await restore(ann, start);
    while ((await restores(ann))[0]?.status !== "reading") expect(await foldOnce(t)).toBe(true);
    expect(await level(t)).toMatchObject({ storedFrom: start + DAY, sweptTo: start });
    await runActions(t, done);
    expect(await hours(t, start, start + DAY)).toHaveLength(1);
    expect((await restores(ann))[0]?.status).toBe("staged");
    expect(await level(t)).toMatchObject({ storedFrom: start + DAY, sweptTo: start });
    expect(await foldOnce(t)).toBe(true);
    expect(await level(t)).toMatchObject({ servedFrom: start, storedFrom: start, sweptTo: start });
    await settle(t, done);
    expect(await hours(t, start)).toEqual(before.filter((one) => one.partitionStart >= start));
    await expectHours(ann, start, MIDNIGHT, rows);
  });

  test("of what is still stored needs no file", async () => {
    const { t, ann, rows, done } = await swept();
    expect(await restore(ann, MIDNIGHT - 8 * DAY)).toEqual({ partitions: 5 });
    await settle(t, done);
    expect(await level(t)).toMatchObject({
      servedFrom: MIDNIGHT - 8 * DAY,
      storedFrom: MIDNIGHT - 10 * DAY,
    });
    await expectHours(ann, MIDNIGHT - 8 * DAY, MIDNIGHT, rows);
    expect(await restore(ann, MIDNIGHT)).toEqual({ partitions: 0 });
  });

  test("is refused where nothing of that name, size or length is kept", async () => {
    const { ann } = await swept();
    const ask = (more: object) =>
      ann.mutation(api.rollups.restore, {
        ...{ tenantId: "acme", cube: "inventory", rollup: "totals", granularity: "hour" as const },
        ...{ from: "2026-02-01", ...more },
      });
    await expect(ask({ rollup: "nothing" })).rejects.toThrow("UnknownRollup");
    await expect(ask({ granularity: "week" })).rejects.toThrow("UnknownLevel");
    await expect(ask({ from: "soon" })).rejects.toThrow("InvalidDateRange");
    await expect(ask({ from: "2020-01-01" })).rejects.toThrow("RangeTooLarge");
    await expect(ask({ days: 0 })).rejects.toThrow("InvalidDays");
  });
});

describe("a stale archive", () => {
  test("is marked by a late change, and its partition is built from the source instead", async () => {
    const { t, ann, rows, done } = await swept();
    const day = MIDNIGHT - 12 * DAY;
    // Of the second day nothing was ever stored.
    const late = [row(1000, day + HOUR), row(2000, MIDNIGHT - 20 * DAY + 5 * HOUR)];
    await record(ann, ...late);
    await foldAll(t);
    const stale = (await archives(t)).filter(({ isStale }) => isStale);
    expect(stale.map(({ partitionStart, file }) => [partitionStart, file === null])).toEqual(
      expect.arrayContaining([
        [day, false],
        [MIDNIGHT - 20 * DAY, true],
      ]),
    );
    expect(stale).toHaveLength(2);
    const from = MIDNIGHT - 22 * DAY;
    await restore(ann, from, 2);
    await settle(t, done);
    expect(await restores(ann)).toEqual([]);
    await expectHours(ann, from, MIDNIGHT, [...rows, ...late]);
    // What was built is archived anew before it goes again.
    vi.setSystemTime(Date.now() + 3 * DAY);
    await settle(t, done);
    expect(await hours(t, -Infinity, MIDNIGHT - 10 * DAY)).toEqual([]);
    const after = await archives(t);
    expect(after.every(({ isStale, file }) => !isStale && file !== null)).toBe(true);
    declared.repairRecords = 0;
    await restore(ann, from);
    await settle(t, done);
    await expectHours(ann, from, MIDNIGHT, [...rows, ...late]);
  });

  test("is refused by name where the source holds too many records", async () => {
    const { t, ann, rows, done, before } = await swept();
    const day = MIDNIGHT - 12 * DAY;
    const late = row(1000, day + HOUR);
    await record(ann, late);
    await foldAll(t);
    declared.repairRecords = 3;
    await restore(ann, MIDNIGHT - 30 * DAY);
    await settle(t, done);
    expect(await restores(ann)).toMatchObject([
      {
        ...{ rollup: "inventory.totals", granularity: "hour", from: date(MIDNIGHT - 30 * DAY) },
        ...{ status: "failed", error: { code: "ArchiveStale" } },
      },
    ]);
    // What is newer came back, in one piece; of the stale day nothing.
    expect(await level(t)).toMatchObject({ storedFrom: day + DAY, sweptTo: day + DAY });
    expect(await hours(t)).toEqual(before.filter((tile) => tile.partitionStart > day));
    await expectHours(ann, day + DAY, MIDNIGHT, rows);
    declared.repairRecords = 4;
    await restore(ann, MIDNIGHT - 30 * DAY);
    await settle(t, done);
    expect(await restores(ann)).toEqual([]);
    await expectHours(ann, MIDNIGHT - 30 * DAY, MIDNIGHT, [...rows, late]);
  });

  test("of records that cannot be counted is refused by name, and the worker goes on", async () => {
    const { t, ann, rows, done } = await swept();
    const day = MIDNIGHT - 12 * DAY;
    await record(ann, row(1000, day + HOUR));
    await foldAll(t);
    await t.run(async (ctx) => {
      const docs = await ctx.db.query("inventoryRecords").collect();
      const { _id } = docs.find(({ occurredAt }) => occurredAt === day + HOUR)!;
      // Past capture, and past all checks.
      await ctx.db.patch("inventoryRecords", _id, { quantity: 0.5 });
    });
    await restore(ann, MIDNIGHT - 30 * DAY);
    await settle(t, done);
    expect(await restores(ann)).toMatchObject([{ status: "failed" }]);
    expect((await level(t)).storedFrom).toBe(day + DAY);
    await expectHours(ann, day + DAY, MIDNIGHT, rows);
  });

  test("may become so while it is put back", async () => {
    const { t, ann, rows, done } = await swept();
    const day = MIDNIGHT - 11 * DAY;
    await restore(ann, day);
    while ((await restores(ann))[0]?.status !== "reading") await foldOnce(t);
    await runActions(t, done);
    const late = row(1000, day + HOUR);
    await record(ann, late);
    expect(await foldOnce(t)).toBe(true);
    expect((await level(t)).storedFrom).toBe(day + DAY);
    await settle(t, done);
    await expectHours(ann, day, MIDNIGHT, [...rows, late]);
  });

  test("may become so by a repair from the source", async () => {
    const { t, ann, rows, done } = await swept();
    const edited = rows.find(({ occurredAt }) => occurredAt < MIDNIGHT - 12 * DAY)!;
    const all = rows.map((one) => (one === edited ? { ...one, quantity: 31 } : one));
    await t.run(async (ctx) => {
      const docs = await ctx.db.query("inventoryRecords").collect();
      const { _id } = docs.find(({ occurredAt }) => occurredAt === edited.occurredAt)!;
      await ctx.db.patch("inventoryRecords", _id, { quantity: 31 });
    });
    const dateRange = [date(edited.occurredAt)];
    await ann.mutation(api.rollups.refresh, { tenantId: "acme", cube: "inventory", dateRange });
    await settle(t, done);
    // Of that day alone, though its month and year were restored after it.
    const stale = (await archives(t)).filter(({ isStale }) => isStale);
    const day = Math.floor(edited.occurredAt / DAY) * DAY;
    expect(stale.map(({ partitionStart }) => partitionStart)).toEqual([day]);
    await restore(ann, MIDNIGHT - 14 * DAY);
    await settle(t, done);
    await expectHours(ann, MIDNIGHT - 14 * DAY, MIDNIGHT, all);
  });

  test("is what is written while its tiles go without one", async () => {
    const { t, ann, rows } = await seeded();
    declared.retain = { hour: "10 day" };
    await foldAll(t);
    vi.setSystemTime(NOW + 7 * DAY + HOUR);
    await foldAll(t);
    const asked = await archives(t);
    expect(asked.every(({ file, requestedAt }) => file === null && requestedAt > 0)).toBe(true);
    declared.archive = false;
    await foldAll(t);
    expect(await hours(t, -Infinity, MIDNIGHT - 10 * DAY)).toEqual([]);
    // The actions read what is left of the tiles: nothing.
    const done = new Set<string>();
    await settle(t, done);
    expect((await archives(t)).every(({ file, isStale }) => file === null && isStale)).toBe(true);
    expect(await files(t)).toEqual([]);
    await restore(ann, MIDNIGHT - 39 * DAY);
    await settle(t, done);
    expect(await restores(ann)).toEqual([]);
    await expectHours(ann, MIDNIGHT - 39 * DAY, MIDNIGHT, rows);
  });

  test("is what partitions have that went without one between archived ones", async () => {
    declared.archive = false;
    const { t, ann, rows } = await seeded();
    declared.retain = { hour: "10 day" };
    await foldAll(t);
    vi.setSystemTime(NOW + 7 * DAY + HOUR);
    await foldAll(t);
    declared.archive = true;
    const done = new Set<string>();
    vi.setSystemTime(NOW + 9 * DAY + HOUR);
    await settle(t, done);
    const from = MIDNIGHT - 35 * DAY;
    await restore(ann, from, 2);
    await settle(t, done);
    expect((await level(t)).storedFrom).toBe(from);
    // The first of what came back are archived; then the declaration changes, and the rest just goes.
    vi.setSystemTime(Date.now() + 3 * DAY);
    while (await foldOnce(t));
    expect((await level(t)).archived?.from).toBe(from);
    declared.archive = false;
    await settle(t, done);
    expect(await hours(t, -Infinity, MIDNIGHT - 10 * DAY)).toEqual([]);
    await restore(ann, from, 2);
    await settle(t, done);
    expect(await restores(ann)).toEqual([]);
    await expectHours(ann, from, MIDNIGHT, rows);
  });

  test("is what partitions have that went without one", async () => {
    declared.archive = false;
    const { t, ann, rows } = await seeded();
    declared.retain = { hour: "10 day" };
    await foldAll(t);
    vi.setSystemTime(NOW + 7 * DAY + HOUR);
    await foldAll(t);
    declared.archive = true;
    const done = new Set<string>();
    vi.setSystemTime(NOW + 9 * DAY + HOUR);
    await settle(t, done);
    expect((await level(t)).archived).toEqual({
      from: MIDNIGHT - 10 * DAY,
      to: MIDNIGHT - 8 * DAY,
    });
    declared.repairRecords = 2;
    await restore(ann, MIDNIGHT - 15 * DAY);
    await settle(t, done);
    expect(await restores(ann)).toMatchObject([{ error: { code: "NotArchived" } }]);
    expect((await level(t)).storedFrom).toBe(MIDNIGHT - 10 * DAY);
    declared.repairRecords = 3;
    await restore(ann, MIDNIGHT - 15 * DAY);
    await settle(t, done);
    await expectHours(ann, MIDNIGHT - 15 * DAY, MIDNIGHT, rows);
  });
});

describe("a broken file", () => {
  const breakages: [string, (t: Backend, id: Id<"archives">) => Promise<void>][] = [
    [
      "that is gone",
      (t, id) =>
        inside(t, async (ctx) =>
          ctx.storage.delete((await ctx.db.get("archives", id))!.file!.storageId),
        ),
    ],
    [
      "with another checksum",
      (t, id) =>
        inside(t, async (ctx) => {
          const { file } = (await ctx.db.get("archives", id))!;
          await ctx.db.patch("archives", id, { file: { ...file!, sha256: "0".repeat(64) } });
        }),
    ],
    [
      "of another partition",
      (t, id) =>
        inside(t, async (ctx) => {
          const [other] = await ctx.db.query("archives").take(1);
          await ctx.db.patch("archives", id, { file: other!.file });
        }),
    ],
    [
      "with fewer tiles",
      (t, id) =>
        inside(t, async (ctx) => {
          const { file } = (await ctx.db.get("archives", id))!;
          await ctx.db.patch("archives", id, { file: { ...file!, tiles: 2 } });
        }),
    ],
  ];
  for (const [name, breakIt] of breakages) {
    test(`${name} is refused by name, and nothing of it comes back`, async () => {
      const { t, ann, rows, done } = await swept();
      const day = MIDNIGHT - 12 * DAY;
      const { _id } = (await archives(t)).find(({ partitionStart }) => partitionStart === day)!;
      await breakIt(t, _id);
      await restore(ann, MIDNIGHT - 30 * DAY);
      await settle(t, done);
      expect(await restores(ann)).toMatchObject([
        { status: "failed", error: { code: "ArchiveCorrupt" } },
      ]);
      expect(await level(t)).toMatchObject({ storedFrom: day + DAY, sweptTo: day + DAY });
      expect(await hours(t, -Infinity, day + DAY)).toEqual([]);
      await expectHours(ann, day + DAY, MIDNIGHT, rows);
    });
  }

  test("that nobody reads to its end is read again, and half of it is dropped", async () => {
    const { t, ann, rows, done } = await swept();
    const day = MIDNIGHT - 11 * DAY;
    await restore(ann, day);
    while ((await restores(ann))[0]?.status !== "reading") await foldOnce(t);
    // The action put some tiles back and died.
    await inside(t, async (ctx) => {
      const [tile] = await ctx.db.query("rollupTiles").take(1);
      const { _id, _creationTime, ...copy } = tile!;
      await ctx.db.insert("rollupTiles", {
        ...copy,
        ...{ rollup: "inventory.totals", granularity: "hour", partitionStart: day, chunk: 7 },
      });
    });
    const jobs = await inside(t, (ctx) => ctx.db.system.query("_scheduled_functions").collect());
    for (const { _id, name } of jobs) if (name.includes("restoreFile")) done.add(_id);
    expect(await foldOnce(t)).toBe(false);
    vi.setSystemTime(Date.now() + foldLimits.archiveRetryMs);
    await settle(t, done);
    const tiles = await hours(t, day, day + DAY);
    expect(tiles.map(({ chunk }) => chunk)).toEqual([0]);
    await expectHours(ann, day, MIDNIGHT, rows);
  });
});

/** Deleting a file that is gone throws, as on Convex; convex-test lets it pass. */
function deleteStrictly() {
  refuse("1.0/storageDelete", async (json, ask) => {
    if ((await ask("1.0/storageGetUrl", json)) === "null") throw new Error("StorageIdNotFound");
  });
}

test("a file that somebody deleted keeps neither the worker nor a retired generation from going on", async () => {
  const { t, ann, rows, done } = await swept();
  deleteStrictly();
  for (const { file } of await archives(t)) {
    await inside(t, (ctx) => ctx.storage.delete(file!.storageId));
  }
  await expect(
    inside(t, async (ctx) =>
      ctx.storage.delete((await ctx.db.query("archives").first())!.file!.storageId),
    ),
  ).rejects.toThrow("StorageIdNotFound");
  const day = MIDNIGHT - 12 * DAY;
  await restore(ann, day, 1);
  const late = row(9, day + HOUR);
  await record(ann, late);
  await settle(t, done);
  await ann.mutation(api.rollups.rebuild, {
    tenantId: "acme",
    cube: "inventory",
    rollup: "totals",
  });
  await settle(t, done);
  expect(await archives(t)).toEqual([]);
  await restore(ann, day);
  await settle(t, done);
  await expectHours(ann, day, MIDNIGHT, [...rows, late]);
});

test("tiles of any size are archived and swept, some bytes at a time", async () => {
  const { t } = await seeded();
  const done = new Set<string>();
  declared.retain = { hour: "10 day" };
  await settle(t, done);
  // As large as the sketches of one long series may be.
  const day = MIDNIGHT - 30 * DAY;
  const large = "x".repeat(400_000);
  const [tile] = await hours(t, day, day + DAY);
  for (let chunk = 1; chunk <= 60; chunk++) {
    await inside(t, async (ctx) => {
      await ctx.db.insert("rollupTiles", { ...tile!, chunk, columns: { count: [[large]] } });
    });
  }
  vi.setSystemTime(NOW + 7 * DAY + HOUR);
  await settle(t, done);
  const archive = (await archives(t)).find(({ partitionStart }) => partitionStart === day);
  expect(archive!.file!.tiles).toBe(61);
  expect(await hours(t, -Infinity, MIDNIGHT - 10 * DAY)).toEqual([]);
});

test("an iteration with nothing to fold sweeps, however little it has left to spend", async () => {
  const { t, ann } = await seeded();
  const done = new Set<string>();
  declared.retain = { hour: "10 day" };
  await settle(t, done);
  declared.budgetShare = 0;
  vi.setSystemTime(NOW + 7 * DAY + HOUR);
  await settle(t, done);
  expect(await hours(t, -Infinity, MIDNIGHT - 10 * DAY)).toEqual([]);
  declared.budgetShare = foldLimits.budgetShare;
  await ann.mutation(api.rollups.rebuild, {
    tenantId: "acme",
    cube: "inventory",
    rollup: "totals",
  });
  while ((await archives(t)).length > 0) {
    const retiring = await inside(t, async (ctx) =>
      (await ctx.db.query("rollupStates").collect()).some(({ status }) => status === "retiring"),
    );
    if (retiring) declared.budgetShare = 0;
    expect(await foldOnce(t)).toBe(true);
  }
});

test("an archive outlives the records, whose expiry is no change of it", async () => {
  const { t, ann, rows, done, before } = await swept();
  await pass(t);
  const late = row(1000, MIDNIGHT - 14 * DAY + HOUR);
  await record(ann, late);
  await foldAll(t);
  declared.expire = "10 day";
  await expireAll(t);
  await settle(t, done);
  expect(await sourceFrom(t)).toBe(MIDNIGHT - 3 * DAY);
  const stale = (await archives(t)).filter(({ isStale }) => isStale);
  expect(stale.map(({ partitionStart }) => partitionStart)).toEqual([MIDNIGHT - 14 * DAY]);
  await restore(ann, MIDNIGHT - 20 * DAY);
  await settle(t, done);
  // There were four records of the stale day only, but they are gone.
  expect(await restores(ann)).toMatchObject([{ error: { code: "ArchiveStale" } }]);
  const from = MIDNIGHT - 13 * DAY;
  expect((await level(t)).storedFrom).toBe(from);
  expect(await hours(t)).toEqual(before.filter((tile) => tile.partitionStart >= from));
  await expectHours(ann, from, MIDNIGHT + DAY, rows);
  await pass(t);
  expect(await ann.query(api.aggregates.health, { tenantId: "acme" })).toMatchObject({
    ...{ drifts: 0, repairs: 0, verification: { consistency: 1 } },
  });
});

test("a retired generation takes its archives along", async () => {
  const { t, ann, rows, done } = await swept();
  const before = await files(t);
  expect(before.length).toBeGreaterThan(20);
  await ann.mutation(api.rollups.rebuild, {
    tenantId: "acme",
    cube: "inventory",
    rollup: "totals",
  });
  await settle(t, done);
  expect(await archives(t)).toEqual([]);
  expect(await files(t)).toEqual([]);
  expect(await level(t)).toMatchObject({ storedFrom: MIDNIGHT - 10 * DAY, archived: null });
  // The new one has none: what is asked for comes from the source.
  await restore(ann, MIDNIGHT - 15 * DAY);
  await settle(t, done);
  await expectHours(ann, MIDNIGHT - 15 * DAY, MIDNIGHT, rows);
});
