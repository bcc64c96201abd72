/** The queue of what the fold worker has to restore. */
import type { Change } from "../../../../lib/fold/change.js";
import type { Granularity } from "../../../../lib/time/granularity.js";
import { bucketStart, TIME_MAX, TIME_MIN } from "../../../../lib/time/calendar.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { finestAt } from "../../../../lib/tiles/coverage.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import type { Generation } from "../generations/generation.js";

/** What is known of the bucket, and why it is queued. */
interface Reason {
  /** It does not fit one look, and is restored in pieces. */
  isLarge?: boolean;
  /** It may have become wrong just now: parts of it that are restored already may be so again. */
  isNew?: boolean;
  /** Verification found it wrong. */
  isFound?: boolean;
}

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
async function enqueue(
  ctx: MutationCtx,
  place: Place,
  { isLarge = false, isNew = false, isFound = false }: Reason = {},
): Promise<void> {
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
  if (queued === null) {
    const flags = { ...(isLarge ? { isLarge } : {}), ...(isFound ? { isFound } : {}) };
    await ctx.db.insert("repairs", { ...place, ...flags });
  } else if (queued.isLarge !== true) {
    if (isLarge) await ctx.db.patch("repairs", queued._id, { isLarge });
  } else if (isNew) await restoreAgain(ctx, queued);
}

/** A large bucket that is being restored is gone through once more when this is done. */
async function restoreAgain(ctx: MutationCtx, { _id, tenantId }: Doc<"repairs">): Promise<void> {
  const progress = await ctx.db
    .query("largeRepairs")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .first();
  if (progress?.repair !== _id || progress.again) return;
  await ctx.db.patch("largeRepairs", progress._id, { again: true });
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
  reason: Reason = {},
): Promise<void> {
  const { timezone } = definition;
  const place = {
    tenantId,
    rollup,
    generation,
    granularity: level.granularity,
    partitionStart: bucketStart(level.partition, timezone, t),
    bucket: bucketStart(level.granularity, timezone, t),
  };
  await enqueue(ctx, { ...place, kind: "drift" }, reason);
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
    // A time that no calendar holds is in no bucket.
    if (typeof t !== "number" || !(t >= TIME_MIN && t < TIME_MAX)) continue;
    const finest = finestAt(definition, coverage, t);
    if (finest === null) continue;
    if (bucketStart(finest.granularity, definition.timezone, t) < from) continue;
    await queueDrift(ctx, generation, finest, t, { isNew: true });
  }
}

/** The generation is to be built again from the source; it keeps serving meanwhile. */
export async function queueRebuild(
  ctx: MutationCtx,
  { tenantId, rollup, generation, definition }: Generation,
): Promise<void> {
  const granularity = definition.levels[0]?.granularity ?? "day";
  const place = { tenantId, rollup, generation, granularity, partitionStart: 0, bucket: null };
  await enqueue(ctx, { ...place, kind: "rebuild" });
}
