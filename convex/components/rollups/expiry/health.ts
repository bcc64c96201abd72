/** What `aggregates:health` says about records that expire. */
import { v, type Infer } from "convex/values";
import type { QueryCtx } from "../app/ctx.js";
import { boundaryOf, expiringCubes } from "./boundary.js";
import { obstacleTo, vObstacle } from "./obstacle.js";
import { expiredSources } from "../sources/sourceFrom.js";

export const vSourceHealth = v.object({
  cube: v.string(),
  /** How long records are kept; null where the cube does not say so any more. */
  expire: v.union(v.string(), v.null()),
  /** Records are whole from here on, epoch ms; null where none have expired. */
  from: v.union(v.number(), v.null()),
  /** Why none may expire now. */
  blocked: v.union(vObstacle, v.null()),
});

/** Every cube that says how long its records are kept, then those that said so once. */
export async function sourcesHealth(
  ctx: QueryCtx,
  tenantId: string,
): Promise<Infer<typeof vSourceHealth>[]> {
  const expired = await expiredSources(ctx, tenantId);
  const expiring = expiringCubes(ctx);
  const found = [];
  for (const cube of expiring) {
    const { name, expire } = cube;
    const boundary = await boundaryOf(ctx, tenantId, cube);
    const blocked = boundary === null ? null : await obstacleTo(ctx, tenantId, name, boundary);
    found.push({ cube: name, expire, from: expired.get(name) ?? null, blocked });
  }
  for (const [cube, from] of expired) {
    if (expiring.some(({ name }) => name === cube)) continue;
    found.push({ cube, expire: null, from, blocked: null });
  }
  return found;
}
