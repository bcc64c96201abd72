/**
 * What becomes of findings: what differs is queued for the fold worker to restore, and kept for
 * people to look at. Verification never writes a tile itself.
 */
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import { pokeAlerts } from "../app/pokeAlerts.js";
import { unsettle } from "../wake/awake.js";
import { wakeIfIdle } from "../wake/status.js";
import { queueDrift, queueRebuild } from "../repairs/queue.js";
import type { CheckResult } from "./check.js";
import { generationOf } from "../generations/generation.js";

/** Differences that are kept for people to look at; older ones go when a pass ends. */
const DRIFTS_KEPT = 500;

type Found = Pick<CheckResult["found"], "drifts" | "broken" | "orders">;

/**
 * Queues what was found to differ, and wakes the worker. With `isNew` it differs since a moment ago:
 * parts of it that were restored before are restored again.
 */
export async function recordFound(
  ctx: MutationCtx,
  tenantId: string,
  { drifts, broken, orders }: Found,
  isNew = false,
): Promise<void> {
  const states = new Map<Id<"rollupStates">, Doc<"rollupStates"> | null>();
  const readyState = async (id: Id<"rollupStates">) => {
    if (!states.has(id)) states.set(id, await ctx.db.get("rollupStates", id));
    const state = states.get(id);
    return state?.status === "ready" ? state : null;
  };
  for (const { state: id, granularity, bucket } of drifts) {
    const state = await readyState(id);
    const level = state?.definition.levels.find((one) => one.granularity === granularity);
    if (state === null || level === undefined) continue;
    const generation = generationOf(state);
    await queueDrift(ctx, generation, level, bucket, { isFound: true, isNew });
    await ctx.db.insert("drifts", {
      tenantId,
      rollup: generation.rollup,
      generation: generation.generation,
      granularity,
      bucket,
      foundAt: ctx.now,
    });
  }
  // A tile that cannot be read cannot be rewritten either.
  for (const id of broken) {
    const state = await readyState(id);
    if (state !== null) await queueRebuild(ctx, generationOf(state));
  }
  // Wrong trees serve no more. The worker builds others.
  for (const id of orders) {
    const state = await ctx.db.get("orderStates", id);
    if (state?.status === "ready") await ctx.db.patch("orderStates", id, { status: "retiring" });
  }
  if (orders.length > 0) await unsettle(ctx, tenantId);
  if (drifts.length > 0) await pokeAlerts(ctx, tenantId);
  if (drifts.length + broken.length + orders.length > 0)
    await wakeIfIdle(ctx, tenantId, ctx.app.source);
}

/** Deletes differences that nobody has to look at any more. */
export async function trimDrifts(ctx: MutationCtx, tenantId: string): Promise<void> {
  const newest = await ctx.db
    .query("drifts")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .order("desc")
    .take(2 * DRIFTS_KEPT);
  for (const { _id } of newest.slice(DRIFTS_KEPT)) await ctx.db.delete("drifts", _id);
}

/** Keeps what the next step of the window goes on with. */
export async function keepPieces(
  ctx: MutationCtx,
  tenantId: string,
  pieces: CheckResult["pieces"],
): Promise<void> {
  const row = await ctx.db
    .query("verificationPieces")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
  if (row === null) {
    if (pieces !== null) await ctx.db.insert("verificationPieces", { tenantId, pieces });
  } else if (pieces !== null || row.pieces !== null) {
    await ctx.db.patch("verificationPieces", row._id, { pieces });
  }
}
