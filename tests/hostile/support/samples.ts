/** Arguments that each public function accepts, beside `tenantId`: what attacks start from. */
import { NOW, stockRow, watchRow } from "../../convex/harness.js";
import { sampleLock } from "./embed.js";

export interface Place {
  tenantId: string;
  /** Ids of records of the tenant. */
  watchId: string;
  stockId: string;
}

export const stockQuery = {
  measures: ["inventory.quantity", "inventory.count"],
  dimensions: ["inventory.category"],
  timeDimensions: [
    {
      dimension: "inventory.occurredAt",
      granularity: "day",
      dateRange: ["2026-01-01", "2026-03-31"],
    },
  ],
  filters: [{ member: "inventory.warehouse", operator: "notEquals", values: ["North"] }],
  order: { "inventory.quantity": "desc" },
  limit: 100,
  offset: 0,
  total: true,
  timezone: "Europe/Berlin",
};

export const watchQuery = {
  measures: ["watch.count", "watch.viewers"],
  dimensions: ["watch.category", "watch.viewer"],
};

type Sample = (place: Place) => Record<string, unknown>;

const tenant: Sample = ({ tenantId }) => ({ tenantId });
const queried: Sample = ({ tenantId }) => ({ tenantId, query: stockQuery });

const counted = {
  cube: "watch",
  rollups: [{ dimensions: ["category"], measures: ["count"], levels: { day: "month" } }],
};

/** By function name. A function without a sample fails the tests. */
export const samples: Readonly<Record<string, Sample>> = {
  "tenants:mine": () => ({}),
  "advisor:sample": ({ tenantId }) => ({ tenantId, ...counted, from: null }),
  "advisor:standing": tenant,
  "advisor:stored": ({ tenantId }) => ({
    ...{ tenantId, rollup: "watch.totals", generation: 1, granularity: "day", after: null },
  }),
  "advisor:written": ({ tenantId }) => ({ tenantId, ...counted }),
  "activity:recent": ({ tenantId }) => ({ tenantId, limit: 5 }),
  "aggregates:board": ({ tenantId }) => ({ tenantId, questions: [{ query: stockQuery }] }),
  "aggregates:explain": queried,
  "aggregates:freshness": tenant,
  "aggregates:health": tenant,
  "aggregates:load": ({ tenantId }) => ({ tenantId, query: watchQuery, freshness: "live" }),
  "aggregates:meta": tenant,
  "aggregates:rows": queried,
  "embeds:create": ({ tenantId }) => ({ tenantId, lock: sampleLock, expiresInSeconds: 60 }),
  "flags:clear": tenant,
  "flags:differences": tenant,
  "flags:get": tenant,
  "flags:move": ({ tenantId }) => ({ tenantId, stage: "percent", percent: 25, cube: "watch" }),
  "flags:report": queried,
  "patterns:clear": tenant,
  "patterns:list": tenant,
  "patterns:report": ({ tenantId }) => ({
    tenantId,
    questions: [{ query: stockQuery, asked: 3, route: "inventory.totals@1", held: false }],
  }),
  "flags:set": ({ tenantId }) => ({ tenantId, mode: "off" }),
  "held:catalog": ({ tenantId }) => ({ tenantId, key: "", cube: "watch" }),
  "held:key": tenant,
  "held:tail": ({ tenantId }) => ({ tenantId, key: "", cube: "inventory" }),
  "held:tiles": ({ tenantId }) => ({
    ...{ tenantId, key: "", rollup: "watch.totals", generation: 1, granularity: "day" },
    ...{ from: Date.UTC(2026, 0, 1), to: null },
  }),
  "inventory:record": ({ tenantId }) => ({ tenantId, row: stockRow() }),
  "inventory:recordBatch": ({ tenantId }) => ({ tenantId, rows: [stockRow(), stockRow()] }),
  "inventory:remove": ({ tenantId, stockId }) => ({ tenantId, id: stockId }),
  "inventory:update": ({ tenantId, stockId }) => ({
    tenantId,
    id: stockId,
    patch: { quantity: 3 },
  }),
  "records:page": ({ tenantId }) => ({
    ...{ tenantId, cube: "inventory", from: Date.UTC(2026, 0, 1), to: null, order: "desc" },
    filters: [{ member: "inventory.warehouse", operator: "notEquals", values: ["North"] }],
    paginationOpts: { numItems: 50, cursor: null },
  }),
  "requests:admit": tenant,
  "rollups:rebuild": ({ tenantId }) => ({ tenantId, cube: "watch", rollup: "totals" }),
  "rollups:refresh": ({ tenantId }) => ({
    tenantId,
    cube: "watch",
    rollup: "totals",
    dateRange: ["2026-02-01", "2026-02-02"],
  }),
  "rollups:replay": tenant,
  "rollups:restore": ({ tenantId }) => ({
    ...{ tenantId, cube: "watch", rollup: "totals", granularity: "hour", from: "2026-01-01" },
  }),
  "rollups:verify": tenant,
  "sources:changes": ({ tenantId }) => ({ tenantId, cube: "watch", after: "0" }),
  "sources:head": tenant,
  "sources:page": ({ tenantId }) => ({ tenantId, cube: "inventory", cursor: null }),
  "views:list": tenant,
  "views:remove": ({ tenantId }) => ({ tenantId, name: "Weekly" }),
  "views:save": ({ tenantId }) => ({ tenantId, name: "Weekly", search: "?view=watch&period=7d" }),
  "watch:record": ({ tenantId }) => ({ tenantId, row: watchRow({ watchedAt: NOW }) }),
  "watch:recordBatch": ({ tenantId }) => ({ tenantId, rows: [watchRow()] }),
  "watch:remove": ({ tenantId, watchId }) => ({ tenantId, id: watchId }),
  "watch:update": ({ tenantId, watchId }) => ({
    tenantId,
    id: watchId,
    patch: { durationSeconds: 9 },
  }),
};
