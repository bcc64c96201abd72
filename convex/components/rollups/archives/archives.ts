/**
 * Which partitions have an archive, and whether it still holds what their tiles would. A change of an
 * archived partition marks its archive stale in its own transaction, whether the tiles are still
 * there or not; so an archive that is not stale is as good as the tiles.
 */
import { isCounted, type Change } from "../../../../lib/fold/change.js";
import { bucketStart, nextBucket } from "../../../../lib/time/calendar.js";
import type { Granularity } from "../../../../lib/time/granularity.js";
import { mayBeArchived } from "../../../../lib/tiles/retention.js";
import type { Level } from "../../../../lib/model/rollup.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import type { Generation } from "../generations/generation.js";

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

/**
 * The partition changed, or its tiles went without; `archive` is what there is of it. Where there is
 * none, because it had no tiles, it gets a row that says so.
 */
export async function markStale(
  ctx: MutationCtx,
  { generation: { tenantId, rollup, generation }, granularity, partitionStart }: ArchivePlace,
  archive: Doc<"archives"> | null,
): Promise<void> {
  if (archive === null) {
    await ctx.db.insert("archives", {
      ...{ tenantId, rollup, generation, granularity, partitionStart },
      ...{ file: null, requestedAt: 0, isStale: true },
    });
  } else if (!archive.isStale) await ctx.db.patch("archives", archive._id, { isStale: true });
}

/** What tiles of some levels hold of [from, to) is not what it was, so no archive of that time may be. */
export async function markSpanStale(
  ctx: MutationCtx,
  generation: Generation,
  levels: readonly Level[],
  from: number,
  to: number,
): Promise<void> {
  const zone = generation.definition.timezone;
  for (const { granularity, partition } of levels) {
    const kept = generation.coverage.find((one) => one.granularity === granularity);
    if (kept == null || kept.archived === null) continue;
    const start = bucketStart(partition, zone, from);
    const known = new Map<number, Doc<"archives">>();
    for await (const archive of archivesFrom(ctx, generation, granularity, start, to)) {
      known.set(archive.partitionStart, archive);
    }
    for (let at = start; at < to; at = nextBucket(partition, zone, at)) {
      if (!mayBeArchived(kept, at)) continue;
      const place = { generation, granularity, partitionStart: at };
      await markStale(ctx, place, known.get(at) ?? null);
    }
  }
}

/** Deletes a file, unless somebody did: Convex throws then, and whoever comes here would do so for ever. */
export async function dropFile(
  ctx: Pick<MutationCtx, "db" | "storage">,
  storageId: Id<"_storage">,
): Promise<void> {
  if ((await ctx.db.system.get("_storage", storageId)) !== null)
    await ctx.storage.delete(storageId);
}
