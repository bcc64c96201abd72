/** Giving up a generation that cannot be maintained any more. */
import type { Id } from "../_generated/dataModel";
import type { MutationCtx } from "../_generated/server";

/** The generation stops being folded and serving, by name; another rollup answers, or the source. */
export async function failState(
  ctx: MutationCtx,
  state: Id<"rollupStates">,
  { code, message }: { code: string; message: string },
): Promise<void> {
  await ctx.db.patch("rollupStates", state, { status: "failed", failure: { code, message } });
}
