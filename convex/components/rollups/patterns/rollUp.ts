/** Rolling reports up to patterns: one tenant and some reports at a time, until none is left. */
import { v } from "convex/values";
import { rolledUp } from "../../../../lib/patterns/rollUp.js";
import { DAY_MS } from "../../../../lib/time/civil.js";
import { internal } from "../_generated/api.js";
import type { MutationCtx } from "../_generated/server.js";
import { storedApp } from "../app/stored.js";
import { internalMutation } from "../functions.js";
import { defaultLimits } from "../limits/limits.js";
import { FORMS_MAX, patternsOf } from "./patterns.js";

/** Reports of one step: 800 KB at most, beside patterns of as much. */
const REPORTS_PER_STEP = 10;

/** Patterns that one step deletes, of tenants that report no more. */
const EXPIRED_PER_STEP = 50;

/** By cron, and by itself while there are reports, then patterns that are too old. Where there is nothing it is two empty ranges. */
export const rollUp = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    const { forms, days } = ((await storedApp(ctx, null))?.limits ?? defaultLimits).patterns;
    const first = await ctx.db.query("patternReports").first();
    if (first === null) return await expire(ctx, ctx.now - days * DAY_MS);
    const { tenantId } = first;
    const rows = await ctx.db
      .query("patternReports")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .take(REPORTS_PER_STEP);
    const stored = await patternsOf(ctx, tenantId);
    const known = stored.map(({ _id, _creationTime, tenantId: _, ...pattern }) => pattern);
    const reports = rows.map(({ _creationTime, questions }) => ({
      at: Math.floor(_creationTime),
      questions,
    }));
    const bounds = { forms: Math.min(FORMS_MAX, forms), days };
    const next = new Map(
      rolledUp(known, reports, bounds, ctx.now).map((pattern) => [pattern.form, pattern]),
    );
    for (const [i, { _id, form }] of stored.entries()) {
      const pattern = next.get(form);
      next.delete(form);
      if (pattern === undefined) await ctx.db.delete("patterns", _id);
      else if (pattern !== known[i])
        await ctx.db.replace("patterns", _id, { ...pattern, tenantId });
    }
    for (const pattern of next.values()) await ctx.db.insert("patterns", { ...pattern, tenantId });
    for (const { _id } of rows) await ctx.db.delete("patternReports", _id);
    await ctx.scheduler.runAfter(0, internal.patterns.rollUp.rollUp, {});
    return null;
  },
});

/** Deletes patterns that were last asked before `before`, of any tenant. */
async function expire(ctx: Pick<MutationCtx, "db" | "scheduler">, before: number): Promise<null> {
  const old = await ctx.db
    .query("patterns")
    .withIndex("by_lastSeen", (q) => q.lt("lastSeen", before))
    .take(EXPIRED_PER_STEP);
  for (const { _id } of old) await ctx.db.delete("patterns", _id);
  if (old.length === EXPIRED_PER_STEP) {
    await ctx.scheduler.runAfter(0, internal.patterns.rollUp.rollUp, {});
  }
  return null;
}
