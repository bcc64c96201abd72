/** How a tenant's order statistics are, for people. */
import { v, type Infer } from "convex/values";
import { lagOf } from "./lag.js";
import type { QueryCtx } from "../app/ctx.js";
import { oldestUnfolded } from "../log/reader.js";
import { readOrders, routeOf } from "../order/states.js";
import { verifiedAtOf } from "../verification/verified.js";

export const vOrderHealth = v.object({
  cube: v.string(),
  statistic: v.string(),
  generation: v.number(),
  status: v.string(),
  /** What is in its trees by now. */
  records: v.number(),
  trees: v.number(),
  /** Age of the oldest change that is not; 0 where there is none. */
  lagMs: v.number(),
  /** When verification last found all of its trees to be right; null for never. */
  verifiedAt: v.union(v.number(), v.null()),
});

export async function ordersHealth(
  ctx: QueryCtx,
  tenantId: string,
): Promise<Infer<typeof vOrderHealth>[]> {
  const states = await readOrders(ctx, tenantId);
  return await Promise.all(
    states.map(async (state) => {
      const { cube, name, generation, status, records, groups, position } = state;
      const [unfolded, verifiedAt] = await Promise.all([
        oldestUnfolded(ctx, { tenantId, cube }, position),
        verifiedAtOf(ctx, tenantId, routeOf(state)),
      ]);
      return {
        ...{ cube, statistic: name, generation, status, records, trees: groups },
        ...{ lagMs: lagOf(ctx, unfolded).lagMs, verifiedAt },
      };
    }),
  );
}
