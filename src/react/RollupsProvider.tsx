/**
 * The provider above the hooks: which tenant, in which zone, over which client. It holds the one
 * subscription per tenant to the flag and to the freshness, and fetches what holds tiles.
 */
import {
  useCallback,
  useEffect,
  useMemo,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from "react";
import { ConvexProvider, useConvex, type ConvexReactClient } from "convex/react";
import type { Catalogue } from "../../lib/model/cube.js";
import type { PatternReports } from "../patterns/index.js";
import type { AnswerCache } from "./answerCache.js";
import { Boards } from "./Boards.js";
import type { FallbackApi, Flag, Freshness, HeldApi, RollupsApi, TenantArgs } from "./api.js";
import {
  FlagContext,
  HeldContext,
  OwnWritesContext,
  ScopeContext,
  useScope,
  type Commits,
  type Held,
  type Scope,
} from "./context.js";
import { asKnown, FreshnessSource, type Known } from "./FreshnessSource.js";
import type { Prefetcher } from "./prefetcher.js";
import { keyOf } from "./query.js";
import { useChunk } from "./useChunk.js";
import { useSubscription, type Asked } from "./useSubscription.js";

export interface RollupsProviderProps {
  /** The app's functions, by reference: the same object on every rendering. */
  api: RollupsApi;
  /** What answers of the browser need; without it rollups answer everything, and there is no flag. */
  fallback?: FallbackApi;
  /** What `rollups.held()` gives: with it the browser holds tiles, and answers what they cover by itself. */
  held?: HeldApi;
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
  /** With it, what is asked is reported: made once, outside of components. */
  patterns?: PatternReports;
  /** With it, likely questions are asked ahead: the same object while its user is the same. */
  prefetch?: Prefetcher;
  /**
   * How many times a second at most answers from held tiles follow writes (default 4); what somebody waits for, such
   * as a filter, is shown at once. A page that is hidden follows none until it is seen.
   */
  pace?: number;
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

/** What an app leaves out is null below. */
type ScopedProps = Omit<RollupsProviderProps, "client" | keyof Absent> & Absent;
type Absent = { [Name in "fallback" | "held" | "catalogue" | "cache"]?: Scope[Name] };

function ScopedProvider({
  api,
  fallback = null,
  held: heldApi = null,
  tenant: given,
  timezone,
  catalogue = null,
  cache = null,
  patterns,
  prefetch,
  pace = PACE,
  children,
}: ScopedProps) {
  const client = useConvex();
  // Made of a text, because a new object on every rendering is what callers give.
  const told = keyOf(given);
  const tenant = useMemo(() => JSON.parse(told) as TenantArgs, [told]);
  const tenantId = Object.values(tenant).join();
  // A new one for each tenant, so that none is told another's.
  const freshness = useMemo(
    () => new FreshnessSource({ query: api.freshness, args: tenant }),
    [api, tenant],
  );
  const boards = useMemo(() => new Boards({ client, api, tenant }), [client, api, tenant]);
  const scope = useMemo<Scope>(
    () => ({
      ...{ client, api, fallback, held: heldApi, tenant, tenantId, timezone },
      ...{ catalogue, cache, patterns, prefetch, freshness, boards },
    }),
    [
      client,
      api,
      fallback,
      heldApi,
      tenant,
      tenantId,
      timezone,
      catalogue,
      cache,
      patterns,
      prefetch,
      freshness,
      boards,
    ],
  );
  const flagAsked = useMemo(
    () => (fallback ? { asked: { query: fallback.flag, args: tenant } } : {}),
    [fallback, tenant],
  );
  const flagResult = useSubscription(flagAsked) as Flag | Error | undefined;

  const flag = useMemo<Known<Flag>>(
    () => asKnown(fallback ? flagResult : { mode: "on" }),
    [fallback, flagResult],
  );
  const held = useHeld(scope, pace, flag.value?.mode !== "off");
  const ownWrites = useCommits();

  return (
    <ScopeContext.Provider value={scope}>
      <FlagContext.Provider value={flag}>
        <HeldContext.Provider value={held}>
          <OwnWritesContext.Provider value={ownWrites}>{children}</OwnWritesContext.Provider>
          {prefetch && <prefetch.Feed />}
        </HeldContext.Provider>
        <FreshnessFeed />
      </FlagContext.Provider>
    </ScopeContext.Provider>
  );
}

/** Paints a second: more than a person reads, and few enough to cost little. */
const PACE = 4;

const loadHeld = () => import("./held/index.js");

/** What holds tiles, where the app has the functions and the browser does not answer from records. */
function useHeld(scope: Scope, pace: number, isOn: boolean): Held | null | undefined {
  const { client, held, tenant, tenantId, cache } = scope;
  const { code, error } = useChunk(isOn && held !== null, loadHeld);
  return useMemo(() => {
    if (!isOn || !held || error) return null;
    return code ? { code, scope: { client, held, tenant, tenantId, cache, pace } } : undefined;
  }, [isOn, code, error, client, held, tenant, tenantId, cache, pace]);
}

const nothing: Asked = {};

/** Tells the freshness to those who ask. It is what every write renders, so it shows nothing. */
function FreshnessFeed() {
  const { held, freshness: source } = useScope();
  const isAsked = useSyncExternalStore(source.subscribeFeed, source.isAsked, source.isAsked);
  const isNeeded = isAsked || held === null;
  const asked = useMemo(
    (): Asked => (isNeeded ? { asked: source.asked } : nothing),
    [isNeeded, source],
  );
  const result = useSubscription(asked) as Freshness | Error | undefined;
  useEffect(() => {
    source.set(asKnown(result));
  }, [source, result]);
  return null;
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
