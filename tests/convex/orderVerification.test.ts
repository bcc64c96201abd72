// @vitest-environment edge-runtime
/** Verification of order statistics: trees that are not what the records say are found, and built again. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { components } from "../../convex/components/rollups/_generated/api.js";
import {
  backend,
  check,
  deployed,
  dice,
  fold,
  load,
  open,
  org,
  records,
  states,
  write,
  type App,
  type Call,
  type Step,
} from "./callsApp.js";
import { foldOnce, inner, inside, NOW } from "./harness.js";
import { ask, run, runScheduled } from "./ownApp.js";

afterEach(() => {
  vi.useRealTimers();
});

const { aggregate } = components;
const DAY = 86_400_000;
const some = (count: number): Step[] =>
  Array.from({ length: count }, (_, i) => ({
    call: {
      seconds: i % 9 === 0 ? null : ((i * 37) % 101) / 10,
      team: ["a", "b", "🧡"][i % 3] as string,
      at: NOW - i * DAY,
    },
  }));

const statusOf = async (t: App) =>
  (await states(t)).map(({ name, generation, status }) => `${name}@${generation} ${status}`).sort();
const intact = ["by_month@1 ready", "seconds@1 ready"];

/** One step of the pass; whether that was its last one. */
async function step(t: App): Promise<boolean> {
  const passes = () =>
    inside(backend(t), async (ctx) => (await ctx.db.query("verifications").first())?.passes ?? 0);
  const before = await passes();
  await backend(t).mutation(inner.verification.pass.run, { tenantId: org });
  return (await passes()) > before;
}

async function pass(t: App): Promise<void> {
  for (let i = 0; i < 500; i++) if (await step(t)) return;
  throw new Error("The pass does not end.");
}

interface Health {
  orderStatistics: { statistic: string; verifiedAt: number | null }[];
}

type Group = { _id: string; values: readonly unknown[]; entries: number };

/** The tree of team b in the statistic of all time. */
async function treeOf(t: App): Promise<Group> {
  return await inside(backend(t), async (ctx) => {
    const rows = (await ctx.db.query("orderGroups").collect()) as unknown as Group[];
    return rows.find(({ values }) => values.length === 1 && values[0] === "b") as Group;
  });
}

const keyOf = ({ _id, seconds }: Call) => [Math.round((seconds as number) * 10), _id];

type Change = (t: App, tree: Group, one: Call, other: Call) => Promise<unknown>;
const call = (t: App, name: "insert" | "delete_", args: object) =>
  inside(backend(t), (ctx) => ctx.runMutation(aggregate.public[name] as never, args as never));

const wrongs: readonly [string, Change][] = [
  ["lacks an entry", (t, { _id }, one) => call(t, "delete_", { namespace: _id, key: keyOf(one) })],
  [
    "has an entry too many",
    (t, { _id }) => call(t, "insert", { namespace: _id, key: [5, "nobody"], value: null }),
  ],
  [
    "has a record with another value",
    async (t, { _id }, one) => {
      await call(t, "delete_", { namespace: _id, key: keyOf(one) });
      await call(t, "insert", { namespace: _id, key: [9999, one._id], value: null });
    },
  ],
  [
    "counts records that are not there",
    (t, { _id }) =>
      inside(backend(t), async (ctx) => {
        const row = await ctx.db.get("orderGroups", _id as never);
        await ctx.db.patch("orderGroups", _id as never, { records: row!.records + 1 });
      }),
  ],
  [
    "has two records with each other's values",
    async (t, { _id }, one, other) => {
      const swapped = [
        { ...one, seconds: other.seconds },
        { ...other, seconds: one.seconds },
      ];
      for (const record of [one, other])
        await call(t, "delete_", { namespace: _id, key: keyOf(record) });
      for (const record of swapped)
        await call(t, "insert", { namespace: _id, key: keyOf(record), value: null });
    },
  ],
];

describe("a pass of verification", () => {
  test.each(wrongs)("finds a tree that %s, which is built again", async (_, change) => {
    const t = await open();
    deployed.limits = { verification: { orderRecords: 7, orderSteps: 3 } };
    await write(t, some(60));
    await fold(t);
    await pass(t);
    expect(await statusOf(t)).toEqual(intact);
    const mine = (await records(t)).filter(({ team, seconds }) => team === "b" && seconds !== null);
    const [one, other] = [mine[0]!, mine.find(({ seconds }) => seconds !== mine[0]!.seconds)!];
    await change(t, await treeOf(t), one, other);
    await pass(t);
    expect(await statusOf(t)).toEqual(["by_month@1 ready", "seconds@1 retiring"]);
    // Wrong trees answer nothing.
    const byTeam = { measures: ["calls.median"], dimensions: ["calls.team"] };
    expect((await load(t, byTeam)).servedBy).toBe("scan");
    await runScheduled(backend(t), "wake/wake", inner.wake.wake.wake);
    await fold(t);
    expect(await statusOf(t)).toEqual(["by_month@1 ready", "seconds@2 ready"]);
    expect((await load(t, byTeam)).servedBy).toBe("calls.seconds@2");
    await pass(t);
    expect(await statusOf(t)).toEqual(["by_month@1 ready", "seconds@2 ready"]);
  });

  test("tells by its route when each was last found to be right", async () => {
    const t = await open();
    await write(t, some(40));
    await fold(t);
    const byTeam = { measures: ["calls.median"], dimensions: ["calls.team"] };
    const verified = async () => {
      const { servedBy, verifiedAt } = await load(t, byTeam);
      const { orderStatistics } = (await ask(t, "rollups:health", { org })) as Health;
      return [servedBy, verifiedAt, ...orderStatistics.map((one) => one.verifiedAt)];
    };
    expect(await verified()).toEqual(["calls.seconds@1", null, null, null]);
    const before = Date.now();
    await pass(t);
    const [route, ...times] = await verified();
    expect(route).toBe("calls.seconds@1");
    for (const at of times) expect(at).toBeGreaterThanOrEqual(before);
    // Built again, its trees are others.
    await run(t, "rollups:rebuild", { org, cube: "calls" });
    await runScheduled(backend(t), "wake/wake", inner.wake.wake.wake);
    await fold(t);
    expect(await verified()).toEqual(["calls.seconds@2", null, null, null]);
  });

  test("finds nothing wrong while records are written and moved between its steps", async () => {
    const t = await open();
    deployed.limits = {
      verification: { orderRecords: 6, orderSteps: 1, littleBytes: 1 },
      orders: { moves: 9 },
    };
    await write(t, some(50));
    await fold(t);
    const roll = dice(11);
    const stages = new Set<string>();
    for (let passes = 0; passes < 3;) {
      const cursor = await inside(
        backend(t),
        async (ctx) => (await ctx.db.query("verifications").first())?.cursor,
      );
      if (cursor?.stage === "orders") {
        const { compared } = cursor;
        stages.add(compared?.cursor === "end" ? "trees" : "records");
        if (compared?.tree?.entry) stages.add("within a tree");
      }
      const all = await records(t);
      const any = () => all[roll(all.length)]?._id as string;
      const team = ["a", "b", "🧡", "late"][roll(4)] as string;
      const [edited, moved, gone] = [any(), any(), any()];
      const steps: Step[] = [
        { call: { team, seconds: roll(5) === 0 ? null : roll(200) / 10 } },
        { id: edited, call: { seconds: roll(4) === 0 ? null : roll(200) / 10 } },
        ...(moved === edited ? [] : [{ id: moved, call: { team } }]),
        ...(gone === edited || gone === moved ? [] : [{ id: gone }]),
      ];
      await write(t, steps.slice(roll(steps.length)));
      for (let i = roll(3); i > 0; i--) await foldOnce(backend(t), org);
      if (await step(t)) passes++;
      expect((await statusOf(t)).filter((one) => intact.includes(one))).toEqual(intact);
    }
    expect([...stages].sort()).toEqual(["records", "trees", "within a tree"]);
    await fold(t);
    deployed.limits = {};
    await check(t, 3);
  });
});
