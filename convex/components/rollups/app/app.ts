/**
 * What the app's code says now. It is handed to every execution of the component and imported by none,
 * so a deploy that is rolled back takes effect with the next call.
 */
import type { FunctionHandle } from "convex/server";
import type { Catalogue } from "../../../../lib/model/cube.js";
import { limitsOf, type Limits, type LimitOverrides } from "../limits/limits.js";
import type { FreshnessTargets } from "../../../../lib/model/cube.js";
import type { Lock } from "../../../../lib/query/question.js";
import type { ToldApp } from "../schema/toldApp.js";
import type { Ask } from "./protocol.js";
import type { Readings } from "./readings.js";

/** The zones of a tenant. */
export interface TenantClocks {
  timezone: string;
  zones?: string[];
}

export type Source = FunctionHandle<"query", { ask: Ask }, unknown>;

export type Expire = FunctionHandle<
  "mutation",
  { cube: string; tenantId: string; to: number },
  boolean
>;

export interface App {
  cubes: Catalogue;
  readings: Readings;
  source: Source;
  expire: Expire | null;
  clocks: TenantClocks;
  limits: Limits;
  freshness: FreshnessTargets;
  alerts?: ToldApp["alerts"];
  /** Of the caller, if it has one. */
  lock?: Lock;
}

export function appOf(told: ToldApp): App {
  const { cubes, readings, source, expire, timezone, zones, limits, freshness, alerts, lock } =
    told;
  return {
    cubes: cubes as Catalogue,
    readings,
    source: source as Source,
    expire: expire as Expire | null,
    clocks: { timezone, ...(zones && { zones }) },
    limits: limitsOf(limits as LimitOverrides),
    freshness: (freshness ?? {}) as FreshnessTargets,
    ...(alerts && { alerts }),
    ...(lock !== undefined && { lock: lock as Lock }),
  };
}
