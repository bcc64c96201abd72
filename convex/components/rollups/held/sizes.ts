/**
 * How large the texts of tiles are, about: by that a browser makes blocks and chooses plans. Sizes are rounded to
 * powers of two, as all viewers must have equal ones and every change has them load the blocks again.
 */
import { getConvexSize, v } from "convex/values";
import { levelKey } from "../../../../lib/planner/blocks.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { toWire } from "../../../../lib/tiles/wire.js";
import { bucketStart, meanLengthMs } from "../../../../lib/time/calendar.js";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx as RawQueryCtx } from "../_generated/server.js";
import type { MutationCtx } from "../app/ctx.js";
import { internalMutation } from "../functions.js";
import { generationOf } from "../generations/generation.js";
import { statesOf } from "../generations/states.js";
import { foldState } from "../log/reader.js";
import { firstPartition, lastTile } from "../tiles/store.js";

/** One mutation reads about so much: a tenth of a second where code runs from the cold. */
const READ_BYTES = 1024 * 1024;

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

/** Has the sizes taken where there are none, and where something was folded since and they are older than a day. */
export async function measureIfOld(
  ctx: Pick<MutationCtx, "db" | "scheduler" | "now" | "app">,
  tenantId: string,
  cube: string,
): Promise<void> {
  const known = await readSizes(ctx, tenantId, cube);
  if (known !== null) {
    if (ctx.now - known.measuredAt < ctx.app.limits.held.sizesMs) return;
    const foldedAt = (await foldState(ctx, tenantId))?.updatedAt ?? 0;
    if (foldedAt <= known.measuredAt) return;
  }
  await ctx.scheduler.runAfter(0, internal.held.sizes.measure, { tenantId, cube });
}

/**
 * Takes the sizes of a cube: one tile of each level of each generation that serves. It goes on by itself until all
 * are taken; `taken` are those before.
 */
export const measure = internalMutation({
  args: {
    tenantId: v.string(),
    cube: v.string(),
    taken: v.optional(v.record(v.string(), v.number())),
    stored: v.optional(v.record(v.string(), v.number())),
  },
  returns: v.null(),
  handler: async (ctx, { tenantId, cube, taken = {}, stored: storedBefore = {} }) => {
    const sizes: Record<string, number> = { ...taken };
    const stored: Record<string, number> = { ...storedBefore };
    let read = 0;
    for (const state of await statesOf(ctx, tenantId, cube)) {
      if (state.status !== "ready") continue;
      const { definition: rollup, generation } = state;
      for (const level of rollup.levels) {
        const key = levelKey({ rollup, generation }, level);
        if (Object.hasOwn(sizes, key)) continue;
        if (read > READ_BYTES) {
          const next = { tenantId, cube, taken: sizes, stored };
          await ctx.scheduler.runAfter(0, internal.held.sizes.measure, next);
          return null;
        }
        const tile = await sampleOf(ctx, state, level);
        read += tile === null ? 0 : getConvexSize(tile);
        sizes[key] = tile === null ? 0 : bytesOf(tile);
        const name = `${cube}.${state.rollup}@${generation}`;
        const bytes = tile === null ? 0 : await storedBytes(ctx, state, level, tile);
        stored[name] = (stored[name] ?? 0) + bytes;
      }
    }
    const known = await readSizes(ctx, tenantId, cube);
    const row = { tenantId, cube, sizes, stored, measuredAt: ctx.now };
    if (known === null) await ctx.db.insert("tileSizes", row);
    else await ctx.db.replace("tileSizes", known._id, row);
    return null;
  },
});

/** The last chunk of the newest partition that is over, or of the newest one. */
async function sampleOf(
  ctx: Pick<MutationCtx, "db" | "now">,
  state: Doc<"rollupStates">,
  { granularity, partition }: Level,
): Promise<Doc<"rollupTiles"> | null> {
  const generation = generationOf(state);
  const open = bucketStart(partition, state.definition.timezone, ctx.now);
  return (
    (await lastTile(ctx, generation, granularity, open)) ??
    (await lastTile(ctx, generation, granularity, null))
  );
}

/** A document, and its copy in the index. */
const COPIES = 2;

/** Of all partitions of a level, as if each were as large as the one of `tile`. */
async function storedBytes(
  ctx: Pick<MutationCtx, "db">,
  state: Doc<"rollupStates">,
  { granularity, partition }: Level,
  tile: Doc<"rollupTiles">,
): Promise<number> {
  const first = await firstPartition(ctx, generationOf(state), granularity, null);
  const spanMs = tile.partitionStart - (first ?? tile.partitionStart);
  const partitions = Math.round(spanMs / meanLengthMs[partition]) + 1;
  return getConvexSize(tile) * (tile.chunk + 1) * partitions * COPIES;
}

/** Of the whole partition: its chunks are of about one size. */
function bytesOf(tile: Doc<"rollupTiles">): number {
  const bytes = toWire(tile.partitionStart, tile).length * (tile.chunk + 1);
  return 2 ** Math.ceil(Math.log2(bytes));
}
