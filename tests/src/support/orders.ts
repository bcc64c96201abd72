/** An app with two cubes, as its own modules and the generated `api` would type it. */
import { anyApi, defineSchema, defineTable, type ApiFromModules } from "convex/server";
import { v } from "convex/values";
import { components } from "../../../convex/_generated/api.js";
import type { CatalogueOptions } from "../../../src/client/cubes/cubeOptions.js";
import type { CubesOf } from "../../../src/client/types/cubesOf.js";
import { Rollups } from "../../../src/client/Rollups.js";

export const schema = defineSchema({
  orgs: defineTable({ name: v.string() }),
  orders: defineTable({
    orgId: v.id("orgs"),
    status: v.union(v.literal("open"), v.literal("paid")),
    tags: v.array(v.string()),
    stars: v.optional(v.number()),
    amount: v.number(),
    createdAt: v.number(),
    shippedAt: v.number(),
  })
    .index("by_org", ["orgId"])
    .index("by_org_created", ["orgId", "createdAt"]),
  events: defineTable({ orgId: v.optional(v.id("orgs")), kind: v.string() }).index("by_org", [
    "orgId",
  ]),
});

export const cubes = {
  orders: {
    tenant: "orgId",
    time: "createdAt",
    dimensions: {
      status: "string",
      tag: { type: "strings", field: "tags", title: "Tag" },
      stars: "number",
      weekday: "weekday",
      shippedAt: { type: "time", granularities: { fortnight: { interval: "2 weeks" } } },
    },
    measures: { count: "count", revenue: { sum: "amount" }, largest: { max: "amount" } },
    segments: { paid: { dimension: "status", operator: "equals", values: ["paid"] } },
    rollups: { by_status: { dimensions: ["status"], levels: { day: "month", month: "year" } } },
  },
  visits: {
    table: "events",
    tenant: "orgId",
    time: "_creationTime",
    dimensions: { kind: "string" },
    measures: { count: "count", kinds: { type: "countDistinct", dimension: "kind" } },
    rollups: { by_kind: { dimensions: ["kind"], levels: { day: "month" } } },
  },
} as const satisfies CatalogueOptions;

export type Cubes = CubesOf<typeof cubes>;

export const rollups = new Rollups(components.rollups, { schema, cubes, authorize: () => null });

/** The references that an app has, which exports these functions from `convex/rollups.ts`. */
export function apiOf<Functions extends object>(_: Functions) {
  return anyApi as unknown as ApiFromModules<{ rollups: Functions }>;
}

export const api = apiOf(rollups.functions());
