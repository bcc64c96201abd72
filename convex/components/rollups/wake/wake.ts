/** Starting a tenant's fold worker; see `status.ts` for who asks for it. */
import { ping } from "@convex-dev/batch-worker";
import { v } from "convex/values";
import { components, internal } from "../_generated/api.js";
import { setSource } from "../app/config.js";
import { internalMutation } from "../functions.js";
import { workerName } from "./status.js";

/** How long the watchdog waits before it restarts a loop that died. */
const MONITOR_LAG_MS = 20_000;

/** Starts the tenant's loop, or leaves it running. Notes the tenant, and how the app is asked. */
export const wake = internalMutation({
  args: { tenantId: v.string(), source: v.union(v.string(), v.null()) },
  returns: v.null(),
  handler: async (ctx, { tenantId, source }) => {
    if (source !== null && (await setSource(ctx, source))) {
      // Records may have been there before the component was.
      await ctx.scheduler.runAfter(0, internal.worker.kick.discover, {});
    }
    const tenant = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .unique();
    if (tenant === null) await ctx.db.insert("tenants", { tenantId });
    await ping(ctx, components.batchWorker, {
      name: workerName(tenantId),
      workQuery: internal.worker.worker.nextWork,
      workerMutation: internal.worker.worker.work,
      config: { debounceMs: 0, monitorLagMs: MONITOR_LAG_MS },
    });
    return null;
  },
});
