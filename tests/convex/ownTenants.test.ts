// @vitest-environment edge-runtime
/**
 * Tenants as an app has them: ids of a table of its own, any number of them, known by nobody before, or
 * none at all; with their zones, and with records that expire.
 */
import { defineSchema, defineTable } from "convex/server";
import { ConvexError, v, type GenericId } from "convex/values";
import { describe, expect, test, vi } from "vitest";
import { components } from "../../convex/_generated/api.js";
import {
  internalMutation as rawInternalMutation,
  mutation as rawMutation,
} from "../../convex/_generated/server.js";
import { fromStored } from "../../lib/fold/changeColumns.js";
import { Rollups, type CubeOptions, type Need, type Zones } from "../../src/client/index.js";
import { foldAll, inner, inside, NOW, type Backend } from "./harness.js";
import { ask, run, runScheduled, startApp } from "./ownApp.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const fields = { at: v.number(), kind: v.string(), amount: v.number() };
const cube = {
  time: "at",
  dimensions: { kind: "string" },
  measures: { count: "count", amount: { sum: "amount" } },
  rollups: { by_kind: { dimensions: ["kind"], levels: { day: "month", month: "year" } } },
} satisfies Partial<CubeOptions>;

interface Answer {
  data: Record<string, unknown>[];
  servedBy: string;
}
interface Health {
  backlog: number;
  rollups: { status: string; generation: number }[];
}

const builders = { mutation: rawMutation, internalMutation: rawInternalMutation };

type AnyApp = ReturnType<typeof startApp>;
const backend = (t: unknown) => t as Backend;

/** The worker has been woken for whatever was written, and is done; its own loop stands still. */
async function settle(t: unknown, tenantId: string): Promise<void> {
  await runScheduled(backend(t), "wake/wake", inner.wake.wake.wake);
  await foldAll(backend(t), tenantId);
}

async function refusal(call: Promise<unknown>): Promise<unknown> {
  const error: unknown = await call.then(
    () => "not refused",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConvexError)) return String(error);
  const data = error.data as unknown;
  return typeof data === "string" && data.startsWith("{") ? (JSON.parse(data) as unknown) : data;
}

describe("tenants that are ids", () => {
  const schema = defineSchema({
    orgs: defineTable({ name: v.string(), zone: v.optional(v.string()) }),
    people: defineTable({ name: v.string() }),
    orders: defineTable({ orgId: v.id("orgs"), ...fields })
      .index("by_org", ["orgId"])
      .index("by_org_and_time", ["orgId", "at"]),
  });
  type OrgId = GenericId<"orgs">;

  /** What each caller was asked for. */
  const checked: [string, Need][] = [];
  let mayAdminister = true;
  /** How the zone is told, with or without others; and how long records are kept. */
  let zones: (zone: string) => string | Zones = (zone) => zone;
  let expire: string | undefined;
  let isExpireExported = true;

  const modules = () => {
    const rollups = new Rollups(components.rollups, {
      schema,
      authorize: (_ctx, orgId: OrgId, need) => {
        checked.push([orgId, need]);
        if (need === "administer" && !mayAdminister) throw new ConvexError({ code: "NotYours" });
      },
      cubes: { orders: { ...cube, tenant: "orgId", expire } },
      timezone: async (ctx, orgId) => zones((await ctx.db.get("orgs", orgId))?.zone ?? "UTC"),
    });
    const { internalMutation } = rollups.mutations(builders);
    const orders = {
      add: internalMutation({
        args: { orgId: v.id("orgs"), ...fields },
        handler: async (ctx, order) =>
          void (await ctx.db.insert("orders" as never, order as never)),
      }),
      move: internalMutation({
        args: { from: v.id("orgs"), to: v.id("orgs") },
        handler: async (ctx, { from, to }) => {
          const mine = await ctx.db.query("orders" as never).collect();
          for (const order of mine as { _id: GenericId<"orders">; orgId: string }[]) {
            if (order.orgId !== from) continue;
            await ctx.db.patch("orders" as never, order._id as never, { orgId: to } as never);
          }
        },
      }),
      rezone: rawInternalMutation({
        args: { orgId: v.id("orgs"), zone: v.string() },
        handler: async (ctx, { orgId, zone }) => {
          await ctx.db.patch("orgs" as never, orgId as never, { zone } as never);
          await rollups.wake(ctx as never, orgId as OrgId);
        },
      }),
    };
    const { expire: deleting, ...functions } = rollups.functions();
    const exported = isExpireExported ? { expire: deleting } : {};
    return { rollups: { ...functions, ...exported, ...rollups.admin() }, orders };
  };

  async function open(...shops: { name: string; zone?: string }[]) {
    checked.length = 0;
    mayAdminister = true;
    zones = (zone) => zone;
    expire = undefined;
    isExpireExported = true;
    const t = startApp(schema, modules);
    const orgs: OrgId[] = [];
    for (const shop of shops) orgs.push(await t.run((ctx) => ctx.db.insert("orgs", shop)));
    return { t, orgs };
  }

  const order = (orgId: OrgId, amount: number, at = NOW, kind = "web") => ({
    ...{ orgId, amount, at, kind },
  });
  const query = { measures: ["orders.count", "orders.amount"] };
  const rows = async (t: unknown, orgId: OrgId, more: object = {}) =>
    (await ask(t as AnyApp, "rollups:rows", { orgId, query: { ...query, ...more } })) as Answer;
  const total = (count: number, amount: number | null) => [
    { "orders.count": count, "orders.amount": amount },
  ];

  test("are the argument `orgId`, of ids of that table alone", async () => {
    const { t, orgs } = await open({ name: "North" });
    const someone = await t.run((ctx) => ctx.db.insert("people", { name: "Ann" }));
    for (const orgId of [someone, "north", "", 7, null, undefined]) {
      for (const name of ["rows", "load", "explain"]) {
        const asked = ask(t as AnyApp, `rollups:${name}`, { orgId, query });
        expect(await refusal(asked), `${name} of ${orgId}`).toMatch(/validat/i);
      }
      const verified = run(t as AnyApp, "rollups:verify", { orgId });
      expect(await refusal(verified), `verify of ${orgId}`).toMatch(/validat/i);
    }
    const tenantId = { tenantId: orgs[0], query };
    expect(await refusal(ask(t as AnyApp, "rollups:rows", tenantId))).toMatch(/validat/i);
    expect(checked).toEqual([]);
  });

  test("are checked by `authorize`, for what is needed", async () => {
    const { t, orgs } = await open({ name: "North" });
    const [north] = orgs as [OrgId];
    await run(t as AnyApp, "orders:add", order(north, 1));
    await settle(t, north);
    await rows(t, north);
    await ask(t as AnyApp, "rollups:freshness", { orgId: north });
    expect(checked).toEqual([
      [north, "read"],
      [north, "read"],
    ]);
    const rebuild = () => run(t as AnyApp, "rollups:rebuild", { orgId: north, cube: "orders" });
    expect(await rebuild()).toEqual({ rollups: ["orders.by_kind"] });
    expect(checked.at(-1)).toEqual([north, "administer"]);
    mayAdminister = false;
    expect(await refusal(rebuild())).toEqual({ code: "NotYours" });
  });

  test("are answered from the first second on, by scan and then from a rollup, apart from others", async () => {
    const { t, orgs } = await open({ name: "North" }, { name: "South" });
    const [north, south] = orgs as [OrgId, OrgId];
    for (const amount of [1, 2, 3]) await run(t as AnyApp, "orders:add", order(north, amount));
    await run(t as AnyApp, "orders:add", order(south, 10));
    expect(await rows(t, north)).toMatchObject({ servedBy: "scan", data: total(3, 6) });
    for (const org of orgs) await settle(t, org);
    const served = "orders.by_kind@1";
    expect(await rows(t, north)).toMatchObject({ servedBy: served, data: total(3, 6) });
    expect(await rows(t, south)).toMatchObject({ servedBy: served, data: total(1, 10) });
    await run(t as AnyApp, "orders:move", { from: south, to: north });
    expect(await rows(t, north)).toMatchObject({ servedBy: served, data: total(4, 16) });
    expect(await rows(t, south)).toMatchObject({ servedBy: served, data: total(0, null) });
    for (const org of orgs) await settle(t, org);
    const folded = { orgId: north, query, freshness: "folded" };
    expect(await ask(t as AnyApp, "rollups:rows", folded)).toMatchObject({
      servedBy: served,
      data: total(4, 16),
    });
  });

  test("are found in the tables, however many there are, and built without a write", async () => {
    const count = 120;
    const shops = Array.from({ length: count }, (_, i) => ({ name: `Shop ${i}` }));
    const { t, orgs } = await open(...shops);
    await t.run(async (ctx) => {
      for (const [i, orgId] of orgs.entries()) {
        // Several of each: a tenant costs one document, whatever it has.
        for (const amount of [i, i + 1]) await ctx.db.insert("orders", order(orgId, amount));
      }
    });
    await run(t as AnyApp, "rollups:start");
    let steps = 0;
    const discover = () =>
      runScheduled(backend(t), "worker/kick:discover", inner.worker.kick.discover);
    while ((await discover()).length > 0) steps++;
    // Fifty, fifty, and the rest: each step starts the next one.
    expect(steps).toBe(3);
    const woken = await runScheduled<{ tenantId: string }>(
      backend(t),
      "wake/wake",
      inner.wake.wake.wake,
    );
    expect(woken.map(({ tenantId }) => tenantId).sort()).toEqual([...orgs].sort());
    const known = await inside(backend(t), (ctx) => ctx.db.query("tenants").collect());
    expect(known).toHaveLength(count);
    for (const i of [0, 57, 119]) {
      const org = orgs[i]!;
      expect((await rows(t, org)).servedBy).toBe("scan");
      await foldAll(backend(t), org);
      expect(await rows(t, org)).toMatchObject({
        servedBy: "orders.by_kind@1",
        data: total(2, 2 * i + 1),
      });
    }
    // Looking again finds nobody new, and wakes nobody.
    await run(t as AnyApp, "rollups:start");
    await discover();
    expect(await runScheduled(backend(t), "wake/wake", inner.wake.wake.wake)).toEqual([]);
  });

  describe("in zones that a function tells", () => {
    /** One order in each hour of two days. */
    async function hourly(zone: string) {
      const { t, orgs } = await open({ name: "North", zone });
      const [north] = orgs as [OrgId];
      await t.run(async (ctx) => {
        for (let hour = 0; hour < 48; hour++) {
          await ctx.db.insert("orders", order(north, 1, NOW - DAY + hour * HOUR));
        }
      });
      await run(t as AnyApp, "rollups:start");
      await inside(backend(t), (ctx) => ctx.db.insert("tenants", { tenantId: north }));
      return { t, north };
    }
    const daily = { timeDimensions: [{ dimension: "orders.at", granularity: "day" }] };
    const counts = ({ data }: Answer) =>
      data.map((row) => [String(row["orders.at.day"]).slice(0, 10), row["orders.count"]]);
    /** From noon of February 28 in UTC on. */
    const inUtc = [
      ["2026-02-28", 12],
      ["2026-03-01", 24],
      ["2026-03-02", 12],
    ];
    const inTokyo = [
      ["2026-02-28", 3],
      ["2026-03-01", 24],
      ["2026-03-02", 21],
    ];

    test("days begin there, by scan and in rollups, and move when the zone does", async () => {
      const { t, north } = await hourly("Asia/Tokyo");
      expect(counts(await rows(t, north, daily))).toEqual(inTokyo);
      await foldAll(backend(t), north);
      const built = await rows(t, north, daily);
      expect([built.servedBy, counts(built)]).toEqual(["orders.by_kind@1", inTokyo]);
      await run(t as AnyApp, "orders:rezone", { orgId: north, zone: "UTC" });
      expect(counts(await rows(t, north, daily))).toEqual(inUtc);
      await settle(t, north);
      const again = await rows(t, north, daily);
      expect([again.servedBy, counts(again)]).toEqual(["orders.by_kind@2", inUtc]);
      const health = (await ask(t as AnyApp, "rollups:health", { orgId: north })) as Health;
      expect(health.rollups.filter(({ status }) => status === "ready")).toMatchObject([
        { generation: 2 },
      ]);
    });

    test("others that people ask in are told beside it", async () => {
      const { t, north } = await hourly("UTC");
      zones = (timezone) => ({ timezone, zones: ["Asia/Tokyo"] });
      await foldAll(backend(t), north);
      expect(counts(await rows(t, north, daily))).toEqual(inUtc);
      const asked = { ...daily, timezone: "Asia/Tokyo" };
      expect(counts(await rows(t, north, asked))).toEqual(inTokyo);
    });

    test("one that does not exist is refused by name, and the worker rests", async () => {
      const { t, north } = await hourly("Mars/Olympus");
      expect(await refusal(rows(t, north))).toMatchObject({
        code: "InvalidTimezone",
        timezone: "Mars/Olympus",
      });
      const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
      expect(await foldAll(backend(t), north)).toBe(0);
      expect(warned.mock.calls.flat().join("\n")).toContain("Mars/Olympus");
      warned.mockRestore();
    });
  });

  describe("whose records expire", () => {
    async function aged() {
      const { t, orgs } = await open({ name: "North" }, { name: "South" });
      const [north, south] = orgs as [OrgId, OrgId];
      expire = "30 day";
      for (let i = 0; i < 20; i++) {
        await run(t as AnyApp, "orders:add", order(north, i, NOW - i * 5 * DAY));
        await run(t as AnyApp, "orders:add", order(south, 1, NOW - i * DAY));
      }
      for (const org of orgs) {
        await settle(t, org);
        for (let step = 0; step < 20; step++) {
          await t.mutation(inner.verification.pass.run, { tenantId: org });
        }
      }
      const step = () => t.mutation(inner.expiry.expire.step, { tenantId: north, cube: "orders" });
      const left = async (org: OrgId) =>
        (await t.run((ctx) => ctx.db.query("orders").collect())).filter(
          ({ orgId }) => orgId === org,
        ).length;
      return { t, north, south, step, left };
    }

    test("lose them through the app's own `expire`, which the log tells from a delete", async () => {
      const { t, north, south, step, left } = await aged();
      for (let i = 0; i < 4; i++) await step();
      expect([await left(north), await left(south)]).toEqual([7, 20]);
      const log = await inside(backend(t), (ctx) => ctx.db.query("changeLog").collect());
      const gone = log.flatMap(({ tenantId, changes }) =>
        fromStored(changes).flatMap(({ op }) => (op === "insert" ? [] : [`${op} of ${tenantId}`])),
      );
      expect(gone).toEqual(Array.from({ length: 13 }, () => `expire of ${north}`));
      for (const isFolded of [false, true]) {
        if (isFolded) await foldAll(backend(t), north);
        expect(await rows(t, north)).toMatchObject({
          servedBy: "orders.by_kind@1",
          data: total(20, 190),
        });
      }
    });

    test("keep them where the app exports no `expire`", async () => {
      const { t, north, step, left } = await aged();
      isExpireExported = false;
      for (let i = 0; i < 4; i++) await step();
      expect(await left(north)).toBe(20);
      expect(await rows(t, north)).toMatchObject({ data: total(20, 190) });
    });
  });
});

describe("an app without tenants", () => {
  const schema = defineSchema({
    visits: defineTable(fields).index("by_time", ["at"]),
    clicks: defineTable({ kind: v.string() }),
  });
  const clicks = {
    time: "_creationTime",
    dimensions: { kind: "string" },
    measures: { count: "count" },
    rollups: { by_kind: { dimensions: ["kind"], levels: { day: "month" } } },
  } satisfies CubeOptions;
  const asked: unknown[] = [];

  const modules = () => {
    const rollups = new Rollups(components.rollups, {
      schema,
      authorize: (_ctx, tenant, _need) => void asked.push(tenant),
      cubes: { visits: cube, clicks },
    });
    const { internalMutation } = rollups.mutations(builders);
    return {
      rollups: { ...rollups.functions(), ...rollups.admin() },
      visits: {
        add: internalMutation({
          args: { table: v.string(), doc: v.any() },
          handler: async (ctx, { table, doc }) =>
            void (await ctx.db.insert(table as never, doc as never)),
        }),
      },
    };
  };
  const open = () => {
    asked.length = 0;
    return startApp(schema, modules);
  };
  const add = (t: unknown, table: string, doc: object) =>
    run(t as AnyApp, "visits:add", { table, doc });
  const visit = (amount: number, at = NOW) => ({ amount, at, kind: "web" });
  const rows = async (t: unknown, query: object) =>
    (await ask(t as AnyApp, "rollups:rows", { query })) as Answer;
  const visits = { measures: ["visits.count", "visits.amount"] };
  const total = (count: number, amount: number) => [
    { "visits.count": count, "visits.amount": amount },
  ];

  test("takes no tenant, and asks `authorize` about all of it", async () => {
    const t = open();
    await add(t, "visits", visit(1));
    expect((await rows(t, visits)).data).toEqual(total(1, 1));
    expect(asked).toEqual(["app"]);
    const told = ask(t as AnyApp, "rollups:rows", { tenantId: "app", query: visits });
    expect(await refusal(told)).toMatch(/validat/i);
  });

  test("is answered by scan, then from rollups, over the time of a field and of creation", async () => {
    const t = open();
    for (const amount of [1, 2, 3]) await add(t, "visits", visit(amount, NOW - amount * DAY));
    await add(t, "clicks", { kind: "button" });
    await add(t, "clicks", { kind: "link" });
    const clicked = { measures: ["clicks.count"], dimensions: ["clicks.kind"] };
    const each = [
      { "clicks.kind": "button", "clicks.count": 1 },
      { "clicks.kind": "link", "clicks.count": 1 },
    ];
    expect(await rows(t, visits)).toMatchObject({ servedBy: "scan", data: total(3, 6) });
    expect(await rows(t, clicked)).toMatchObject({ servedBy: "scan", data: each });
    await settle(t, "app");
    expect(await rows(t, visits)).toMatchObject({
      servedBy: "visits.by_kind@1",
      data: total(3, 6),
    });
    expect(await rows(t, clicked)).toMatchObject({ servedBy: "clicks.by_kind@1", data: each });
    // Whole and unfolded, an edge within a day included.
    await add(t, "visits", visit(4));
    const dateRange = ["2026-02-27T06:00:00.000", "2026-03-01T12:00:00.000"];
    const edge = { ...visits, timeDimensions: [{ dimension: "visits.at", dateRange }] };
    expect((await rows(t, edge)).data).toEqual(total(3, 7));
  });

  test("is found by `start` where it has records, and not before", async () => {
    const t = open();
    await run(t as AnyApp, "rollups:start");
    await runScheduled(backend(t), "worker/kick:discover", inner.worker.kick.discover);
    expect(await runScheduled(backend(t), "wake/wake", inner.wake.wake.wake)).toEqual([]);
    await t.run((ctx) => ctx.db.insert("visits", visit(7)));
    await run(t as AnyApp, "rollups:start");
    await runScheduled(backend(t), "worker/kick:discover", inner.worker.kick.discover);
    await settle(t, "app");
    expect(await rows(t, visits)).toMatchObject({
      servedBy: "visits.by_kind@1",
      data: total(1, 7),
    });
  });
});

describe("two cubes over one table, whose tenants are different fields", () => {
  const schema = defineSchema({
    transfers: defineTable({ sender: v.string(), receiver: v.string(), ...fields })
      .index("by_sender", ["sender"])
      .index("by_sender_and_time", ["sender", "at"])
      .index("by_receiver", ["receiver"])
      .index("by_receiver_and_time", ["receiver", "at"]),
  });
  const modules = () => {
    const rollups = new Rollups(components.rollups, {
      schema,
      authorize: () => null,
      cubes: {
        sent: { ...cube, table: "transfers", tenant: "sender" },
        received: { ...cube, table: "transfers", tenant: "receiver" },
      },
      tenantArgument: "account",
    });
    const { internalMutation } = rollups.mutations(builders);
    const send = internalMutation({
      args: { sender: v.string(), receiver: v.string(), amount: v.number() },
      handler: async (ctx, args) =>
        void (await ctx.db.insert(
          "transfers" as never,
          { ...args, at: NOW, kind: "web" } as never,
        )),
    });
    return { rollups: rollups.functions(), transfers: { send } };
  };

  test("are both kept by one write, each for its own tenant", async () => {
    const t = startApp(schema, modules);
    const [ann, bob] = ["org_2abcDEF", "Büro 7/b"];
    const send = (sender: string, receiver: string, amount: number) =>
      run(t as AnyApp, "transfers:send", { sender, receiver, amount });
    await send(ann, bob, 5);
    await send(ann, ann, 7);
    await send(bob, ann, 1);
    const amounts = async (account: string, name: string) => {
      const query = { measures: [`${name}.count`, `${name}.amount`] };
      const { data, servedBy } = (await ask(t as AnyApp, "rollups:rows", {
        account,
        query,
      })) as Answer;
      return [servedBy, data[0]![`${name}.count`], data[0]![`${name}.amount`]];
    };
    const expected = (route: (name: string) => string) => [
      [route("sent"), 2, 12],
      [route("received"), 2, 8],
      [route("sent"), 1, 1],
      [route("received"), 1, 5],
    ];
    const all = () =>
      Promise.all(
        [ann, bob].flatMap((account) => [amounts(account, "sent"), amounts(account, "received")]),
      );
    expect(await all()).toEqual(expected(() => "scan"));
    for (const account of [ann, bob]) await settle(t, account);
    expect(await all()).toEqual(expected((name) => `${name}.by_kind@1`));
    // One log row for each account and cube, whether or not the accounts are the same.
    const log = await inside(backend(t), (ctx) => ctx.db.query("changeLog").collect());
    expect(log.map(({ tenantId, changes }) => [tenantId, changes.length])).toEqual([
      [ann, 1],
      [bob, 1],
      [ann, 1],
      [ann, 1],
      [bob, 1],
      [ann, 1],
    ]);
  });
});

test("functions of an administrator are refused to an app whose check does not tell who is one", () => {
  const rollups = new Rollups(components.rollups, {
    schema: defineSchema({
      visits: defineTable({ at: v.number() }).index("by_time", ["at"]),
    }),
    authorize: () => null,
    cubes: {
      visits: {
        time: "at",
        dimensions: {},
        measures: { count: "count" },
        rollups: { totals: { dimensions: [], levels: { day: "month" } } },
      },
    },
  });
  expect(() => rollups.admin()).toThrow(/third parameter/);
});
