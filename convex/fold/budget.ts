/** How much of the transaction an iteration has used, and may still load. */
import type { MutationCtx, QueryCtx } from "../_generated/server";
import type { TileCache } from "../tiles/store";
import { BUDGET_SHARE, LOAD_SHARE } from "./limits";

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
    share(metrics.databaseQueries, cache.dirtyCount()) < BUDGET_SHARE
  );
}

/** True while less than the share of the transaction's reads is used that work is taken on with. */
export async function mayReadOn(ctx: Pick<QueryCtx, "meta">): Promise<boolean> {
  const { bytesRead, documentsRead } = await ctx.meta.getTransactionMetrics();
  return [bytesRead, documentsRead].every(
    ({ used, remaining }) => used < BUDGET_SHARE * (used + remaining),
  );
}

/** Loading stops here; what needs more waits for the next transaction. */
export interface LoadBudget {
  fits(loaded: TileCache["loaded"]): boolean;
}

/** What may be loaded in this transaction, from what it has read already. */
export async function loadBudget(ctx: MutationCtx): Promise<LoadBudget> {
  const metrics = await ctx.meta.getTransactionMetrics();
  const left = ({ used, remaining }: { used: number; remaining: number }) =>
    (used + remaining) * LOAD_SHARE - used;
  const most = {
    bytes: left(metrics.bytesRead),
    documents: left(metrics.documentsRead),
    ranges: left(metrics.databaseQueries),
  };
  return {
    fits: ({ bytes, documents, ranges, writes }) =>
      bytes < most.bytes && documents < most.documents && ranges + writes < most.ranges,
  };
}
