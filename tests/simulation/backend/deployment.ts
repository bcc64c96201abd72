/**
 * The app at one version of its cubes: what a deploy of it brings. The component is the same for all
 * versions, as it knows no cubes; it is told, or asks.
 */
import { componentsGeneric } from "convex/server";
import type { components } from "../../../convex/_generated/api.js";
import type { Catalogue } from "../../../lib/model/cube.js";
import { Rollups, type Zones } from "../../../src/client/index.js";
import { appSchema } from "./engine.js";
import { limits } from "./knobs.js";

const { rollups: component } = componentsGeneric() as unknown as typeof components;

/** The cubes of the simulation, all of which have the same tenant's field. */
export function deploy(catalogue: Catalogue) {
  const cubes = Object.entries(catalogue).map(
    ([name, cube]) => [name, { ...cube, tenant: "tenantId" }] as const,
  );
  const rollups = new Rollups(component, {
    schema: appSchema,
    authorize: (_ctx, _tenant, _need) => null,
    cubes: Object.fromEntries(cubes),
    timezone: async (ctx, tenantId: string): Promise<Zones> => {
      const tenant = await ctx.db
        .query("tenants")
        .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
        .unique();
      return { timezone: tenant?.timezone ?? "UTC", zones: tenant?.zones };
    },
    limits,
    tenantArgument: "tenantId",
    module: "rollups",
  });
  return { rollups, functions: { ...rollups.functions(), ...rollups.admin() } };
}

export type Deployment = ReturnType<typeof deploy>;
