/**
 * An app that is there already adopts the package as it is published: few changed lines, no change of its
 * schema, the stock CLI. Its answers equal its own `.collect()` in the same transaction, under writes of
 * every kind.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { Backend, until, type Answer, type Caller } from "./backend.js";
import { changedLines, Installation, type AppFolder } from "./layOut.js";

interface Compared {
  wanted: string;
  found: string;
  servedBy: string;
  records: number;
}

const RECORDS_BEFORE = 3000;
const MUTATIONS = 5000;
const byDay = {
  measures: ["orders.revenue"],
  dimensions: ["orders.status"],
  timeDimensions: [{ dimension: "orders.createdAt", granularity: "day" }],
};

const installation = Installation.of(inject("packed"));
let app: AppFolder;
let backend: Backend;
let ann: Caller;
let bob: Caller;
let orgs: string[];
let schemaBefore: string;

const rows = (caller: Caller, orgId: string | undefined): Promise<Answer> =>
  caller.query("rollups:rows", { orgId, query: byDay });

const compared = (orgId: string | undefined): Promise<Compared> =>
  backend.admin.query("checks:equal", { orgId });

const readSchema = (): Promise<string> => readFile(join(app.cwd, "convex/schema.ts"), "utf8");

beforeAll(async () => {
  backend = await Backend.start();
  const { admin } = backend;
  app = await installation.layOut("apps/orders/before", "apps/orders/seed");
  await backend.push(app);
  const members = ["ann"].map((subject) => `${backend.local.url}|${subject}`);
  orgs = await admin.mutation("seed:seed", { members });
  for (let i = 0; i < RECORDS_BEFORE; i += 100) {
    await admin.mutation("orders:store", {
      orgId: orgs[i % 200 === 0 ? 0 : 1],
      orders: Array.from({ length: 100 }, (_, at) => ({
        customerId: `c${at % 7}`,
        amount: (i + at) % 997,
        status: ["pending", "paid", "refunded"][at % 3],
        createdAt: Date.UTC(2026, 8, 1) + (i + at) * 600_000,
        items: [{ sku: "a", quantity: 1 }],
      })),
    });
  }
  schemaBefore = await readSchema();
  await app.add("apps/orders/after");
  await app.add("apps/orders/page");
  await app.add("apps/orders/checks");
  await backend.push(app);
  ann = await backend.signedIn("ann");
  bob = await backend.signedIn("bob");
}, 300_000);

afterAll(async () => {
  await backend.stop();
});

describe("an app with orders, orgs and its own check of members", () => {
  test("adopts the package in at most 30 changed lines, with its schema as it was", async () => {
    expect(await changedLines("apps/orders/before", "apps/orders/after")).toBeLessThanOrEqual(30);
    expect(await readSchema()).toBe(schemaBefore);
  });

  test("type-checks, libraries included", async () => {
    expect(await app.typeErrors()).toBe("");
  });

  test("is tested with convex-test, the component included", async () => {
    await app.add("apps/orders/tests");
    expect(await app.test()).toContain("1 passed");
  });

  test("answers from second 0 by scan, and from a rollup once its records are built in", async () => {
    const first = await rows(ann, orgs[0]);
    expect(first).toMatchObject({ servedBy: "scan", exact: true });
    await backend.run(app, "rollups:start");
    await until(async () => (await rows(ann, orgs[0])).servedBy !== "scan");
    const built = await rows(ann, orgs[0]);
    expect(built.servedBy).toBe("orders.by_status@1");
    expect(built.data).toEqual(first.data);
    const other = await compared(orgs[1]);
    expect(other.found).toBe(other.wanted);
  });

  test("refuses who is no member by its own check, for every function", async () => {
    const notYours = "You are not a member of this org.";
    for (const name of ["rows", "load", "explain", "freshness", "health"]) {
      const query = ["freshness", "health"].includes(name) ? {} : { query: byDay };
      const ask = (caller: Caller, args: object) =>
        caller.query(`rollups:${name}`, { ...args, ...query });
      await expect(ask(bob, { orgId: orgs[0] })).rejects.toThrow(notYours);
      await expect(ask(ann, { orgId: orgs[1] })).rejects.toThrow(notYours);
      await expect(ask(ann, { tenantId: orgs[0] })).rejects.toThrow(/orgId/);
    }
  });

  test("sees each write of its mutations, helpers and actions in the next answer", async () => {
    const total = async () => {
      const { data } = await rows(ann, orgs[0]);
      return data.reduce((sum, row) => sum + Number(row["orders.revenue"]), 0);
    };
    const paid = async () => {
      const { data } = await rows(ann, orgs[0]);
      const mine = data.filter((row) => row["orders.status"] === "paid");
      return mine.reduce((sum, row) => sum + Number(row["orders.revenue"]), 0);
    };
    const [revenue, settled] = [await total(), await paid()];
    const order = {
      customerId: "x",
      status: "pending",
      createdAt: Date.UTC(2026, 9, 5),
      items: [],
    };
    const id = await ann.mutation<string>("orders:place", {
      orgId: orgs[0],
      amount: 12_345,
      ...order,
    });
    expect(await total()).toBe(revenue + 12_345);
    await ann.mutation("orders:pay", { orgId: orgs[0], id });
    expect(await paid()).toBe(settled + 12_345);
    await ann.mutation("orders:refund", { orgId: orgs[0], id });
    expect(await paid()).toBe(settled);
    const orders = [{ ...order, amount: 5 }];
    await ann.action("orders:importOrders", { orgId: orgs[0], orders });
    expect(await total()).toBe(revenue + 12_350);
  });

  test("keeps nothing of a mutation that throws", async () => {
    const before = await compared(orgs[0]);
    await expect(backend.admin.mutation("checks:fails", { orgId: orgs[0] })).rejects.toThrow(
      "on purpose",
    );
    expect(await compared(orgs[0])).toEqual(before);
  });

  test(`equals its own collect after each of ${MUTATIONS} random writes, moves between orgs included`, async () => {
    const builders = ["checks:churnPlain", "checks:churnGuarded", "checks:churnEnts"];
    const perCall = 10;
    let comparisons = 0;
    const routes = new Set<string>();
    for (let done = 0; done < MUTATIONS; done += perCall) {
      const builder = builders[(done / perCall) % builders.length]!;
      await backend.admin.mutation(builder, { orgs, count: perCall, seed: done + 1 });
      if ((done / perCall) % 5 > 0) continue;
      for (const orgId of orgs) {
        const { wanted, found, servedBy } = await compared(orgId);
        expect(found).toBe(wanted);
        routes.add(servedBy);
        comparisons++;
      }
    }
    expect(comparisons).toBe(200);
    expect(routes).toEqual(new Set(["orders.by_status@1"]));
    await until(async () => {
      const args = { orgId: orgs[0] };
      return !(await ann.query<{ backlog: boolean }>("rollups:freshness", args)).backlog;
    });
    for (const orgId of orgs) {
      const { wanted, found } = await compared(orgId);
      expect(found).toBe(wanted);
    }
  });
});
