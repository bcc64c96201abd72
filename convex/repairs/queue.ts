/** The queue of what the fold worker has to restore. */
import type { Change } from "../../lib/fold/change";
import type { Granularity } from "../../lib/time/granularity";
import { bucketStart } from "../../lib/time/calendar";
import type { Level } from "../../lib/model/rollup";
import { finestAt } from "../../lib/tiles/coverage";
import type { MutationCtx } from "../_generated/server";
import type { Generation } from "../tiles/store";

interface Place {
  tenantId: string;
  kind: "extreme" | "drift" | "rebuild";
  rollup: string;
  generation: number;
  granularity: Granularity;
  partitionStart: number;
  bucket: number | null;
}

/** Queues a repair unless it is queued already. */
async function enqueue(ctx: MutationCtx, place: Place): Promise<void> {
  const queued = await ctx.db
    .query("repairs")
    .withIndex("by_place", (q) =>
      q
        .eq("tenantId", place.tenantId)
        .eq("kind", place.kind)
        .eq("rollup", place.rollup)
        .eq("generation", place.generation)
        .eq("granularity", place.granularity)
        .eq("partitionStart", place.partitionStart)
        .eq("bucket", place.bucket),
    )
    .first();
  if (queued === null) await ctx.db.insert("repairs", place);
}

/** A partition of the level holds a lost extreme. */
export async function queueExtreme(
  ctx: MutationCtx,
  { tenantId, rollup, generation }: Generation,
  level: Level,
  partitionStart: number,
): Promise<void> {
  const { granularity } = level;
  const place = { tenantId, rollup, generation, granularity, partitionStart, bucket: null };
  await enqueue(ctx, { ...place, kind: "extreme" });
}

/** The bucket of the level that holds `t` is not, or may not be, what it must be. */
export async function queueDrift(
  ctx: MutationCtx,
  { tenantId, rollup, generation, definition }: Generation,
  level: Level,
  t: number,
): Promise<void> {
  const { timezone } = definition;
  await enqueue(ctx, {
    tenantId,
    kind: "drift",
    rollup,
    generation,
    granularity: level.granularity,
    partitionStart: bucketStart(level.partition, timezone, t),
    bucket: bucketStart(level.granularity, timezone, t),
  });
}

/**
 * The finest kept buckets that a change takes from and adds to, of those that begin at `from` or later;
 * coarser ones follow when they are restored.
 */
export async function queueChange(
  ctx: MutationCtx,
  generation: Generation,
  { before, after }: Pick<Change, "before" | "after">,
  from = -Infinity,
): Promise<void> {
  const { definition, coverage } = generation;
  for (const fact of [before, after]) {
    const t = fact?.[definition.timeField];
    const finest = typeof t === "number" ? finestAt(definition, coverage, t) : null;
    if (typeof t !== "number" || finest === null) continue;
    if (bucketStart(finest.granularity, definition.timezone, t) < from) continue;
    await queueDrift(ctx, generation, finest, t);
  }
}

/** The generation is to be built anew from the source; it keeps serving meanwhile. */
export async function queueRebuild(
  ctx: MutationCtx,
  { tenantId, rollup, generation, definition }: Generation,
): Promise<void> {
  const granularity = definition.levels[0]?.granularity ?? "day";
  const place = { tenantId, rollup, generation, granularity, partitionStart: 0, bucket: null };
  await enqueue(ctx, { ...place, kind: "rebuild" });
}
