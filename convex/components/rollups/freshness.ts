/** How far a tenant is folded: a tiny query by itself, which changes with every write and fold. */
import { v } from "convex/values";
import { start } from "../../../lib/fold/position.js";
import { lagOf } from "./answers/lag.js";
import { query } from "./functions.js";
import { builtAtOf, foldState, newestCommit, oldestUnfolded } from "./log/reader.js";

/** How far the log reaches, how far it is folded, and how old the rest is. */
export const freshness = query({
  args: { tenantId: v.string() },
  returns: v.object({
    /** The newest commit: live answers are of it. */
    watermark: v.string(),
    /** Every change up to this commit is folded into all rollups: folded answers are of it, or of a later one. */
    foldedTo: v.string(),
    /** Age of the oldest change that is not folded, when this was computed; 0 where there is none. */
    lagMs: v.number(),
    /** Commit of that change, by which its age can be told at any time; null where there is none. */
    unfoldedSince: v.union(v.string(), v.null()),
    backlog: v.boolean(),
  }),
  handler: async (ctx, { tenantId }) => {
    const fold = await foldState(ctx, tenantId);
    const position = fold?.position ?? start;
    const [newest, oldest] = await Promise.all([
      newestCommit(ctx, { tenantId }, { position, builtAt: builtAtOf(fold) }),
      oldestUnfolded(ctx, { tenantId }, position),
    ]);
    const { lagMs, unfoldedSince } = lagOf(ctx, oldest);
    const { commitTs } = position;
    return {
      watermark: newest.toString(),
      foldedTo: (commitTs > 0n ? commitTs - 1n : 0n).toString(),
      lagMs,
      unfoldedSince: unfoldedSince?.toString() ?? null,
      backlog: unfoldedSince !== null,
    };
  },
});
