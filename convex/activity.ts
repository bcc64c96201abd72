/** What happened last, for a live ticker: the newest rows of the change log. */
import { v } from "convex/values";
import type { Change } from "../lib/fold/change";
import { mustCube } from "./fold/cubes";
import { tenantQuery } from "./functions";
import { vOperation } from "./rollups/tables";

const RECENT_DEFAULT = 8;
const RECENT_MAX = 20;
/** How many dimension values a summary names. */
const SUMMARY_VALUES = 3;

/** The newest commits, newest first: one entry per log row. */
export const recent = tenantQuery({
  args: { limit: v.optional(v.number()) },
  returns: v.array(
    v.object({
      commitTs: v.string(),
      /** Epoch ms of the commit. */
      at: v.number(),
      cube: v.string(),
      op: vOperation,
      /** Changes in the row. */
      count: v.number(),
      /** The first change's leading dimension values. */
      summary: v.string(),
    }),
  ),
  handler: async (ctx, { limit }) => {
    // NaN is a number too; it counts as none.
    const wanted = Math.min(RECENT_MAX, Math.max(1, Math.floor(limit ?? RECENT_DEFAULT) || 1));
    const rows = await ctx.db
      .query("changeLog")
      .withIndex("by_tenant_and_commitTs", (q) => q.eq("tenantId", ctx.member.tenantId))
      .order("desc")
      .take(wanted);
    return rows.flatMap(({ commitTs, changes }) => {
      const [first] = changes;
      if (first === undefined || typeof commitTs !== "bigint") return [];
      return [
        {
          commitTs: commitTs.toString(),
          at: Number(commitTs / 1_000_000n),
          cube: first.cube,
          op: first.op,
          count: changes.length,
          summary: summarise(first),
        },
      ];
    });
  },
});

function summarise(change: Change): string {
  const fact = change.after ?? change.before;
  if (fact === null) return "";
  return Object.values(mustCube(change.cube).dimensions)
    .filter(({ type }) => type === "string")
    .slice(0, SUMMARY_VALUES)
    .flatMap(({ field }) => {
      const value = fact[field];
      return typeof value === "string" ? [value] : [];
    })
    .join(" · ");
}
