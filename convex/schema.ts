import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { rollupTables } from "./rollups/tables";

export default defineSchema({
  ...rollupTables,

  /**
   * Viewing history: who watched what when. Written by `watch:*`; read by backfill, by bounded raw
   * scans and by the browser fallback.
   */
  watchRecords: defineTable({
    tenantId: v.string(),
    /** Idempotency key: unique per tenant, immutable. */
    key: v.optional(v.string()),
    videoId: v.string(),
    title: v.string(),
    channel: v.string(),
    topics: v.array(v.string()),
    category: v.string(),
    viewer: v.string(),
    /** Epoch ms. */
    watchedAt: v.number(),
    durationSeconds: v.number(),
  })
    // Backfill walks a tenant's documents by `_creationTime`, which the next index cannot.
    // eslint-disable-next-line @convex-dev/no-duplicate-indexes
    .index("by_tenant", ["tenantId"])
    .index("by_tenant_and_time", ["tenantId", "watchedAt"])
    .index("by_tenant_and_key", ["tenantId", "key"]),

  /**
   * Stock movements. Written by `inventory:*`; read by backfill, by bounded raw scans and by the
   * browser fallback.
   */
  inventoryRecords: defineTable({
    tenantId: v.string(),
    /** Idempotency key: unique per tenant, immutable. */
    key: v.optional(v.string()),
    product: v.string(),
    category: v.string(),
    warehouse: v.string(),
    kind: v.union(
      v.literal("receipt"),
      v.literal("shipment"),
      v.literal("adjustment"),
      v.literal("transfer"),
      v.literal("return"),
    ),
    /** Whole units: positive in, negative out. */
    quantity: v.number(),
    /** At most 4 decimals. */
    unitCost: v.number(),
    /** Epoch ms. */
    occurredAt: v.number(),
  })
    // Backfill walks a tenant's documents by `_creationTime`, which the next index cannot.
    // eslint-disable-next-line @convex-dev/no-duplicate-indexes
    .index("by_tenant", ["tenantId"])
    .index("by_tenant_and_time", ["tenantId", "occurredAt"])
    .index("by_tenant_and_key", ["tenantId", "key"]),
});
