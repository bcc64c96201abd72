// @vitest-environment edge-runtime
/**
 * Laws 1, 4 and 9 for what browsers hold: over `held:*` the one evaluator gives what `aggregates:load` gives at the
 * same commit, and at the same route: with a tail, folded in part, across cutovers, and of generations that are
 * folded further than others.
 */
import { fromWireChanges } from "../../lib/answer/wireChanges.js";
import { describe, expect, test, vi } from "vitest";
import { FOURTEEN_MONTHS, stockRows, watchRows, batches } from "../../bench/data/rows.js";
import { RollupsError } from "../../lib/errors.js";
import { canonicalJson, hashText } from "../../lib/hash/canonical.js";
import { readsAlike } from "../../lib/resolve/reading.js";
import { api } from "../../convex/_generated/api.js";
import { catalogue } from "../../convex/cubes.js";
import { passStep } from "./passStep.js";
import { Dice } from "../simulation/random.js";
import { HeldReader } from "./heldReader.js";
import {
  foldAll,
  foldOnce,
  inner,
  inside,
  load,
  startBackend,
  stockRow,
  tenantOf,
  type Backend,
  type Deployed,
} from "./harness.js";

const tenantId = "acme";
type Member = Awaited<ReturnType<typeof tenantOf>>;

async function worldOf({ rows = 600, timezone = "America/New_York", code = {} as Deployed } = {}) {
  const t = startBackend(1, undefined, code);
  const member = await tenantOf(t, tenantId, { timezone });
  await foldAll(t);
  await t.action(inner.held.secret.make, {});
  for (const some of batches([...watchRows(rows)], 500)) {
    await member.mutation(api.watch.recordBatch, { tenantId, rows: some });
  }
  for (const some of batches([...stockRows(rows)], 500)) {
    await member.mutation(api.inventory.recordBatch, { tenantId, rows: some });
  }
  await foldAll(t);
  for (const cube of ["watch", "inventory"]) {
    await t.mutation(inner.held.sizes.measure, { tenantId, cube });
  }
  const key = await member.query(api.held.key, { tenantId });
  return { t, member, reader: new HeldReader(t, key), key };
}

/** A question that a rollup may cover or not, over ranges that end on days, hours or anywhere. */
function anyQuestion(dice: Dice) {
  const cube = dice.pick(["watch", "inventory"] as const);
  const { measures, dimensions, time, rollups } = catalogue[cube];
  const { dimensions: kept, measures: told } = rollups[
    dice.pick(Object.keys(rollups)) as keyof typeof rollups
  ] as { dimensions: readonly string[]; measures: readonly string[] };
  const chosen = (some: readonly string[], most: number) =>
    [...new Set(Array.from({ length: 1 + dice.below(most) }, () => dice.pick(some)))].map(
      (name) => `${cube}.${name}`,
    );
  const day = () => Date.UTC(2025, 0, 1 + dice.below(430));
  const [from, to] = [day(), day()].sort((a, b) => a - b) as [number, number];
  const text = (t: number, end: string) => `${new Date(t).toISOString().slice(0, 10)}${end}`;
  const end = dice.weighted([
    [8, ["", ""]],
    [2, ["T07:00:00.000", "T16:59:59.999"]],
    [1, ["T07:30:00.000", "T16:14:59.999"]],
  ] as const);
  const dateRange = dice.chance(0.8) ? [text(from, end[0]), text(to, end[1])] : undefined;
  const granularity = dice.pick([undefined, "hour", "day", "week", "month", "year"] as const);
  const isLong = to - from > 40 * 86_400_000 || dateRange === undefined;
  const query = {
    measures: chosen(dice.chance(0.8) ? told : Object.keys(measures), 3),
    dimensions: kept.length > 0 && dice.chance(0.6) ? chosen(kept, 2) : [],
    timeDimensions: [
      {
        dimension: `${cube}.${time}`,
        ...(granularity && { granularity: granularity === "hour" && isLong ? "day" : granularity }),
        ...(dateRange && { dateRange }),
      },
    ].filter((one) => Object.keys(one).length > 1),
    filters:
      "category" in dimensions && dice.chance(0.3)
        ? [{ member: `${cube}.category`, operator: "notEquals", values: ["Film", "Category 1"] }]
        : [],
    limit: dice.pick([5, 2000]),
    total: dice.chance(0.5),
    ...(dice.chance(0.3) && { timezone: dice.pick(["UTC", "Asia/Tokyo", "Asia/Kathmandu"]) }),
  };
  return { cube, query };
}

/** What the two ways share. */
const told = ({
  data,
  total,
  annotation,
  servedBy,
  freshness,
  watermark,
}: object & {
  data: unknown;
  total?: number;
  annotation: unknown;
  servedBy: string;
  freshness: string;
  watermark: string;
}) => ({ data, total, annotation, servedBy, freshness, watermark });

interface Counts {
  equal: number;
  refused: Record<string, number>;
}

/** Compares one question; counts why the browser could not answer it. */
async function compare(
  member: Member,
  reader: HeldReader,
  { cube, query }: ReturnType<typeof anyQuestion>,
  counts: Counts,
  freshness: "live" | "folded" = "live",
): Promise<void> {
  let held;
  try {
    held = await reader.load(query, cube);
  } catch (error) {
    if (!(error instanceof RollupsError)) throw error;
    counts.refused[error.code] = (counts.refused[error.code] ?? 0) + 1;
    return;
  }
  expect(told(held), JSON.stringify(query)).toEqual(told(await load(member, query, { freshness })));
  counts.equal++;
}

async function write(t: Backend, member: Member, dice: Dice): Promise<void> {
  const spread = { ...FOURTEEN_MONTHS, seed: 1000 + dice.below(1000) };
  const kind = dice.below(4);
  const rows = 1 + dice.below(30);
  if (kind === 0) {
    const added = [...watchRows(rows, spread)];
    await member.mutation(api.watch.recordBatch, { tenantId, rows: added });
  } else if (kind === 1) {
    const added = [...stockRows(rows, spread)];
    await member.mutation(api.inventory.recordBatch, { tenantId, rows: added });
  } else {
    const ids = await t.run(async (ctx) => ({
      watch: (await ctx.db.query("watchRecords").take(400)).map(({ _id }) => _id),
      stock: (await ctx.db.query("inventoryRecords").take(400)).map(({ _id }) => _id),
    }));
    for (let i = 0; i < 3; i++) {
      const [id, stock] = [dice.pick(ids.watch), dice.pick(ids.stock)];
      if (kind === 2) {
        const patch = { durationSeconds: dice.below(9000) / 8, category: "Film" };
        await member.mutation(api.watch.update, { tenantId, id, patch });
        await member.mutation(api.inventory.update, {
          ...{ tenantId, id: stock, patch: { quantity: dice.below(50) } },
        });
      } else if (i === 0) {
        await member.mutation(api.watch.remove, { tenantId, id });
        await member.mutation(api.inventory.remove, { tenantId, id: stock });
      }
    }
  }
}

describe("the catalog", () => {
  test("trap 9: carries the cube as the app's code has it, with its fingerprint, for tabs of another version", async () => {
    const { reader } = await worldOf({ rows: 10 });
    for (const cube of ["watch", "inventory"] as const) {
      const { definition, fingerprint, timezone } = await reader.catalog(cube);
      expect(fingerprint).toBe(hashText(canonicalJson(catalogue[cube])));
      expect(canonicalJson(definition)).toBe(canonicalJson(catalogue[cube]));
      expect(timezone).toBe("America/New_York");
    }
    const other = { ...catalogue.watch, title: "Another" };
    expect(hashText(canonicalJson(other))).not.toBe((await reader.catalog("watch")).fingerprint);
  });

  test("has sizes that are powers of two, of every level that serves", async () => {
    const { t, reader } = await worldOf({ rows: 200 });
    const { sizes, candidates } = await reader.catalog("watch");
    const levels = candidates.flatMap(({ rollup }) => rollup.levels);
    expect(Object.keys(sizes)).toHaveLength(levels.length);
    for (const bytes of Object.values(sizes)) {
      expect(bytes === 0 || Number.isInteger(Math.log2(bytes))).toBe(true);
    }
    expect(sizes["watch.totals@1/day"]).toBeGreaterThan(256);
    // The worker asked for them when the generations cut over.
    expect(await measurements(t)).toBeGreaterThan(0);
  });

  test("has them taken again by a pass of a tenant that was written, once a day at most", async () => {
    const { t, member, reader } = await worldOf({ rows: 100 });
    const pass = async () => {
      const before = await measurements(t);
      await passOnce(t);
      return (await measurements(t)) - before;
    };
    expect(await pass()).toBe(0);
    vi.setSystemTime(Date.now() + 86_400_000);
    await member.mutation(api.inventory.record, { tenantId, row: stockRow() });
    await foldAll(t);
    expect(await pass()).toBe(2);
    for (const cube of ["watch", "inventory"]) {
      await t.mutation(inner.held.sizes.measure, { tenantId, cube });
    }
    expect((await reader.catalog("inventory")).sizes["inventory.totals@1/day"]).toBeGreaterThan(0);
    // Nobody writes: sizes stay, whatever passes there are.
    vi.setSystemTime(Date.now() + 8 * 86_400_000);
    expect(await pass()).toBe(0);
  });
});

/** One whole pass of verification. */
async function passOnce(t: Backend): Promise<void> {
  const passes = async () =>
    await inside(t, async (ctx) => (await ctx.db.query("verifications").first())?.passes ?? 0);
  const before = await passes();
  for (let steps = 0; (await passes()) === before; steps++) {
    expect(steps).toBeLessThan(500);
    await passStep(t);
  }
}

/** Jobs that take sizes, since the beginning. */
async function measurements(t: Backend): Promise<number> {
  return await inside(t, async (ctx) => {
    const jobs = await ctx.db.system.query("_scheduled_functions").collect();
    return jobs.filter(({ name }) => name.includes("held/sizes")).length;
  });
}

describe("tiles", () => {
  const ask = (from: number | null, to: number | null, over = {}) => ({
    ...{ tenantId, rollup: "watch.totals", generation: 1, granularity: "day" as const },
    ...{ from, to, ...over },
  });

  test("trap 11: are of whole partitions only, so that all viewers ask alike", async () => {
    const { t, key } = await worldOf({ rows: 50, timezone: "UTC" });
    const tiles = (asked: ReturnType<typeof ask>) => t.query(api.held.tiles, { key, ...asked });
    const february = Date.UTC(2026, 1, 1);
    expect(await tiles(ask(february, Date.UTC(2026, 2, 1)))).toMatch(/^\[\[/);
    for (const end of [february + 1, february + 86_400_000, february - 0.5]) {
      for (const [from, to] of [
        [end, null],
        [null, end],
      ] as const) {
        await expect(tiles(ask(from, to))).rejects.toMatchObject({
          data: { code: "RangeNotAligned", partition: "month", timezone: "UTC" },
        });
      }
    }
    for (const end of [NaN, Infinity, -Infinity, 1e300]) {
      await expect(tiles(ask(end, null))).rejects.toMatchObject({
        data: { code: "TimeOutOfRange" },
      });
    }
  });

  test("are null where they are too much, and of what does not serve", async () => {
    const limits = () => ({ held: { tilesBytes: 2000 } });
    const { t, key } = await worldOf({ rows: 300, timezone: "UTC", code: { limits } });
    const tiles = (asked: ReturnType<typeof ask>) => t.query(api.held.tiles, { key, ...asked });
    const february = Date.UTC(2026, 1, 1);
    expect((await tiles(ask(february, Date.UTC(2026, 2, 1))))!.length).toBeLessThanOrEqual(2002);
    expect(await tiles(ask(null, null))).toBeNull();
    for (const over of [
      ...[{ generation: 2 }, { generation: 0.5 }, { rollup: "watch.nothing" }, { rollup: "" }],
      ...[{ rollup: "inventory.totals", granularity: "week" }, { granularity: "week" }],
    ]) {
      expect(await tiles(ask(february, null, over))).toBeNull();
    }
  });

  test("trap 15: of a generation that is replaced are null at the commit of the cutover", async () => {
    const { t, member, key, reader } = await worldOf({ rows: 100, timezone: "UTC" });
    const tiles = () => t.query(api.held.tiles, { key, ...ask(Date.UTC(2026, 1, 1), null) });
    await member.mutation(api.rollups.rebuild, { tenantId, cube: "watch", rollup: "totals" });
    let isReplaced = false;
    for (let i = 0; i < 60 && !isReplaced; i++) {
      await foldOnce(t);
      const { candidates } = await reader.catalog("watch");
      const serving = candidates.find(
        ({ rollup, status }) => rollup.name === "totals" && status === "ready",
      );
      isReplaced = serving?.generation === 2;
      expect((await tiles()) === null).toBe(isReplaced);
    }
    expect(isReplaced).toBe(true);
  });
});

describe("the tail", () => {
  test("trap 6: is bounded in changes and bytes, and says so", async () => {
    const { member, reader } = await worldOf({ rows: 10 });
    const rows = Array.from({ length: 499 }, () => stockRow());
    await member.mutation(api.inventory.recordBatch, { tenantId, rows });
    const full = await reader.tail("inventory");
    expect([full.isLive, fromWireChanges(full.changes).length]).toEqual([true, 499]);
    await member.mutation(api.inventory.recordBatch, { tenantId, rows });
    await member.mutation(api.inventory.recordBatch, { tenantId, rows });
    const cut = await reader.tail("inventory");
    expect([cut.isLive, fromWireChanges(cut.changes)]).toEqual([false, []]);
    expect(cut.unfoldedSince).toBe(full.unfoldedSince);
  });

  test("holds the cube's own changes only, with how they were read", async () => {
    const { member, reader } = await worldOf({ rows: 10 });
    await member.mutation(api.inventory.record, { tenantId, row: stockRow({ quantity: 7 }) });
    const [watch, inventory] = [await reader.tail("watch"), await reader.tail("inventory")];
    expect([fromWireChanges(watch.changes), watch.unfoldedSince, watch.readings]).toEqual([
      ...[[], null, []],
    ]);
    const [change] = fromWireChanges(inventory.changes);
    expect(change).toMatchObject({ before: null, after: { quantity: 7 }, reading: 0 });
    const { candidates } = await reader.catalog("inventory");
    expect(readsAlike(candidates[0]!.rollup.fields, inventory.readings[0]!)).toBe(true);
    // Each is as of the newest commit of its own cube.
    const watermarks = [watch, inventory].map(({ generations }) =>
      BigInt(generations[0]!.watermark),
    );
    expect(watermarks[0]).toBeLessThan(watermarks[1]!);
  });
});

describe("an answer from what is held", () => {
  test("is what load answers at the same commit, while records change, fold and cut over", async () => {
    const { t, member, reader } = await worldOf();
    const counts: Counts = { equal: 0, refused: {} };
    const generations = new Set<string>();
    for (let round = 0; round < 16; round++) {
      const dice = new Dice(7000 + round);
      await write(t, member, dice);
      // Some rounds fold nothing, some a part of what is there, some all.
      if (dice.chance(0.4)) await foldOnce(t);
      if (round % 8 === 5) {
        await member.mutation(api.rollups.rebuild, {
          tenantId,
          cube: dice.pick(["watch", "inventory"]),
        });
      }
      if (round % 8 === 7) await foldAll(t);
      for (let i = 0; i < 6; i++) await compare(member, reader, anyQuestion(dice), counts);
      for (const { rollup, generation, status } of (await reader.catalog("watch")).candidates) {
        if (status === "ready") generations.add(`${rollup.name}@${generation}`);
      }
    }
    expect(counts.equal).toBeGreaterThan(45);
    expect(Object.keys(counts.refused).sort()).toEqual(
      expect.arrayContaining(["EdgeNotHeld", "NoRollup"]),
    );
    expect([...generations].some((name) => /@[23]$/.test(name))).toBe(true);
  });

  test("is the folded one where more is unfolded than is sent, completed to a commit each", async () => {
    const limits = () => ({ held: { tailChanges: 40 }, fold: { changes: 50 } });
    const { t, member, reader } = await worldOf({ rows: 100, code: { limits } });
    const counts: Counts = { equal: 0, refused: {} };
    let folded = 0;
    for (let round = 0; round < 6; round++) {
      const dice = new Dice(9000 + round);
      // Commits that are within the bounds, but for one: a generation that is within it cannot be completed.
      for (const [i, rows] of [30, 35, round === 4 ? 90 : 25].entries()) {
        const spread = { ...FOURTEEN_MONTHS, seed: 50 + 3 * round + i };
        const added = [...watchRows(rows, spread)];
        await member.mutation(api.watch.recordBatch, { tenantId, rows: added });
      }
      if (round % 3 !== 0) await foldOnce(t);
      for (let i = 0; i < 6; i++) {
        const question = anyQuestion(dice);
        // Cubes stand at positions of their own.
        const { isLive } = await reader.tail(question.cube);
        if (!isLive) folded++;
        await compare(member, reader, question, counts, isLive ? "live" : "folded");
      }
      if (round % 4 === 3) await foldAll(t);
    }
    expect(folded).toBeGreaterThan(10);
    expect(counts.equal).toBeGreaterThan(10);
  });

  test("is of one generation each, where some are folded further than others", async () => {
    let fold = {};
    const { t, member, reader } = await worldOf({ rows: 100, code: { limits: () => ({ fold }) } });
    fold = { workUs: 20_000, pieceUs: 10_000 };
    const counts: Counts = { equal: 0, refused: {} };
    let apart = 0;
    for (let round = 0; round < 6; round++) {
      const dice = new Dice(11_000 + round);
      const spread = { ...FOURTEEN_MONTHS, seed: 80 + round };
      await member.mutation(api.watch.recordBatch, { tenantId, rows: [...watchRows(60, spread)] });
      await foldOnce(t);
      const { generations } = await reader.tail("watch");
      if (new Set(generations.map(({ from }) => from)).size > 1) apart++;
      for (let i = 0; i < 6; i++) await compare(member, reader, anyQuestion(dice), counts);
    }
    expect(apart).toBeGreaterThan(2);
    expect(counts.equal).toBeGreaterThan(15);
  });

  test("compares ranges in one commit", async () => {
    const { t, member, reader } = await worldOf({ rows: 400 });
    await write(t, member, new Dice(3));
    const query = {
      measures: ["watch.count", "watch.durationSeconds"],
      timeDimensions: [
        {
          dimension: "watch.watchedAt",
          granularity: "day",
          compareDateRange: [
            ["2026-01-01", "2026-01-31"],
            ["2025-12-01", "2025-12-31"],
          ],
        },
      ],
    };
    const held = await reader.load(query, "watch");
    expect(held.data.length).toBeGreaterThan(20);
    expect(told(held)).toEqual(told(await load(member, query)));
  });
});
