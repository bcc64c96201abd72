/** What is known of the questions of a tenant, for admins. */
import { v } from "convex/values";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../_generated/server.js";
import { sharedQuery, tenantMutation } from "../functions.js";
import { vPattern } from "../schema/patterns.js";

/** Patterns of a tenant, whatever the app wants: 2 MB where all are as large as they may be. */
export const FORMS_MAX = 500;

/** The patterns, those that are asked most first. They are an hour old at most. */
export const list = sharedQuery({
  args: { tenantId: v.string() },
  returns: v.array(v.object(vPattern)),
  handler: async (ctx, { tenantId }) =>
    (await patternsOf(ctx, tenantId))
      .map(({ _id, _creationTime, tenantId: _, ...pattern }) => pattern)
      .sort((a, b) => b.asked - a.asked || (a.form < b.form ? -1 : 1)),
});

/** Deletes patterns and reports. Returns whether more is left. */
export const clear = tenantMutation({
  args: {},
  returns: v.object({ more: v.boolean() }),
  handler: async (ctx) => {
    const { tenantId } = ctx;
    for (const { _id } of await patternsOf(ctx, tenantId)) await ctx.db.delete("patterns", _id);
    const reports = await ctx.db
      .query("patternReports")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .take(CLEARED_MAX);
    for (const { _id } of reports) await ctx.db.delete("patternReports", _id);
    return { more: reports.length === CLEARED_MAX };
  },
});

/** Reports that one `clear` deletes, of 80 KB at most. */
const CLEARED_MAX = 50;

export async function patternsOf(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"patterns">[]> {
  return await ctx.db
    .query("patterns")
    .withIndex("by_tenant_and_form", (q) => q.eq("tenantId", tenantId))
    .take(FORMS_MAX);
}
