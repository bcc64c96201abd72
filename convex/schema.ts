import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

export default defineSchema({
  /**
   * One row per tenant. Written by `tenants:ensure`; read by every answer, and by upkeep, for the zone.
   */
  tenants: defineTable({
    /** The slug that callers use, such as "acme". */
    tenantId: v.string(),
    name: v.string(),
    /** IANA zone in which buckets, hours of day and weekdays are derived. */
    timezone: v.string(),
    /** Other IANA zones that its people ask in; absent for none. */
    zones: v.optional(v.array(v.string())),
  }).index("by_tenant", ["tenantId"]),

  /** Who may act for a tenant. Written by `tenants:ensureMember` and `removeMember`; read by every public function. */
  memberships: defineTable({
    tenantId: v.string(),
    /** The identity provider's stable key: issuer and subject. */
    tokenIdentifier: v.string(),
    role: v.union(
      v.literal("viewer"),
      v.literal("editor"),
      v.literal("admin"),
      v.literal("service"),
    ),
  }).index("by_token_and_tenant", ["tokenIdentifier", "tenantId"]),

  /** Views of the dashboard that have a name. Written by `views:save` and `remove`; read by `views:list`. */
  savedViews: defineTable({
    tenantId: v.string(),
    name: v.string(),
    /** What the address says of it, without the tenant: "?view=watch&period=30d". */
    search: v.string(),
  }).index("by_tenant_and_name", ["tenantId", "name"]),

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
