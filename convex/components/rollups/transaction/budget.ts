/**
 * What an iteration may take on: a share of every limit of its transaction, and an amount of work, which is
 * estimated, as code cannot look at a clock that stands still. What is counted decides, so a retry takes
 * on the same.
 */
import type { MutationCtx, QueryCtx } from "../app/ctx.js";

/** What is read, what writing the prepared changes will read, and what is computed, about. */
export interface Loaded {
  bytes: number;
  documents: number;
  ranges: number;
  writes: number;
  /** Deltas of cells … */
  cells: number;
  /** … of changes, each counted once for every generation … */
  changes: number;
  /** … and bytes that are decoded or encoded beside those that are read. */
  recoded: number;
}

/** Tiles that are changed, and not yet written. */
interface Pending {
  dirtyBytes(): number;
  dirtyCount(): number;
}

/** True while there is room for more, counting tiles that are changed but not yet written. */
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

/** What an iteration may still take on. What needs more waits for the next transaction. */
export interface Budget {
  /** Whether the transaction has room to load more. */
  fits(loaded: Loaded): boolean;
  /** Whether a piece of work that cannot be cut, and has loaded this, may load more. */
  mayGrow(loaded: Loaded): boolean;
  /** Work that is left, in microseconds; not positive once it is used up. */
  workLeft(loaded: Loaded): number;
  /** The share of the work, or of the room, that is used: the greater one. */
  used(loaded: Loaded): number;
}

/** How many changes, other records and cells, moves in trees and log rows to delete a plan has handed over, and its strikes. */
interface Handed {
  strikes: number;
  changes: number;
  records: number;
  moves: number;
  trimmed: number;
}

/** What may be loaded in this transaction, from what it has read already. */
export async function loadBudget(ctx: MutationCtx, handed: Handed): Promise<Budget> {
  const { fold, orders } = ctx.app.limits;
  const metrics = await ctx.meta.getTransactionMetrics();
  const left = ({ used, remaining }: { used: number; remaining: number }) =>
    (used + remaining) * fold.loadShare - used;
  const most = {
    bytes: left(metrics.bytesRead),
    documents: left(metrics.documentsRead),
    ranges: left(metrics.databaseQueries),
  };
  const work =
    fold.workUs / 2 ** handed.strikes -
    handed.changes * fold.handedUs -
    handed.records * fold.recordUs -
    handed.moves * orders.moveUs -
    handed.trimmed * fold.tileUs;
  const worked = ({ bytes, recoded, ranges, cells, changes }: Loaded) =>
    (bytes + recoded) * fold.byteUs +
    ranges * fold.tileUs +
    cells * fold.cellUs +
    changes * fold.changeUs;
  const fits = ({ bytes, documents, ranges, writes }: Loaded) =>
    bytes < most.bytes && documents < most.documents && ranges + writes < most.ranges;
  return {
    fits,
    mayGrow: (loaded) => fits(loaded) && worked(loaded) < Math.max(work, fold.pieceUs),
    workLeft: (loaded) => work - worked(loaded),
    used: (loaded) =>
      Math.max(
        worked(loaded) / Math.max(work, 1),
        loaded.bytes / most.bytes,
        loaded.documents / most.documents,
        (loaded.ranges + loaded.writes) / most.ranges,
      ),
  };
}
