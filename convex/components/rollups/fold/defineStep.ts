/** Begins, ends and gives up generations, as the plan says. */
import type { MutationCtx } from "../app/ctx.js";
import type { Doc } from "../_generated/dataModel.js";
import { failState, overtakenFailure } from "../generations/failState.js";
import type { DefineJob } from "../schema/work.js";
import { expiredSources } from "../sources/sourceFrom.js";
import { markBuilt } from "./foldState.js";
import { refuseGenerations, retire, startGenerations } from "./lifecycle.js";
import { takeTurn } from "./turns.js";

/** False where the plan does not hold any more: its records have expired, or others took the turn. Nothing is written then. */
export async function define(
  ctx: MutationCtx,
  tenantId: string,
  job: DefineJob,
  states: Doc<"rollupStates">[],
): Promise<boolean> {
  const { start } = job;
  const expired = await expiredSources(ctx, tenantId);
  const isOverdue = ({ definition: { cube }, derive }: (typeof start)[number]) =>
    (expired.get(cube) ?? -Infinity) > (derive?.before ?? -Infinity);
  if (start.some(isOverdue)) return false;
  if (start.length > 0 && !(await takeTurn(ctx, tenantId, states, job.turns))) return false;
  for (const id of job.rebuilt) {
    if ((await ctx.db.get("repairs", id)) !== null) await ctx.db.delete("repairs", id);
  }
  await retire(ctx, tenantId, states, job.retire);
  await startGenerations(ctx, tenantId, states, start, job.spans, ctx.now);
  const begun = start.map(({ definition }) => definition.cube);
  if (begun.length > 0) await markBuilt(ctx, tenantId, begun, ctx.now);
  await refuseGenerations(ctx, tenantId, states, job.refuse, expired);
  for (const id of job.overtaken) await failState(ctx, id, overtakenFailure);
  return true;
}
