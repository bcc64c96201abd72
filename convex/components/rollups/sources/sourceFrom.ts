/** From when on a tenant's source records are all there. */
import { reachesExpired, sourceExpired } from "../../../../lib/model/expiry.js";
import type { CubeDefinition, Fact } from "../../../../lib/model/cube.js";
import type { QueryCtx } from "../app/ctx.js";
import { readTimeRange } from "./scan.js";

/** Epoch ms from which on the cube's records are whole; null where all of them are. */
export async function sourceFrom(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
  cube: string,
): Promise<number | null> {
  const row = await ctx.db
    .query("sourceStates")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId).eq("cube", cube))
    .unique();
  return row?.from ?? null;
}

/** The same of all cubes of which records have expired. */
export async function expiredSources(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<ReadonlyMap<string, number>> {
  const rows = await ctx.db
    .query("sourceStates")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId))
    .collect();
  return new Map(rows.map(({ cube, from }) => [cube, from]));
}

/** `readTimeRange` of a source that is whole from `wholeFrom` on. Throws `SourceExpired`. */
export async function readWholeRange(
  ctx: Pick<QueryCtx, "app" | "runQuery">,
  cube: CubeDefinition,
  tenantId: string,
  wholeFrom: number | null,
  from: number | null,
  to: number | null,
  limit: number,
): Promise<Fact[] | null> {
  if (wholeFrom !== null && reachesExpired(wholeFrom, from, to)) {
    throw sourceExpired(cube.name, wholeFrom, { from, to });
  }
  return await readTimeRange(ctx, cube, tenantId, from, to, limit);
}
