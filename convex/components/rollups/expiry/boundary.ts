/** Which cubes' records expire, and which of a tenant's are due. */
import { expiryBoundary } from "../../../../lib/model/expiry.js";
import type { CubeDefinition } from "../../../../lib/model/cube.js";
import type { QueryCtx } from "../app/ctx.js";
import { sourceFrom } from "../sources/sourceFrom.js";

export type ExpiringCube = CubeDefinition & { expire: string };

export function expiringCubes({ app }: Pick<QueryCtx, "app">): ExpiringCube[] {
  const cubes = Object.values(app.cubes);
  return cubes.filter((cube): cube is ExpiringCube => cube.expire !== undefined);
}

/**
 * Epoch ms before which records are to be gone now, or null. Never before what it was once: records
 * that have expired do not come back with another zone or a longer `expire`.
 */
export async function boundaryOf(
  ctx: Pick<QueryCtx, "db" | "app" | "now">,
  tenantId: string,
  { name, expire }: ExpiringCube,
): Promise<number | null> {
  const wanted = expiryBoundary(expire, ctx.app.clocks.timezone, ctx.now);
  const from = await sourceFrom(ctx, tenantId, name);
  return from === null ? wanted : Math.max(from, wanted ?? from);
}
