// @vitest-environment edge-runtime
/** Whom an iteration folds: by what a change costs each generation, and none leads a round that has nothing of it. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import { inTurn, type Runner } from "../../convex/components/rollups/fold/costs.js";
import { comparePositions, start } from "../../lib/fold/position.js";
import { foldAll, foldOnce, inside, load, startBackend, tenantOf, watchRow } from "./harness.js";

const tenantId = "acme";

afterEach(() => {
  vi.useRealTimers();
});

const at = (commitTs: bigint) => ({ ...start, commitTs });
const named = (name: string, us: number | null, position = at(1n)) =>
  ({ state: { _id: name }, from: position, to: position, us }) as unknown as Runner;

describe("the generations of a round take their turns", () => {
  const order = (runners: Runner[]) =>
    inTurn(runners, 100, 1000).map(({ state }) => String(state._id));

  test("the least advanced first, and the most expensive of those at one place", () => {
    expect(
      order([named("ahead", 9, at(2n)), named("narrow", 2), named("new", null), named("wide", 8)]),
    ).toEqual(["wide", "narrow", "new", "ahead"]);
  });

  test("and one that would take less than half of the round comes last", () => {
    expect(order([named("half", 20), named("narrow", 2), named("widest", 21)])).toEqual([
      "half",
      "narrow",
      "widest",
    ]);
  });
});

describe("a round that its first generation takes a part of", () => {
  test("is that part for all: for others of the cube, and for those that nothing of it reaches", async () => {
    const fold = { changes: 40, costChanges: 1, workUs: 700 };
    const t = startBackend(1, undefined, { limits: () => ({ fold }) });
    const ann = await tenantOf(t);
    await foldAll(t);
    const row = (i: number) =>
      watchRow({ videoId: `v${i}`, title: `Video ${i}`, viewer: `p${i % 7}` });
    const rows = Array.from({ length: 40 }, (_, i) => row(i));
    await ann.mutation(api.watch.recordBatch, { tenantId, rows: rows as never });
    const states = await inside(t, (ctx) => ctx.db.query("rollupStates").collect());
    const cubeOf = new Map(states.map(({ _id, cube }) => [_id, cube]));
    await foldOnce(t);
    const { position, ahead = [] } = (await inside(t, (ctx) =>
      ctx.db.query("foldStates").unique(),
    ))!;
    const first = ahead.find(({ state }) => cubeOf.get(state) === "watch")!.position;
    // It stopped within the commit.
    expect(first.change).toBeGreaterThan(0);
    const passing = ahead.filter(({ state }) => cubeOf.get(state) === "inventory");
    expect(passing.length).toBeGreaterThan(3);
    for (const one of ahead) expect(one.position).toEqual(first);
    expect(comparePositions(position, first)).toBeLessThan(0);
    const { data, servedBy } = await load(ann, { measures: ["watch.count"] });
    expect([data, servedBy]).toEqual([[{ "watch.count": 40 }], "watch.totals@1"]);
  });
});
