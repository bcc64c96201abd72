/**
 * Looking whether a tenant's fold worker sleeps. Source mutations do this in a stale snapshot, which
 * adds no read dependency, and schedule a wake when it seems idle; the wake may conflict with another
 * wake or with the loop, never with a source mutation. A wake lost in a race is harmless: live
 * answers include the tail, and the kick cron catches it.
 */
import { components, internal } from "../_generated/api.js";
import type { MutationCtx } from "../_generated/server.js";

/** The batch-worker loop that folds one tenant. */
export const workerName = (tenantId: string) => `fold:${tenantId}`;
export const tenantOf = (name: string) => name.slice("fold:".length);

/**
 * Schedules a wake if the tenant's worker is idle or absent. A stopped worker is left alone. `source` is
 * how the app is asked now, where the caller knows it.
 */
export async function wakeIfIdle(
  ctx: Pick<MutationCtx, "runQuery" | "scheduler">,
  tenantId: string,
  source: string | null,
): Promise<void> {
  const status = await ctx.runQuery(
    components.batchWorker.lib.status,
    { name: workerName(tenantId) },
    { useStaleSnapshot: true },
  );
  if (status === null || status.kind === "idle") {
    await ctx.scheduler.runAfter(0, internal.wake.wake.wake, { tenantId, source });
  }
}
