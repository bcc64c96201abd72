/**
 * What the app's code says now. It is handed to every execution of the component and imported by none,
 * so a deploy that is rolled back takes effect with the next call.
 */
import type { FunctionHandle } from "convex/server";
import { v, type Infer } from "convex/values";
import type { Catalogue } from "../../../../lib/model/cube.js";
import { limitsOf, type Limits, type LimitOverrides } from "../limits/limits.js";
import type { FreshnessTargets } from "../../../../lib/model/cube.js";
import type { Ask } from "./protocol.js";
import type { Readings } from "./readings.js";

/** As it travels. */
export const vApp = v.object({
  /** The cubes that the call needs: `lib/model/cube.ts` has their shape. */
  cubes: v.any(),
  /** How each of these cubes reads its fields (`lib/resolve/reading.ts`). */
  readings: v.record(v.string(), v.string()),
  /** Handle of the one query that the component may ask. */
  source: v.string(),
  /** Handle of the mutation that deletes records which expire; null where the app exports none. */
  expire: v.union(v.string(), v.null()),
  /** The zone that buckets of the call's tenant are in, and the others that its people ask in. */
  timezone: v.string(),
  zones: v.optional(v.array(v.string())),
  /** What the app sets differently from the defaults. */
  limits: v.any(),
  /** Targets of rollups that have one: `lib/alerts/freshness.ts` has their shape. */
  freshness: v.optional(v.any()),
  /** What is called with alerts; the handle is told to upkeep only, and null where the app has no such function. */
  alerts: v.optional(
    v.object({
      call: v.union(v.literal("action"), v.literal("mutation")),
      handle: v.union(v.string(), v.null()),
    }),
  ),
});

export type ToldApp = Infer<typeof vApp>;

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
}

export function appOf(told: ToldApp): App {
  const { cubes, readings, source, expire, timezone, zones, limits, freshness, alerts } = told;
  return {
    cubes: cubes as Catalogue,
    readings,
    source: source as Source,
    expire: expire as Expire | null,
    clocks: { timezone, ...(zones && { zones }) },
    limits: limitsOf(limits as LimitOverrides),
    freshness: (freshness ?? {}) as FreshnessTargets,
    ...(alerts && { alerts }),
  };
}
