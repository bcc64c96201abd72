// @vitest-environment edge-runtime
/** Raw records expire, their rollups stay: laws 1, 4 and 10 over history that no record tells any more. */
import { describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { fromStored } from "../../lib/fold/changeColumns.js";
import type { StockRow } from "../oracle/cubes.js";
import {
  blocked,
  BOUNDARY,
  DAY,
  expectAnswers,
  expireAll,
  find,
  health,
  history,
  pass,
  recorded,
  records,
  refusal,
  sourceFrom,
  startExpiring,
  states,
  step,
  stock,
} from "./expiring.js";
import { foldAll, foldOnce, load, NOW, tenantOf, inside, inner } from "./harness.js";

const old = { occurredAt: NOW - 500 * DAY, category: "Category 1", warehouse: "North" };
const isOld = ({ occurredAt }: StockRow) => occurredAt < BOUNDARY;
const range = (from: string, to: string) => ({
  // No rollup keeps costs by product.
  measures: ["inventory.minUnitCost"],
  dimensions: ["inventory.product"],
  timeDimensions: [{ dimension: "inventory.occurredAt", dateRange: [from, to] }],
});

describe("once records have expired", () => {
  test("they are gone from the source, and every rollup answers as if they were not", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever);
    await expectAnswers(ann, ever);
    await expireAll(t);
    expect(await sourceFrom(t)).toBe(BOUNDARY);
    const left = await records(t);
    expect(left.length).toBe(ever.filter((row) => !isOld(row)).length);
    expect(Math.min(...left.map(({ occurredAt }) => occurredAt))).toBeGreaterThanOrEqual(BOUNDARY);
    // With the expiry in the tail, and with it folded.
    await expectAnswers(ann, ever);
    await foldAll(t);
    await expectAnswers(ann, ever);
    const log = await inside(t, async (ctx) => await ctx.db.query("changeLog").collect());
    const expired = log
      .flatMap(({ changes }) => fromStored(changes))
      .filter(({ op }) => op === "expire");
    expect(expired.length).toBe(ever.filter(isOld).length);
    expect(expired.every(({ before, after }) => before !== null && after === null)).toBe(true);
    expect((await inside(t, (ctx) => ctx.db.query("foldStates").first()))?.position.commitTs).toBe(
      (log.at(-1)!.commitTs as bigint) + 1n,
    );
  });

  test("a scan, an edge and a folded answer stop there by name; within the range nothing changes", async () => {
    const { t, ann } = await recorded(history());
    await expireAll(t);
    await foldAll(t);
    const inside = await load(ann, range("2025-03-01", "2026-03-01"));
    expect(inside.servedBy).toBe("scan");
    expect(inside.data.length).toBe(7);
    expect(await refusal(load(ann, range("2025-02-28", "2026-03-01")))).toBe("SourceExpired");
    const { timeDimensions: _, ...unbounded } = range("", "");
    expect(await refusal(load(ann, unbounded))).toBe("SourceExpired");
    const { considered } = await ann.query(api.aggregates.explain, {
      tenantId: "acme",
      query: {
        measures: ["inventory.count"],
        timeDimensions: [
          {
            dimension: "inventory.occurredAt",
            dateRange: ["2024-06-01T05:30:00.000", "2024-06-20T23:59:59.999"],
          },
        ],
      },
    });
    // Even the hours of `totals` stick out at half past five.
    expect(considered).toContainEqual(
      expect.objectContaining({
        rollup: "totals",
        refusal: expect.objectContaining({ code: "SourceExpired" }) as unknown,
      }),
    );
    const edge = (from: string) =>
      load(ann, {
        measures: ["inventory.count"],
        timeDimensions: [
          {
            dimension: "inventory.occurredAt",
            dateRange: [`${from}T05:30:00.000`, "2025-12-31T23:59:59.999"],
          },
        ],
      });
    expect(await refusal(edge("2024-06-01"))).toBe("SourceExpired");
    expect((await edge("2025-06-01")).servedBy).toBe("inventory.totals@1");
    // Days do not begin at five, hours do: another rollup avoids the edge.
    const hours = await load(ann, {
      measures: ["inventory.count"],
      timeDimensions: [
        {
          dimension: "inventory.occurredAt",
          dateRange: ["2024-06-01T05:00:00.000", "2024-06-20T23:59:59.999"],
        },
      ],
    });
    expect(hours.servedBy).toBe("inventory.totals@1");
    const folded = await load(
      ann,
      { measures: ["inventory.count"], dimensions: ["inventory.category"] },
      { freshness: "folded" },
    );
    expect(folded.servedBy).toBe("inventory.by_category@1");
  });

  test("late data counts at once, and expires like the rest in the next run", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever);
    await expireAll(t);
    const late = stock({ ...old, quantity: 1000, unitCost: 99.5 });
    await ann.mutation(api.inventory.record, { tenantId: "acme", row: late });
    ever.push(late);
    await expectAnswers(ann, ever);
    await foldOnce(t);
    await expectAnswers(ann, ever);
    expect(await t.query(inner.expiry.expire.due, { tenantId: "acme" })).toEqual(["inventory"]);
    await expireAll(t);
    expect((await records(t)).some(({ quantity }) => quantity === 1000)).toBe(false);
    expect(await t.query(inner.expiry.expire.due, { tenantId: "acme" })).toEqual([]);
    await expectAnswers(ann, ever);
    await foldAll(t);
    await expectAnswers(ann, ever);
  });

  test("late data that is folded only after it expired is counted", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever);
    await expireAll(t);
    await foldAll(t);
    const late = stock({ ...old, quantity: 77 });
    await ann.mutation(api.inventory.record, { tenantId: "acme", row: late });
    ever.push(late);
    await step(t);
    expect((await records(t)).some(({ quantity }) => quantity === 77)).toBe(false);
    await expectAnswers(ann, ever);
    await foldAll(t);
    await expectAnswers(ann, ever);
  });

  test("records before the boundary that are still there can be changed and removed", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever);
    await step(t);
    expect([await sourceFrom(t), (await records(t)).length]).toEqual([BOUNDARY, ever.length]);
    const [changed, moved, removed, entering] = [ever[100]!, ever[120]!, ever[140]!, ever[10]!];
    const ids = await Promise.all([changed, moved, removed, entering].map((row) => find(t, row)));
    const update = (i: number, row: StockRow, patch: Partial<StockRow>) => {
      Object.assign(row, patch);
      return ann.mutation(api.inventory.update, { tenantId: "acme", id: ids[i]!, patch });
    };
    await update(0, changed, { quantity: 500 });
    // Out of what expires, and into it.
    await update(1, moved, { occurredAt: NOW - 3 * DAY });
    await update(3, entering, { occurredAt: BOUNDARY - 1 });
    await ann.mutation(api.inventory.remove, { tenantId: "acme", id: ids[2]! });
    ever.splice(ever.indexOf(removed), 1);
    await expireAll(t);
    const left = await records(t);
    expect(left.some(({ _id }) => _id === ids[1])).toBe(true);
    expect(left.some(({ _id }) => _id === ids[3])).toBe(false);
    const exact = questionsWithoutExtremes(ann, ever);
    await exact();
    await foldAll(t);
    await exact();
  });

  test("a lost extreme in expired history is refused by name; what else the rollup keeps is not", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever);
    await expireAll(t);
    const row = stock({ ...old, unitCost: 0.25 });
    await ann.mutation(api.inventory.record, { tenantId: "acme", row });
    await foldAll(t);
    const lowest = { measures: ["inventory.minUnitCost"], dimensions: ["inventory.category"] };
    expect((await load(ann, lowest)).servedBy).toBe("inventory.costs@1");
    await ann.mutation(api.inventory.remove, {
      tenantId: "acme",
      id: await find(t, { unitCost: 0.25 }),
    });
    expect(await refusal(load(ann, lowest))).toBe("SourceExpired");
    // The queue empties, the worker rests, and nothing has made up a value.
    await foldAll(t);
    expect(await health(ann)).toMatchObject({ repairs: 0, backlog: 0 });
    expect(await refusal(load(ann, lowest))).toBe("SourceExpired");
    const from = { dimension: "inventory.occurredAt", dateRange: ["2025-04-01", "2026-03-01"] };
    expect((await load(ann, { ...lowest, timeDimensions: [from] })).servedBy).toBe(
      "inventory.costs@1",
    );
    await questionsWithoutExtremes(ann, ever)();
    await pass(t);
    expect(await health(ann)).toMatchObject({ drifts: 0, verification: { consistency: 1 } });
    // A new value that reaches as far is known again.
    await ann.mutation(api.inventory.record, {
      tenantId: "acme",
      row: stock({ ...old, unitCost: 0.25 }),
    });
    await foldAll(t);
    expect((await load(ann, lowest)).servedBy).toBe("inventory.costs@1");
  });
});

/** Extremes before the boundary are not known any more once one was taken away there. */
function questionsWithoutExtremes(ann: Parameters<typeof expectAnswers>[0], ever: StockRow[]) {
  return () => expectAnswers(ann, ever, "UTC", ({ measures }) => measures[1] !== lowestCost);
}
const lowestCost = "inventory.minUnitCost";

describe("verification", () => {
  test("finds expired history neither wrong nor missing, and what lies after it is still checked", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever);
    const before = (await inside(t, (ctx) => ctx.db.query("verifications").first()))?.last?.checked;
    await expireAll(t);
    await foldAll(t);
    await pass(t);
    const after = await inside(t, (ctx) => ctx.db.query("verifications").first());
    expect(after?.last).toMatchObject({ checked: after?.last?.equal, unchecked: 0 });
    expect(after?.last?.checked).toBeLessThan(before!);
    expect(await health(ann)).toMatchObject({ drifts: 0, repairs: 0 });
    await t.run(async (ctx) => {
      const doc = (await ctx.db.query("inventoryRecords").collect()).at(-1)!;
      await ctx.db.patch("inventoryRecords", doc._id, { quantity: 5000 });
      ever.find(({ occurredAt }) => occurredAt === doc.occurredAt)!.quantity = 5000;
    });
    await pass(t);
    expect((await health(ann)).drifts).toBeGreaterThan(0);
    await foldAll(t);
    await expectAnswers(ann, ever);
  });

  test("with records waiting to be deleted is not misled by them", async () => {
    const { t, ann } = await recorded(history());
    await step(t);
    await ann.mutation(api.inventory.record, { tenantId: "acme", row: stock(old) });
    await pass(t);
    expect(await health(ann)).toMatchObject({ drifts: 0, verification: { consistency: 1 } });
  });
});

describe("what people ask for", () => {
  test("is refused where it needs what has expired, and done where it does not", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever);
    await expireAll(t);
    await foldAll(t);
    const refresh = (from: string, to: string) =>
      ann.mutation(api.rollups.refresh, {
        tenantId: "acme",
        cube: "inventory",
        rollup: "totals",
        dateRange: [from, to],
      });
    expect(await refusal(refresh("2025-02-28", "2025-03-02"))).toBe("SourceExpired");
    expect(
      await refusal(ann.mutation(api.rollups.rebuild, { tenantId: "acme", cube: "inventory" })),
    ).toBe("SourceExpired");
    await refresh("2025-03-01", "2025-03-05");
    await foldAll(t);
    await expectAnswers(ann, ever);
    expect((await states(t)).every(({ status }) => status === "ready")).toBe(true);
  });

  test("a rebuild that was queued before the records expired keeps them from expiring", async () => {
    const { t, ann } = await recorded(history());
    await ann.mutation(api.rollups.rebuild, { tenantId: "acme", cube: "inventory" });
    await step(t);
    expect([await sourceFrom(t), await blocked(ann)]).toEqual([null, "Repairing"]);
  });
});

describe("a bucket that would have to be restored from expired records", () => {
  test("is not replaced by what is left; its rollup fails by name, and the others serve on", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever);
    await expireAll(t);
    await foldAll(t);
    // A tile that lost its records makes the next removal impossible.
    const late = stock({ ...old, quantity: 3 });
    await ann.mutation(api.inventory.record, { tenantId: "acme", row: late });
    await foldAll(t);
    const day = Date.UTC(2024, 9, 17);
    const tiles = await inside(t, async (ctx) => {
      for (const tile of await ctx.db.query("rollupTiles").collect()) {
        const { rollup, granularity, partitionStart } = tile;
        if (rollup !== "inventory.totals" || granularity !== "hour") continue;
        if (partitionStart === day) await ctx.db.delete("rollupTiles", tile._id);
      }
      return (await ctx.db.query("rollupTiles").collect()).length;
    });
    expect(new Date(old.occurredAt).toISOString().slice(0, 10)).toBe("2024-10-17");
    await ann.mutation(api.inventory.remove, {
      tenantId: "acme",
      id: await find(t, { occurredAt: old.occurredAt }),
    });
    await foldAll(t);
    const { rollups, deadLetters, repairs } = await health(ann);
    expect({ deadLetters, repairs }).toEqual({ deadLetters: 1, repairs: 0 });
    expect(rollups.filter(({ status }) => status === "failed")).toEqual([
      expect.objectContaining({
        rollup: "totals",
        failure: expect.objectContaining({ code: "Unrestorable" }) as unknown,
      }),
    ]);
    expect(
      await inside(t, async (ctx) => (await ctx.db.query("rollupTiles").collect()).length),
    ).toBe(tiles);
    const answered = await load(ann, { measures: ["inventory.count"] });
    expect(answered.servedBy).not.toContain("totals");
    expect(answered.data).toEqual([{ "inventory.count": ever.length }]);
    expect(await blocked(ann)).toBe("Failed");
    // Replaying the letter does not bring it back, nor break anything else.
    expect(await ann.mutation(api.rollups.replay, { tenantId: "acme" })).toMatchObject({
      replayed: 1,
    });
    await foldAll(t);
    expect(await health(ann)).toMatchObject({ deadLetters: 0, repairs: 0 });
  });

  test("a letter that was made good before its bucket expired is replayed without harm", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever);
    await inside(t, async (ctx) => {
      for (const tile of await ctx.db.query("rollupTiles").collect()) {
        if (tile.rollup === "inventory.totals") await ctx.db.delete("rollupTiles", tile._id);
      }
    });
    const removed = ever.splice(150, 1)[0]!;
    await ann.mutation(api.inventory.remove, { tenantId: "acme", id: await find(t, removed) });
    await foldAll(t);
    await pass(t);
    await foldAll(t);
    expect((await health(ann)).deadLetters).toBe(1);
    await pass(t);
    await expireAll(t);
    expect(await sourceFrom(t)).toBe(BOUNDARY);
    await ann.mutation(api.rollups.replay, { tenantId: "acme" });
    await foldAll(t);
    expect((await states(t)).every(({ status }) => status === "ready")).toBe(true);
    await expectAnswers(ann, ever);
  });
});

describe("nothing expires", () => {
  test("where nothing is old enough, and nothing is refused then", async () => {
    const { t, ann } = await recorded(history().filter((row) => !isOld(row)));
    expect(await t.query(inner.expiry.expire.due, { tenantId: "acme" })).toEqual([]);
    await step(t);
    expect([await sourceFrom(t), await blocked(ann)]).toEqual([null, null]);
    expect((await load(ann, range("2024-01-01", "2026-03-01"))).servedBy).toBe("scan");
  });

  test("before the rollups of the cube are ready, and while one is built", async () => {
    const t = startExpiring();
    const ann = await tenantOf(t);
    const rows = history();
    for (let i = 0; i < rows.length; i += 50) {
      const batch = rows.slice(i, i + 50) as unknown as Record<string, unknown>[];
      await ann.mutation(api.inventory.recordBatch, { tenantId: "acme", rows: batch });
    }
    const seen = new Set<string | null | undefined>();
    do {
      seen.add(await blocked(ann));
      await step(t);
      expect([await sourceFrom(t), (await records(t)).length]).toEqual([null, rows.length]);
    } while (await foldOnce(t));
    seen.add(await blocked(ann));
    expect([...seen]).toEqual(["Building", "Unverified"]);
    await pass(t);
    await expireAll(t);
    await expectAnswers(ann, rows);
    expect((await records(t)).length).toBe(rows.filter((row) => !isOld(row)).length);
  });

  test.each([
    ["Degraded", { degraded: true }],
    ["Failed", { status: "failed" as const }],
  ])("while a rollup is %s", async (code, patch) => {
    const { t, ann } = await recorded(history());
    await inside(t, async (ctx) => {
      const state = (await ctx.db.query("rollupStates").collect()).find(
        ({ rollup }) => rollup === "costs",
      );
      await ctx.db.patch("rollupStates", state!._id, patch);
    });
    await step(t);
    expect([await sourceFrom(t), await blocked(ann)]).toEqual([null, code]);
  });

  test("of a day with an extreme or a drift to be restored", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever);
    await t.run(async (ctx) => {
      const doc = (await ctx.db.query("inventoryRecords").collect()).find(isOldDoc)!;
      await ctx.db.patch("inventoryRecords", doc._id, { quantity: 9000 });
      ever.find(({ occurredAt }) => occurredAt === doc.occurredAt)!.quantity = 9000;
    });
    await pass(t);
    await step(t);
    expect([await sourceFrom(t), await blocked(ann)]).toEqual([null, "Repairing"]);
    await foldAll(t);
    await expireAll(t);
    expect(await sourceFrom(t)).toBe(BOUNDARY);
    await expectAnswers(ann, ever);
  });
});
const isOldDoc = ({ occurredAt }: { occurredAt: number }) => occurredAt < BOUNDARY;

describe("the job", () => {
  test("moves the time first; a crash before the deletions changes no answer, and it goes on", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever);
    await step(t);
    expect([await sourceFrom(t), (await records(t)).length]).toEqual([BOUNDARY, ever.length]);
    await expectAnswers(ann, ever);
    expect(await refusal(load(ann, range("2024-01-01", "2026-03-01")))).toBe("SourceExpired");
    // Days later: the cron finds what is left, and the time moves on by days.
    vi.setSystemTime(NOW + 40 * DAY);
    await expireAll(t);
    expect(await sourceFrom(t)).toBe(Date.UTC(2025, 3, 10));
    expect((await records(t)).every(({ occurredAt }) => occurredAt >= Date.UTC(2025, 3, 10))).toBe(
      true,
    );
    await foldAll(t);
    await expectAnswers(ann, ever);
  });

  test("with a tenth of the limits deletes in bounded steps, and ends", async () => {
    const more = Array.from({ length: 200 }, (_, i) =>
      stock({ ...old, quantity: i, occurredAt: old.occurredAt - (i % 9) * DAY }),
    );
    const ever = [...history(), ...more];
    const { t, ann } = await recorded(ever, 0.1);
    const left = await expireAll(t);
    expect(left[0]).toBe(ever.length);
    expect(left.length).toBeGreaterThan(4);
    expect(left.at(-1)).toBe(ever.filter((row) => !isOld(row)).length);
    await foldAll(t, "acme", 400);
    await expectAnswers(ann, ever);
  });

  test("takes the day of the tenant's zone", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever, 1, "Asia/Kathmandu");
    await expireAll(t);
    expect(await sourceFrom(t)).toBe(Date.UTC(2025, 1, 28, 18, 15));
    await foldAll(t);
    await expectAnswers(ann, ever, "Asia/Kathmandu");
  });

  test("schedules steps for tenants that have something to expire, and leaves the others alone", async () => {
    const { t } = await recorded(history());
    await tenantOf(t, "globex");
    const now = Date.now();
    await t.mutation(inner.expiry.expire.runAll, {});
    const scheduled = await inside(
      t,
      async (ctx) => await ctx.db.system.query("_scheduled_functions").collect(),
    );
    const steps = scheduled.filter(({ name }) => name.includes("expiry/expire"));
    expect(steps.map(({ args }) => args[0] as unknown)).toMatchObject([
      { tenantId: "acme", cube: "inventory" },
    ]);
    const [{ until }] = steps[0]!.args as [{ until: number }];
    // No two functions see the same time.
    expect((until - now) / (15 * 60_000)).toBeCloseTo(1, 4);
    await t.finishAllScheduledFunctions(() => vi.advanceTimersByTime(1000));
    expect((await records(t)).every((doc) => !isOldDoc(doc))).toBe(true);
  });

  test("shows in the ticker as what it is", async () => {
    const { t, ann } = await recorded(history());
    await expireAll(t);
    const [newest] = await ann.query(api.activity.recent, { tenantId: "acme", limit: 1 });
    expect(newest).toMatchObject({ op: "expire", cube: "inventory" });
  });
});

test("browsers are told from when on records are whole, and that old ones go", async () => {
  const { t, ann } = await recorded(history());
  const { asOf } = await ann.query(api.sources.head, { tenantId: "acme" });
  const cube = { tenantId: "acme", cube: "inventory" };
  expect(await ann.query(api.sources.changes, { ...cube, after: asOf })).toMatchObject({
    sourceFrom: null,
    changes: [],
  });
  await expireAll(t);
  const page = await ann.query(api.sources.page, { ...cube, cursor: null });
  expect(page.sourceFrom).toBe(BOUNDARY);
  const { changes, sourceFrom: from } = await ann.query(api.sources.changes, {
    ...cube,
    after: asOf,
  });
  expect(from).toBe(BOUNDARY);
  expect(changes.length).toBe(history().filter(isOld).length);
  expect(changes.every(({ after }) => after === null)).toBe(true);
});
