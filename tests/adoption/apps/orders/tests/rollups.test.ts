/// <reference types="vite/client" />
import { convexTest } from "convex-test";
import rollups from "convex-rollups/test";
import { expect, test, vi } from "vitest";
import { api, internal } from "./convex/_generated/api";
import schema from "./convex/schema";

const modules = import.meta.glob("./convex/**/*.*s");

test("revenue by day is right before and after upkeep has run", async () => {
  vi.useFakeTimers();
  const t = convexTest(schema, modules);
  rollups.register(t);
  const orgId = await t.run(async (ctx) => {
    const orgId = await ctx.db.insert("orgs", { name: "One" });
    const userId = await ctx.db.insert("users", { tokenIdentifier: "https://issuer|ann" });
    await ctx.db.insert("orgMembers", { orgId, userId });
    return orgId;
  });
  const ann = t.withIdentity({ issuer: "https://issuer", subject: "ann" });
  const order = { customerId: "c", createdAt: Date.UTC(2026, 9, 5), items: [] };
  for (const amount of [100, 250]) {
    await ann.mutation(api.orders.place, { orgId, amount, status: "paid", ...order });
  }
  await t.mutation(internal.orders.store, {
    orgId,
    orders: [{ amount: 50, status: "pending", ...order }],
  });
  const query = {
    measures: ["orders.revenue", "orders.count"],
    dimensions: ["orders.status"],
    timeDimensions: [{ dimension: "orders.createdAt", granularity: "day" }],
  } as const;
  const day = { "orders.createdAt.day": "2026-10-05T00:00:00.000" };
  const expected = [
    { "orders.status": "paid", ...day, "orders.revenue": 350, "orders.count": 2 },
    { "orders.status": "pending", ...day, "orders.revenue": 50, "orders.count": 1 },
  ];
  const sorted = async () => {
    const answer = await ann.query(api.rollups.rows, { orgId, query });
    const data = [...answer.data].sort((a, b) =>
      String(a["orders.status"]).localeCompare(String(b["orders.status"])),
    );
    return { data, servedBy: answer.servedBy };
  };
  expect(await sorted()).toEqual({ data: expected, servedBy: "scan" });
  // The worker's loop goes on for ever; some rounds of it are enough.
  for (let round = 0; round < 40 && (await sorted()).servedBy === "scan"; round++) {
    vi.advanceTimersByTime(2000);
    await t.finishInProgressScheduledFunctions();
  }
  expect(await sorted()).toEqual({ data: expected, servedBy: "orders.by_status@1" });
  vi.useRealTimers();
});
