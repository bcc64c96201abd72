/** How far folding is behind, alike for answers, `freshness` and `health`. */
import type { Position } from "../../../../lib/fold/change.js";
import { oldestUnfolded } from "../log/reader.js";
import type { QueryCtx } from "../app/ctx.js";

export interface Lag {
  /** Age of the oldest change that is not folded, when the query ran: 1 or more; 0 where there is none. */
  lagMs: number;
  /** Commit of that change, so that its age can be told later; null where there is none. */
  unfoldedSince: bigint | null;
}

export async function lagOf(
  ctx: Pick<QueryCtx, "db" | "now">,
  tenantId: string,
  position: Position,
): Promise<Lag> {
  const unfoldedSince = await oldestUnfolded(ctx, tenantId, position);
  if (unfoldedSince === null) return { lagMs: 0, unfoldedSince };
  // Commits are stamped by another clock than functions see, which may be behind.
  const lagMs = Math.max(1, ctx.now - Number(unfoldedSince / 1_000_000n));
  return { lagMs, unfoldedSince };
}
