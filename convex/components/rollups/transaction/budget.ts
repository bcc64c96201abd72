/** How much of the transaction an iteration has used, and may still load. */
import type { MutationCtx, QueryCtx } from "../app/ctx.js";

/** What is read, and what writing the prepared changes will read, about. */
export interface Loaded {
  bytes: number;
  documents: number;
  ranges: number;
  writes: number;
}

/** Tiles that are changed, and not yet written. */
interface Pending {
  dirtyBytes(): number;
  dirtyCount(): number;
}

/** True while there is room for another slice, counting tiles that are changed but not yet written. */
export async function hasBudget(ctx: MutationCtx, cache: Pending): Promise<boolean> {
  const metrics = await ctx.meta.getTransactionMetrics();
  const share = ({ used, remaining }: { used: number; remaining: number }, extra = 0) =>
    (used + extra) / (used + remaining);
  return (
    share(metrics.bytesWritten, cache.dirtyBytes()) < ctx.app.limits.fold.budgetShare &&
    share(metrics.documentsWritten, cache.dirtyCount()) < ctx.app.limits.fold.budgetShare &&
    share(metrics.bytesRead) < ctx.app.limits.fold.budgetShare &&
    share(metrics.documentsRead) < ctx.app.limits.fold.budgetShare &&
    share(metrics.databaseQueries, cache.dirtyCount()) < ctx.app.limits.fold.budgetShare
  );
}

/** True while less than the share of the transaction's reads is used that work is taken on with. */
export async function mayReadOn(ctx: Pick<QueryCtx, "meta" | "app">): Promise<boolean> {
  const { bytesRead, documentsRead } = await ctx.meta.getTransactionMetrics();
  return [bytesRead, documentsRead].every(
    ({ used, remaining }) => used < ctx.app.limits.fold.budgetShare * (used + remaining),
  );
}

/** Loading stops here; what needs more waits for the next transaction. */
export interface LoadBudget {
  fits(loaded: Loaded): boolean;
}

/** What may be loaded in this transaction, from what it has read already. */
export async function loadBudget(ctx: MutationCtx): Promise<LoadBudget> {
  const metrics = await ctx.meta.getTransactionMetrics();
  const left = ({ used, remaining }: { used: number; remaining: number }) =>
    (used + remaining) * ctx.app.limits.fold.loadShare - used;
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
