/**
 * How fast one tenant may be written, without a counter that would make its writers conflict: a batch
 * counts the tenant's own recent log in a stale snapshot, which adds no read dependency. Single
 * records are not counted; `docs/designs/004-write-limits.md` says why.
 */
import type { MutationCtx } from "../_generated/server.js";
import { fail } from "../../src/client/index.js";
import { rollups } from "../rollups.js";
import type { Member, Role } from "../access/membership.js";

/** Changes are counted over this long: short, so that looking back stays cheap for a fast import. */
export const WINDOW_MS = 250;
/** How many changes a tenant's log may take per window before a batch of this role waits; null: no limit. */
export const changesPerWindow: Record<Role, number | null> = {
  embed: 0,
  viewer: 0,
  editor: 10_000,
  // Imports run at full speed, and whoever administers a tenant may do the same.
  service: null,
  admin: null,
};

/** Throws `TooManyWrites` with `retryAfterMs` when `count` more changes would be too many right now. */
export async function mustKeepRate(ctx: MutationCtx, member: Member, count: number): Promise<void> {
  const most = changesPerWindow[member.role];
  if (most === null) return;
  const now = Date.now();
  const since = now - WINDOW_MS;
  const reached = await rollups.log.reachedAt(ctx, member.tenantId, since, most - count);
  if (reached === null) return;
  const retryAfterMs = Math.min(WINDOW_MS, Math.max(1, Math.ceil(reached - since)));
  fail("TooManyWrites", `At most ${most} changes in ${WINDOW_MS} ms; try again later.`, {
    retryAfterMs,
    changesMax: most,
    windowMs: WINDOW_MS,
  });
}
