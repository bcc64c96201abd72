/** One step of a pass on demand, as a deployment makes it: with the worker beside it. */
import { verificationLimits } from "../../convex/components/rollups/limits/verification.js";
import { foldAll, inner, inside, type Backend } from "./harness.js";

/** Makes a step, and lets the worker come to its end first where the pass waits for its repairs. */
export async function passStep(t: Backend, tenantId = "acme"): Promise<void> {
  const { repairsWaiting } = verificationLimits;
  const repairs = await inside(t, (ctx) =>
    ctx.db
      .query("repairs")
      .withIndex("by_place", (q) => q.eq("tenantId", tenantId))
      .take(repairsWaiting),
  );
  if (repairs.length === repairsWaiting) await foldAll(t, tenantId, 2000);
  await t.mutation(inner.verification.pass.run, { tenantId });
}
