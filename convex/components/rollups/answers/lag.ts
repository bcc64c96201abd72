/** How far folding is behind, alike for answers, `freshness` and `health`. */
import type { QueryCtx } from "../app/ctx.js";

export interface Lag {
  /** Age of the oldest change that is not folded, when the query ran: 1 or more; 0 where there is none. */
  lagMs: number;
  /** Commit of that change, so that its age can be told later; null where there is none. */
  unfoldedSince: bigint | null;
}

export function lagOf({ now }: Pick<QueryCtx, "now">, unfoldedSince: bigint | null): Lag {
  if (unfoldedSince === null) return { lagMs: 0, unfoldedSince };
  // Commits are stamped by another clock than functions see, which may be behind.
  const lagMs = Math.max(1, now - Number(unfoldedSince / 1_000_000n));
  return { lagMs, unfoldedSince };
}
