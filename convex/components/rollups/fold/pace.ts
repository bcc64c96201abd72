/**
 * When a tenant's worker comes again: at once while it has more to do, as fast as the deployment's budget
 * for writes allows; else when about so many changes are there that a fold is worth it. Answers add what
 * is not folded meanwhile.
 */
import { current, isOverBudget } from "../../../../lib/cost/upkeep.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import { declaredStamp } from "../generations/stamp.js";
import { foldState } from "../log/reader.js";
import type { Limits } from "../limits/limits.js";
import { paceMs, restMs } from "../limits/fold.js";
import type { FoldJob, Work } from "../schema/work.js";
import { readAwake, setIterated, strikesOf } from "../wake/awake.js";
import { isLive } from "./reach.js";

/** What of the pace a plan hands to its step. */
export async function planPace(
  ctx: QueryCtx,
  tenantId: string,
): Promise<Pick<Work, "strikes" | "workers" | "declared">> {
  const [awake, upkeep] = await Promise.all([
    readAwake(ctx, tenantId),
    ctx.db.query("upkeep").first(),
  ]);
  return {
    strikes: strikesOf(awake, ctx.now, ctx.app.limits.fold),
    workers: upkeep?.workers ?? 1,
    declared: declaredStamp(ctx.app),
  };
}

/** Whether nothing but `rows` was there to do: no generation begins, ends or is built, nothing is restored or goes. */
export function isOnlyFold(
  { app: { limits } }: Pick<QueryCtx, "app">,
  job: FoldJob,
  states: readonly Doc<"rollupStates">[],
): boolean {
  return (
    job.complete &&
    job.page === null &&
    job.large === null &&
    job.build === null &&
    job.repairs.length + job.oversized.length === 0 &&
    // Beside folds the log goes bit by bit, else as fast as it can.
    job.trim.rows.length < (job.rows.length > 0 ? limits.fold.trimRows : 1) &&
    states.every((state) => isLive(state) || state.status === "failed")
  );
}

/**
 * Says when the next iteration is due, and returns it as batch-worker takes it. `folded` are the changes that
 * were folded where nothing else is left to do, and null where something is.
 */
export async function pause(
  ctx: MutationCtx,
  { tenantId, strikes, workers, declared, alerts: seen }: Work,
  folded: readonly { commitTs: bigint }[] | null,
): Promise<{ debounceMs: number }> {
  const { now } = ctx;
  const { fold: limits } = ctx.app.limits;
  if (seen !== undefined) {
    await ctx.scheduler.runAfter(0, internal.alerts.check.check, { tenantId, seen });
  }
  const isSettled = folded !== null && declared !== null;
  if (isSettled) await settle(ctx, tenantId, declared);
  const { bytesWritten } = await ctx.meta.getTransactionMetrics();
  const oldest = folded?.[0];
  const rest =
    oldest === undefined
      ? 0
      : restMs(
          await restLimits(ctx, tenantId),
          tenantId,
          folded?.length ?? 0,
          now - Number(oldest.commitTs / 1_000_000n),
        );
  const debounceMs = Math.max(rest, paceMs(limits, bytesWritten.used, workers));
  const iteration = { strikes, now, dueAt: now + debounceMs, isSettled };
  await setIterated(ctx, tenantId, iteration, limits);
  return { debounceMs };
}

/** Those of a tenant beyond its budget are longer, where the app says so. */
async function restLimits(ctx: MutationCtx, tenantId: string): Promise<Limits["fold"]> {
  const { limits } = ctx.app;
  const { megabytesPerMonth, slow, slowRestChanges, slowRestMsMax } = limits.cost;
  if (slow === 0 || megabytesPerMonth === 0) return limits.fold;
  const upkeep = current((await foldState(ctx, tenantId))?.upkeep ?? null, ctx.now);
  if (!isOverBudget(upkeep, megabytesPerMonth)) return limits.fold;
  const { restChanges, restMsMax } = limits.fold;
  return {
    ...limits.fold,
    restChanges: Math.max(restChanges, slowRestChanges),
    restMsMax: Math.max(restMsMax, slowRestMsMax),
  };
}

/** Remembers that the tenant has what was declared. Written when that changes only. */
export async function settle(
  ctx: Pick<MutationCtx, "db">,
  tenantId: string,
  settled: number,
): Promise<void> {
  const tenant = await ctx.db
    .query("tenants")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
  if (tenant === null || tenant.settled === settled) return;
  await ctx.db.patch("tenants", tenant._id, { settled });
}
