/** Whether a worker has nothing to do, from a few small documents: before its states and its log are read. */
import type { QueryCtx } from "../app/ctx.js";
import { declaredStamp } from "../generations/stamp.js";
import { nextBackfill } from "../generations/states.js";
import { foldPosition, oldestUnfolded } from "../log/reader.js";
import { readAwake } from "../wake/awake.js";

type Reading = Pick<QueryCtx, "db">;

/** Is anything of the tenant's log not folded? Reads one log row where something is, and none else. */
export async function hasTail(ctx: Reading, tenantId: string): Promise<boolean> {
  const position = await foldPosition(ctx, tenantId);
  return (await oldestUnfolded(ctx, { tenantId }, position)) !== null;
}

/** Whether the tenant has what the app declares for it. */
export async function isAsDeclared(
  ctx: Pick<QueryCtx, "db" | "app">,
  tenantId: string,
): Promise<boolean> {
  const tenant = await ctx.db
    .query("tenants")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
  return tenant?.settled === declaredStamp(ctx.app);
}

/**
 * Whether the last iteration left nothing to do, and nothing has come since. What time brings, such as tiles
 * past their retention, is looked for by the walk, once a day, and by iterations that fold.
 */
export async function isSettled(
  ctx: Pick<QueryCtx, "db" | "app" | "now">,
  tenantId: string,
): Promise<boolean> {
  const awake = await readAwake(ctx, tenantId);
  if (awake === null || !awake.isSettled) return false;
  if (ctx.now > awake.dueAt + ctx.app.limits.fold.overdueMs) return false;
  if (await hasTail(ctx, tenantId)) return false;
  const [isDeclared, backfill, repair, restore] = await Promise.all([
    isAsDeclared(ctx, tenantId),
    nextBackfill(ctx, tenantId),
    ctx.db
      .query("repairs")
      .withIndex("by_place", (q) => q.eq("tenantId", tenantId))
      .first(),
    ctx.db
      .query("restores")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .first(),
  ]);
  return isDeclared && backfill === null && repair === null && restore === null;
}
