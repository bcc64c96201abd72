// @vitest-environment edge-runtime
/**
 * The boundary between an app and the component: one transaction on both sides, refusals that arrive
 * with their code, and a way to ask the app that is lost and found again.
 */
import { defineSchema, defineTable } from "convex/server";
import { ConvexError, v } from "convex/values";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { components } from "../../convex/_generated/api.js";
import {
  internalMutation as rawInternalMutation,
  mutation as rawMutation,
} from "../../convex/_generated/server.js";
import { Rollups, type CubeOptions, type LimitOverrides } from "../../src/client/index.js";
import { foldAll, foldOnce, inner, inside, NOW, type Backend } from "./harness.js";
import { ask, run, startApp, type Modules } from "./ownApp.js";

const DAY = 86_400_000;

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
  rollups: { by_kind: { dimensions: ["kind"], levels: { day: "month", month: "year" } } },
} satisfies CubeOptions;

interface Told {
  module?: string;
  limits?: LimitOverrides;
}

/** The functions of an app over `sales`. */
function made(told: Told = {}) {
  const rollups = new Rollups(components.rollups, {
    schema,
    authorize: (_ctx, shop, _need) => {
      if (shop === "closed") throw new ConvexError({ code: "Stranger" });
    },
    cubes: { sales },
    ...told,
  });
  const { mutation } = rollups.mutations({
    mutation: rawMutation,
    internalMutation: rawInternalMutation,
  });
  const sale = { shop: v.string(), price: v.number(), kind: v.optional(v.string()) };
  type Sale = { shop: string; price: number; kind?: string };
  const insert = (db: { insert: unknown }, { kind = "retail", ...rest }: Sale) =>
    (db.insert as (table: string, doc: object) => Promise<unknown>)("sales", {
      ...rest,
      kind,
      at: NOW,
    });
  return {
    rollups: { ...rollups.functions(), ...rollups.admin() },
    sales: {
      sell: mutation({
        args: sale,
        handler: async ({ db }, args) => void (await insert(db, args)),
      }),
      /** Goes on after the refusal of its second record. */
      sellTwo: mutation({
        args: { first: v.object(sale), second: v.object(sale) },
        handler: async ({ db }, { first, second }) => {
          await insert(db, first);
          await insert(db, second).catch(() => null);
        },
      }),
      /** Fails when its changes are in the log already. */
      sellAndFail: rawMutation({
        args: sale,
        handler: async (ctx, args) => {
          const { db, flush } = rollups.capturing(ctx);
          await insert(db, args);
          await flush();
          throw new ConvexError("sold out");
        },
      }),
    },
  } satisfies Modules;
}

let modules: Modules;
beforeEach(() => {
  modules = made();
});

const names = ["rollups", "sales", "metrics", "elsewhere"];
const start = () => startApp(schema, () => modules, names);
type App = ReturnType<typeof start>;
const backend = (t: App) => t as unknown as Backend;

const query = { measures: ["sales.count", "sales.revenue"], dimensions: ["sales.kind"] };
interface Answer {
  data: unknown;
  servedBy: string;
}
const rows = async (t: App, module = "rollups", shop = "north") =>
  (await ask(t, `${module}:rows`, { shop, query })) as Answer;
const retail = (count: number, revenue: number) => [
  { "sales.kind": "retail", "sales.count": count, "sales.revenue": revenue },
];

const logged = (t: App) =>
  inside(backend(t), async (ctx) => (await ctx.db.query("changeLog").collect()).length);
const stored = (t: App) => t.run(async (ctx) => (await ctx.db.query("sales").collect()).length);
const sourceOf = (t: App) =>
  inside(backend(t), async (ctx) => (await ctx.db.query("config").first())?.source ?? null);

/** What a call is refused with. */
async function refusal(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => "not refused",
    (thrown: unknown) => thrown,
  );
  const data = error instanceof ConvexError ? (error.data as unknown) : error;
  return typeof data === "string" && data.startsWith("{") ? (JSON.parse(data) as unknown) : data;
}

/** The wake-ups that are due, as the scheduler runs them; the worker's loop stands still. */
async function wake(t: App): Promise<void> {
  const jobs = await inside(backend(t), async (ctx) =>
    (await ctx.db.system.query("_scheduled_functions").collect()).filter(
      ({ name, state }) => name.includes("wake") && state.kind === "pending",
    ),
  );
  for (const { args } of jobs) await t.mutation(inner.wake.wake.wake, args[0] as never);
}

describe("a captured mutation", () => {
  test("whose record is refused fails with the code, and leaves neither record nor log row", async () => {
    const t = start();
    expect(await refusal(run(t, "sales:sell", { shop: "north", price: 1.005 }))).toMatchObject({
      code: "InvalidFact",
      field: "price",
    });
    expect([await stored(t), await logged(t)]).toEqual([0, 0]);
    await run(t, "sales:sell", { shop: "north", price: 1.5 });
    expect([await stored(t), await logged(t)]).toEqual([1, 1]);
  });

  test("that goes on after a refusal keeps the rest, of which the answer is", async () => {
    const t = start();
    const first = { shop: "north", price: 2 };
    await run(t, "sales:sellTwo", { first, second: { shop: "north", price: 0.001 } });
    expect([await stored(t), await logged(t)]).toEqual([1, 1]);
    expect((await rows(t)).data).toEqual(retail(1, 2));
  });

  test("that fails after its changes were appended takes them along", async () => {
    const t = start();
    await expect(run(t, "sales:sellAndFail", { shop: "north", price: 3 })).rejects.toThrow(
      "sold out",
    );
    expect([await stored(t), await logged(t)]).toEqual([0, 0]);
    expect(
      await inside(backend(t), (ctx) => ctx.db.system.query("_scheduled_functions").collect()),
    ).toEqual([]);
  });

  test("that another one calls, and that fails there, leaves nothing of its own", async () => {
    const t = start();
    await t.mutation(async (ctx) => {
      await run({ ...t, mutation: ctx.runMutation as never }, "sales:sell", {
        shop: "north",
        price: 5,
      });
      const failed = run({ ...t, mutation: ctx.runMutation as never }, "sales:sellAndFail", {
        shop: "north",
        price: 7,
      });
      await expect(failed).rejects.toThrow("sold out");
    });
    expect([await stored(t), await logged(t)]).toEqual([1, 1]);
    expect((await rows(t)).data).toEqual(retail(1, 5));
  });
});

describe("a refusal", () => {
  test("of the app's own records arrives with its code, its field and the record", async () => {
    const t = start();
    const id = await t.run((ctx) =>
      ctx.db.insert("sales", { shop: "north", at: NOW, kind: "retail", price: 0.001 }),
    );
    expect(await refusal(rows(t))).toMatchObject({
      code: "InvalidFact",
      field: "price",
      id,
      message: expect.stringContaining("price") as string,
    });
  });

  test("of the engine arrives with its details, through `rows`, `load` and `explain`", async () => {
    const t = start();
    for (const name of ["rows", "load", "explain"]) {
      const asked = { shop: "north", query: { measures: ["sales.profit"] } };
      expect(await refusal(ask(t, `rollups:${name}`, asked))).toMatchObject({
        code: "InvalidQuery",
        message: expect.stringContaining("sales.profit") as string,
      });
    }
  });

  test("of an admin's request arrives with its code", async () => {
    const t = start();
    const asked = { shop: "north", cube: "sales", rollup: "by_month" };
    expect(await refusal(run(t, "rollups:rebuild", asked))).toMatchObject({
      code: "UnknownRollup",
      cube: "sales",
      rollup: "by_month",
    });
  });

  test("of the app's own check comes before anything else", async () => {
    const t = start();
    expect(await refusal(rows(t, "rollups", "closed"))).toEqual({ code: "Stranger" });
    const asked = { shop: "closed" };
    for (const name of ["replay", "verify"]) {
      expect(await refusal(run(t, `rollups:${name}`, asked))).toEqual({ code: "Stranger" });
    }
  });
});

describe("a way to ask the app that leads nowhere", () => {
  /** Three records that are folded, one that is not, and a handle of a module that is gone. */
  async function lost() {
    const t = start();
    await run(t, "rollups:start");
    for (const price of [1, 2, 3]) await run(t, "sales:sell", { shop: "north", price });
    await inside(backend(t), (ctx) => ctx.db.insert("tenants", { tenantId: "north" }));
    await foldAll(backend(t), "north");
    await run(t, "sales:sell", { shop: "north", price: 4 });
    await inside(backend(t), async (ctx) => {
      const config = await ctx.db.query("config").first();
      await ctx.db.patch("config", config!._id, { source: "function://;gone:source" });
    });
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    return { t, warned };
  }

  test("makes the worker and every cron rest without an error; the log and `health` name it", async () => {
    const { t, warned } = await lost();
    expect(await ask(t, "rollups:health", { shop: "north" })).toMatchObject({ handle: "other" });
    expect(await foldOnce(backend(t), "north")).toBe(false);
    await t.mutation(inner.worker.kick.kickAll, {});
    await t.mutation(inner.worker.kick.discover, {});
    await t.mutation(inner.verification.chain.tick, {});
    await t.mutation(inner.expiry.expire.runAll, {});
    expect(warned.mock.calls.flat().join("\n")).toContain("gone:source");
    warned.mockRestore();
  });

  test("takes nothing from answers, which the app asks for itself", async () => {
    const { t, warned } = await lost();
    const answer = await rows(t);
    expect(answer).toMatchObject({ servedBy: "sales.by_kind@1", data: retail(4, 10) });
    // Folded in part and scanned in part; and scanned alone.
    const at = { dimension: "sales.at", dateRange: ["2026-03-01", "2026-03-01T12:30:00.000"] };
    const edge = { ...query, timeDimensions: [at] };
    expect(await ask(t, "rollups:rows", { shop: "north", query: edge })).toMatchObject({
      data: retail(4, 10),
    });
    warned.mockRestore();
  });

  test("is replaced by the next captured write that wakes the worker", async () => {
    const { t, warned } = await lost();
    await run(t, "sales:sell", { shop: "north", price: 5 });
    await wake(t);
    expect(await sourceOf(t)).toContain("rollups:source");
    warned.mockRestore();
    expect(await foldAll(backend(t), "north")).toBeGreaterThan(0);
    expect(await rows(t)).toMatchObject({ servedBy: "sales.by_kind@1", data: retail(5, 15) });
  });

  test("is replaced by `start`", async () => {
    const { t, warned } = await lost();
    await run(t, "rollups:start");
    expect(await sourceOf(t)).toContain("rollups:source");
    expect(await ask(t, "rollups:health", { shop: "north" })).toMatchObject({ handle: "current" });
    warned.mockRestore();
    expect(await foldAll(backend(t), "north")).toBeGreaterThan(0);
    expect((await rows(t)).data).toEqual(retail(4, 10));
  });
});

describe("the module that exports `source`", () => {
  /** The module `rollups` under another name, told by `module` or not. */
  const moved = (name: string, told: Told = {}): Modules => {
    const { rollups, ...rest } = made(told);
    return { [name]: rollups, ...rest };
  };

  test("may be moved: answers are right at once, and the next captured write tells upkeep", async () => {
    const t = start();
    await run(t, "rollups:start");
    await run(t, "sales:sell", { shop: "north", price: 1 });
    await foldAll(backend(t), "north");
    modules = moved("metrics", { module: "metrics" });
    expect(await rows(t, "metrics")).toMatchObject({
      servedBy: "sales.by_kind@1",
      data: retail(1, 1),
    });
    const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    expect(await foldOnce(backend(t), "north")).toBe(false);
    warned.mockRestore();
    await run(t, "sales:sell", { shop: "north", price: 2 });
    await wake(t);
    expect(await sourceOf(t)).toContain("metrics:source");
    await foldAll(backend(t), "north");
    expect((await rows(t, "metrics")).data).toEqual(retail(2, 3));
  });

  test("need not be named where answers are exported beside it", async () => {
    modules = moved("metrics");
    const t = start();
    await t.run((ctx) =>
      ctx.db.insert("sales", { shop: "north", at: NOW - DAY, kind: "retail", price: 1 }),
    );
    expect(await rows(t, "metrics")).toMatchObject({ servedBy: "scan", data: retail(1, 1) });
  });

  test("is unknown to a captured write then, which succeeds all the same and counts", async () => {
    modules = moved("metrics");
    const t = start();
    await run(t, "sales:sell", { shop: "north", price: 1 });
    await wake(t);
    expect([await logged(t), await sourceOf(t)]).toEqual([1, null]);
    expect(await foldOnce(backend(t), "north")).toBe(false);
    await run(t, "metrics:start");
    expect(await foldAll(backend(t), "north")).toBeGreaterThan(0);
    expect(await rows(t, "metrics")).toMatchObject({
      servedBy: "sales.by_kind@1",
      data: retail(1, 1),
    });
  });

  test("that is named wrong makes answers and `start` fail, and they name the right one", async () => {
    modules = made({ module: "elsewhere" });
    const t = start();
    await run(t, "sales:sell", { shop: "north", price: 1 });
    expect(await logged(t)).toBe(1);
    const refused = {
      code: "MisplacedModule",
      module: "elsewhere",
      message: expect.stringContaining('module: "rollups"') as string,
    };
    expect(await refusal(rows(t))).toMatchObject(refused);
    expect(await refusal(run(t, "rollups:verify", { shop: "north" }))).toMatchObject(refused);
    expect(await refusal(run(t, "rollups:start"))).toMatchObject(refused);
    modules = made({ module: "rollups" });
    expect((await rows(t)).data).toEqual(retail(1, 1));
  });

  test("is named where there is none at all", async () => {
    const { rollups, ...rest } = made();
    const { source: _, ...others } = rollups;
    modules = { rollups: others, ...rest };
    const t = start();
    await run(t, "sales:sell", { shop: "north", price: 1 });
    expect(await refusal(rows(t))).toMatchObject({ code: "MisplacedModule", module: "rollups" });
  });
});

describe("limits", () => {
  test.each<[string, object, string]>([
    ["a group that is unknown", { folding: { rows: 1 } }, "folding"],
    ["a limit that is unknown", { fold: { repairRecord: 1 } }, "fold.repairRecord"],
    ["a limit of another group", { answers: { repairRecords: 1 } }, "answers.repairRecords"],
    ["a name that every object has", { fold: { toString: 1 } }, "fold.toString"],
    ["a number below 0", { fold: { rows: -1 } }, "fold.rows"],
    ["no number", { fold: { rows: "many" } }, "fold.rows"],
    ["not a number", { verification: { roundMs: NaN } }, "verification.roundMs"],
    ["a group that is no object", { fold: null }, "fold"],
  ])("refuse %s, by name, when the app is pushed", (_, limits, path) => {
    expect(() => made({ limits: limits as LimitOverrides })).toThrow(
      expect.objectContaining({
        code: "InvalidLimits",
        details: expect.objectContaining({ path }),
      }),
    );
  });

  test("that are left out are the defaults; those that are said hold for the next call", async () => {
    modules = made({
      limits: {
        answers: { scanRecords: 2 },
        fold: undefined,
        verification: { roundMs: undefined },
      },
    });
    const t = start();
    for (const price of [1, 2, 3]) await run(t, "sales:sell", { shop: "north", price });
    expect(await refusal(rows(t))).toMatchObject({ code: "NoRollup" });
    modules = made({ limits: { answers: { scanRecords: 3 } } });
    expect(await rows(t)).toMatchObject({ servedBy: "scan", data: retail(3, 6) });
  });
});
