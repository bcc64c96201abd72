/** Something may be wrong that is to be told. */
import { internal } from "../_generated/api.js";
import type { MutationCtx } from "./ctx.js";

/** Has the tenant's alerts looked at after this commit; nothing where the app wants none. */
export async function pokeAlerts(
  ctx: Pick<MutationCtx, "app" | "scheduler">,
  tenantId: string,
): Promise<void> {
  if (ctx.app.alerts === undefined) return;
  await ctx.scheduler.runAfter(0, internal.alerts.check.check, { tenantId });
}
