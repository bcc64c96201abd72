/** Beginning: the app says how it is asked, and its tenants are looked for. */
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import { setSource } from "./app/config.js";
import { mutation } from "./functions.js";
import { wakeIfIdle } from "./wake/status.js";

/** Any number of times: what is under way goes on. */
export const start = mutation({
  args: { source: v.string() },
  returns: v.null(),
  handler: async (ctx, { source }) => {
    await setSource(ctx, source);
    await ctx.scheduler.runAfter(0, internal.worker.kick.discover, {});
    await ctx.scheduler.runAfter(0, internal.worker.kick.kickAll, { isAnew: true });
    return null;
  },
});

/** Has a tenant's worker look whether there is something to do. */
export const wake = mutation({
  args: { tenantId: v.string(), source: v.string() },
  returns: v.null(),
  handler: async (ctx, { tenantId, source }) => {
    await wakeIfIdle(ctx, tenantId, source);
    return null;
  },
});
