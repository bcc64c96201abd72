/**
 * One iteration of a tenant's fold worker: the job that its plan found. Everything commits together with the position,
 * so a retry or a crash changes nothing.
 */
import { foldState } from "../log/reader.js";
import type { MutationCtx } from "../app/ctx.js";
import { nextBackfill, readStates } from "../generations/states.js";
import type { Work } from "../schema/work.js";
import { backfillStamp, foldStamp, statesStamp } from "./basis.js";
import { define } from "./defineStep.js";
import { advance } from "./foldStep.js";
import { pause } from "./pace.js";

/** Says when the next iteration is due; null where the plan is stale, so that the next one comes at once. */
export async function doWork(ctx: MutationCtx, work: Work) {
  const { tenantId, basis, job } = work;
  const [fold, states, backfill] = await Promise.all([
    foldState(ctx, tenantId),
    readStates(ctx, tenantId),
    nextBackfill(ctx, tenantId),
  ]);
  const isStale =
    foldStamp(fold) !== basis.fold ||
    statesStamp(states) !== basis.states ||
    backfillStamp(backfill) !== basis.backfill;
  if (isStale) return null;
  if (job.kind === "define") {
    return (await define(ctx, tenantId, job, states)) ? await pause(ctx, work, null) : null;
  }
  return await pause(ctx, work, await advance(ctx, work, job, { fold, states, backfill }));
}
