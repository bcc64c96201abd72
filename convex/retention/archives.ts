/**
 * Which partitions have an archive, and whether it still holds what their tiles would. A change of an
 * archived partition marks its archive stale in its own transaction, whether the tiles are still
 * there or not; so an archive that is not stale is as good as the tiles.
 */
import { isCounted, type Change } from "../../lib/fold/change";
import { bucketStart, nextBucket } from "../../lib/time/calendar";
import type { Granularity } from "../../lib/time/granularity";
import { mayBeArchived } from "../../lib/tiles/retention";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import type { Generation } from "../tiles/store";

/** A partition of a generation that may be archived. */
export interface ArchivePlace {
  generation: Generation;
  granularity: Granularity;
  partitionStart: number;
}

export async function archiveAt(
  ctx: Pick<QueryCtx, "db">,
  { generation, granularity, partitionStart }: ArchivePlace,
): Promise<Doc<"archives"> | null> {
  return await archivesFrom(
    ctx,
    generation,
    granularity,
    partitionStart,
    partitionStart + 1,
  ).first();
}

/** The archives of partitions that start in [from, to). */
export function archivesFrom(
  ctx: Pick<QueryCtx, "db">,
  { tenantId, rollup, generation }: Generation,
  granularity: Granularity,
  from: number,
  to: number,
) {
  return ctx.db
    .query("archives")
    .withIndex("by_partition", (q) =>
      q
        .eq("tenantId", tenantId)
        .eq("rollup", rollup)
        .eq("generation", generation)
        .eq("granularity", granularity)
        .gte("partitionStart", from)
        .lt("partitionStart", to),
    );
}

/** Holds what the partition's tiles held when they were deleted. */
export function isGood(
  archive: Doc<"archives"> | null,
): archive is Doc<"archives"> & { file: NonNullable<Doc<"archives">["file"]> } {
  return archive !== null && archive.file !== null && !archive.isStale;
}

/** The archived partitions that a change takes from and adds to. */
export function archivedBy(
  generation: Generation,
  change: Pick<Change, "op" | "before" | "after">,
): ArchivePlace[] {
  if (!isCounted(change)) return [];
  const { definition, coverage } = generation;
  const limited = coverage.filter(({ archived }) => archived !== null);
  if (limited.length === 0) return [];
  return [change.before, change.after].flatMap((fact) => {
    const t = fact?.[definition.timeField];
    if (typeof t !== "number") return [];
    return limited.flatMap((kept): ArchivePlace[] => {
      const { granularity } = kept;
      const level = definition.levels.find((one) => one.granularity === granularity);
      if (level === undefined) return [];
      const partitionStart = bucketStart(level.partition, definition.timezone, t);
      return mayBeArchived(kept, partitionStart)
        ? [{ generation, granularity, partitionStart }]
        : [];
    });
  });
}

/** The partition changed. One that had no tiles, and so no archive, gets a row that says so. */
export async function markStale(ctx: MutationCtx, place: ArchivePlace): Promise<void> {
  const archive = await archiveAt(ctx, place);
  if (archive === null) {
    const { generation, granularity, partitionStart } = place;
    const { tenantId, rollup } = generation;
    await ctx.db.insert("archives", {
      ...{ tenantId, rollup, generation: generation.generation, granularity, partitionStart },
      ...{ file: null, requestedAt: 0, isStale: true },
    });
  } else if (!archive.isStale) await ctx.db.patch("archives", archive._id, { isStale: true });
}

/** The bucket [from, to) of some level was not what the source says, so no archive of that time may be. */
export async function markBucketStale(
  ctx: MutationCtx,
  generation: Generation,
  from: number,
  to: number,
): Promise<void> {
  const { definition, coverage } = generation;
  for (const kept of coverage) {
    const { granularity } = kept;
    const level = definition.levels.find((one) => one.granularity === granularity);
    if (kept.archived === null || level === undefined) continue;
    const zone = definition.timezone;
    const start = bucketStart(level.partition, zone, from);
    const known = new Map<number, Doc<"archives">>();
    for await (const archive of archivesFrom(ctx, generation, granularity, start, to)) {
      known.set(archive.partitionStart, archive);
    }
    for (let at = start; at < to; at = nextBucket(level.partition, zone, at)) {
      if (!mayBeArchived(kept, at) || known.get(at)?.isStale === true) continue;
      await markStale(ctx, { generation, granularity, partitionStart: at });
    }
  }
}
