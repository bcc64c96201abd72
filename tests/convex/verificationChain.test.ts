// @vitest-environment edge-runtime
/**
 * The chain of verification: one for the whole deployment, paced by a budget; tenants are due by change,
 * and none stops the others.
 */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { components } from "../../convex/_generated/api.js";
import {
  internalMutation as rawInternalMutation,
  mutation as rawMutation,
  query as rawQuery,
} from "../../convex/_generated/server.js";
import { Rollups, type CubeOptions, type LimitOverrides } from "../../src/client/index.js";
import {
  chain,
  HOUR,
  MINUTE,
  pendingLinks,
  runChain,
  takeLink,
  tick,
  verificationOf,
} from "./chain.js";
import { foldAll, inner, inside, NOW, type Backend } from "./harness.js";
import { ask, run, startApp, type Modules } from "./ownApp.js";

const DAY = 24 * HOUR;

const schema = defineSchema({
  sales: defineTable({ shop: v.string(), at: v.number(), kind: v.string(), price: v.number() })
    .index("by_shop", ["shop"])
    .index("by_shop_and_time", ["shop", "at"]),
});

const sales = {
  tenant: "shop",
  time: "at",
  fields: { price: { type: "decimal", scale: 2 } },
  dimensions: { kind: "string" },
  measures: { count: "count", revenue: { sum: "price" } },
  rollups: {
    by_kind: { dimensions: ["kind"], levels: { day: "month", month: "year" } },
    totals: { dimensions: [], levels: { day: "month", month: "year" } },
  },
} satisfies CubeOptions;

/** Shops that the app cannot say the zone of, and those whose records cannot be read in order of time. */
const lost = new Set<string>();
const unreadable = new Set<string>();
let limits: LimitOverrides = {};

beforeEach(() => {
  lost.clear();
  unreadable.clear();
  limits = {};
});

function made(): Modules {
  const rollups = new Rollups(components.rollups, {
    schema,
    authorize: (_ctx, _shop, _need) => undefined,
    cubes: { sales },
    limits,
    timezone: (_ctx, shop) => {
      if (lost.has(shop)) throw new Error(`No shop of the name ${shop}.`);
      return "UTC";
    },
  });
  const { mutation } = rollups.mutations({
    mutation: rawMutation,
    internalMutation: rawInternalMutation,
  });
  const { source, ...functions } = rollups.functions();
  const asked = source as unknown as { _handler(ctx: unknown, args: unknown): Promise<unknown> };
  const flaky = rawQuery({
    args: { ask: v.any() },
    handler: async (ctx, args): Promise<unknown> => {
      const { op, tenantId } = args.ask as { op: string; tenantId: string };
      if (["piece", "page"].includes(op) && unreadable.has(tenantId)) throw new Error("Corrupt.");
      return await asked._handler(ctx, args);
    },
  });
  return {
    rollups: { ...functions, ...rollups.admin(), source: flaky },
    sales: {
      sell: mutation({
        args: { shop: v.string(), prices: v.array(v.number()) },
        handler: async ({ db }, { shop, prices }) => {
          const insert = db.insert as unknown as (table: string, doc: object) => Promise<unknown>;
          for (const price of prices) {
            await insert("sales", { shop, price, kind: "retail", at: NOW - price * DAY });
          }
        },
      }),
    },
  };
}

const start = () => {
  const known = new Map<LimitOverrides, Modules>();
  const modules = () => {
    const current = known.get(limits) ?? made();
    known.set(limits, current);
    return current;
  };
  return startApp(schema, modules, ["rollups", "sales"]) as unknown as Backend;
};

/** Shops with some sales each, folded; their first passes are due. */
async function shops(
  names: readonly string[],
  each: (shop: string) => number = () => 5,
): Promise<Backend> {
  const t = start();
  await run(t, "rollups:start");
  for (const shop of names) {
    await sell(
      t,
      shop,
      Array.from({ length: each(shop) }, (_, i) => i),
    );
    await inside(t, async (ctx) => void (await ctx.db.insert("tenants", { tenantId: shop })));
    await foldAll(t, shop);
  }
  return t;
}

const sell = (t: Backend, shop: string, prices: number[]) => run(t, "sales:sell", { shop, prices });

interface Health {
  drifts: number;
  verification: {
    passes: number;
    dueAt: number;
    setback: { code: string; times: number } | null;
    budget: { megabytesPerMonth: number; usedMegabytes: number } | null;
  } | null;
}
const healthOf = async (t: Backend, shop: string) =>
  (await ask(t, "rollups:health", { shop })) as Health;
const dueAt = async (t: Backend, shop: string) => (await verificationOf(t, shop))!.dueAt;
const passes = async (t: Backend, shop: string) => (await verificationOf(t, shop))?.passes ?? 0;

describe("a chain", () => {
  test("is one, however often the cron comes", async () => {
    const t = await shops(["north", "south"]);
    await tick(t);
    const first = await pendingLinks(t);
    await tick(t, 30_000);
    await tick(t, 1000);
    expect(await pendingLinks(t)).toEqual(first);
    expect(first).toHaveLength(1);
  });

  test("goes through all tenants that are due, then ends", async () => {
    const t = await shops(["north", "south", "west"]);
    await tick(t);
    expect(new Set(await runChain(t))).toEqual(new Set(["north", "south", "west"]));
    for (const shop of ["north", "south", "west"]) expect(await passes(t, shop)).toBe(1);
    expect((await chain(t))!.turn).toBe(null);
    await tick(t);
    expect(await pendingLinks(t)).toEqual([]);
  });

  test("whose link never ran is given up: its tenant is left alone for a while, the others go on", async () => {
    const t = await shops(["north", "south"]);
    await tick(t);
    const { turn } = (await chain(t))!;
    const dead = await takeLink(t);
    const [other] = ["north", "south"].filter((shop) => shop !== turn!.tenantId);
    await tick(t);
    expect((await verificationOf(t, turn!.tenantId))!.setback).toMatchObject({
      ...{ code: "StepKilled", times: 1 },
    });
    expect((await runChain(t, 1))[0]).toBe(other);
    // Should it run after all, it does nothing, and makes no second chain.
    const before = await chain(t);
    await t.mutation(inner.verification.chain.link, { number: dead! });
    expect(await chain(t)).toEqual(before);
    expect((await pendingLinks(t)).length).toBeLessThan(2);
    await tick(t);
    await runChain(t);
    expect([await passes(t, "north"), await passes(t, "south")]).toEqual([1, 1]);
    expect((await verificationOf(t, turn!.tenantId))!.setback).toBeUndefined();
  });
});

describe("a tenant", () => {
  test("is due at once when its generations are new, an hour after its pass when it was written, else after a week", async () => {
    const t = await shops(["north"]);
    expect(await dueAt(t, "north")).toBeLessThanOrEqual(Date.now());
    await tick(t);
    await runChain(t);
    const { finishedAt } = (await verificationOf(t, "north"))!.last!;
    expect(await dueAt(t, "north")).toBe(finishedAt + 7 * DAY);
    await sell(t, "north", [1]);
    await foldAll(t, "north");
    expect(await dueAt(t, "north")).toBe(finishedAt + HOUR);
    vi.setSystemTime(finishedAt + HOUR - 10 * MINUTE);
    await tick(t);
    expect(await pendingLinks(t)).toEqual([]);
    await tick(t, 6 * MINUTE);
    await runChain(t);
    expect(await passes(t, "north")).toBe(2);
    await run(t, "rollups:rebuild", { shop: "north", cube: "sales" });
    await foldAll(t, "north");
    expect(await dueAt(t, "north")).toBeLessThanOrEqual(Date.now());
  });

  test("that is written while it is gone through is gone through again within the hour", async () => {
    limits = { verification: { littleBytes: 0 } };
    const t = await shops(["north"]);
    await tick(t);
    await runChain(t, 1);
    expect((await verificationOf(t, "north"))!.startedAt).toBeDefined();
    await sell(t, "north", [2]);
    await foldAll(t, "north");
    await runChain(t);
    const { last, dueAt: next } = (await verificationOf(t, "north"))!;
    expect(next).toBe(last!.finishedAt + HOUR);
  });

  test("whose generation was built while it was gone through is gone through again at once", async () => {
    limits = { verification: { littleBytes: 0 } };
    const t = await shops(["north"]);
    await tick(t);
    await runChain(t, 2);
    expect(await passes(t, "north")).toBe(0);
    await run(t, "rollups:rebuild", { shop: "north", cube: "sales", rollup: "totals" });
    await foldAll(t, "north");
    await runChain(t);
    expect(await passes(t, "north")).toBe(2);
  });

  test("whose app cannot be asked, or whose records cannot be read, stops nobody; health says so", async () => {
    const t = await shops(["lost", "north", "sad", "south"]);
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    lost.add("lost");
    unreadable.add("sad");
    await tick(t);
    await runChain(t);
    expect([await passes(t, "north"), await passes(t, "south")]).toEqual([1, 1]);
    const setbacks: number[] = [];
    for (let i = 0; i < 6; i++) {
      const { setback, dueAt: next } = (await verificationOf(t, "sad"))!;
      setbacks.push(Math.round((next - setback!.at) / MINUTE));
      await tick(t, Math.max(5 * MINUTE, next - Date.now()));
      await runChain(t);
    }
    // Within two minutes the chain waits itself; from then on each is twice as long.
    expect(setbacks.slice(1).every((wait, i) => wait >= 2 * setbacks[i]!)).toBe(true);
    expect(await healthOf(t, "sad")).toMatchObject({
      verification: { passes: 0, setback: { code: "StepFailed" } },
    });
    lost.clear();
    unreadable.clear();
    expect(await healthOf(t, "lost")).toMatchObject({
      verification: { passes: 0, setback: { code: "SourceUnreachable" } },
    });
    await tick(t, 2 * DAY);
    await runChain(t);
    for (const shop of ["lost", "sad"]) {
      expect(await healthOf(t, shop)).toMatchObject({ verification: { passes: 1, setback: null } });
    }
    warned.mockRestore();
  });

  test("whose records cannot be read does not keep looks from the others", async () => {
    const t = await shops(["north", "sad", "south"]);
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    await tick(t);
    await runChain(t);
    unreadable.add("sad");
    for (const shop of ["north", "sad", "south"]) {
      const doc = { shop, price: 7, kind: "retail", at: NOW };
      await t.run(async (ctx) => void (await ctx.db.insert("sales" as never, doc as never)));
    }
    await tick(t);
    expect([(await healthOf(t, "north")).drifts, (await healthOf(t, "south")).drifts]).toEqual([
      2, 2,
    ]);
    unreadable.clear();
    await tick(t);
    expect((await healthOf(t, "sad")).drifts).toBe(2);
    warned.mockRestore();
  });

  test("with many repairs queued waits for them", async () => {
    limits = { verification: { repairsWaiting: 2, drifts: 1 } };
    const t = await shops(["north"]);
    await inside(t, async (ctx) => {
      for (const { _id } of await ctx.db.query("rollupTiles").collect()) {
        await ctx.db.delete("rollupTiles", _id);
      }
    });
    await tick(t);
    await runChain(t, 3);
    expect(await healthOf(t, "north")).toMatchObject({
      drifts: 2,
      verification: { setback: { code: "RepairsWaiting", times: 1 } },
    });
    await foldAll(t, "north");
    await runChain(t, 1000, () => foldAll(t, "north"));
    expect(await healthOf(t, "north")).toMatchObject({
      ...{ drifts: 0, verification: { passes: 1, setback: null } },
    });
  });

  test("on demand says in health what it waits for, until its next step is made", async () => {
    limits = { verification: { repairsWaiting: 2, drifts: 1 } };
    const t = await shops(["north"]);
    await inside(t, async (ctx) => {
      for (const { _id } of await ctx.db.query("rollupTiles").collect()) {
        await ctx.db.delete("rollupTiles", _id);
      }
    });
    const step = () => t.mutation(inner.verification.pass.run, { tenantId: "north" });
    for (let i = 0; i < 3; i++) await step();
    const { dueAt } = (await verificationOf(t, "north"))!;
    expect(await healthOf(t, "north")).toMatchObject({
      verification: { setback: { code: "RepairsWaiting", times: 1 }, dueAt },
    });
    await foldAll(t, "north");
    await step();
    expect(await healthOf(t, "north")).toMatchObject({ verification: { setback: null } });
  });

  test("that takes more than an hour's share lets others that are due go first", async () => {
    const pieces = { pieceRecordsMin: 2, pieceRecordsMax: 2, recordLooks: 0 };
    limits = { verification: { ...pieces, littleBytes: 0, megabytesPerMonth: 40 } };
    const t = await shops(["large", "small"], (shop) => (shop === "large" ? 40 : 2));
    const order: string[] = [];
    for (let i = 0; i < 60 && (await passes(t, "large")) === 0; i++) {
      await tick(t, 20 * MINUTE);
      order.push(...(await runChain(t)));
      if (order.at(-1) === "small" && (await passes(t, "small")) === 1) break;
    }
    expect(order[0]).toBe("large");
    // A few steps, then the other one, to its end.
    expect(order.filter((shop) => shop === "large").length).toBeLessThan(8);
    expect([await passes(t, "large"), await passes(t, "small")]).toEqual([0, 1]);
  });
});

describe("the budget", () => {
  test("stops the chain when it is used up; as it fills, the chain goes on", async () => {
    limits = { verification: { littleBytes: 0, megabytesPerMonth: 20 } };
    const t = await shops(["north"]);
    const hourly = 20e6 / 720;
    const used: number[] = [];
    let hours = 0;
    for (; (await passes(t, "north")) === 0 && hours < 200; hours++) {
      await tick(t, HOUR);
      await runChain(t);
      used.push((await chain(t))!.used);
    }
    expect(hours).toBeGreaterThan(1);
    // Never more than an hour's share an hour, but for the step that overdraws it.
    for (const [i, bytes] of used.entries()) {
      expect(bytes).toBeLessThan((i + 1) * hourly + 60_000);
    }
    const { budget } = (await healthOf(t, "north")).verification!;
    expect(budget!.megabytesPerMonth).toBe(20);
    expect(budget!.usedMegabytes).toBeCloseTo(used.at(-1)! / 1e6, 5);
  });

  test("that was not used is kept for an hour at most, and counted by the month", async () => {
    const t = await shops(["north"]);
    await tick(t);
    await runChain(t);
    await tick(t, 10 * DAY);
    const { balance, used, since } = (await chain(t))!;
    expect(balance).toBeLessThanOrEqual(2000e6 / 720);
    expect(used).toBeGreaterThan(0);
    await tick(t, 21 * DAY);
    const next = (await chain(t))!;
    expect(next.since).toBeGreaterThan(since);
    expect(next.used).toBeLessThan(used);
  });

  test("of 0 leaves a pass on demand, which is not counted", async () => {
    limits = { verification: { megabytesPerMonth: 0 } };
    const t = await shops(["north"]);
    await tick(t);
    expect(await pendingLinks(t)).toEqual([]);
    await run(t, "rollups:verify", { shop: "north" });
    await t.mutation(inner.verification.pass.run, { tenantId: "north", until: 1 });
    expect(await healthOf(t, "north")).toMatchObject({ verification: { passes: 1 } });
    expect((await chain(t))!.used).toBe(0);
  });
});

test("1,000 tenants with nothing due cost twelve calls an hour, and some KB to look at them", async () => {
  const t = await shops(["north"]);
  await tick(t);
  await runChain(t);
  await inside(t, async (ctx) => {
    const known = await ctx.db.query("verifications").first();
    const { _id, _creationTime, ...row } = known!;
    for (let i = 0; i < 1000; i++) {
      const tenantId = `shop-${i}`;
      await ctx.db.insert("tenants", { tenantId });
      await ctx.db.insert("looks", { tenantId, asOf: 0n, seen: { sales: null } });
      await ctx.db.insert("verifications", { ...row, tenantId });
    }
  });
  const before = (await chain(t))!.used;
  for (let i = 0; i < 12; i++) {
    await tick(t);
    expect(await pendingLinks(t)).toEqual([]);
  }
  expect((await chain(t))!.used - before).toBeLessThan(150_000);
});

test("1,500 raw inserts, far apart in time, are found and restored, some hundred at a time", async () => {
  limits = { verification: { megabytesPerMonth: 1e6 } };
  const t = await shops(["north"]);
  await tick(t);
  await runChain(t);
  await t.run(async (ctx) => {
    for (let i = 0; i < 1500; i++) {
      const doc = { shop: "north", price: 1, kind: "raw", at: NOW - (i * DAY) / 2 };
      await ctx.db.insert("sales" as never, doc as never);
    }
  });
  const counted = async () => {
    const query = { measures: ["sales.count"], dimensions: ["sales.kind"] };
    const { data, servedBy } = (await ask(t, "rollups:rows", { shop: "north", query })) as {
      data: Record<string, unknown>[];
      servedBy: string;
    };
    expect(servedBy).toBe("sales.by_kind@1");
    return Object.fromEntries(data.map((row) => [row["sales.kind"], row["sales.count"]]));
  };
  expect(await counted()).toEqual({ retail: 5 });
  await tick(t);
  const links = await runChain(t, 1000, () => foldAll(t, "north", 400));
  await foldAll(t, "north", 400);
  // Each names 100 buckets: of two rollups there are 750 days each.
  expect(links.length).toBeGreaterThan(14);
  expect(await counted()).toEqual({ retail: 5, raw: 1500 });
  await tick(t, 61 * MINUTE);
  await runChain(t);
  const { drifts, verification } = await healthOf(t, "north");
  expect([drifts, verification!.setback, await passes(t, "north")]).toEqual([0, null, 3]);
});
