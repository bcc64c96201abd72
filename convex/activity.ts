/** What happened last, for a live ticker: the newest rows of the change log. */
import { v } from "convex/values";
import type { Fact } from "../src/client/index.js";
import { catalogue } from "./cubes.js";
import { tenantQuery } from "./functions.js";
import { rollups } from "./rollups.js";

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
      op: v.union(
        v.literal("insert"),
        v.literal("update"),
        v.literal("delete"),
        v.literal("expire"),
      ),
      /** Changes in the row. */
      count: v.number(),
      /** The first change's leading dimension values. */
      summary: v.string(),
    }),
  ),
  handler: async (ctx, { limit }) => {
    // NaN is a number too; it counts as none.
    const wanted = Math.min(RECENT_MAX, Math.max(1, Math.floor(limit ?? RECENT_DEFAULT) || 1));
    const rows = await rollups.log.recent(ctx, ctx.member.tenantId, wanted);
    return rows.map(({ commitTs, cube, op, count, fact }) => ({
      ...{ commitTs, cube, op, count },
      at: Number(BigInt(commitTs) / 1_000_000n),
      summary: summarise(cube, fact),
    }));
  },
});

function summarise(name: string, fact: Fact | null): string {
  const cube = Object.values(catalogue).find((one) => one.name === name);
  if (fact === null || cube === undefined) return "";
  return Object.values(cube.dimensions)
    .filter(({ type }) => type === "string")
    .slice(0, SUMMARY_VALUES)
    .flatMap(({ field }) => {
      const value = fact[field];
      return typeof value === "string" ? [value] : [];
    })
    .join(" · ");
}
