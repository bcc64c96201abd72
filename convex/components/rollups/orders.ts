/**
 * Ranks, and records by their place, of an order statistic. A question names it by an exact percentile of the same
 * field: it is answered by what would answer that, for the same filters and ranges.
 */
import { v } from "convex/values";
import { RollupsError } from "../../../lib/errors.js";
import type { CompiledQuery } from "../../../lib/query/compile.js";
import { mustBeBounded } from "../../../lib/query/bounds.js";
import { fieldTraits } from "../../../lib/model/fields.js";
import { unscale } from "../../../lib/numbers/exact.js";
import type { MergedTrees } from "../../../lib/order/merged.js";
import { before, behind, scaledValue } from "../../../lib/order/statistic.js";
import { planFor } from "./answers/routes.js";
import type { QueryCtx } from "./app/ctx.js";
import { coded, fail } from "./errors/errors.js";
import { tenantQuery } from "./functions.js";
import { OpenOrder } from "./order/answer.js";
import { rankArgs, rankedArgs } from "./schema/requests.js";

const PAGE_DEFAULT = 50;

/** How many records have a lesser value, the same, and any. */
export const rank = tenantQuery({
  args: rankArgs,
  returns: v.object({
    below: v.number(),
    equal: v.number(),
    /** Records that have a value. */
    total: v.number(),
    /** "cube.statistic@generation". */
    servedBy: v.string(),
  }),
  handler: async (ctx, { query, value }) =>
    await coded(async () => {
      const { trees, scale, servedBy } = await openFor(ctx, query);
      const raw = scaledValue(value, scale);
      const below = await trees.below(before(raw));
      const upTo = await trees.below(behind(raw));
      return { below, equal: upTo - below, total: trees.total, servedBy };
    }),
});

/** A page of records in the order of their values. */
export const ranked = tenantQuery({
  args: rankedArgs,
  returns: v.object({
    /** Ids are of the cube's table. */
    records: v.array(v.object({ id: v.string(), value: v.number() })),
    /** Records that have a value, on all pages. */
    total: v.number(),
    servedBy: v.string(),
  }),
  handler: async (ctx, { query, offset = 0, limit = PAGE_DEFAULT, order = "asc" }) =>
    await coded(async () => {
      const { page } = ctx.app.limits.orders;
      if (!Number.isInteger(offset) || offset < 0) {
        fail("InvalidQuery", "offset must be a whole number from 0 on.", { path: "offset" });
      }
      if (!Number.isInteger(limit) || limit < 1 || limit > page) {
        fail("InvalidQuery", `limit must be a whole number from 1 to ${page}.`, { path: "limit" });
      }
      const { trees, scale, servedBy } = await openFor(ctx, query);
      const { total } = trees;
      const first = order === "asc" ? offset : Math.max(0, total - offset - limit);
      const count = order === "asc" ? limit : Math.min(limit, total - offset);
      const found = await trees.page(first, count);
      if (order === "desc") found.reverse();
      const records = found.map(({ id, value }) => ({ id, value: unscale(value, scale) }));
      return { records, total, servedBy };
    }),
});

interface Opened {
  trees: MergedTrees;
  /** Decimals of the field. */
  scale: number;
  servedBy: string;
}

/** Throws `InvalidQuery`, `NoRollup`, `Building`, `Behind`. */
async function openFor(ctx: QueryCtx & { tenantId: string }, json: unknown): Promise<Opened> {
  mustBeBounded(json);
  const { ranges, cube } = await planFor(ctx, ctx.tenantId, json);
  const [range] = ranges;
  const field = range === undefined || ranges.length > 1 ? null : fieldOf(range.compiled);
  if (range === undefined || field === null) {
    const message = "Ask one exact percentile, with filters and a range, and with nothing else.";
    return fail("InvalidQuery", message, { path: "query" });
  }
  const { order, planned, compiled } = range;
  if (order === null) {
    const { considered } = planned;
    const isBuilding = considered.some(({ refusal }) => refusal?.code === "Building");
    throw isBuilding
      ? new RollupsError("Building", "The order statistic is still being built.", { considered })
      : new RollupsError("NoRollup", "No order statistic tells this.", { considered });
  }
  const open = await OpenOrder.open(ctx, order);
  const trees = open.treesOf({ trees: open.rows(compiled).flatMap((row) => row.trees) });
  return { trees, scale: fieldTraits(cube, field).scale, servedBy: open.route };
}

/** The field that a question is about; null for one that is about more, or about groups. */
function fieldOf({ query, measures }: CompiledQuery): string | null {
  const { dimensions, time, having, ungrouped } = query;
  const isGrouped = dimensions.length > 0 || (time?.granularity ?? null) !== null || ungrouped;
  if (isGrouped || having.length > 0 || measures.length !== 1) return null;
  const [statistic] = measures[0]?.plan.accumulators ?? [];
  return statistic?.kind === "values" ? (statistic.field ?? null) : null;
}
