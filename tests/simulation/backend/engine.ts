/**
 * The local backend's database, in this process and without its realms: transactions, snapshots,
 * ordered indexes, schema checks and commit timestamps, at some microseconds per call. Ids come from
 * dice and commit timestamps are consecutive numbers, so that a seed fixes all of a run.
 */
import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { vi } from "vitest";
import componentSchema from "../../../convex/components/rollups/schema.js";
import type { Database } from "../../../local/database/database.js";
import type * as idsModule from "../../../local/values/ids.js";
import type { SchemaExport } from "../../../local/push/request.js";
import { Dice } from "../random.js";

let dice = new Dice(0);
let serial = 0;

vi.doMock("../../../local/values/ids.js", async (original) => {
  const actual = await original<typeof idsModule>();
  // Ids of documents that were created in the same millisecond must come in any order.
  const newId = (table: number) =>
    `i${String(dice.below(1e6)).padStart(6, "0")}x${String(serial++).padStart(6, "0")}t${table}`;
  const tableNumberOf = (id: string) => Number(/^i\d{6}x\d+t(\d+)$/.exec(id)?.[1] ?? NaN) || null;
  return { ...actual, newId, tableNumberOf };
});
const { Database: Engine } = await import("../../../local/database/database.js");
const { RELAXED_LIMITS } = await import("../../../local/database/limits.js");
type TransactionBudget = typeof RELAXED_LIMITS.transaction;
const { applySchemas } = await import("../../../local/push/schemaChange.js");

/** Documents may be without a tenant for a while. */
const vTenant = v.optional(v.union(v.string(), v.null()));

/** What the app has: two tables of its cubes, and who its tenants are. */
export const appSchema = defineSchema({
  tenants: defineTable({
    tenantId: v.string(),
    timezone: v.string(),
    zones: v.array(v.string()),
    mode: v.string(),
  }).index("by_tenant", ["tenantId"]),
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

/** Its tables; all others are the component's. */
export const appTables: ReadonlySet<string> = new Set(Object.keys(appSchema.tables));

const exported = new Map(
  Object.entries({ "": appSchema, rollups: componentSchema }).map(([side, schema]) => {
    const text = (schema as unknown as { export(): string }).export();
    return [side, JSON.parse(text) as SchemaExport];
  }),
);

/** Far ahead of every clock: each commit then takes the timestamp after the last one. */
const FIRST_COMMIT = 2n ** 61n;

/**
 * One world in so many has every stored document checked against its schema, and every call against its
 * validators; it takes a while.
 */
const CHECKED_WORLDS = 8;

export const isChecked = (seed: number) => seed % CHECKED_WORLDS === 0;

/** An empty database with the component's tables and the app's. */
export function openDatabase(seed: number): Database {
  dice = new Dice(seed);
  serial = 0;
  const database = new Engine({ ...RELAXED_LIMITS });
  const schemaValidation = isChecked(seed);
  const schemas = [...exported].map(
    ([side, schema]) => [side, { ...schema, schemaValidation }] as const,
  );
  applySchemas(database, new Map(schemas));
  database.advanceTo(FIRST_COMMIT);
  return database;
}

/** Gives the transactions that begin from now on a share of the platform's limits. */
export function allow(database: Database, share: number): void {
  database.limits.transaction = allowances.get(share) ?? scaled(share);
}

const allowances = new Map([[1, RELAXED_LIMITS.transaction]]);

function scaled(share: number): TransactionBudget {
  const budget = Object.fromEntries(
    Object.entries(RELAXED_LIMITS.transaction).map(([name, most]) => [name, most * share]),
  ) as unknown as TransactionBudget;
  allowances.set(share, budget);
  return budget;
}
