/**
 * What a tenant's fold worker should do next. Runs in a stale snapshot: everything it reads here,
 * source documents included, adds no read dependency to the transaction that does the work.
 */
import type { Infer } from "convex/values";
import { dueConditions } from "../alerts/observe.js";
import type { QueryCtx } from "../app/ctx.js";
import type { vQueryReturns, Work } from "../schema/work.js";
import { backfillStamp, foldStamp, statesStamp } from "./basis.js";
import { planDefine } from "./definePlan.js";
import { planFold } from "./foldPlan.js";
import { planPace } from "./pace.js";
import { readView } from "./view.js";

type FoundWork =
  | Exclude<Infer<typeof vQueryReturns>, { kind: "work" }>
  | { kind: "work"; batch: Work };

/**
 * The loop sleeps: the iteration before has said when to look, and what came until then would be here. With
 * a time it looks once more by itself.
 */
export function idle(timeoutMs: number | null = null) {
  return { kind: "idle" as const, cooldownMs: 0, ...(timeoutMs === null ? {} : { timeoutMs }) };
}

/**
 * One of three:
 * - a job "define", where generations are to begin, end or be given up;
 * - else a job "fold", where anything else is due;
 * - else `idle`, with a time where the tenant waits for its turn to build, or for an archive.
 */
export async function findWork(ctx: QueryCtx, tenantId: string): Promise<FoundWork> {
  const pace = await planPace(ctx, tenantId);
  const view = await readView(ctx, tenantId, pace.strikes);
  const { fold, states, backfill } = view;
  const basis = {
    fold: foldStamp(fold),
    states: statesStamp(states),
    backfill: backfillStamp(backfill),
  };
  const { job: define, isWaiting } = await planDefine(ctx, view);
  const declared = isWaiting ? null : pace.declared;
  const alerts = await dueConditions(ctx, tenantId, { fold, states });
  const head = { tenantId, ...pace, declared, basis, ...(alerts && { alerts }) };
  if (define !== null) return { kind: "work", batch: { ...head, job: define } };
  const { job, isArchiving } = await planFold(ctx, view);
  if (job !== null) return { kind: "work", batch: { ...head, job } };
  const { turnMs, archiveRetryMs } = ctx.app.limits.fold;
  return idle(isWaiting ? turnMs : isArchiving ? archiveRetryMs : null);
}
