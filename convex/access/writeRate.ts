/**
 * How fast one tenant may be written, without a counter that would make its writers conflict: a batch
 * counts the tenant's own recent log in a stale snapshot, which adds no read dependency. Single
 * records are not counted; `docs/designs/004-write-limits.md` says why.
 */
import { getConvexSize, v } from "convex/values";
import { internal } from "../_generated/api";
import type { MutationCtx } from "../_generated/server";
import { fail } from "../errors";
import { internalQuery } from "../functions";
import type { Member, Role } from "./membership";

/** Changes are counted over this long: short, so that looking back stays cheap for a fast import. */
export const WINDOW_MS = 250;
/** How many changes a tenant's log may take per window before a batch of this role waits; null: no limit. */
export const changesPerWindow: Record<Role, number | null> = {
  viewer: 0,
  editor: 10_000,
  // Imports run at full speed, and whoever administers a tenant may do the same.
  service: null,
  admin: null,
};
/** Looking back stops after so much log: more rows are single records, which are not limited … */
const LOOK_ROWS_MAX = 64;
/** … and more bytes are a flood of large records, which counts as too many. */
const LOOK_BYTES_MAX = 4 * 1024 * 1024;

/** Throws `TooManyWrites` with `retryAfterMs` when `count` more changes would be too many right now. */
export async function mustKeepRate(ctx: MutationCtx, member: Member, count: number): Promise<void> {
  const most = changesPerWindow[member.role];
  if (most === null) return;
  const now = Date.now();
  const since = now - WINDOW_MS;
  const reached = await ctx.runQuery(
    internal.access.writeRate.reachedAt,
    { tenantId: member.tenantId, since, most: most - count },
    { useStaleSnapshot: true },
  );
  if (reached === null) return;
  const retryAfterMs = Math.min(WINDOW_MS, Math.max(1, Math.ceil(reached - since)));
  fail("TooManyWrites", `At most ${most} changes in ${WINDOW_MS} ms; try again later.`, {
    retryAfterMs,
    changesMax: most,
    windowMs: WINDOW_MS,
  });
}

/**
 * Going back from now, when the tenant's changes since `since` (epoch ms) exceed `most`: the time of
 * the commit that does it, or null. Once that commit has left the window, there is room again.
 */
export const reachedAt = internalQuery({
  args: { tenantId: v.string(), since: v.number(), most: v.number() },
  returns: v.union(v.number(), v.null()),
  handler: async (ctx, { tenantId, since, most }) => {
    const log = ctx.db
      .query("changeLog")
      .withIndex("by_tenant_and_commitTs", (q) =>
        q.eq("tenantId", tenantId).gte("commitTs", BigInt(since) * 1_000_000n),
      )
      .order("desc");
    let rows = 0;
    let bytes = 0;
    let changes = 0;
    for await (const row of log) {
      changes += row.changes.length;
      bytes += getConvexSize(row.changes);
      if (changes > most || bytes > LOOK_BYTES_MAX) {
        return Number((row.commitTs as bigint) / 1_000_000n) + 1;
      }
      if (++rows >= LOOK_ROWS_MAX) return null;
    }
    return null;
  },
});
