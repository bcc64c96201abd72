// @vitest-environment edge-runtime
/**
 * Order statistics in their life: built from records that are there, replaced, rebuilt, mended and removed, with
 * their bounds, and refused by name where they cannot tell what is asked.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  backend,
  calls,
  check,
  deployed,
  fold,
  load,
  open,
  org,
  records,
  refusal,
  sorted,
  states,
  visits,
  write,
  type App,
  type Step,
} from "./callsApp.js";
import { foldOnce, inside, NOW } from "./harness.js";
import { ask, run } from "./ownApp.js";

afterEach(() => {
  vi.useRealTimers();
});

const DAY = 86_400_000;
const some = (count: number, from = 0): Step[] =>
  Array.from({ length: count }, (_, i) => ({
    call: { seconds: ((from + i) * 37) % 101, team: i % 3 === 0 ? "a" : "b", at: NOW - i * DAY },
  }));
const median = { measures: ["calls.median"] };
const statusOf = async (t: App) =>
  (await states(t)).map(({ name, generation, status }) => `${name}@${generation} ${status}`).sort();
const trees = (t: App) => inside(backend(t), (ctx) => ctx.db.query("orderGroups").collect());

describe("an order statistic", () => {
  test("is built from the records that were there, while others are written", async () => {
    const t = await open();
    await write(t, some(120), "calls:writeRaw");
    deployed.limits = { orders: { moves: 12 } };
    let late = 0;
    while ((await statusOf(t)).filter((one) => one.endsWith("ready")).length < 2) {
      expect(late).toBeLessThan(200);
      const [first, ...rest] = await records(t);
      await write(t, [...some(2, late++), { id: first?._id as string, call: { seconds: late } }]);
      // More than one iteration moves: no page may be read before all of it is.
      if (late === 8 || late === 16) {
        const step = ({ _id: id }: { _id: string }) => ({ id, call: { seconds: late + 0.5 } });
        await write(t, rest.slice(0, 40).map(step));
      }
      if (late % 3 === 0) await write(t, [{ id: rest.at(late)?._id as string }]);
      await foldOnce(backend(t), org);
    }
    expect(late).toBeGreaterThan(8);
    await check(t, 3);
    await fold(t);
    await check(t, 40);
  });

  test("that nothing is written for keeps no log of other cubes", async () => {
    const t = await open({ visits });
    await write(t, some(30));
    await fold(t);
    vi.useFakeTimers({ now: NOW, toFake: ["Date"] });
    for (const day of [1, 2, 40]) {
      vi.setSystemTime(NOW + day * DAY);
      await run(t, "calls:visit");
      await fold(t);
    }
    const kept = await inside(backend(t), (ctx) => ctx.db.query("changeLog").collect());
    expect(kept).toHaveLength(1);
    expect(await inside(backend(t), (ctx) => ctx.db.query("orderStates").first())).toMatchObject({
      status: "ready",
    });
    await check(t, 3);
    // What is written then is in it, too.
    await write(t, some(5));
    await fold(t);
    await check(t, 3);
    expect(await load(t, median)).toMatchObject({ servedBy: "calls.seconds@1" });
  });

  test("answers by months of its own zone, and their records by their place", async () => {
    const t = await open();
    await write(t, some(90));
    await fold(t);
    const month = "2026-02";
    const all = await records(t);
    const within = sorted(all.filter(({ at }) => new Date(at).toISOString().startsWith(month)));
    const timeDimensions = [{ dimension: "calls.at", dateRange: [`${month}-01`, `${month}-28`] }];
    const query = { ...median, timeDimensions };
    expect(await load(t, query)).toMatchObject({
      servedBy: "calls.by_month@1",
      data: [{ "calls.median": within[Math.ceil(within.length / 2) - 1]?.value }],
    });
    const page = { org, query, limit: 5, order: "desc" };
    expect(await ask(t, "rollups:ranked", page)).toMatchObject({
      records: [...within].reverse().slice(0, 5),
      ...{ total: within.length, servedBy: "calls.by_month@1" },
    });
    const byMonth = [{ dimension: "calls.at", granularity: "month" }];
    const rows = (await load(t, { ...median, timeDimensions: byMonth })).data;
    expect(rows.map((row) => row["calls.at.month"])).toHaveLength(4);
  });

  test("answers beside a rollup that tells the other measures, as of one commit, while others write", async () => {
    const t = await open();
    await write(t, some(40));
    await fold(t);
    deployed.limits = { answers: { scanRecords: 5 } };
    const both = {
      measures: ["calls.count", "calls.median"],
      dimensions: ["calls.team"],
      order: { "calls.count": "desc" },
    };
    const expected = async (isShown: (count: number) => boolean) => {
      const all = await records(t);
      const teams = [...new Set(all.map(({ team }) => team))].map((team) => {
        const mine = all.filter((one) => one.team === team);
        const values = sorted(mine);
        const middle = values[Math.ceil(values.length / 2) - 1]?.value ?? null;
        return { "calls.team": team, "calls.count": mine.length, "calls.median": middle };
      });
      return teams
        .filter((row) => isShown(row["calls.count"]))
        .sort((a, b) => b["calls.count"] - a["calls.count"]);
    };
    const beside = { servedBy: "calls.by_team@1, calls.seconds@1", exact: true };
    for (let i = 0; i < 6; i++) {
      expect(await load(t, both)).toMatchObject({ ...beside, data: await expected(() => true) });
      const filters = [{ member: "calls.count", operator: "gt", values: ["20"] }];
      const shown = { ...both, measures: ["calls.count", "calls.median"], filters };
      expect(await load(t, shown)).toMatchObject({
        ...beside,
        data: await expected((count) => count > 20),
      });
      // Neither the tiles nor the trees have these, or both have some of them.
      const [first, second] = await records(t);
      await write(t, [
        ...some(3, 50 + i),
        { call: { team: `new ${i % 2}`, seconds: i } },
        { id: first?._id as string },
        { id: second?._id as string, call: { seconds: 77.7, team: "b" } },
      ]);
      if (i % 2 === 0) await foldOnce(backend(t), org);
    }
    expect(await ask(t, "rollups:explain", { org, query: both })).toMatchObject({
      plan: { rollup: { name: "by_team" } },
      considered: [
        { rollup: "by_team", refusal: null },
        { rollup: "by_month", refusal: { code: "MissingDimension" } },
        { rollup: "seconds", refusal: null },
      ],
    });
  });

  test("answers beside a rollup by scan or not at all where one of them is behind or gone", async () => {
    const t = await open();
    await write(t, some(40));
    await fold(t);
    const both = { measures: ["calls.count", "calls.median"] };
    const expected = [{ "calls.count": 40, "calls.median": sorted(await records(t))[19]?.value }];
    expect(await load(t, both)).toMatchObject({
      ...{ servedBy: "calls.by_team@1, calls.seconds@1", data: expected },
    });
    const folded = ask(t, "rollups:rows", { org, query: both, freshness: "folded" });
    expect(await refusal(folded)).toMatchObject({
      code: "NoRollup",
      considered: expect.arrayContaining([
        expect.objectContaining({
          rollup: "by_team",
          refusal: expect.objectContaining({ code: "MissingMeasure", member: "calls.median" }),
        }),
      ]),
    });
    for (let i = 0; i < 5; i++) await write(t, some(1, 40 + i));
    deployed.limits = { answers: { tailChanges: 2 } };
    expect(await load(t, both)).toMatchObject({ servedBy: "scan", data: [{ "calls.count": 45 }] });
    deployed.limits = { answers: { tailChanges: 2, scanRecords: 5 } };
    expect(await refusal(load(t, both))).toMatchObject({ code: "Behind" });
    await fold(t);
    expect(await load(t, both)).toMatchObject({ servedBy: "calls.by_team@1, calls.seconds@1" });
    const [first] = await records(t);
    const since = { org, query: both, atLeast: String(BigInt(Date.now()) * 2_000_000n) };
    await write(t, [{ id: first?._id as string, call: { seconds: 3 } }]);
    expect(await refusal(ask(t, "rollups:rows", since))).toMatchObject({ code: "Behind" });
  });

  test("is scanned for what it does not tell, with the same numbers, and refused beyond a scan", async () => {
    const t = await open();
    await write(t, some(40));
    await fold(t);
    deployed.cube = { ...calls, rollups: {} };
    await fold(t);
    const both = { measures: ["calls.count", "calls.median"], dimensions: ["calls.team"] };
    const scanned = await load(t, both);
    expect(scanned.servedBy).toBe("scan");
    const told = await load(t, { ...median, dimensions: ["calls.team"] });
    expect(told.servedBy).toBe("calls.seconds@1");
    expect(scanned.data.map((row) => row["calls.median"]).sort()).toEqual(
      told.data.map((row) => row["calls.median"]).sort(),
    );
    deployed.limits = { answers: { scanRecords: 5 } };
    expect(await refusal(load(t, both))).toMatchObject({
      code: "NoRollup",
      considered: expect.arrayContaining([
        expect.objectContaining({
          rollup: "seconds",
          refusal: expect.objectContaining({ code: "MissingMeasure", member: "calls.count" }),
        }),
      ]),
    });
    expect(await refusal(load(t, { ...median, freshness: "folded" }))).toMatchObject({
      code: "InvalidQuery",
    });
    const folded = ask(t, "rollups:rows", { org, query: median, freshness: "folded" });
    expect(await refusal(folded)).toMatchObject({ code: "NoRollup" });
    expect(await ask(t, "rollups:explain", { org, query: median })).toMatchObject({
      considered: expect.arrayContaining([
        expect.objectContaining({ rollup: "seconds", generation: 1, refusal: null }),
      ]),
    });
  });

  test("serves as it was until what the code declares instead is built, and then goes with its trees", async () => {
    const t = await open();
    await write(t, some(60));
    await fold(t);
    const { by_month: _, ...kept } = calls.orderStatistics;
    deployed.cube = { ...calls, orderStatistics: { seconds: { ...kept.seconds, by: [] } } };
    expect(await foldOnce(backend(t), org)).toBe(true);
    expect(await statusOf(t)).toEqual([
      ...["by_month@1 retiring", "seconds@1 ready", "seconds@2 building"],
    ]);
    expect((await load(t, median)).servedBy).toBe("calls.seconds@1");
    await fold(t);
    expect(await statusOf(t)).toEqual(["seconds@2 ready"]);
    expect((await load(t, median)).servedBy).toBe("calls.seconds@2");
    expect(await trees(t)).toMatchObject([{ values: [], records: 60, entries: 60 }]);
    const { orderStatistics: __, ...none } = calls;
    deployed.cube = none;
    await fold(t);
    expect([await statusOf(t), await trees(t)]).toEqual([[], []]);
    expect((await load(t, median)).servedBy).toBe("scan");
  });

  test("is built again when it is asked for, and by itself where a change does not fit its trees", async () => {
    const t = await open();
    await write(t, some(30));
    await fold(t);
    const [first, second] = await records(t);
    await write(t, [{ id: first?._id as string, call: { seconds: 99.9 } }], "calls:writeRaw");
    await run(t, "rollups:rebuild", { org, cube: "calls" });
    await fold(t);
    expect(await statusOf(t)).toEqual(["by_month@2 ready", "seconds@2 ready"]);
    const top = { org, query: median, limit: 1, order: "desc" };
    expect(await ask(t, "rollups:ranked", top)).toMatchObject({ records: [{ value: 99.9 }] });
    // Past capture, then captured: the trees hold a value that the log knows nothing of.
    await write(t, [{ id: second?._id as string, call: { seconds: 55.5 } }], "calls:writeRaw");
    await write(t, [{ id: second?._id as string, call: { seconds: 99.8 } }]);
    await fold(t);
    expect(await statusOf(t)).toEqual(["by_month@3 ready", "seconds@3 ready"]);
    const expected = sorted(await records(t))
      .reverse()
      .slice(0, 1);
    expect(await ask(t, "rollups:ranked", top)).toMatchObject({ records: expected, total: 30 });
  });

  test("is built again where the cube reads its fields in another way", async () => {
    const t = await open();
    await write(t, some(20));
    await fold(t);
    deployed.cube = { ...calls, fields: { seconds: { type: "decimal", scale: 2 } } };
    await write(t, [{ call: { seconds: 0.25 } }]);
    expect((await load(t, median)).servedBy).toBe("scan");
    await fold(t);
    expect(await statusOf(t)).toEqual(["by_month@2 ready", "seconds@2 ready"]);
    const low = { org, query: median, value: 0.25 };
    expect(await ask(t, "rollups:rank", low)).toMatchObject({ below: 1, equal: 1, total: 21 });
  });

  test("keeps the log until it has moved what is in it", async () => {
    const t = await open();
    await write(t, some(10));
    await fold(t);
    deployed.limits = { fold: { logRetentionDays: 0 }, orders: { moves: 1 } };
    for (let i = 0; i < 5; i++) {
      vi.setSystemTime(Date.now() + 1000);
      await write(t, some(8, 50 + i));
    }
    vi.setSystemTime(Date.now() + 1000);
    const logged = async () =>
      (await inside(backend(t), (ctx) => ctx.db.query("changeLog").collect())).map(
        ({ commitTs }) => commitTs as bigint,
      );
    const written = await logged();
    const kept = new Set<number>();
    while (await foldOnce(backend(t), org)) {
      const least = (await states(t)).reduce<bigint>(
        (all, { position: { commitTs } }) => (commitTs < all ? commitTs : all),
        2n ** 62n,
      );
      const now = await logged();
      expect(now).toEqual(expect.arrayContaining(written.filter((one) => one >= least)));
      kept.add(now.length);
    }
    expect(kept.size).toBeGreaterThan(3);
    // The newest one stays, as it does without order statistics.
    expect(await logged()).toHaveLength(1);
    deployed.limits = {};
    await check(t, 7);
  });

  test("moves no more in an iteration than its limit, and reads as much for a question however much it holds", async () => {
    const t = await open();
    deployed.limits = { orders: { moves: 5 } };
    await write(t, some(40));
    for (;;) {
      const before = (await states(t)).map(({ records }) => records);
      if (!(await foldOnce(backend(t), org))) break;
      const after = (await states(t)).map(({ records }) => records);
      const moved = after.map((one, i) => one - (before[i] ?? 0)).filter((one) => one > 0);
      expect(moved.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(5);
    }
    deployed.limits = {};
    const filters = [{ member: "calls.team", operator: "equals", values: ["b"] }];
    const documents = async () => {
      const answer = (await load(t, { ...median, filters })) as unknown as {
        work: { documents: number };
      };
      return answer.work.documents;
    };
    const few = await documents();
    await write(t, some(600, 7));
    await fold(t);
    expect(await documents()).toBeLessThan(few + 80);
  });

  test("is given up with more trees than its limit, and asks no more of them than a question may", async () => {
    const t = await open();
    deployed.limits = { orders: { questions: 3 } };
    await write(t, some(60));
    await fold(t);
    deployed.limits = { orders: { questions: 3 }, answers: { scanRecords: 5 } };
    expect(await refusal(load(t, median))).toMatchObject({ code: "QueryTooLarge" });
    const pinned = {
      ...median,
      filters: [{ member: "calls.team", operator: "equals", values: ["a"] }],
    };
    expect((await load(t, pinned)).servedBy).toBe("calls.seconds@1");
    deployed.limits = { orders: { groups: 2 } };
    await write(t, [{ call: { team: "z", seconds: 1 } }]);
    await fold(t);
    expect(await statusOf(t)).toEqual(["by_month@1 failed", "seconds@1 failed"]);
    expect((await load(t, median)).servedBy).toBe("scan");
  });

  test("has ranks and pages for one percentile and those who may read only, within their bounds", async () => {
    const t = await open();
    await write(t, some(12));
    await fold(t);
    const rank = (more: object) => refusal(ask(t, "rollups:rank", { org, value: 1, ...more }));
    expect(await rank({ query: { measures: ["calls.count"] } })).toMatchObject({
      code: "InvalidQuery",
    });
    expect(await rank({ query: { measures: ["calls.median", "calls.p95"] } })).toMatchObject({
      code: "InvalidQuery",
    });
    expect(await rank({ query: { ...median, dimensions: ["calls.team"] } })).toMatchObject({
      code: "InvalidQuery",
    });
    const ragged = [{ dimension: "calls.at", dateRange: ["2026-02-02", "2026-02-28"] }];
    expect(await rank({ query: { ...median, timeDimensions: ragged } })).toMatchObject({
      code: "NoRollup",
    });
    expect(await rank({ query: median, org: "closed" })).toMatchObject({ code: "Forbidden" });
    const ranked = (more: object) =>
      refusal(ask(t, "rollups:ranked", { org, query: median, ...more }));
    for (const more of [{ limit: 0 }, { limit: 201 }, { offset: -1 }, { offset: 0.5 }]) {
      expect(await ranked(more)).toMatchObject({ code: "InvalidQuery" });
    }
    const [, second] = sorted(await records(t));
    const { value } = second as { value: number };
    expect(await ask(t, "calls:mine", { value })).toMatchObject({ records: [second], total: 12 });
    const beyond = { org, query: median, offset: 50 };
    expect(await ask(t, "rollups:ranked", beyond)).toMatchObject({ records: [], total: 12 });
    expect(await ask(t, "rollups:ranked", { ...beyond, order: "desc" })).toMatchObject({
      records: [],
    });
  });

  test("tells one tenant nothing of another", async () => {
    const t = await open();
    await write(t, some(10));
    await run(t, "calls:write", {
      steps: [{ call: { org: "other", at: NOW, team: "a", seconds: 500 } }],
    });
    await fold(t);
    const top = { query: median, limit: 1, order: "desc" };
    const mine = await ask(t, "rollups:ranked", { org, ...top });
    expect(mine).toMatchObject({ total: 10 });
    expect(JSON.stringify(mine)).not.toContain("500");
    expect(await refusal(ask(t, "rollups:ranked", { org: "other", ...top }))).toMatchObject({
      code: "NoRollup",
    });
  });
});
