/**
 * Looking whether a tenant's fold worker sleeps. Source mutations do this in a stale snapshot, which
 * adds no read dependency, and schedule a wake when it seems idle; the wake may conflict with another
 * wake or with the loop, never with a source mutation. A wake of few changes that is lost in a race is
 * harmless: live answers include the tail, and the watch catches it within two minutes.
 */
import { v } from "convex/values";
import { components, internal } from "../_generated/api.js";
import type { MutationCtx } from "../_generated/server.js";
import { internalQuery } from "../functions.js";
import { readAwake } from "./awake.js";

type Waking = Pick<MutationCtx, "runQuery" | "scheduler">;

/** The batch-worker loop that folds one tenant. */
export const workerName = (tenantId: string) => `fold:${tenantId}`;
export const tenantOf = (name: string) => name.slice("fold:".length);

/** A mutation of so many changes does not wait for the end of a rest: imports fold from their beginning on … */
const HASTEN_CHANGES = 250;
/** … nor does one of so many log rows, which have 100 KB each where a cube has several. */
const HASTEN_ROWS = 4;
/** A loop that is due this soon is not asked to come sooner. */
export const SOON_MS = 1500;

/**
 * After captured writes: schedules a wake if the tenant's worker is idle or absent, and always where they are
 * many; that ends a rest. A stopped worker is left alone. `source` is how the app is asked now.
 */
export async function wakeForWrites(
  ctx: Waking,
  tenantId: string,
  source: string | null,
  rows: readonly { changes: readonly { cube: string }[] }[],
): Promise<void> {
  const changes = rows.reduce((sum, row) => sum + row.changes.length, 0);
  const cubes = new Set(rows.map((row) => row.changes[0]?.cube));
  if (changes >= HASTEN_CHANGES || rows.length - cubes.size + 1 >= HASTEN_ROWS) {
    // Such a mutation takes a while, in which a loop that is due soon may fall asleep: asked now, it would seem awake.
    await ctx.scheduler.runAfter(0, internal.wake.wake.wake, { tenantId, source });
    return;
  }
  const kind = await statusOf(ctx, tenantId);
  if (kind === "absent" || kind === "idle") {
    const asked = { tenantId, source, isPatient: true };
    await ctx.scheduler.runAfter(0, internal.wake.wake.wake, asked);
  }
}

/** For all other work: schedules a wake if the tenant's worker is idle or rests. A stopped one is left alone. */
export async function wakeIfIdle(
  ctx: Waking,
  tenantId: string,
  source: string | null,
): Promise<void> {
  const kind = await statusOf(ctx, tenantId);
  if (kind === "stopped") return;
  if (kind === "running") {
    const stale = { useStaleSnapshot: true };
    if (await ctx.runQuery(internal.wake.status.comesSoon, { tenantId }, stale)) return;
  }
  await ctx.scheduler.runAfter(0, internal.wake.wake.wake, { tenantId, source });
}

/** Whether a running worker is due within a moment, or late. */
export const comesSoon = internalQuery({
  args: { tenantId: v.string() },
  returns: v.boolean(),
  handler: async (ctx, { tenantId }) => {
    const awake = await readAwake(ctx, tenantId);
    return awake !== null && awake.dueAt <= ctx.now + SOON_MS;
  },
});

async function statusOf(ctx: Pick<Waking, "runQuery">, tenantId: string) {
  const status = await ctx.runQuery(
    components.batchWorker.lib.status,
    { name: workerName(tenantId) },
    { useStaleSnapshot: true },
  );
  return status?.kind ?? "absent";
}
