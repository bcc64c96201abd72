/** Backend functions that only this app calls: explanations, the ticker and the two demo writes. */
import { makeFunctionReference } from "convex/server";
import type { AggregateQuery } from "../hooks";

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

/** What `aggregates:explain` says of one query. */
export interface Explanation {
  /** Null where no rollup would answer. */
  plan: unknown;
  considered: readonly { refusal: { code: string } | null }[];
}

type Recorded = { id: string; commitTs: string };

export const functions = {
  explain: makeFunctionReference<"query", { tenantId: string; query: AggregateQuery }, Explanation>(
    "aggregates:explain",
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
