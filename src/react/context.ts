/**
 * What `RollupsProvider` shares with the hooks below it, a context each: the scope, which rarely changes, the
 * flag, the freshness, which changes with every fold, and what was written from here.
 */
import { createContext, useContext } from "react";
import type { ConvexReactClient } from "convex/react";
import type { Catalogue } from "../../lib/model/cube.js";
import type { AnswerCache } from "./answerCache.js";
import type { FallbackApi, Freshness, Mode, RollupsApi, TenantArgs } from "./api.js";
import type { AggregateError } from "./errors.js";

export interface Scope {
  client: ConvexReactClient;
  api: RollupsApi;
  fallback: FallbackApi | null;
  tenant: TenantArgs;
  /** The tenant as one text, by which answers and stores are kept apart. */
  tenantId: string;
  timezone: string;
  catalogue: Catalogue | null;
  cache: AnswerCache | null;
}

export interface Known<T> {
  value: T | undefined;
  error: AggregateError | null;
}

/** The newest commit that was written from here, by tenant. */
export interface Commits {
  commits: ReadonlyMap<string, bigint>;
  /** An older commit than the one that is known changes nothing. */
  add: (tenantId: string, commitTs: bigint) => void;
}

export const ScopeContext = createContext<Scope | null>(null);
export const FlagContext = createContext<Known<Mode>>({ value: undefined, error: null });
export const FreshnessContext = createContext<Known<Freshness>>({ value: undefined, error: null });
export const OwnWritesContext = createContext<Commits>({ commits: new Map(), add: () => {} });

/** The nearest provider's scope; throws outside of one. */
export function useScope(): Scope {
  const scope = useContext(ScopeContext);
  if (!scope) throw new Error("Rollup hooks need a <RollupsProvider> above them.");
  return scope;
}
