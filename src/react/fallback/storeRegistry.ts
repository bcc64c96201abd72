/**
 * One store per client, tenant and cube, shared by every hook that asks about it, and dropped a
 * little after the last one stops: a page change does not fetch 100k records again.
 */
import type { ConvexReactClient } from "convex/react";
import type { Catalogue } from "../../../lib/model/cube.js";
import type { Outcome } from "../answer.js";
import type { FallbackApi, RollupsApi, TenantArgs } from "../api.js";
import type { AggregateQuery, Row, WireQuery } from "../query.js";
import { BrowserTable } from "./BrowserTable.js";
import { CubeStore } from "./CubeStore.js";
import { startRecordFeed } from "./recordFeed.js";

/** How long unused records stay in memory. */
export const keepUnusedMs = 5_000;

export interface StoreScope {
  client: ConvexReactClient;
  api: RollupsApi;
  fallback: FallbackApi;
  tenant: TenantArgs;
  tenantId: string;
  timezone: string;
  catalogue: Catalogue;
}

/** What hooks see of the records of a cube, and of the answers computed from them. */
export interface RecordStore {
  /** The same object while it does not change. */
  read(key: string): Outcome;
  watch(key: string, query: AggregateQuery, wire: WireQuery, listener: () => void): () => void;
  readonly isWatched: boolean;
  retry(): void;
  stop(): void;
}

const stores = new WeakMap<ConvexReactClient, Map<string, RecordStore>>();

/** The shared store of a cube; it fetches nothing until something is watched. */
export function storeOf(scope: StoreScope, cube: string): RecordStore {
  const { client, fallback, tenant, tenantId, timezone, catalogue } = scope;
  let ofClient = stores.get(client);
  if (!ofClient) stores.set(client, (ofClient = new Map()));
  const key = JSON.stringify([tenantId, timezone, cube]);
  let store = ofClient.get(key);
  if (!store) {
    store = new CubeStore({
      createTable: () => new BrowserTable(catalogue, cube, timezone),
      startFeed: (listener) =>
        startRecordFeed(
          {
            ...{ client, fallback, tenant, cube },
            countRecords: () => countRecords(scope, cube),
          },
          listener,
        ),
    });
    ofClient.set(key, store);
  }
  return store;
}

/** Watches a question in a store and stops the store when nothing has been watched for a while. */
export function watchStore(
  store: RecordStore,
  key: string,
  query: AggregateQuery,
  wire: WireQuery,
  listener: () => void,
): () => void {
  const unwatch = store.watch(key, query, wire, listener);
  return () => {
    unwatch();
    if (store.isWatched) return;
    setTimeout(() => {
      if (!store.isWatched) store.stop();
    }, keepUnusedMs);
  };
}

async function countRecords({ client, api, tenant, catalogue }: StoreScope, cube: string) {
  const count = Object.entries(catalogue[cube]?.measures ?? {}).find(
    ([, measure]) =>
      measure.type === "count" &&
      measure.filters === undefined &&
      measure.rollingWindow === undefined,
  );
  if (!count) return null;
  const member = `${cube}.${count[0]}`;
  const { data } = await client.query(api.rows, { ...tenant, query: { measures: [member] } });
  const value = (data as readonly Row[])[0]?.[member];
  return typeof value === "number" ? value : null;
}
