/** What admins see of a tenant's comparisons, and clearing it. */
import { v } from "convex/values";
import type { Doc } from "../_generated/dataModel.js";
import { sharedQuery, tenantMutation } from "../functions.js";
import { vKind } from "../schema/rollout.js";

/** Differences that are shown, and cubes that are. */
const SHOWN_MAX = 200;
/** Rows that one `clear` deletes; the rest goes with the next. */
const CLEARED_MAX = 1000;

const vCounts = v.record(v.string(), v.number());

/** What was compared, by cube, and what differed, the newest first. */
export const differences = sharedQuery({
  args: { tenantId: v.string() },
  returns: v.object({
    comparisons: v.array(
      v.object({
        cube: v.string(),
        since: v.number(),
        equal: v.number(),
        different: v.number(),
        /** By reason. */
        failed: vCounts,
        skipped: vCounts,
      }),
    ),
    differences: v.array(
      v.object({
        cube: v.string(),
        /** The form of the question; the same for all days and filter values. */
        question: v.string(),
        kind: vKind,
        /** The last question of that form that differed, normalised. */
        query: v.any(),
        route: v.string(),
        commit: v.string(),
        /** Rows of that kind in it; of them the first one, as each way has it. */
        rows: v.number(),
        old: v.any(),
        new: v.any(),
        /** Comparisons that found it. */
        times: v.number(),
        firstSeen: v.number(),
        lastSeen: v.number(),
      }),
    ),
  }),
  handler: async (ctx, { tenantId }) => {
    const [comparisons, found] = await Promise.all([
      ctx.db
        .query("comparisons")
        .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId))
        .take(SHOWN_MAX),
      ctx.db
        .query("differences")
        .withIndex("by_tenant_and_lastSeen", (q) => q.eq("tenantId", tenantId))
        .order("desc")
        .take(SHOWN_MAX),
    ]);
    return {
      comparisons: comparisons.map(
        ({ _id, _creationTime, tenantId: _, minutes: __, ...rest }) => rest,
      ),
      differences: found.map(({ _id, _creationTime, tenantId: _, ...rest }) => rest),
    };
  },
});

/** Deletes what was compared and found. Returns whether more of it is left. The rollout stays as it is. */
export const clear = tenantMutation({
  args: {},
  returns: v.object({ more: v.boolean() }),
  handler: async (ctx) => {
    const { tenantId } = ctx;
    const rows: Doc<"differences">[] = await ctx.db
      .query("differences")
      .withIndex("by_tenant_and_lastSeen", (q) => q.eq("tenantId", tenantId))
      .take(CLEARED_MAX);
    for (const { _id } of rows) await ctx.db.delete("differences", _id);
    const comparisons = await ctx.db
      .query("comparisons")
      .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId))
      .take(SHOWN_MAX);
    for (const { _id } of comparisons) await ctx.db.delete("comparisons", _id);
    return { more: rows.length === CLEARED_MAX };
  },
});
