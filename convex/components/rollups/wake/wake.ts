/** Starting a tenant's fold worker; see `status.ts` for who asks for it. */
import { ping } from "@convex-dev/batch-worker";
import { v } from "convex/values";
import { components, internal } from "../_generated/api.js";
import { setSource } from "../app/config.js";
import { storedApp } from "../app/stored.js";
import { internalMutation } from "../functions.js";
import { firstRestMs } from "../limits/fold.js";
import { defaultLimits } from "../limits/limits.js";
import { readAwake, setDue } from "./awake.js";
import { SOON_MS, workerName } from "./status.js";

/**
 * How long the watchdog waits before it restarts a loop that died. It is longer than a worker rests, as
 * it would otherwise be called in each rest, for nothing.
 */
const MONITOR_LAG_MS = 60_000;

/**
 * Starts the tenant's loop, or ends its rest. With `isPatient` the first iteration waits a while for more
 * writes, and a loop that runs is left alone. Notes the tenant, and how the app is asked.
 */
export const wake = internalMutation({
  args: {
    tenantId: v.string(),
    source: v.union(v.string(), v.null()),
    isPatient: v.optional(v.boolean()),
  },
  returns: v.null(),
  handler: async (ctx, { tenantId, source, isPatient = false }) => {
    if (source !== null && (await setSource(ctx, source))) {
      // Records may have been there before the component was.
      await ctx.scheduler.runAfter(0, internal.worker.kick.discover, {});
      await ctx.scheduler.runAfter(0, internal.held.secret.make, {});
    }
    const tenant = await ctx.db
      .query("tenants")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .unique();
    if (tenant === null) await ctx.db.insert("tenants", { tenantId });
    const name = workerName(tenantId);
    const [status, awake] = await Promise.all([
      ctx.runQuery(components.batchWorker.lib.status, { name }),
      readAwake(ctx, tenantId),
    ]);
    if (status?.kind === "stopped") return null;
    if (status?.kind === "running" && awake !== null) {
      // What is late is left so: that is what the worker's back-off goes by.
      if (isPatient || awake.dueAt <= ctx.now + SOON_MS) return null;
      await ctx.runMutation(components.batchWorker.lib.kick, { name });
      await setDue(ctx, tenantId, ctx.now);
      return null;
    }
    const { fold } = (isPatient ? await storedApp(ctx, null) : null)?.limits ?? defaultLimits;
    const debounceMs = isPatient ? firstRestMs(fold, tenantId) : 0;
    await ping(ctx, components.batchWorker, {
      name,
      workQuery: internal.worker.nextWork.nextWork,
      workerMutation: internal.worker.worker.work,
      config: { debounceMs, monitorLagMs: MONITOR_LAG_MS },
    });
    await setDue(ctx, tenantId, ctx.now + debounceMs);
    return null;
  },
});
