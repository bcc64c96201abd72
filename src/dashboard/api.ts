/** The functions of this app's backend, by name and type: those that the hooks call, and its own. */
import { makeFunctionReference } from "convex/server";
import type { Granularity } from "../../lib/time/granularity.js";
import type {
  AggregateQuery,
  AggregateRows,
  Board,
  FallbackApi,
  Flag,
  Freshness,
  HeldApi,
  HeldCatalog,
  HeldTail,
  Health,
  Mode,
  RollupsApi,
  SourceChanges,
  SourcePage,
  Tenant,
} from "../react/index.js";
import type { Answered, Explained } from "./explain/explanation.js";

export type Activity = {
  commitTs: string;
  /** Epoch ms of the commit. */
  at: number;
  cube: string;
  op: "insert" | "update" | "delete" | "expire";
  count: number;
  summary: string;
};

export type WatchRow = {
  key?: string;
  videoId: string;
  title: string;
  channel: string;
  topics: string[];
  category: string;
  viewer: string;
  watchedAt: number;
  durationSeconds: number;
};

export type InventoryRow = {
  key?: string;
  product: string;
  category: string;
  warehouse: string;
  kind: "receipt" | "shipment" | "adjustment" | "transfer" | "return";
  quantity: number;
  unitCost: number;
  occurredAt: number;
};

type Recorded = { id: string; commitTs: string };

type TenantArgs = { tenantId: string };
type CubeArgs = TenantArgs & { cube: string };

/** What the hooks call. */
export const rollupsApi = {
  rows: makeFunctionReference<
    "query",
    TenantArgs & { query: AggregateQuery; freshness?: "live" | "folded" },
    AggregateRows
  >("aggregates:rows"),
  board: makeFunctionReference<
    "query",
    TenantArgs & {
      questions: readonly { query: AggregateQuery; freshness?: "live" | "folded" }[];
    },
    Board
  >("aggregates:board"),
  freshness: makeFunctionReference<"query", TenantArgs, Freshness>("aggregates:freshness"),
  health: makeFunctionReference<"query", TenantArgs, Health>("aggregates:health"),
} satisfies RollupsApi;

type KeyArgs = TenantArgs & { key: string };

/** What browsers hold tiles by. */
export const heldApi = {
  key: makeFunctionReference<"query", TenantArgs, string>("held:key"),
  catalog: makeFunctionReference<"query", KeyArgs & { cube: string }, HeldCatalog>("held:catalog"),
  tiles: makeFunctionReference<
    "query",
    KeyArgs & {
      rollup: string;
      generation: number;
      granularity: Granularity;
      from: number | null;
      to: number | null;
    },
    string | null
  >("held:tiles"),
  tail: makeFunctionReference<"query", KeyArgs & { cube: string }, HeldTail>("held:tail"),
} satisfies HeldApi;

/** What answers of the browser need. */
export const fallbackApi = {
  flag: makeFunctionReference<"query", TenantArgs, Flag>("flags:get"),
  setFlag: makeFunctionReference<"mutation", TenantArgs & { mode: Mode }>("flags:set"),
  report: makeFunctionReference<"action", TenantArgs & { query: unknown }>("flags:report"),
  head: makeFunctionReference<"query", TenantArgs, { asOf: string }>("sources:head"),
  page: makeFunctionReference<"query", CubeArgs & { cursor: string | null }, SourcePage>(
    "sources:page",
  ),
  changes: makeFunctionReference<"query", CubeArgs & { after: string }, SourceChanges>(
    "sources:changes",
  ),
} satisfies FallbackApi;

export const functions = {
  meta: makeFunctionReference<"query", TenantArgs, { timezone: string }>("aggregates:meta"),
  tenants: makeFunctionReference<"query", Record<string, never>, Tenant[]>("tenants:mine"),
  explain: makeFunctionReference<"query", { tenantId: string; query: AggregateQuery }, Explained>(
    "aggregates:explain",
  ),
  load: makeFunctionReference<"query", { tenantId: string; query: AggregateQuery }, Answered>(
    "aggregates:load",
  ),
  activity: makeFunctionReference<"query", { tenantId: string; limit?: number }, Activity[]>(
    "activity:recent",
  ),
  recordWatch: makeFunctionReference<"mutation", { tenantId: string; row: WatchRow }, Recorded>(
    "watch:record",
  ),
  recordInventory: makeFunctionReference<
    "mutation",
    { tenantId: string; row: InventoryRow },
    Recorded
  >("inventory:record"),
};
