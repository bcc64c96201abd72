/** What the tests of the adopted app ask of it: random writes of all kinds, and an oracle beside the answer. */
import { v } from "convex/values";
import { defineEnt, defineEntSchema, entsTableFactory, getEntDefinitions } from "convex-ents";
import { customMutation } from "convex-helpers/server/customFunctions";
import { wrapDatabaseWriter } from "convex-helpers/server/rowLevelSecurity";
import type { DataModel, Doc, Id } from "./_generated/dataModel";
import { internalMutation as raw, internalQuery, type MutationCtx } from "./_generated/server";
import { internalMutation, rollups } from "./rollups";

/** A builder with row-level security around the capturing writer. */
const guarded = customMutation(raw, {
  args: {},
  input: async (ctx) => {
    const { db, flush } = rollups.capturing(ctx);
    const rules = {
      orders: { read: async () => true, modify: async () => true, insert: async () => true },
    };
    const secured = wrapDatabaseWriter<MutationCtx, DataModel>(ctx, db, rules);
    return { ctx: { db: secured }, args: {}, onSuccess: flush };
  },
});

const ents = getEntDefinitions(
  defineEntSchema({
    orders: defineEnt({
      orgId: v.id("orgs"),
      customerId: v.string(),
      amount: v.number(),
      status: v.union(v.literal("pending"), v.literal("paid"), v.literal("refunded")),
      createdAt: v.number(),
      items: v.array(v.object({ sku: v.string(), quantity: v.number() })),
    }),
  }),
);

interface EntsTable {
  (name: "orders"): {
    insert(order: Omit<Doc<"orders">, "_id" | "_creationTime">): Promise<Id<"orders">>;
    getX(id: Id<"orders">): {
      patch(change: Partial<Doc<"orders">>): Promise<unknown>;
      delete(): Promise<unknown>;
    };
  };
}

/** A builder with convex-ents around the capturing writer. */
const withEnts = customMutation(raw, {
  args: {},
  input: async (ctx) => {
    const { db, flush } = rollups.capturing(ctx);
    const table = entsTableFactory(
      { ...ctx, db } as MutationCtx,
      ents as never,
    ) as unknown as EntsTable;
    return { ctx: { table }, args: {}, onSuccess: flush };
  },
});

const DAY = 86_400_000;
const START = Date.UTC(2026, 9, 1);
const statuses = ["pending", "paid", "refunded"] as const;
const churnArgs = { orgs: v.array(v.id("orgs")), count: v.number(), seed: v.number() };

interface Churn {
  orgs: Id<"orgs">[];
  count: number;
  seed: number;
}

/** Inserts, edits, moves between orgs and deletions, by dice of the caller's. */
async function churn({ db }: Pick<MutationCtx, "db">, { orgs, count, seed }: Churn) {
  let state = seed;
  const dice = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const pick = <T>(items: readonly T[]) => items[Math.floor(dice() * items.length)]!;
  for (let i = 0; i < count; i++) {
    const orgId = pick(orgs);
    const some = await db
      .query("orders")
      .withIndex("by_org_created", (q) =>
        q.eq("orgId", orgId).gte("createdAt", START + dice() * 3 * DAY),
      )
      .first();
    const face = dice();
    if (some === null || face < 0.4) {
      await db.insert("orders", {
        orgId,
        customerId: "c",
        amount: Math.floor(dice() * 1000),
        status: pick(statuses),
        createdAt: START + Math.floor(dice() * 3 * DAY),
        items: [],
      });
    } else if (face < 0.6) await db.patch(some._id, { status: pick(statuses) });
    else if (face < 0.7) {
      await db.patch("orders", some._id, {
        amount: some.amount + 1,
        createdAt: some.createdAt + DAY / 2,
      });
    } else if (face < 0.8) await db.patch("orders", some._id, { orgId: pick(orgs) });
    else if (face < 0.85) {
      const { _id, _creationTime, ...order } = some;
      await db.replace("orders", _id, { ...order, status: pick(statuses) });
    } else await db.delete(some._id);
  }
}

export const churnPlain = internalMutation({
  args: churnArgs,
  handler: async (ctx, args) => await churn(ctx, args),
});

export const churnGuarded = guarded({
  args: churnArgs,
  handler: async (ctx, args) => await churn(ctx as Pick<MutationCtx, "db">, args),
});

/** Some inserts through ents, an edit of each second one, and a deletion of each third. */
export const churnEnts = withEnts({
  args: churnArgs,
  handler: async ({ table }, { orgs, count, seed }) => {
    for (let i = 0; i < count; i++) {
      const order = await table("orders").insert({
        ...{ orgId: orgs[i % orgs.length]!, customerId: "c", amount: (seed + i) % 997 },
        ...{ status: "pending" as const, createdAt: START + ((seed + i) % 72) * 3_600_000 },
        items: [],
      });
      if (i % 2 === 0) await table("orders").getX(order).patch({ status: "paid" });
      if (i % 3 === 0) await table("orders").getX(order).delete();
    }
  },
});

/** Writes, then throws: neither the order nor its log row may stay. */
export const fails = internalMutation({
  args: { orgId: v.id("orgs") },
  handler: async (ctx, { orgId }) => {
    await ctx.db.insert("orders", {
      ...{ orgId, customerId: "never", amount: 1, status: "paid" as const },
      ...{ createdAt: START, items: [] },
    });
    throw new Error("on purpose");
  },
});

interface Cell {
  revenue: number;
  count: number;
  largest: number;
}

/** The app's own `.collect()` and the rollups' answer, in one transaction. */
export const equal = internalQuery({
  args: { orgId: v.id("orgs") },
  handler: async (ctx, { orgId }) => {
    const orders = await ctx.db
      .query("orders")
      .withIndex("by_org", (q) => q.eq("orgId", orgId))
      .collect();
    const wanted: Record<string, Cell> = {};
    for (const { amount, status, createdAt } of orders) {
      const key = `${status} ${new Date(createdAt).toISOString().slice(0, 10)}`;
      const cell = (wanted[key] ??= { revenue: 0, count: 0, largest: -Infinity });
      cell.revenue += amount;
      cell.count++;
      cell.largest = Math.max(cell.largest, amount);
    }
    const { data, servedBy } = await rollups.query(ctx, orgId, {
      measures: ["orders.revenue", "orders.count", "orders.largest"],
      dimensions: ["orders.status"],
      timeDimensions: [{ dimension: "orders.createdAt", granularity: "day" }],
    });
    const found: Record<string, Cell> = {};
    for (const row of data) {
      const key = `${row["orders.status"]} ${String(row["orders.createdAt.day"]).slice(0, 10)}`;
      found[key] = {
        revenue: Number(row["orders.revenue"]),
        count: Number(row["orders.count"]),
        largest: Number(row["orders.largest"]),
      };
    }
    const sorted = (cells: Record<string, Cell>) => JSON.stringify(Object.entries(cells).sort());
    return { wanted: sorted(wanted), found: sorted(found), servedBy, records: orders.length };
  },
});
