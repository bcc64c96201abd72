/** Tenants and who belongs to them. Creation is internal: a deployment's operator does it. */
import { v } from "convex/values";
import { fail, isZone } from "../src/client/index.js";
import { allowed } from "./access/membership.js";
import { callerQuery, internalMutation } from "./functions.js";
import { rollups } from "./rollups.js";

const vRole = v.union(
  v.literal("viewer"),
  v.literal("editor"),
  v.literal("admin"),
  v.literal("service"),
);

/** The tenants that the caller belongs to, by name; empty for a stranger. */
export const mine = callerQuery({
  args: {},
  returns: v.array(
    v.object({ tenantId: v.string(), name: v.string(), timezone: v.string(), role: vRole }),
  ),
  handler: async (ctx) => {
    const identity = await ctx.auth.getUserIdentity();
    if (identity === null) return [];
    const memberships = await ctx.db
      .query("memberships")
      .withIndex("by_token_and_tenant", (q) => q.eq("tokenIdentifier", identity.tokenIdentifier))
      .take(200);
    const tenants = await Promise.all(
      memberships.map(async ({ tenantId, role }) => {
        const tenant = await ctx.db
          .query("tenants")
          .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
          .unique();
        return tenant && { tenantId, name: tenant.name, timezone: tenant.timezone, role };
      }),
    );
    return tenants.filter((tenant) => tenant !== null).sort((a, b) => a.name.localeCompare(b.name));
  },
});

/** Most zones that a tenant's people ask in: comparing one with the tenant's takes some ms. */
const ZONES_MAX = 10;

/**
 * Creates a tenant, or changes its name or zones; what is left out stays (a new tenant is named by its
 * slug, in UTC). A new zone starts new generations of all its rollups. `zones` are the others that its
 * people ask in: where one shows other minutes than the tenant's, rollups that declare quarters of an
 * hour keep them, and only those start anew when that changes.
 */
export const ensure = internalMutation({
  args: {
    tenantId: v.string(),
    name: v.optional(v.string()),
    timezone: v.optional(v.string()),
    zones: v.optional(v.array(v.string())),
  },
  returns: v.null(),
  handler: async (ctx, { tenantId, name, timezone, zones }) => {
    if (!/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/.test(tenantId)) {
      fail("InvalidTenant", "A tenant's slug is 1 to 64 of a–z, 0–9 and inner hyphens.", {
        tenantId,
      });
    }
    if (zones !== undefined && zones.length > ZONES_MAX) {
      fail("TooManyZones", `A tenant has at most ${ZONES_MAX} other zones.`, { zones });
    }
    for (const zone of [...(timezone === undefined ? [] : [timezone]), ...(zones ?? [])]) {
      if (!isZone(zone)) {
        fail("InvalidTimezone", `"${zone}" is not an IANA time zone.`, { timezone: zone });
      }
    }
    const others = zones && { zones: [...new Set(zones)].sort() };
    const tenant = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .unique();
    if (tenant === null) {
      await ctx.db.insert("tenants", {
        tenantId,
        name: name ?? tenantId,
        timezone: timezone ?? "UTC",
        ...others,
      });
    } else {
      await ctx.db.patch("tenants", tenant._id, {
        name: name ?? tenant.name,
        timezone: timezone ?? tenant.timezone,
        ...others,
      });
    }
    await rollups.wake(ctx, tenantId);
    return null;
  },
});

/**
 * Makes the caller with this token identifier (issuer and subject) a member, or changes its role. A member
 * that may do less than before loses what viewers share, and asks again.
 */
export const ensureMember = internalMutation({
  args: { tenantId: v.string(), tokenIdentifier: v.string(), role: vRole },
  returns: v.null(),
  handler: async (ctx, { tenantId, tokenIdentifier, role }) => {
    const membership = await ctx.db
      .query("memberships")
      .withIndex("by_token_and_tenant", (q) =>
        q.eq("tokenIdentifier", tokenIdentifier).eq("tenantId", tenantId),
      )
      .unique();
    if (membership === null) {
      await ctx.db.insert("memberships", { tenantId, tokenIdentifier, role });
    } else if (membership.role !== role) {
      await ctx.db.patch("memberships", membership._id, { role });
      const isDemoted = allowed[membership.role].some((need) => !allowed[role].includes(need));
      if (isDemoted) await rollups.revokeViews(ctx, tenantId);
    }
    return null;
  },
});

/** Ends a membership, and with it all that the member subscribes to; nothing where there is none. */
export const removeMember = internalMutation({
  args: { tenantId: v.string(), tokenIdentifier: v.string() },
  returns: v.null(),
  handler: async (ctx, { tenantId, tokenIdentifier }) => {
    const membership = await ctx.db
      .query("memberships")
      .withIndex("by_token_and_tenant", (q) =>
        q.eq("tokenIdentifier", tokenIdentifier).eq("tenantId", tenantId),
      )
      .unique();
    if (membership === null) return null;
    await ctx.db.delete("memberships", membership._id);
    await rollups.revokeViews(ctx, tenantId);
    return null;
  },
});
