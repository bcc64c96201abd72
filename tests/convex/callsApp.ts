/**
 * An app whose cube has order statistics, and every kind of question about them, compared with a full sort of the app's
 * own table.
 */
import { defineSchema, defineTable, type GenericDatabaseWriter } from "convex/server";
import { ConvexError, v, type GenericId } from "convex/values";
import { expect } from "vitest";
import { components } from "../../convex/_generated/api.js";
import {
  internalMutation as rawInternalMutation,
  mutation as rawMutation,
  query as rawQuery,
} from "../../convex/_generated/server.js";
import { Rollups, type CubeOptions, type LimitOverrides } from "../../src/client/index.js";
import { foldAll, inner, inside, NOW, type Backend } from "./harness.js";
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
  visits: defineTable({ org: v.string(), at: v.number() })
    .index("by_org", ["org"])
    .index("by_org_and_time", ["org", "at"]),
});
/** A cube beside it that has no order statistics. */
export const visits = {
  tenant: "org",
  time: "at",
  dimensions: {},
  measures: { count: "count" },
  rollups: { totals: { dimensions: [], levels: { day: "month" } } },
} satisfies CubeOptions;

export const calls = {
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

export interface Call {
  _id: string;
  at: number;
  team: string;
  seconds: number | null;
}
export interface Answer {
  data: Record<string, unknown>[];
  servedBy: string;
  exact: boolean;
  verifiedAt: number | null;
}

/** What the deployed code says; for the next call. */
export const deployed: {
  cube: CubeOptions;
  others: Record<string, CubeOptions>;
  limits: LimitOverrides;
} = { cube: calls, others: {}, limits: {} };
let module: { key: string; made: ReturnType<typeof make> } | null = null;

function make() {
  const rollups = new Rollups(components.rollups, {
    ...{ schema, cubes: { calls: deployed.cube, ...deployed.others }, limits: deployed.limits },
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
      /** As the app's own query asks, after checks of its own. */
      mine: rawQuery({
        args: { value: v.number() },
        handler: async (ctx, { value }) => {
          const query = { measures: ["calls.median"] } as never;
          const { below } = await rollups.rank(ctx as never, org as never, { query, value });
          const page = { query, offset: below, limit: 1 };
          return await rollups.ranked(ctx as never, org as never, page);
        },
      }),
      visit: internalMutation({
        args: {},
        handler: async (ctx) => {
          const db = ctx.db as unknown as GenericDatabaseWriter<never>;
          await db.insert("visits" as never, { org, at: Date.now() } as never);
        },
      }),
      write: internalMutation(write as never),
      writeRaw: rawInternalMutation(write as never),
    },
  };
}
export interface Step {
  id?: string;
  call?: Partial<Omit<Call, "_id">>;
}

function modules() {
  const key = JSON.stringify(deployed);
  if (module?.key !== key) module = { key, made: make() };
  return module.made;
}

export async function open(others: Record<string, CubeOptions> = {}) {
  Object.assign(deployed, { cube: calls, others, limits: {} });
  module = null;
  const t = startApp(schema, modules);
  await run(t, "rollups:start");
  await runScheduled(backend(t), "wake/wake", inner.wake.wake.wake);
  return t;
}
export type App = Awaited<ReturnType<typeof open>>;
export const backend = (t: unknown) => t as Backend;
export const org = "acme";
export const fold = (t: App, most = 4000) => foldAll(backend(t), org, most);

export async function write(t: App, steps: Step[], name = "calls:write"): Promise<void> {
  const full = steps.map((step) =>
    step.id === undefined ? { call: { org, at: NOW, team: "a", ...step.call } } : step,
  );
  await run(t, name, { steps: full });
  await runScheduled(backend(t), "wake/wake", inner.wake.wake.wake);
}
export const records = async (t: App) =>
  (await t.run((ctx) => ctx.db.query("calls").collect())) as unknown as Call[];
export const load = async (t: App, query: object) =>
  (await ask(t, "rollups:load", { org, query })) as Answer;
export const states = (t: App) =>
  inside(backend(t), (ctx) => ctx.db.query("orderStates").collect());

export async function refusal(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  const data: unknown = error instanceof ConvexError ? error.data : String(error);
  return typeof data === "string" && data.startsWith("{") ? (JSON.parse(data) as unknown) : data;
}

/** Sorted by value, then id, without those that have none. */
export const sorted = (some: readonly Call[]) =>
  some
    .flatMap(({ _id: id, seconds: value }) => (value === null ? [] : [{ id, value }]))
    .sort((a, b) => a.value - b.value || (a.id < b.id ? -1 : 1));

function percentile(some: readonly Call[], percent: number): number | null {
  const all = sorted(some);
  return all[Math.max(0, Math.ceil((percent * all.length) / 100) - 1)]?.value ?? null;
}

/** Every kind of question, each compared with a full sort. */
export async function check(t: App, at = 0): Promise<void> {
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
export function dice(seed: number) {
  let state = seed;
  return (sides: number) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * sides);
  };
}
