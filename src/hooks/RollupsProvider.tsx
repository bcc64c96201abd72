/**
 * The provider above the hooks: which tenant, in which zone, over which client. It holds the one
 * subscription per tenant to the flag and to the freshness.
 */
import { useCallback, useMemo, useState, type ReactNode } from "react";
import { ConvexProvider, useConvex, useQueries, type ConvexReactClient } from "convex/react";
import type { Catalogue } from "../../lib/model/cube";
import type { AnswerCache } from "./answerCache";
import { functions, type Freshness, type Mode } from "./api";
import {
  FlagContext,
  FreshnessContext,
  OwnWritesContext,
  ScopeContext,
  type Commits,
  type Known,
  type Scope,
} from "./context";
import { toAggregateError } from "./errors";

export interface RollupsProviderProps {
  tenantId: string;
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

/** Scopes the hooks below it to one tenant. Changing `tenantId` never shows another tenant's rows. */
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
  tenantId,
  timezone,
  catalogue,
  cache,
  children,
}: Omit<RollupsProviderProps, "client">) {
  const client = useConvex();
  const scope = useMemo<Scope>(
    () => ({ client, tenantId, timezone, catalogue: catalogue ?? null, cache: cache ?? null }),
    [client, tenantId, timezone, catalogue, cache],
  );
  const queries = useMemo(
    () => ({
      flag: { query: functions.flag, args: { tenantId } },
      freshness: { query: functions.freshness, args: { tenantId } },
    }),
    [tenantId],
  );
  const results = useQueries(queries);
  const flagResult = results["flag"] as { mode: Mode } | Error | undefined;
  const freshnessResult = results["freshness"] as Freshness | Error | undefined;

  const flag = useMemo<Known<Mode>>(
    () =>
      flagResult instanceof Error
        ? { value: undefined, error: toAggregateError(flagResult) }
        : { value: flagResult?.mode, error: null },
    [flagResult],
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
    <ScopeContext value={scope}>
      <FlagContext value={flag}>
        <FreshnessContext value={freshness}>
          <OwnWritesContext value={ownWrites}>{children}</OwnWritesContext>
        </FreshnessContext>
      </FlagContext>
    </ScopeContext>
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
