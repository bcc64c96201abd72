/**
 * How large the texts of tiles are, about: by that a browser makes blocks and chooses plans. Sizes are rounded to
 * powers of two, as all viewers must have equal ones and every change has them load the blocks again.
 */
import { v } from "convex/values";
import { levelKey } from "../../../../lib/planner/blocks.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { toWire } from "../../../../lib/tiles/wire.js";
import { bucketStart } from "../../../../lib/time/calendar.js";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx as RawQueryCtx } from "../_generated/server.js";
import type { MutationCtx } from "../app/ctx.js";
import { internalMutation } from "../functions.js";
import { generationOf } from "../generations/generation.js";
import { statesOf } from "../generations/states.js";
import { lastTile } from "../tiles/store.js";

export async function readSizes(
  ctx: Pick<RawQueryCtx, "db">,
  tenantId: string,
  cube: string,
): Promise<Doc<"tileSizes"> | null> {
  return await ctx.db
    .query("tileSizes")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId).eq("cube", cube))
    .unique();
}

/** Has the sizes taken again where they are older than a day, or than the app says. */
export async function measureIfOld(
  ctx: Pick<MutationCtx, "db" | "scheduler" | "now" | "app">,
  tenantId: string,
  cube: string,
): Promise<void> {
  const known = await readSizes(ctx, tenantId, cube);
  if (known !== null && ctx.now - known.measuredAt < ctx.app.limits.held.sizesMs) return;
  await ctx.scheduler.runAfter(0, internal.held.sizes.measure, { tenantId, cube });
}

/** Takes the sizes of a cube: one tile of each level of each generation that serves. */
export const measure = internalMutation({
  args: { tenantId: v.string(), cube: v.string() },
  returns: v.null(),
  handler: async (ctx, { tenantId, cube }) => {
    const sizes: Record<string, number> = {};
    for (const state of await statesOf(ctx, tenantId, cube)) {
      if (state.status !== "ready") continue;
      for (const level of state.definition.levels) {
        const { definition: rollup, generation } = state;
        sizes[levelKey({ rollup, generation }, level)] = await sizeOf(ctx, state, level);
      }
    }
    const known = await readSizes(ctx, tenantId, cube);
    const row = { tenantId, cube, sizes, measuredAt: ctx.now };
    if (known === null) await ctx.db.insert("tileSizes", row);
    else await ctx.db.replace("tileSizes", known._id, row);
    return null;
  },
});

/** Of the newest partition that is over, or of the newest one: its last chunk, times the chunks. */
async function sizeOf(
  ctx: Pick<MutationCtx, "db" | "now">,
  state: Doc<"rollupStates">,
  { granularity, partition }: Level,
): Promise<number> {
  const generation = generationOf(state);
  const open = bucketStart(partition, state.definition.timezone, ctx.now);
  const tile =
    (await lastTile(ctx, generation, granularity, open)) ??
    (await lastTile(ctx, generation, granularity, null));
  if (tile === null) return 0;
  const bytes = toWire(tile.partitionStart, tile).length * (tile.chunk + 1);
  return 2 ** Math.ceil(Math.log2(bytes));
}
