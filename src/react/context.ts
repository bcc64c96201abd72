/**
 * What `RollupsProvider` shares with the hooks below it, a context each: the scope, which rarely changes, the
 * flag, what is held, and what was written from here. None changes with somebody's write: freshness is told by a source.
 */
import { createContext, useContext } from "react";
import type { ConvexReactClient } from "convex/react";
import type { Catalogue } from "../../lib/model/cube.js";
import type { PatternReports } from "../patterns/index.js";
import type { AnswerCache } from "./answerCache.js";
import type { Boards } from "./Boards.js";
import type { FallbackApi, Flag, HeldApi, RollupsApi, TenantArgs } from "./api.js";
import type { FreshnessSource, Known } from "./FreshnessSource.js";
import type * as held from "./held/index.js";
import type { Prefetcher } from "./prefetcher.js";

export interface Scope {
  client: ConvexReactClient;
  api: RollupsApi;
  fallback: FallbackApi | null;
  held: HeldApi | null;
  tenant: TenantArgs;
  /** The tenant as one text, by which answers and stores are kept apart. */
  tenantId: string;
  timezone: string;
  catalogue: Catalogue | null;
  cache: AnswerCache | null;
  patterns: PatternReports | undefined;
  prefetch: Prefetcher | undefined;
  freshness: FreshnessSource;
  boards: Boards;
}

/** What holds tiles, and for whom. */
export interface Held {
  code: typeof held;
  scope: held.HeldScope;
}

/** The newest commit that was written from here, by tenant. */
export interface Commits {
  commits: ReadonlyMap<string, bigint>;
  /** An older commit than the one that is known changes nothing. */
  add: (tenantId: string, commitTs: bigint) => void;
}

export const ScopeContext = createContext<Scope | null>(null);
export const FlagContext = createContext<Known<Flag>>({ value: undefined, error: null });
/** Undefined before its code is there, null where tiles are not held. */
export const HeldContext = createContext<Held | null | undefined>(null);
export const OwnWritesContext = createContext<Commits>({ commits: new Map(), add: () => {} });

/** A subscription to nothing. */
export const idle = () => () => {};

/** The nearest provider's scope; throws outside of one. */
export function useScope(): Scope {
  const scope = useContext(ScopeContext);
  if (!scope) throw new Error("Rollup hooks need a <RollupsProvider> above them.");
  return scope;
}
