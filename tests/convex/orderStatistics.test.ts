// @vitest-environment edge-runtime
/**
 * Exact percentiles, ranks and records by their place, as an app asks for them: from trees that the fold worker keeps,
 * completed by the log. What they say is compared with a full sort of the app's own table.
 */
import { defineSchema, defineTable, type GenericDatabaseWriter } from "convex/server";
import { ConvexError, v, type GenericId } from "convex/values";
import { afterEach, describe, expect, test, vi } from "vitest";
import { components } from "../../convex/_generated/api.js";
import {
  internalMutation as rawInternalMutation,
  mutation as rawMutation,
} from "../../convex/_generated/server.js";
import { Rollups, type CubeOptions, type LimitOverrides } from "../../src/client/index.js";
import { foldAll, foldOnce, inner, inside, NOW, type Backend } from "./harness.js";
import { ask, run, runScheduled, startApp } from "./ownApp.js";

const schema = defineSchema({
  calls: defineTable({
    org: v.string(),
    at: v.number(),
    team: v.string(),
    seconds: v.union(v.number(), v.null()),
  })
    .index("by_org", ["org"])
    .index("by_org_and_time", ["org", "at"]),
});
const calls = {
  tenant: "org",
  time: "at",
  fields: { seconds: { type: "decimal", scale: 1 } },
  dimensions: { team: "string" },
  measures: {
    count: "count",
    median: { type: "percentile", field: "seconds", p: 0.5, exact: true },
    p95: { type: "percentile", field: "seconds", p: 0.95, exact: true },
  },
  rollups: { by_team: { dimensions: ["team"], levels: { day: "month" } } },
  orderStatistics: {
    seconds: { field: "seconds", by: ["team"] },
    by_month: { field: "seconds", by: [], granularity: "month" },
  },
} satisfies CubeOptions;

interface Call {
  _id: string;
  at: number;
  team: string;
  seconds: number | null;
}
interface Answer {
  data: Record<string, unknown>[];
  servedBy: string;
  exact: boolean;
}

/** What the deployed code says; for the next call. */
let cube: CubeOptions = calls;
let limits: LimitOverrides = {};
let module: { key: string; made: ReturnType<typeof make> } | null = null;

function make() {
  const rollups = new Rollups(components.rollups, {
    ...{ schema, cubes: { calls: cube }, limits },
    authorize: (_ctx, org, need) => {
      if ((org as string) === "closed" && need === "read") {
        throw new ConvexError({ code: "Forbidden" });
      }
    },
  });
  const { internalMutation } = rollups.mutations({
    mutation: rawMutation,
    internalMutation: rawInternalMutation,
  });
  /** A number of steps in one mutation: a record without an id is new, one without a call goes. */
  const write = {
    args: { steps: v.array(v.any()) },
    handler: async (ctx: { db: unknown }, { steps }: { steps: Step[] }) => {
      const db = ctx.db as GenericDatabaseWriter<never>;
      for (const { id, call } of steps) {
        if (id === undefined) await db.insert("calls" as never, call as never);
        else if (call === undefined) await db.delete(id as GenericId<never>);
        else await db.patch(id as GenericId<never>, call as never);
      }
    },
  };
  return {
    rollups: { ...rollups.functions(), ...rollups.admin() },
    calls: {
      write: internalMutation(write as never),
      writeRaw: rawInternalMutation(write as never),
    },
  };
}
interface Step {
  id?: string;
  call?: Partial<Omit<Call, "_id">>;
}

function modules() {
  const key = JSON.stringify([cube, limits]);
  if (module?.key !== key) module = { key, made: make() };
  return module.made;
}

async function open() {
  [cube, limits, module] = [calls, {}, null];
  const t = startApp(schema, modules);
  await run(t, "rollups:start");
  await runScheduled(backend(t), "wake/wake", inner.wake.wake.wake);
  return t;
}
type App = Awaited<ReturnType<typeof open>>;
const backend = (t: unknown) => t as Backend;
const org = "acme";
const fold = (t: App, most = 4000) => foldAll(backend(t), org, most);

async function write(t: App, steps: Step[], name = "calls:write"): Promise<void> {
  const full = steps.map((step) =>
    step.id === undefined ? { call: { org, at: NOW, team: "a", ...step.call } } : step,
  );
  await run(t, name, { steps: full });
  await runScheduled(backend(t), "wake/wake", inner.wake.wake.wake);
}
const records = async (t: App) =>
  (await t.run((ctx) => ctx.db.query("calls").collect())) as unknown as Call[];
const load = async (t: App, query: object) =>
  (await ask(t, "rollups:load", { org, query })) as Answer;
const states = (t: App) => inside(backend(t), (ctx) => ctx.db.query("orderStates").collect());

async function refusal(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  const data: unknown = error instanceof ConvexError ? error.data : String(error);
  return typeof data === "string" && data.startsWith("{") ? (JSON.parse(data) as unknown) : data;
}

/** Sorted by value, then id, without those that have none. */
const sorted = (some: readonly Call[]) =>
  some
    .flatMap(({ _id: id, seconds: value }) => (value === null ? [] : [{ id, value }]))
    .sort((a, b) => a.value - b.value || (a.id < b.id ? -1 : 1));

function percentile(some: readonly Call[], percent: number): number | null {
  const all = sorted(some);
  return all[Math.max(0, Math.ceil((percent * all.length) / 100) - 1)]?.value ?? null;
}

/** Every kind of question, each compared with a full sort. */
async function check(t: App, at = 0): Promise<void> {
  const all = await records(t);
  const expected = (of: readonly Call[]) => ({
    "calls.median": percentile(of, 50),
    "calls.p95": percentile(of, 95),
  });
  const measures = ["calls.median", "calls.p95"];
  const teams = [...new Set(all.map(({ team }) => team))].sort();
  const grouped = await load(t, {
    measures,
    dimensions: ["calls.team"],
    order: { "calls.team": "asc" },
  });
  expect(grouped).toMatchObject({ servedBy: "calls.seconds@1", exact: true });
  expect(grouped.data).toEqual(
    teams.map((team) => ({
      "calls.team": team,
      ...expected(all.filter((one) => one.team === team)),
    })),
  );
  const total = await load(t, { measures });
  expect(total.data).toEqual([expected(all)]);
  const filters = [{ member: "calls.team", operator: "notEquals", values: ["a"] }];
  const others = sorted(all.filter(({ team }) => team !== "a"));
  const query = { measures: ["calls.median"], filters };
  const page = { offset: at % (others.length + 1), limit: 7 };
  expect(await ask(t, "rollups:ranked", { org, query, ...page })).toEqual({
    records: others.slice(page.offset, page.offset + 7),
    ...{ total: others.length, servedBy: "calls.seconds@1" },
  });
  expect(await ask(t, "rollups:ranked", { org, query, ...page, order: "desc" })).toMatchObject({
    records: [...others].reverse().slice(page.offset, page.offset + 7),
  });
  const value = others[page.offset]?.value ?? 3.3;
  expect(await ask(t, "rollups:rank", { org, query, value })).toEqual({
    below: others.filter((one) => one.value < value).length,
    equal: others.filter((one) => one.value === value).length,
    ...{ total: others.length, servedBy: "calls.seconds@1" },
  });
}

/** The same numbers in every run. */
function dice(seed: number) {
  let state = seed;
  return (sides: number) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * sides);
  };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("exact percentiles", () => {
  test("equal a full sort through 10,000 random edits, whatever of them is folded", async () => {
    const t = await open();
    const roll = dice(7);
    const live: string[] = [];
    for (let step = 0; step < 10_000;) {
      const steps: Step[] = [];
      const many = 1 + roll(60);
      const touched = new Set<string>();
      for (let i = 0; i < many; i++, step++) {
        const id = live[roll(live.length)];
        const call = {
          team: ["a", "b", "c"][roll(3)] as string,
          seconds: roll(12) === 0 ? null : roll(300) / 10,
        };
        const kind = roll(10);
        if (id === undefined || kind < 4 || touched.has(id)) steps.push({ call });
        else {
          touched.add(id);
          if (kind < 7) steps.push({ id, call });
          else if (kind < 8) steps.push({ id, call: { at: NOW - roll(90) * 86_400_000 } });
          else steps.push({ id });
        }
      }
      await write(t, steps);
      for (let i = roll(5); i > 0; i--) await foldOnce(backend(t), org);
      live.length = 0;
      live.push(...(await records(t)).map(({ _id }) => _id));
      if ((await states(t)).some(({ name, status }) => name === "seconds" && status === "ready")) {
        await check(t, step);
      }
    }
    await fold(t);
    await check(t, 5);
    const [kept, all] = [await states(t), await records(t)];
    expect(kept.map(({ status, records }) => [status, records])).toEqual([
      ["ready", all.length],
      ["ready", all.length],
    ]);
  }, 600_000);
});
