/** Looking up a tenant's generations, and what is being built. */
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";

/** All rollup states of a tenant: some tens of rows. */
export async function readStates(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"rollupStates">[]> {
  return await ctx.db
    .query("rollupStates")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId))
    .collect();
}

/** Those of one cube. */
export async function statesOf(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
  cube: string,
): Promise<Doc<"rollupStates">[]> {
  return await ctx.db
    .query("rollupStates")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId).eq("cube", cube))
    .collect();
}

/** One generation of a rollup, by "cube.rollup"; null where there is none. */
export async function stateOf(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
  rollup: string,
  generation: number,
): Promise<Doc<"rollupStates"> | null> {
  const dot = rollup.indexOf(".");
  return await ctx.db
    .query("rollupStates")
    .withIndex("by_generation", (q) =>
      q
        .eq("tenantId", tenantId)
        .eq("cube", rollup.slice(0, dot))
        .eq("rollup", rollup.slice(dot + 1))
        .eq("generation", generation),
    )
    .unique();
}

/** All that a tenant builds: few. */
export async function readBackfills(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"backfills">[]> {
  return await ctx.db
    .query("backfills")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .collect();
}

/** The oldest unfinished backfill: one is worked on at a time. */
export async function nextBackfill(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"backfills"> | null> {
  return await ctx.db
    .query("backfills")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .first();
}
