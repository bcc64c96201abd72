/** When what was last verified: each rollup whole, and each source. */
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import { readOrders, routeOf } from "../order/states.js";

type Compared = NonNullable<Doc<"verifications">["rollups"]>;

export async function readVerified(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"verified"> | null> {
  return await ctx.db
    .query("verified")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
}

/**
 * When what answered was last verified whole: the earliest of several routes. Null where one of them
 * never was, and for a scan, which reads the source itself. One document read.
 */
export async function verifiedAtOf(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
  servedBy: string,
): Promise<number | null> {
  const routes = servedBy.split(", ").filter((route) => route !== "scan");
  if (routes.length === 0) return null;
  const row = await readVerified(ctx, tenantId);
  const known = [...(row?.rollups ?? []), ...(row?.orders ?? [])];
  const times = routes.map(
    (route) => known.find((one) => one.route === route)?.verifiedAt ?? -Infinity,
  );
  const earliest = Math.min(...times);
  return earliest === -Infinity ? null : earliest;
}

export async function readCheckedSources(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"checkedSources">[]> {
  return await ctx.db
    .query("checkedSources")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId))
    .collect();
}

/**
 * A pass has ended. Generations that it compared whole are verified now; those of which something could
 * not be checked are not any more; the others stay what they are while they serve.
 */
export async function setVerified(
  ctx: MutationCtx,
  tenantId: string,
  compared: Compared,
  ready: readonly { state: Id<"rollupStates">; route: string }[],
  now: number,
): Promise<void> {
  const row = await readVerified(ctx, tenantId);
  const rollups = ready.flatMap(({ state, route }) => {
    const mine = compared.find((one) => one.state === state);
    if (mine === undefined) return row?.rollups.find((one) => one.state === state) ?? [];
    const { differed, unchecked } = mine;
    return unchecked > 0 ? [] : [{ state, route, verifiedAt: now, differed }];
  });
  if (row === null) await ctx.db.insert("verified", { tenantId, rollups });
  else await ctx.db.patch("verified", row._id, { rollups });
}

/** All trees of these order statistics were found to be what they must be; those that are gone are forgotten. */
export async function setOrdersVerified(
  ctx: MutationCtx,
  tenantId: string,
  sound: readonly Id<"orderStates">[],
  now: number,
): Promise<void> {
  if (sound.length === 0) return;
  const [row, states] = await Promise.all([readVerified(ctx, tenantId), readOrders(ctx, tenantId)]);
  const orders = states.flatMap((state) => {
    const route = routeOf(state);
    if (sound.includes(state._id)) return { route, verifiedAt: now };
    return row?.orders?.find((one) => one.route === route) ?? [];
  });
  if (row === null) await ctx.db.insert("verified", { tenantId, rollups: [], orders });
  else await ctx.db.patch("verified", row._id, { orders });
}

/** The source of a cube was gone through whole, by a look that began at `checkedAt`. */
export async function setChecked(
  ctx: MutationCtx,
  tenantId: string,
  cube: string,
  checkedAt: number,
): Promise<void> {
  const row = await ctx.db
    .query("checkedSources")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId).eq("cube", cube))
    .unique();
  if (row === null) await ctx.db.insert("checkedSources", { tenantId, cube, checkedAt });
  else if (row.checkedAt < checkedAt) await ctx.db.patch("checkedSources", row._id, { checkedAt });
}
