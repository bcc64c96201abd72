/** The log's one entrance: what the app's mutation captured, in that mutation's own transaction. */
import { v } from "convex/values";
import { toStored } from "../../../../lib/fold/changeColumns.js";
import type { Doc } from "../_generated/dataModel.js";
import { mutation } from "../functions.js";
import { vChange, vRowSummary } from "../schema/validators.js";
import { wakeForWrites } from "../wake/status.js";

/**
 * Appends rows to the logs of some tenants, and has their workers woken where they sleep. Reads nothing
 * that upkeep writes. `source` is how the app is asked; null where it does not know.
 */
export const append = mutation({
  args: {
    source: v.union(v.string(), v.null()),
    tenants: v.array(
      v.object({
        tenantId: v.string(),
        /** Of one cube each. */
        rows: v.array(
          v.object({
            changes: v.array(vChange),
            readings: v.record(v.string(), v.string()),
            others: v.optional(v.array(vRowSummary)),
          }),
        ),
      }),
    ),
  },
  returns: v.null(),
  handler: async (ctx, { source, tenants }) => {
    for (const { tenantId, rows } of tenants) {
      for (const row of rows) {
        const { commitTs } = ctx.db.vars;
        const changes = toStored(row.changes) as Doc<"changeLog">["changes"];
        const place = { tenantId, commitTs, cube: cubeOf(row) };
        await ctx.db.insert("changeLog", { ...place, ...row, changes });
      }
      await wakeForWrites(ctx, tenantId, source, rows);
    }
    return null;
  },
});

function cubeOf({ changes: [first, ...rest] }: { changes: readonly { cube: string }[] }): string {
  if (first === undefined || rest.some(({ cube }) => cube !== first.cube)) {
    throw new Error("A log row holds changes of one cube.");
  }
  return first.cube;
}
