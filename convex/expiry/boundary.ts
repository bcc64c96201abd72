/** Which cubes' records expire, and which of a tenant's are due. */
import { expiryBoundary } from "../../lib/model/expiry";
import type { CubeDefinition } from "../../lib/model/cube";
import type { Doc } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";
import { catalogue } from "../cubes";
import { sourceFrom } from "./sourceFrom";

export type ExpiringCube = CubeDefinition & { expire: string };

export function expiringCubes(): ExpiringCube[] {
  const cubes: CubeDefinition[] = Object.values(catalogue);
  return cubes.filter((cube): cube is ExpiringCube => cube.expire !== undefined);
}

/**
 * Epoch ms before which records are to be gone now, or null. Never before what it was once: records
 * that have expired do not come back with another zone or a longer `expire`.
 */
export async function boundaryOf(
  ctx: Pick<QueryCtx, "db">,
  { tenantId, timezone }: Pick<Doc<"tenants">, "tenantId" | "timezone">,
  { name, expire }: ExpiringCube,
): Promise<number | null> {
  const wanted = expiryBoundary(expire, timezone, Date.now());
  const from = await sourceFrom(ctx, tenantId, name);
  return from === null ? wanted : Math.max(from, wanted ?? from);
}
