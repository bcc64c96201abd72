/**
 * The provider above the hooks: which tenant, in which zone, over which client. It holds the one
 * subscription per tenant to the flag and to the freshness.
 */
import { useCallback, useMemo, useState, type ReactNode } from "react";
import { ConvexProvider, useConvex, type ConvexReactClient } from "convex/react";
import type { Catalogue } from "../../lib/model/cube.js";
import type { AnswerCache } from "./answerCache.js";
import type { FallbackApi, Freshness, Mode, RollupsApi, TenantArgs } from "./api.js";
import {
  FlagContext,
  FreshnessContext,
  OwnWritesContext,
  ScopeContext,
  type Commits,
  type Known,
  type Scope,
} from "./context.js";
import { toAggregateError } from "./errors.js";
import { keyOf } from "./query.js";
import { useSubscription } from "./useSubscription.js";

export interface RollupsProviderProps {
  /** The app's functions, by reference: the same object on every rendering. */
  api: RollupsApi;
  /** What answers of the browser need; without it rollups answer everything, and there is no flag. */
  fallback?: FallbackApi;
  /** The tenant by its argument's name, such as `{ orgId }`; `{}` in an app without tenants. */
  tenant: TenantArgs;
  /** The tenant's IANA zone, in which buckets are derived. */
  timezone: string;
  /** Default: the client of the nearest ConvexProvider. */
  client?: ConvexReactClient;
  /** The cubes as data. Needed only where a tenant's flag may be off. */
  catalogue?: Catalogue;
  /** Where last answers are kept for the first paint of the next visit. */
  cache?: AnswerCache;
  children: ReactNode;
}

/** Scopes the hooks below it to one tenant. Changing the tenant never shows another tenant's rows. */
export function RollupsProvider({ client, ...props }: RollupsProviderProps) {
  return client ? (
    <ConvexProvider client={client}>
      <ScopedProvider {...props} />
    </ConvexProvider>
  ) : (
    <ScopedProvider {...props} />
  );
}

function ScopedProvider({
  api,
  fallback,
  tenant: given,
  timezone,
  catalogue,
  cache,
  children,
}: Omit<RollupsProviderProps, "client">) {
  const client = useConvex();
  // Made of a text, because a new object on every rendering is what callers give.
  const told = keyOf(given);
  const tenant = useMemo(() => JSON.parse(told) as TenantArgs, [told]);
  const tenantId = Object.values(tenant).join();
  const scope = useMemo<Scope>(
    () => ({
      ...{ client, api, fallback: fallback ?? null, tenant, tenantId, timezone },
      ...{ catalogue: catalogue ?? null, cache: cache ?? null },
    }),
    [client, api, fallback, tenant, tenantId, timezone, catalogue, cache],
  );
  const flagAsked = useMemo(
    () => (fallback ? { asked: { query: fallback.flag, args: tenant } } : {}),
    [fallback, tenant],
  );
  const freshnessAsked = useMemo(
    () => ({ asked: { query: api.freshness, args: tenant } }),
    [api, tenant],
  );
  const flagResult = useSubscription(flagAsked) as { mode: Mode } | Error | undefined;
  const freshnessResult = useSubscription(freshnessAsked) as Freshness | Error | undefined;

  const flag = useMemo<Known<Mode>>(
    () =>
      flagResult instanceof Error
        ? { value: undefined, error: toAggregateError(flagResult) }
        : { value: fallback ? flagResult?.mode : "on", error: null },
    [fallback, flagResult],
  );
  const freshness = useMemo<Known<Freshness>>(
    () =>
      freshnessResult instanceof Error
        ? { value: undefined, error: toAggregateError(freshnessResult) }
        : { value: freshnessResult, error: null },
    [freshnessResult],
  );
  const ownWrites = useCommits();

  return (
    <ScopeContext.Provider value={scope}>
      <FlagContext.Provider value={flag}>
        <FreshnessContext.Provider value={freshness}>
          <OwnWritesContext.Provider value={ownWrites}>{children}</OwnWritesContext.Provider>
        </FreshnessContext.Provider>
      </FlagContext.Provider>
    </ScopeContext.Provider>
  );
}

function useCommits(): Commits {
  const [commits, setCommits] = useState<Commits["commits"]>(new Map());
  const add = useCallback(
    (tenantId: string, commitTs: bigint) =>
      setCommits((known) =>
        commitTs > (known.get(tenantId) ?? -1n) ? new Map(known).set(tenantId, commitTs) : known,
      ),
    [],
  );
  return useMemo(() => ({ commits, add }), [commits, add]);
}
