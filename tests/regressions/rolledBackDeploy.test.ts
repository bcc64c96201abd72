/**
 * A deploy reads prices with another scale and is rolled back. Log rows say how the facts in them were
 * read, so what one version wrote is never counted by tiles of the other: answers come from the
 * source until the generations are built anew. A deploy that leaves a rollup's fields alone leaves
 * its tiles alone too.
 */
import { describe, expect, test } from "vitest";
import { ask } from "../simulation/checks/answers.js";
import { checkQuiet, checkTiles } from "../simulation/checks/tiles.js";
import { turn } from "../simulation/backend/knobs.js";
import { openWorld } from "../simulation/runner.js";
import { toQueryJson, type Question } from "../simulation/oracle/question.js";
import { rescaled, widened } from "../simulation/source/cubes.js";
import { instants, type Row } from "../simulation/source/rows.js";
import type { Edit, IterationLimits, Step } from "../simulation/world/steps.js";
import type { World } from "../simulation/world/world.js";

const original = 0;
const row: Row = {
  ...{ at: instants[0]!, category: "a", warehouse: "x", topics: [], person: "p" },
  ...{ quantity: 1, size: 1, price: 0.1, note: 0 },
};
const insert: Edit = { op: "insert", tenant: 0, cube: "sales", row };
const write = (...edits: Edit[]): Step => ({
  ...{ ask: 1, do: "write", rowChanges: 512, later: 1 },
  edits,
});
const edit = (pick: number, set: Partial<Row>) =>
  write({ op: "update", tenant: 0, pick, set: { price: 0.2, ...set } });
const remove = (pick: number) => write({ op: "delete", tenant: 0, pick });
const deploy = (version: number): Step => ({ ask: 1, do: "deploy", version });
const fold = (limits: IterationLimits = {}): Step => ({ ask: 1, do: "fold", tenant: 0, limits });
const drain: Step = { ask: 1, do: "drain", tenant: 0, limits: {} };

const prices: Question = {
  ...{ cube: "sales", measures: ["count", "value", "highestPrice", "lowestPrice"] },
  ...{
    dimensions: [],
    time: null,
    compared: null,
    filters: [],
    having: [],
    order: null,
    limit: null,
    offset: 0,
  },
  ...{ total: false, timezone: null },
};
const counts: Question = { ...prices, measures: ["count", "quantity"] };

/** Takes steps; all answers are checked after each of them. */
async function run(world: World, ...steps: Step[]): Promise<void> {
  for (const step of steps) {
    await world.run(step);
    checkTiles(world, 0);
    turn({ cells: world.trace.cells });
    for (const question of [prices, counts]) {
      await ask(world, 0, question, "live");
      await ask(world, 0, question, "folded");
    }
  }
}

const start = (): Promise<World> =>
  openWorld({ seed: 1, zones: ["UTC", "UTC"], version: original, cells: 256, steps: [] });

async function serving(...edits: Edit[]): Promise<World> {
  const world = await start();
  await run(world, write(...edits), drain);
  expect(await ask(world, 0, prices, "live")).toBe("rollup");
  return world;
}

const generationOf = (world: World, rollup: string) =>
  world
    .documents("rollupStates", 0)
    .filter((state) => state.rollup === rollup && state.status === "ready")
    .map(({ generation }) => generation);

/** Everything is folded and serves again. */
async function settles(world: World): Promise<void> {
  await run(world, drain);
  checkQuiet(world, 0);
  expect(await ask(world, 0, prices, "live")).toBe("rollup");
  expect(await ask(world, 0, prices, "folded")).toBe("rollup");
}

describe("a deploy that reads a field otherwise, rolled back", () => {
  test("records written before, in between and after are counted right", async () => {
    const world = await serving(insert);
    await run(world, write(insert), deploy(rescaled), write(insert));
    expect(await ask(world, 0, prices, "live")).toBe("scan");
    await run(world, deploy(original), write(insert));
    expect(await ask(world, 0, prices, "live")).toBe("scan");
    expect(await ask(world, 0, prices, "folded")).toBe("rollup");
    await settles(world);
    expect(generationOf(world, "totals")).toEqual([2]);
  });

  test("records edited and deleted by either version are counted right", async () => {
    const world = await serving(insert, insert, insert, insert);
    await run(world, edit(0, {}), deploy(rescaled), edit(0, { category: "b" }), edit(1, {}));
    await run(world, remove(2), deploy(original), edit(1, { price: 10.05 }), edit(0, { price: 0 }));
    await run(world, remove(0), write(insert));
    await settles(world);
  });

  test("nothing is built anew where nothing was written in between", async () => {
    const world = await serving(insert);
    await run(world, write(insert), deploy(rescaled), deploy(original));
    expect(await ask(world, 0, prices, "live")).toBe("rollup");
    await settles(world);
    expect(generationOf(world, "totals")).toEqual([1]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("after %i iterations of the worker", async (iterations) => {
    const world = await serving(insert, insert, insert);
    const slow = Array.from({ length: iterations }, () =>
      fold({ page: 1, bite: 1, work: 0, looks: 0 }),
    );
    await run(world, deploy(rescaled), edit(0, {}), ...slow, edit(1, {}), write(insert));
    await run(world, deploy(original), remove(1), ...slow, edit(0, { price: 0.3 }));
    // Rolled forward again: log rows of both versions wait, and a build is under way.
    await run(world, deploy(rescaled), ...slow, write(insert), remove(0), deploy(original));
    await settles(world);
  });

  test("a lost extreme is not restored into tiles of another scale", async () => {
    const highest: Edit = { ...insert, row: { ...row, price: 10.05 } };
    const world = await serving(highest, insert, insert, insert, insert);
    const slow = fold({ page: 1 });
    await run(world, remove(0), deploy(rescaled), slow, slow, slow, deploy(original));
    await settles(world);
  });

  test("a plan made by one version is safe in the hands of the other", async () => {
    const world = await serving(insert);
    const plan: Step = { ask: 1, do: "plan", tenant: 0, limits: {} };
    const work: Step = { ask: 1, do: "work", tenant: 0, limits: {} };
    await run(world, write(insert), plan, deploy(rescaled), work, write(insert), plan);
    await run(world, deploy(original), work, plan, deploy(rescaled), work, fold(), plan);
    await run(world, deploy(original), write(insert), work);
    await settles(world);
  });

  test("where the source is too large to scan, answers are refused by name", async () => {
    const world = await serving(insert, insert, insert);
    await run(world, deploy(rescaled), write(insert), deploy(original));
    turn({ cells: 256, scanRecords: 3 });
    expect(await ask(world, 0, prices, "live")).toBe("NoRollup");
    const refused = world.load(0, { query: toQueryJson(prices) });
    const refusal = { code: "DefinitionChanged" };
    const totals = expect.objectContaining({
      rollup: "totals",
      refusal: expect.objectContaining(refusal),
    });
    await expect(refused).rejects.toMatchObject({
      data: { considered: expect.arrayContaining([totals]) },
    });
  });
});

describe("a deploy with another field", () => {
  test("keeps all tiles, whatever each version wrote", async () => {
    const world = await serving(insert);
    await run(world, write(insert), deploy(widened), write(insert), edit(0, {}));
    expect(await ask(world, 0, prices, "live")).toBe("rollup");
    await run(world, deploy(original), remove(1), write(insert));
    expect(await ask(world, 0, prices, "live")).toBe("rollup");
    await settles(world);
    expect(generationOf(world, "totals")).toEqual([1]);
  });
});

test("rollups of another cube serve on", async () => {
  const world = await serving(insert);
  await run(world, deploy(rescaled), write(insert), fold());
  expect(await ask(world, 0, { ...counts, cube: "visits", measures: ["count"] }, "live")).toBe(
    "rollup",
  );
  await settles(world);
  expect(generationOf(world, "byPage")).toEqual([1]);
});
