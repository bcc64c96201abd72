// @vitest-environment edge-runtime
/** A rollout of an app whose old way is functions of its own, and one whose stage another service says. */
import { describe, expect, test } from "vitest";
import { inventoryLedger } from "../../cli/demo/inventoryLedger.js";
import type { Ledger } from "../../cli/demo/record.js";
import { demoTenants } from "../../cli/demo/tenants.js";
import { watchLedger } from "../../cli/demo/watchLedger.js";
import { api, internal } from "../../convex/_generated/api.js";
import type { QueryCtx } from "../../convex/_generated/server.js";
import { pairsOf, type Records } from "../../examples/legacy/pairs.js";
import { sameJson } from "../../lib/hash/canonical.js";
import type { Comparison, OldAnswer, RolloutOptions } from "../../src/client/index.js";
import { foldAll, inside, NOW, startBackend, stockRow, tenantOf, type Backend } from "./harness.js";

const tenantId = "acme";
const pairs = pairsOf({
  range: { from: "2025-10-01", to: "2026-02-20" },
  ...{ category: "Music", warehouse: "Hudson", count: 7 },
});

/** The old way: all records of the tenant, and one of the functions that reduce them. */
async function legacy(ctx: QueryCtx, tenant: string, query: unknown): Promise<OldAnswer | null> {
  const pair = pairs.find((one) => sameJson(one.query, query));
  if (pair === undefined) return null;
  const [watch, inventory] = await Promise.all([
    ctx.db
      .query("watchRecords")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenant))
      .collect(),
    ctx.db
      .query("inventoryRecords")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenant))
      .collect(),
  ]);
  const records: Records = { watch, inventory };
  return { value: pair.before(records), shape: (rows) => pair.after(rows) };
}

const rowsOf = <Row>(ledger: Ledger<Row>) =>
  Array.from({ length: ledger.groups }, (_, i) => ledger.group(i)).flat();

async function compared(t: Backend, query: unknown): Promise<Comparison> {
  const args = { tenantId, query };
  return (await t.query(internal.flags.compare, args as never)) as Comparison;
}

describe("the app's own functions", () => {
  async function seeded() {
    const t = startBackend(undefined, undefined, {
      rollout: { old: legacy as unknown as NonNullable<RolloutOptions["old"]> },
    });
    const ann = await tenantOf(t);
    const tenant = demoTenants[0]!;
    const watch = rowsOf(watchLedger(tenant, 600, Date.UTC(2026, 2, 1), "legacy"));
    const inventory = rowsOf(inventoryLedger(tenant, 600, Date.UTC(2026, 2, 1), "legacy"));
    await ann.mutation(api.watch.recordBatch, { tenantId, rows: watch });
    await ann.mutation(api.inventory.recordBatch, { tenantId, rows: inventory });
    await foldAll(t);
    return { t, ann };
  }

  test("are each compared with their query, in one transaction: all eighteen are equal, by rollups", async () => {
    const { t } = await seeded();
    expect(pairs).toHaveLength(18);
    for (const { name, query } of pairs) {
      expect(await compared(t, query), name).toMatchObject({
        outcome: "equal",
        route: expect.stringMatching(/^(watch|inventory)\.\w+@1$/) as string,
      });
    }
  });

  test("find a fault in a rollup, which is stored and takes the new way back; other questions are scanned", async () => {
    const { t, ann } = await seeded();
    await ann.mutation(api.flags.move, { tenantId, stage: "percent", percent: 10 });
    const query = pairs.find(({ name }) => name === "computeTopChannels")!.query;
    const report = (asked: unknown) => ann.action(api.flags.report, { tenantId, query: asked });
    await report(query);
    await inside(t, async (ctx) => {
      for (const tile of await ctx.db.query("rollupTiles").collect()) {
        const count = tile.columns["count"];
        if (count === undefined || !tile.rollup.startsWith("watch.")) continue;
        const wrong = count.map((slots) => slots.map((slot) => slot && Number(slot) + 1));
        await ctx.db.patch("rollupTiles", tile._id, { columns: { ...tile.columns, count: wrong } });
      }
    });
    await report(query);
    await report({ measures: ["inventory.quantity"] });
    const { comparisons, differences } = await ann.query(api.flags.differences, { tenantId });
    expect(comparisons).toMatchObject([
      { cube: "inventory", equal: 1, different: 0 },
      { cube: "watch", equal: 1, different: 1 },
    ]);
    expect(differences[0]).toMatchObject({ cube: "watch", kind: "value", times: 1 });
    const { cubes } = (await ann.query(api.flags.get, { tenantId })).rollout;
    expect(cubes).toMatchObject({
      watch: { mode: "off", rollout: { rollback: { from: "percent", percent: 10 } } },
    });
  });

  test("are skipped with their reason where they fail: that is no fault of the new way", async () => {
    const t = startBackend(undefined, undefined, {
      rollout: {
        old: () => {
          throw new Error("An old way that fails.");
        },
      },
    });
    const ann = await tenantOf(t);
    await ann.mutation(api.inventory.record, { tenantId, row: stockRow() });
    await foldAll(t);
    await ann.mutation(api.flags.set, { tenantId, mode: "on" });
    await ann.action(api.flags.report, { tenantId, query: { measures: ["inventory.count"] } });
    const { comparisons } = await ann.query(api.flags.differences, { tenantId });
    expect(comparisons).toMatchObject([{ failed: {}, skipped: { Internal: 1 } }]);
  });
});

describe("a stage that another service says", () => {
  test("takes the place of the table, for each viewer; what was taken back stays so until an admin moves it", async () => {
    const stages: Record<string, "off" | "shadow" | "on"> = { ann: "on", bob: "shadow" };
    const t = startBackend(undefined, undefined, {
      rollout: {
        viewer: async (ctx) => (await ctx.auth.getUserIdentity())?.subject ?? "",
        stage: (_ctx, tenant, viewer) => ({
          stage: (tenant === tenantId && stages[viewer]) || "off",
        }),
      },
    });
    const ann = await tenantOf(t);
    const bob = await tenantOf(t, tenantId, { role: "viewer", subject: "bob" });
    const eve = await tenantOf(t, tenantId, { role: "viewer", subject: "eve" });
    const modes = async () =>
      await Promise.all(
        [ann, bob, eve].map(async (member) => {
          const { mode, rollout } = await member.query(api.flags.get, { tenantId });
          return `${mode} ${rollout.stage} ${rollout.compares}`;
        }),
      );
    expect(await modes()).toEqual(["on on true", "off shadow true", "off off false"]);
    stages["bob"] = "on";
    expect((await modes())[1]).toBe("on on true");

    await ann.mutation(api.inventory.record, { tenantId, row: stockRow({ occurredAt: NOW }) });
    await foldAll(t);
    await t.run(async (ctx) => {
      const doc = stockRow({ quantity: 7 });
      await ctx.db.insert("inventoryRecords", { ...doc, tenantId } as never);
    });
    const query = { measures: ["inventory.quantity"] };
    await eve.action(api.flags.report, { tenantId, query });
    expect(await ann.query(api.flags.differences, { tenantId })).toMatchObject({ comparisons: [] });
    await bob.action(api.flags.report, { tenantId, query });
    const flag = () => ann.query(api.flags.get, { tenantId });
    expect((await flag()).rollout.cubes).toMatchObject({
      inventory: { mode: "off", rollout: { rollback: { from: "on", reason: "differences" } } },
    });
    await ann.mutation(api.flags.move, { tenantId, cube: "inventory", stage: "follow" });
    expect(await flag()).toMatchObject({ mode: "on", rollout: { cubes: {} } });
  });
});
