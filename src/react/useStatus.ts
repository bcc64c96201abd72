/**
 * The small hooks beside `useAggregate`: the caller's tenants, the tenant's flag, how fresh its
 * rollups are, how healthy, and how far a build has come.
 */
import { useCallback, useContext, useMemo, useSyncExternalStore } from "react";
import { useConvex } from "convex/react";
import type { FunctionReference } from "convex/server";
import type { Flag, Freshness, Health, Mode, Tenant } from "./api.js";
import { FlagContext, useScope } from "./context.js";
import { toAggregateError, type AggregateError } from "./errors.js";
import { asKnown } from "./FreshnessSource.js";
import { useSubscription } from "./useSubscription.js";

type EmptyArgs = Record<string, never>;

/** The tenants that the signed-in user belongs to, as the app's own function says; undefined while loading. Needs no provider. */
export function useTenants(mine: FunctionReference<"query", "public", EmptyArgs, Tenant[]>): {
  tenants: Tenant[] | undefined;
  error: AggregateError | null;
} {
  const asked = useMemo(() => ({ asked: { query: mine, args: {} } }), [mine]);
  const result = useSubscription(asked) as Tenant[] | Error | undefined;
  const { value, error } = asKnown(result);
  return { tenants: value, error };
}

/** The tenant's flag and how to set it (admins only; others get a Forbidden error from `setMode`). */
export function useFlag(): {
  /** What the caller sees of the tenant. */
  mode: Mode | undefined;
  /** How far the tenant has moved, and why it was taken back; undefined while loading, and where an app has a flag of its own. */
  rollout: Flag["rollout"];
  error: AggregateError | null;
  setMode: (mode: Mode) => Promise<void>;
} {
  const { fallback, tenant } = useScope();
  const convex = useConvex();
  const { value, error } = useContext(FlagContext);
  const setMode = useCallback(
    async (mode: Mode) => {
      try {
        if (!fallback) throw new Error("The app has no functions for answers of the browser.");
        await convex.mutation(fallback.setFlag, { ...tenant, mode });
      } catch (cause) {
        throw toAggregateError(cause);
      }
    },
    [convex, fallback, tenant],
  );
  return { mode: value?.mode, rollout: value?.rollout, error, setMode };
}

/** How far folding has come; all null while loading. One subscription per tenant, shared. */
export function useFreshness(): {
  [field in keyof Freshness]: Freshness[field] | null;
} & { error: AggregateError | null } {
  const { subscribe, get } = useScope().freshness;
  const { value, error } = useSyncExternalStore(subscribe, get, get);
  return {
    watermark: value?.watermark ?? null,
    foldedTo: value?.foldedTo ?? null,
    lagMs: value?.lagMs ?? null,
    unfoldedSince: value?.unfoldedSince ?? null,
    backlog: value?.backlog ?? null,
    error,
  };
}

/** Each rollup's generation and state; undefined while loading. */
export function useRollupHealth(): { health: Health | undefined; error: AggregateError | null } {
  const { api, tenant } = useScope();
  const asked = useMemo(() => ({ asked: { query: api.health, args: tenant } }), [api, tenant]);
  const result = useSubscription(asked) as Health | Error | undefined;
  const { value, error } = asKnown(result);
  return { health: value, error };
}

/** The builds under way. `progress` is that of the one furthest behind, 0–1, null if not known. */
export function useBackfillProgress(): {
  isBuilding: boolean;
  building: { cube: string; rollup: string; progress: number | null }[];
  progress: number | null;
} {
  const { health } = useRollupHealth();
  return useMemo(() => {
    const building = (health?.rollups ?? []).filter(({ status }) => status === "building");
    const known = building.flatMap(({ progress }) => (progress === null ? [] : [progress]));
    return {
      isBuilding: building.length > 0,
      building: building.map(({ cube, rollup, progress }) => ({ cube, rollup, progress })),
      progress: known.length > 0 ? Math.min(...known) : null,
    };
  }, [health]);
}
