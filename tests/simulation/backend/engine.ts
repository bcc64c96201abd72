/**
 * The local backend's database, in this process and without its realms: transactions, snapshots,
 * ordered indexes, schema checks and commit timestamps, at some microseconds per call. Ids come from
 * dice and commit timestamps are consecutive numbers, so that a seed fixes all of a run.
 */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { vi } from "vitest";
import { rollupTables } from "../../../convex/rollups/tables";
import type { Database } from "../../../local/database/database";
import type * as idsModule from "../../../local/values/ids";
import type { SchemaExport } from "../../../local/push/request";
import { Dice } from "../random";

let dice = new Dice(0);
let serial = 0;

vi.doMock("../../../local/values/ids", async (original) => {
  const actual = await original<typeof idsModule>();
  // Ids of documents that were created in the same millisecond must come in any order.
  const newId = (table: number) =>
    `i${String(dice.below(1e6)).padStart(6, "0")}x${String(serial++).padStart(6, "0")}t${table}`;
  const tableNumberOf = (id: string) => Number(/^i\d{6}x\d+t(\d+)$/.exec(id)?.[1] ?? NaN) || null;
  return { ...actual, newId, tableNumberOf };
});
const { Database: Engine } = await import("../../../local/database/database");
const { DEFAULT_LIMITS } = await import("../../../local/database/limits");
type TransactionBudget = typeof DEFAULT_LIMITS.transaction;
const { applySchemas } = await import("../../../local/push/schemaChange");

/** Documents may be without a tenant for a while. */
const vTenant = v.optional(v.union(v.string(), v.null()));

const schema = defineSchema({
  ...rollupTables,
  sales: defineTable({
    tenantId: vTenant,
    at: v.number(),
    category: v.string(),
    warehouse: v.union(v.string(), v.null()),
    topics: v.array(v.string()),
    person: v.union(v.string(), v.null()),
    quantity: v.number(),
    size: v.union(v.number(), v.null()),
    price: v.union(v.number(), v.null()),
    /** Traces that are older than the field have none. */
    weight: v.optional(v.union(v.number(), v.null())),
    /** No cube sees it. */
    note: v.number(),
  })
    .index("by_tenant", ["tenantId"])
    .index("by_tenant_and_time", ["tenantId", "at"]),
  visits: defineTable({
    tenantId: vTenant,
    at: v.number(),
    page: v.string(),
    stay: v.union(v.number(), v.null()),
    note: v.number(),
  })
    .index("by_tenant", ["tenantId"])
    .index("by_tenant_and_time", ["tenantId", "at"]),
});
const exported = JSON.parse((schema as unknown as { export(): string }).export()) as SchemaExport;

/** Far ahead of every clock: each commit then takes the timestamp after the last one. */
const FIRST_COMMIT = 2n ** 61n;

/** One world in so many has every stored document checked against the schema; it takes a while. */
const CHECKED_WORLDS = 8;

/** An empty database with the product's tables and the simulation's two source tables. */
export function openDatabase(seed: number): Database {
  dice = new Dice(seed);
  serial = 0;
  const database = new Engine({ ...DEFAULT_LIMITS });
  const schemaValidation = seed % CHECKED_WORLDS === 0;
  applySchemas(database, new Map([["", { ...exported, schemaValidation }]]));
  database.advanceTo(FIRST_COMMIT);
  return database;
}

/** Gives the transactions that begin from now on a share of the platform's limits. */
export function allow(database: Database, share: number): void {
  database.limits.transaction = allowances.get(share) ?? scaled(share);
}

const allowances = new Map([[1, DEFAULT_LIMITS.transaction]]);

function scaled(share: number): TransactionBudget {
  const budget = Object.fromEntries(
    Object.entries(DEFAULT_LIMITS.transaction).map(([name, most]) => [name, most * share]),
  ) as unknown as TransactionBudget;
  allowances.set(share, budget);
  return budget;
}
