// @vitest-environment edge-runtime
/**
 * Definitions that change after records have expired: nothing is built from half a history, nothing that
 * holds the whole of it is given up, and both are said by name.
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "../../convex/_generated/api.js";
import type { CubeOptions } from "../../src/client/cubes/cubeOptions.js";
import {
  blocked,
  BOUNDARY,
  DAY,
  deploy,
  expectAnswers,
  expireAll,
  health,
  history,
  pass,
  recorded,
  records,
  refusal,
  sourceFrom,
  states,
  step,
  stock,
  type Member,
} from "./expiring.js";
import {
  insertAsDeployed,
  foldAll,
  foldOnce,
  load,
  NOW,
  tenantOf,
  type Backend,
  inside,
  inner,
} from "./harness.js";

const shipped = (cube: CubeOptions) => cube;
afterEach(() => deploy(shipped));

const rollup = (name: string, change: Partial<CubeOptions["rollups"][string]>) =>
  function changed(cube: CubeOptions): CubeOptions {
    const rollups = { ...cube.rollups, [name]: { ...cube.rollups[name]!, ...change } };
    return { ...cube, rollups };
  };
const added = rollup("costs_by_product", {
  dimensions: ["product"],
  measures: ["count", "minUnitCost"],
  levels: { day: "month" },
});
const costsByProduct = {
  measures: ["inventory.count", "inventory.minUnitCost"],
  dimensions: ["inventory.product"],
};
const byCategory = { measures: ["inventory.quantity"], dimensions: ["inventory.category"] };

async function expired() {
  const ever = history();
  const world = await recorded(ever);
  await expireAll(world.t);
  await foldAll(world.t);
  return { ...world, ever };
}

/** Generation and status by rollup, with the code of a failure. */
async function lives(t: Backend, rollup: string): Promise<string[]> {
  const mine = (await states(t)).filter((state) => state.rollup === rollup);
  return mine.map(({ generation, status, failure }) =>
    [generation, status, ...(failure === undefined ? [] : [failure.code])].join(" "),
  );
}

const refused = async (ann: Member, query: unknown, name: string) => {
  const { considered } = await ann.query(api.aggregates.explain, {
    tenantId: "acme",
    query: query as never,
  });
  return (considered as { rollup: string; generation: number; refusal: unknown }[])
    .filter((one) => one.rollup === name)
    .map((one) => one.refusal);
};

describe("a new definition", () => {
  test("is not built, says so, and the worker rests", async () => {
    const { t, ann, ever } = await expired();
    deploy(added);
    await foldAll(t);
    expect(await lives(t, "costs_by_product")).toEqual(["1 failed SourceExpired"]);
    expect(await foldOnce(t)).toBe(false);
    expect(await refusal(load(ann, costsByProduct))).toBe("SourceExpired");
    expect(await refused(ann, costsByProduct, "costs_by_product")).toEqual([
      expect.objectContaining({
        code: "SourceExpired",
        message: expect.stringContaining("2025-03-01") as string,
      }),
    ]);
    expect((await health(ann)).rollups).toContainEqual(
      expect.objectContaining({
        rollup: "costs_by_product",
        failure: expect.objectContaining({ code: "SourceExpired" }) as unknown,
      }),
    );
    await expectAnswers(ann, ever);
    // It stands in nobody's way: what else is old expires.
    expect(await blocked(ann)).toBe(null);
    vi.setSystemTime(NOW + 9 * DAY);
    await expireAll(t);
    expect(await sourceFrom(t)).toBe(BOUNDARY + 9 * DAY);
    await foldAll(t);
    await expectAnswers(ann, ever);
    // Taken back, it leaves nothing behind.
    deploy(shipped);
    await foldAll(t);
    expect(await lives(t, "costs_by_product")).toEqual([]);
    await expectAnswers(ann, ever);
  });

  test("of a rollup that serves: the old generation goes on serving and folding", async () => {
    const { t, ann, ever } = await expired();
    deploy(rollup("by_category", { levels: { hour: "day", month: "quarter" } }));
    await foldAll(t);
    expect(await lives(t, "by_category")).toEqual(["1 ready", "2 failed SourceExpired"]);
    const late = stock({ category: "Category 1", occurredAt: NOW - 600 * DAY, quantity: 12 });
    await ann.mutation(api.inventory.record, { tenantId: "acme", row: late });
    await foldAll(t);
    await expectAnswers(ann, [...ever, late]);
    expect((await load(ann, byCategory)).servedBy).toBe("inventory.by_category@1");
    // Another one after it, and back.
    deploy(rollup("by_category", { dimensions: ["category", "weekday"] }));
    await foldAll(t);
    expect(await lives(t, "by_category")).toEqual(["1 ready", "3 failed SourceExpired"]);
    deploy(shipped);
    await foldAll(t);
    expect(await lives(t, "by_category")).toEqual(["1 ready"]);
    await expectAnswers(ann, [...ever, late]);
  });

  test("beside one that is left out: what served is kept until nothing is missing", async () => {
    const { t, ann, ever } = await expired();
    const without = (cube: CubeOptions): CubeOptions => {
      const { by_category: _, ...rollups } = cube.rollups;
      return { ...cube, rollups };
    };
    deploy((cube) => added(without(cube)));
    await foldAll(t);
    expect(await lives(t, "by_category")).toEqual(["1 ready"]);
    expect(await lives(t, "costs_by_product")).toEqual(["1 failed SourceExpired"]);
    await expectAnswers(ann, ever);
    deploy(shipped);
    await foldAll(t);
    expect(await lives(t, "by_category")).toEqual(["1 ready"]);
    expect(await lives(t, "costs_by_product")).toEqual([]);
    await expectAnswers(ann, ever);
    // To leave it out, with nothing missing, is to give it up.
    deploy(without);
    await foldAll(t);
    expect(await lives(t, "by_category")).toEqual([]);
  });

  test("that the worker has not begun with keeps records from expiring until it is built", async () => {
    const ever = history();
    const { t, ann } = await recorded(ever);
    deploy(added);
    await step(t);
    expect([await sourceFrom(t), await blocked(ann)]).toEqual([null, "Building"]);
    await foldAll(t);
    await expireAll(t);
    expect(await sourceFrom(t)).toBe(BOUNDARY);
    const answered = await load(ann, costsByProduct);
    expect(answered.servedBy).toBe("inventory.costs_by_product@1");
    const counts = answered.data.map((row) => row["inventory.count"] as number);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(ever.length);
  });

  test("planned before the records expired, and carried out after, is dropped", async () => {
    const { t, ann } = await recorded(history());
    deploy(added);
    const work = await t.query(inner.worker.nextWork.nextWork, { name: "fold:acme" });
    if (!("batch" in work)) throw new Error("The worker has nothing to do.");
    expect(work.batch.job).toMatchObject({ kind: "define", start: [{}] });
    // The job still runs the code of before.
    deploy(shipped);
    await step(t);
    expect(await sourceFrom(t)).toBe(BOUNDARY);
    deploy(added);
    await t.mutation(inner.worker.worker.work, work.batch);
    expect(await lives(t, "costs_by_product")).toEqual([]);
    await foldAll(t);
    expect(await lives(t, "costs_by_product")).toEqual(["1 failed SourceExpired"]);
    expect(await refusal(load(ann, costsByProduct))).toBe("SourceExpired");
  });
});

test("a tenant's new zone is refused for what has expired; the old generations serve on", async () => {
  const { t, ann, ever } = await expired();
  await t.mutation(internal.tenants.ensure, { tenantId: "acme", timezone: "Asia/Kathmandu" });
  await foldAll(t);
  expect(await lives(t, "totals")).toEqual(["1 ready", "2 failed SourceExpired"]);
  const total = await load(ann, { measures: ["inventory.count"] });
  expect([total.servedBy, total.data]).toEqual([
    expect.stringMatching(/@1$/),
    [{ "inventory.count": ever.length }],
  ]);
  const hours = { measures: ["inventory.count"], dimensions: ["inventory.hourOfDay"] };
  expect(await refusal(load(ann, hours))).toBe("SourceExpired");
  await t.mutation(internal.tenants.ensure, { tenantId: "acme", timezone: "UTC" });
  await foldAll(t);
  expect(await lives(t, "totals")).toEqual(["1 ready"]);
  await expectAnswers(ann, ever);
});

describe("a deploy that reads a field otherwise", () => {
  const rescaled = (cube: CubeOptions): CubeOptions => ({
    ...cube,
    fields: { ...cube.fields, unitCost: { type: "decimal", scale: 6 } },
  });
  const costs = { measures: ["inventory.value"], dimensions: ["inventory.category"] };

  test("takes nothing away where nothing was written before it was rolled back", async () => {
    const { t, ann, ever } = await expired();
    deploy(rescaled);
    await foldAll(t);
    expect(await lives(t, "costs")).toEqual(["1 ready", "2 failed SourceExpired"]);
    expect(await refusal(load(ann, costs))).toBe("SourceExpired");
    expect(await blocked(ann)).toBe("DefinitionChanged");
    // Nothing is restored in another reading.
    await pass(t);
    expect(await foldOnce(t)).toBe(false);
    deploy(shipped);
    await foldAll(t);
    expect(await lives(t, "costs")).toEqual(["1 ready"]);
    await expectAnswers(ann, ever);
  });

  test("and writes: tiles that can take it no more fail by name, stay, and are never swept", async () => {
    const { t, ann, ever } = await expired();
    const tiles = async () =>
      (await inside(t, async (ctx) => await ctx.db.query("rollupTiles").collect())).filter(
        (tile) => tile.rollup === "inventory.costs",
      ).length;
    const before = await tiles();
    deploy(rescaled);
    const doc = { ...stock({ unitCost: 7.5 }), tenantId: "acme" };
    await insertAsDeployed(t, "inventoryRecords", doc);
    await foldAll(t);
    expect(await lives(t, "costs")).toEqual([
      "1 failed DefinitionChanged",
      "2 failed SourceExpired",
    ]);
    expect(await refusal(load(ann, costs))).toBe("SourceExpired");
    expect(await health(ann)).toMatchObject({ backlog: 0 });
    expect(await foldOnce(t)).toBe(false);
    expect(await tiles()).toBe(before);
    // Rolled back, it misses a change: it does not serve, and is still there to be looked at.
    deploy(shipped);
    await foldAll(t);
    expect(await lives(t, "costs")).toEqual(["1 failed DefinitionChanged"]);
    expect(await refusal(load(ann, costs))).toBe("SourceExpired");
    expect([await tiles(), await blocked(ann)]).toEqual([before, "Failed"]);
    // What is left of the source answers for its own time.
    const recent = await load(ann, {
      ...costs,
      timeDimensions: [
        { dimension: "inventory.occurredAt", dateRange: ["2025-03-01", "2026-02-28"] },
      ],
    });
    expect(recent.servedBy).toBe("scan");
    expect((await records(t)).length).toBeLessThan(ever.length);
  });
});

test("tenants without the cube's records build anew as ever", async () => {
  const { t } = await expired();
  const gina = await tenantOf(t, "globex", { subject: "gina" });
  deploy(added);
  await foldAll(t, "globex");
  const answered = await load(gina, costsByProduct, { tenantId: "globex" });
  expect(answered.servedBy).toBe("inventory.costs_by_product@1");
});
