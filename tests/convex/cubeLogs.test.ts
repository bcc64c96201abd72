// @vitest-environment edge-runtime
/**
 * The log of each cube apart: what answers read of it, where a fold stops within a commit that touches several cubes, and
 * what is right of a log from before, whose rows hold changes of several.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import type { LimitOverrides } from "../../convex/components/rollups/limits/limits.js";
import { api } from "../../convex/_generated/api.js";
import { fromStored } from "../../lib/fold/changeColumns.js";
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
  watchRow,
  type Backend,
} from "./harness.js";

const tenantId = "acme";
const cubes = ["watch", "inventory"] as const;
type Cube = (typeof cubes)[number];
type Member = Awaited<ReturnType<typeof tenantOf>>;

const counting = (cube: Cube) => ({ measures: [`${cube}.count`] });

afterEach(() => {
  vi.useRealTimers();
});

async function started(limits: LimitOverrides = {}) {
  const t = startBackend(1, undefined, { limits: () => limits });
  const ann = await tenantOf(t);
  await foldAll(t);
  await t.action(inner.held.secret.make, {});
  return { t, ann, reader: new HeldReader(t, await ann.query(api.held.key, { tenantId })) };
}

/** One commit of both cubes, by as many appends as there are records. Gives the commit. */
async function writeBoth(ann: Member, records = 1): Promise<bigint> {
  await ann.mutation(async (ctx) => {
    for (let i = 0; i < records; i++) {
      await ctx.runMutation(api.watch.record, { tenantId, row: watchRow() as never });
      await ctx.runMutation(api.inventory.record, { tenantId, row: stockRow() as never });
    }
  });
  return BigInt((await ann.query(api.aggregates.freshness, { tenantId })).watermark);
}

async function write(ann: Member, cube: Cube): Promise<bigint> {
  const { commitTs } =
    cube === "watch"
      ? await ann.mutation(api.watch.record, { tenantId, row: watchRow() as never })
      : await ann.mutation(api.inventory.record, { tenantId, row: stockRow() as never });
  return commitTs as bigint;
}

const logRows = (t: Backend) => inside(t, (ctx) => ctx.db.query("changeLog").collect());
const cubeFolds = (t: Backend) => inside(t, (ctx) => ctx.db.query("cubeFolds").collect());
const seams = async (t: Backend) =>
  (await inside(t, (ctx) => ctx.db.query("cubeSeams").collect())).flatMap(
    ({ generations }) => generations,
  );

/** What a cube counts as of each commit; asked live, folded both ways, and of what a browser holds. */
class Counted {
  private readonly counts = new Map<Cube, { commit: bigint; count: number }[]>();

  add(cube: Cube, commit: bigint, records = 1): void {
    const before = this.counts.get(cube) ?? [];
    this.counts.set(cube, [...before, { commit, count: this.now(cube) + records }]);
  }

  addBoth(commit: bigint, records = 1): void {
    for (const cube of cubes) this.add(cube, commit, records);
  }

  now(cube: Cube): number {
    return this.counts.get(cube)?.at(-1)?.count ?? 0;
  }

  newest(cube: Cube): bigint {
    return this.counts.get(cube)?.at(-1)?.commit ?? 0n;
  }

  asOf(cube: Cube, commit: bigint): number {
    return this.counts.get(cube)?.findLast((one) => one.commit <= commit)?.count ?? 0;
  }

  async check({ ann, reader }: Awaited<ReturnType<typeof started>>): Promise<void> {
    for (const cube of cubes) {
      const query = counting(cube);
      const rows = (count: number) => [{ [`${cube}.count`]: count }];
      const live = await load(ann, query);
      expect(live).toMatchObject({ servedBy: `${cube}.totals@1`, freshness: "live" });
      expect(live.data).toEqual(rows(this.now(cube)));
      const folded = await load(ann, query, { freshness: "folded" });
      expect(folded).toMatchObject({ servedBy: `${cube}.totals@1`, freshness: "folded" });
      expect(folded.data).toEqual(rows(this.asOf(cube, BigInt(folded.watermark))));
      const undated = await ann.query(api.aggregates.rows, {
        ...{ tenantId, query: query as never, freshness: "folded" },
      });
      expect([undated.data, undated.servedBy]).toEqual([folded.data, folded.servedBy]);
      const held = await reader.load(query, cube);
      expect([held.data, held.watermark]).toEqual([live.data, live.watermark]);
    }
  }
}

describe("a commit that touches two cubes", () => {
  test("leaves rows of one cube each, and moves each cube by itself", async () => {
    const world = await started();
    const { t, ann } = world;
    const counted = new Counted();
    counted.addBoth(await writeBoth(ann));
    const rows = await logRows(t);
    expect(
      rows.map(({ cube, changes }) => [cube, fromStored(changes).map((one) => one.cube)]),
    ).toEqual([
      ["watch", ["watch"]],
      ["inventory", ["inventory"]],
    ]);
    expect(rows[0]!.commitTs).toBe(rows[1]!.commitTs);
    await counted.check(world);
    await foldAll(t);
    await counted.check(world);

    const before = await cubeFolds(t);
    counted.add("watch", await write(ann, "watch"));
    await counted.check(world);
    await foldAll(t);
    await counted.check(world);
    const after = await cubeFolds(t);
    const of = (rows: typeof before, name: Cube) => rows.find(({ cube }) => cube === name);
    expect(of(after, "inventory")).toEqual(of(before, "inventory"));
    expect(of(after, "watch")!.position.commitTs).toBe(counted.newest("watch") + 1n);
    expect((await load(ann, counting("inventory"))).watermark).toBe(
      String(counted.newest("inventory")),
    );
  });

  test("is neither missed nor counted twice where a fold stops within it", async () => {
    const world = await started({ fold: { changes: 3, rows: 3 } });
    const { t, ann } = world;
    const counted = new Counted();
    counted.addBoth(await writeBoth(ann, 5), 5);
    counted.add("inventory", await write(ann, "inventory"));
    counted.addBoth(await writeBoth(ann, 4), 4);
    await counted.check(world);
    let within = 0;
    for (let i = 0; await foldOnce(t); i++) {
      if ((await seams(t)).length > 0) within++;
      await counted.check(world);
    }
    expect(within).toBeGreaterThan(3);
    expect(await seams(t)).toEqual([]);
    for (const cube of cubes) {
      const { watermark, data } = await load(ann, counting(cube), { freshness: "folded" });
      expect(BigInt(watermark)).toBe(counted.newest(cube));
      expect(data).toEqual([{ [`${cube}.count`]: counted.now(cube) }]);
    }
  });
});

describe("an answer at least as of a commit of another cube", () => {
  test("is given where the tiles lack nothing of their own cube until then", async () => {
    const { t, ann } = await started();
    await write(ann, "watch");
    await foldAll(t);
    const other = await write(ann, "inventory");
    const atLeast = String(other);
    for (const freshness of ["live", "folded"] as const) {
      expect(await load(ann, counting("watch"), { freshness, atLeast })).toMatchObject({
        ...{ servedBy: "watch.totals@1", freshness, watermark: atLeast },
        data: [{ "watch.count": 1 }],
      });
    }
    const own = await write(ann, "watch");
    const later = String(await write(ann, "inventory"));
    const live = await load(ann, counting("watch"), { atLeast: later });
    expect(live).toMatchObject({ watermark: later, data: [{ "watch.count": 2 }] });
    const behind = load(ann, counting("watch"), { freshness: "folded", atLeast: later });
    await expect(behind).rejects.toMatchObject({ data: { code: "Behind", atLeast: later } });
    expect(own).toBeLessThan(BigInt(later));
    const ahead = String(BigInt(later) + 1n);
    const future = load(ann, counting("watch"), { atLeast: ahead });
    await expect(future).rejects.toMatchObject({ data: { code: "Behind", atLeast: ahead } });
  });
});

describe("a log from before, whose rows hold changes of several cubes", () => {
  /** Leaves the log and the positions as they were then. */
  const makeOld = (t: Backend) =>
    inside(t, async (ctx) => {
      const first = new Map<bigint, string>();
      for (const { _id, commitTs, changes, readings } of await ctx.db
        .query("changeLog")
        .collect()) {
        const known = first.get(commitTs as bigint);
        if (known === undefined) {
          first.set(commitTs as bigint, _id);
          await ctx.db.patch("changeLog", _id, {
            cube: undefined,
            changes: fromStored(changes) as typeof changes,
          });
          continue;
        }
        const row = (await ctx.db.get("changeLog", known as typeof _id))!;
        await ctx.db.patch("changeLog", row._id, {
          changes: [...row.changes, ...(fromStored(changes) as typeof changes)],
          readings: { ...row.readings, ...readings },
        });
        await ctx.db.delete("changeLog", _id);
      }
      for (const { _id } of await ctx.db.query("cubeFolds").collect()) await ctx.db.delete(_id);
      for (const { _id } of await ctx.db.query("cubeSeams").collect()) await ctx.db.delete(_id);
      const fold = (await ctx.db.query("foldStates").unique())!;
      await ctx.db.patch("foldStates", fold._id, { isByCube: undefined });
    });

  test("is read as it is until it is folded, and by cube after the next fold", async () => {
    const world = await started({ fold: { changes: 4 } });
    const { t, ann } = world;
    const counted = new Counted();
    for (let i = 0; i < 3; i++) counted.addBoth(await writeBoth(ann, 3), 3);
    await makeOld(t);
    const old = await logRows(t);
    expect(old.map(({ cube, changes }) => [cube, changes.length])).toEqual(
      Array.from({ length: 3 }, () => [undefined, 6]),
    );
    await counted.check(world);
    counted.add("watch", await write(ann, "watch"));
    counted.addBoth(await writeBoth(ann));
    await counted.check(world);
    let whileOld = 0;
    while (await foldOnce(t)) {
      if ((await cubeFolds(t)).length === 0) whileOld++;
      await counted.check(world);
    }
    expect(whileOld).toBeGreaterThan(2);
    counted.add("watch", await write(ann, "watch"));
    await counted.check(world);
    await foldAll(t);
    expect((await cubeFolds(t)).map(({ cube }) => cube).sort()).toEqual(["inventory", "watch"]);
    await counted.check(world);
  });

  test("that is all folded already is read by cube after the next fold", async () => {
    const world = await started();
    const { t, ann } = world;
    const counted = new Counted();
    counted.addBoth(await writeBoth(ann, 2), 2);
    await foldAll(t);
    await makeOld(t);
    await counted.check(world);
    counted.add("inventory", await write(ann, "inventory"));
    await counted.check(world);
    await foldAll(t);
    expect(await cubeFolds(t)).toHaveLength(2);
    await counted.check(world);
  });

  test("still tells the newest change of a cube that the next fold has nothing of", async () => {
    const { t, ann } = await started();
    const commits = { inventory: 0n, watch: 0n };
    for (const cube of ["inventory", "watch"] as const) {
      commits[cube] = await write(ann, cube);
      await foldAll(t);
    }
    await makeOld(t);
    const asOf = async (cube: Cube) => {
      const query = counting(cube) as never;
      const freshness = { freshness: "folded", atLeast: "0" } as const;
      const { asOf: told } = await ann.query(api.aggregates.rows, {
        tenantId,
        query,
        ...freshness,
      });
      return told;
    };
    expect(await asOf("inventory")).toBe(String(commits.inventory));
    const later = await write(ann, "watch");
    await foldAll(t);
    expect(await cubeFolds(t)).toHaveLength(2);
    expect(await asOf("inventory")).toBe(String(commits.inventory));
    expect(await asOf("watch")).toBe(String(later));
  });
});

describe("what is read and written", () => {
  /** What `aggregates:freshness` reads, run within another query. */
  const freshnessReads = (ann: Member) =>
    ann.query(async (ctx) => {
      await ctx.runQuery(api.aggregates.freshness, { tenantId });
      const { documentsRead, bytesRead } = await ctx.meta.getTransactionMetrics();
      return { documents: documentsRead.used, bytes: bytesRead.used };
    });

  test("freshness reads the position alone where all is folded, and two log rows where it is not", async () => {
    const { t, ann } = await started();
    for (let i = 0; i < 3; i++) {
      await ann.mutation(api.inventory.recordBatch, {
        ...{ tenantId, rows: Array.from({ length: 200 }, () => stockRow()) as never },
      });
    }
    const unfolded = await freshnessReads(ann);
    await foldAll(t);
    const folded = await freshnessReads(ann);
    expect(unfolded.documents - folded.documents).toBe(2);
    expect(unfolded.bytes).toBeGreaterThan(20_000);
    expect(folded.bytes).toBeLessThan(3000);
  });

  test("an answer reads nothing of another cube's log", async () => {
    const { t, ann } = await started();
    await write(ann, "watch");
    await foldAll(t);
    const { work } = await load(ann, counting("watch"));
    for (let i = 0; i < 20; i++) await write(ann, "inventory");
    expect((await load(ann, counting("watch"))).work).toEqual(work);
    await write(ann, "watch");
    const more = (await load(ann, counting("watch"))).work;
    expect([more.documents, more.indexRanges]).toEqual([work.documents + 1, work.indexRanges]);
  });
});
