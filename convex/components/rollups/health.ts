/** How a tenant's upkeep is, for people. */
import { tenantHealth, vHealth } from "./answers/health.js";
import { tenantQuery } from "./functions.js";

/** The tenant's rollups, backfills, backlog and what was set aside. */
export const health = tenantQuery({
  args: {},
  returns: vHealth,
  handler: (ctx) => tenantHealth(ctx, ctx.tenantId),
});
