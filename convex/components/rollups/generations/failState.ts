/** Giving up a generation that cannot be maintained any more. */
import type { Id } from "../_generated/dataModel.js";
import type { ErrorCode } from "../../../../lib/errorCodes.js";
import type { MutationCtx } from "../app/ctx.js";
import { pokeAlerts } from "../app/pokeAlerts.js";

/** Why a generation is given up. */
export interface Failure {
  code: ErrorCode;
  message: string;
}

/** The generation stops being folded and serving, by name; another rollup answers, or the source. */
export async function failState(
  ctx: MutationCtx,
  state: Id<"rollupStates">,
  { code, message }: Failure,
): Promise<void> {
  if (ctx.app.alerts !== undefined) {
    const row = await ctx.db.get("rollupStates", state);
    if (row !== null) await pokeAlerts(ctx, row.tenantId);
  }
  await ctx.db.patch("rollupStates", state, { status: "failed", failure: { code, message } });
}

/** Of a generation that can neither fold what comes next nor be built again. Its tiles stay. */
export const overtakenFailure: Failure = {
  code: "DefinitionChanged",
  message:
    "Changes were written when the cube read its fields in another way, and records that a new build needs have expired",
};

/** Of a generation with a bucket that is not what was recorded, before the time that records reach back to. */
export function unrestorable(bucket: number): Failure {
  return {
    code: "Unrestorable",
    message: `The bucket that begins at ${new Date(bucket).toISOString()} has to be restored, and its records have expired`,
  };
}
