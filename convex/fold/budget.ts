/** How much of the transaction an iteration has used. */
import type { MutationCtx } from "../_generated/server";
import type { TileCache } from "../tiles/store";
import { BUDGET_SHARE } from "./limits";

/** True while there is room for another slice, counting tiles that are changed but not yet written. */
export async function hasBudget(ctx: MutationCtx, cache: TileCache): Promise<boolean> {
  const metrics = await ctx.meta.getTransactionMetrics();
  const share = ({ used, remaining }: { used: number; remaining: number }, extra = 0) =>
    (used + extra) / (used + remaining);
  return (
    share(metrics.bytesWritten, cache.dirtyBytes()) < BUDGET_SHARE &&
    share(metrics.documentsWritten, cache.dirtyCount()) < BUDGET_SHARE &&
    share(metrics.bytesRead) < BUDGET_SHARE &&
    share(metrics.documentsRead) < BUDGET_SHARE &&
    share(metrics.databaseQueries) < BUDGET_SHARE
  );
}
