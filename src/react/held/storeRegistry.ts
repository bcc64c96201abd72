/** One store per client, tenant and cube, shared by every hook that asks about it. Unused ones stop by themselves. */
import type { ConvexReactClient } from "convex/react";
import type { AnswerCache } from "../answerCache.js";
import type { HeldApi, TenantArgs } from "../api.js";
import { HeldStore } from "./HeldStore.js";
import { heldLimits } from "./limits.js";
import { browserPage, Pacer } from "./Pacer.js";

export interface HeldScope {
  client: ConvexReactClient;
  held: HeldApi;
  tenant: TenantArgs;
  tenantId: string;
  cache: AnswerCache | null;
  /** Looks a second, for what moves by itself. */
  pace: number;
}

interface OfClient {
  pacer: Pacer;
  stores: Map<string, HeldStore>;
}

const clients = new WeakMap<ConvexReactClient, OfClient>();

/** The shared store of a cube; it asks nothing until something is watched. */
export function heldStoreOf(scope: HeldScope, cube: string): HeldStore {
  const { client, held, tenant, tenantId, cache, pace } = scope;
  let ofClient = clients.get(client);
  if (!ofClient)
    clients.set(client, (ofClient = { pacer: new Pacer(browserPage), stores: new Map() }));
  const { pacer, stores } = ofClient;
  pacer.pace = pace;
  const key = JSON.stringify([tenantId, cube]);
  let store = stores.get(key);
  if (!store) {
    store = new HeldStore({
      ...{ client, held, tenant, cube, pacer },
      saved: cache?.readHeld?.(tenantId, cube) ?? null,
      save: (known) => cache?.writeHeld?.(tenantId, cube, known),
      now: () => Date.now(),
      idleBytes: isSmall() ? heldLimits.idleBytesSmall : heldLimits.idleBytes,
    });
    stores.set(key, store);
  }
  return store;
}

function isSmall(): boolean {
  const { deviceMemory } = (globalThis.navigator ?? {}) as { deviceMemory?: number };
  return deviceMemory !== undefined && deviceMemory < heldLimits.smallDeviceGiB;
}
