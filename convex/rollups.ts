/** The rollups of this app: its cubes, and who may read and administer them. */
import { Rollups } from "../src/client/index.js";
import { components } from "./_generated/api.js";
import { env, type QueryCtx } from "./_generated/server.js";
import { mustBeMember, mustMay } from "./access/membership.js";
import { catalogue } from "./cubes.js";
import { limits } from "./limits.js";
import schema from "./schema.js";

export const rollups = new Rollups(components.rollups, {
  schema,
  authorize: async (ctx: QueryCtx, tenantId: string, need) => {
    const member = await mustBeMember(ctx, tenantId);
    // Where answers cannot be narrowed, the class refuses a caller with a lock.
    mustMay(member, need === "read" ? "ask" : need);
    return member;
  },
  lock: (_ctx, _tenantId, member) => member.lock,
  cubes: {
    watch: { ...catalogue.watch, tenant: "tenantId" },
    inventory: { ...catalogue.inventory, tenant: "tenantId" },
  },
  timezone: async (ctx: QueryCtx, tenantId: string) => {
    const tenant = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .unique();
    return { timezone: tenant?.timezone ?? "UTC", zones: tenant?.zones };
  },
  // Every member may read all of a tenant's records.
  sharedReads: true,
  limits,
  ...(env.ROLLUPS_ALERTS_URL === undefined ? {} : { alerts: { action: "alerts:notify" } }),
  module: "rollups",
});

export const { source, start, expire, importRows } = rollups.functions();

/** What an admin may ask of a tenant's rollups. Nothing stops serving meanwhile. */
export const { rebuild, refresh, replay, restore, verify } = rollups.admin();
