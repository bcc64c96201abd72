/**
 * Bringing deleted partitions of a level back, newest first, so that what is stored stays in one
 * piece. The fold worker decides and makes them count; an action puts the tiles of an archive back
 * below `storedFrom`, where nobody reads or folds. A partition without a good archive is built from the
 * source, if that holds few enough records.
 */
import { RollupsError } from "../../../../lib/errors.js";
import { DeltaBatch } from "../../../../lib/fold/deltas.js";
import { foldPartition } from "../../../../lib/fold/foldPartition.js";
import type { Fact } from "../../../../lib/model/cube.js";
import { bucketStart, nextBucket } from "../../../../lib/time/calendar.js";
import { mayBeArchived, type KeptLevel } from "../../../../lib/tiles/retention.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import { sourceFrom } from "../sources/sourceFrom.js";
import { mustCube } from "../app/cubes.js";
import type { FoldJob } from "../schema/work.js";
import { queueExtreme } from "../repairs/queue.js";
import { readIfFacts } from "../sources/scan.js";
import { chunkLimits, tileDocument } from "../tiles/store.js";
import { archiveAt, isGood, markStale } from "../archives/archives.js";
import { generationOf } from "../generations/generation.js";

type Restore = Doc<"restores">;
type State = Doc<"rollupStates">;

/** A restore and the level that it is about. */
export interface RestoreSite {
  state: State;
  level: Level;
  kept: KeptLevel;
  restore: Restore;
}

export type RestoreMove =
  | { kind: "wait" }
  | { kind: "hold" }
  /** There never were tiles. */
  | { kind: "empty"; partitionStart: number }
  | { kind: "read"; partitionStart: number; archive: Doc<"archives">["_id"] }
  | { kind: "build"; partitionStart: number; why: "ArchiveStale" | "NotArchived" }
  | { kind: "count"; partitionStart: number }
  /** What was put back is dropped again. */
  | { kind: "again" }
  | { kind: "end" };

/** All restores of a tenant: at most one per level of a rollup. */
export async function readRestores(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Restore[]> {
  return await ctx.db
    .query("restores")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .collect();
}

/** Tiles below `storedFrom` are being put back: they are not to be deleted meanwhile. */
export function isPuttingBack(restores: Restore[], state: State, kept: KeptLevel): boolean {
  return restores.some(
    ({ state: id, granularity, status }) =>
      id === state._id &&
      granularity === kept.granularity &&
      (status === "reading" || status === "staged"),
  );
}

/** What a restore needs next. */
export async function nextMove(
  ctx: QueryCtx,
  { state, level, kept, restore }: RestoreSite,
  now: number,
): Promise<RestoreMove> {
  const { storedFrom, sweptTo, hold } = kept;
  if (restore.status === "failed") return { kind: "wait" };
  if (now >= restore.until) return { kind: "end" };
  if (restore.status === "reading") {
    return {
      kind: now >= restore.requestedAt + ctx.app.limits.fold.archiveRetryMs ? "again" : "wait",
    };
  }
  const isHeld =
    hold !== null && (hold.from ?? -Infinity) <= restore.from && hold.until >= restore.until;
  if (!isHeld) return { kind: "hold" };
  if (storedFrom === null || storedFrom <= restore.from) return { kind: "end" };
  const zone = state.definition.timezone;
  const partitionStart = bucketStart(level.partition, zone, storedFrom - 1);
  const place = { generation: generationOf(state), granularity: level.granularity, partitionStart };
  const archive = await archiveAt(ctx, place);
  if (restore.status === "staged") {
    return isGood(archive) ? { kind: "count", partitionStart } : { kind: "again" };
  }
  if (sweptTo !== storedFrom) return { kind: "wait" };
  if (!mayBeArchived(kept, partitionStart)) {
    return { kind: "build", partitionStart, why: "NotArchived" };
  }
  if (archive === null) return { kind: "empty", partitionStart };
  return isGood(archive)
    ? { kind: "read", partitionStart, archive: archive._id }
    : { kind: "build", partitionStart, why: "ArchiveStale" };
}

/** The records of a partition that is to be built; null facts where there are too many, or some are gone or no facts. */
export async function factsToBuild(
  ctx: QueryCtx,
  { state, level, restore }: RestoreSite,
  partitionStart: number,
): Promise<NonNullable<FoldJob["build"]>> {
  const end = nextBucket(level.partition, state.definition.timezone, partitionStart);
  const cube = mustCube(ctx, state.cube);
  const { tenantId } = state;
  const wholeFrom = await sourceFrom(ctx, tenantId, cube.name);
  const facts =
    wholeFrom !== null && partitionStart < wholeFrom
      ? null
      : await readIfFacts(
          ctx,
          cube,
          tenantId,
          partitionStart,
          end,
          ctx.app.limits.fold.repairRecords,
        );
  return { restore: restore._id, partitionStart, facts: facts as Fact[] & [] };
}

/** Makes a move; returns the level's coverage after it. */
export async function makeMove(
  ctx: MutationCtx,
  site: RestoreSite,
  move: RestoreMove,
  build: FoldJob["build"],
  now: number,
): Promise<KeptLevel> {
  const { state, level, kept, restore } = site;
  const set = (patch: Partial<Restore>) => ctx.db.patch("restores", restore._id, patch);
  switch (move.kind) {
    case "wait":
      return kept;
    case "hold": {
      const { from, until } = kept.hold ?? { from: restore.from, until: restore.until };
      const low = from === null ? null : Math.min(from, restore.from);
      return { ...kept, hold: { from: low, until: Math.max(until, restore.until) } };
    }
    case "empty":
      return backTo(kept, move.partitionStart);
    case "read":
      await set({ status: "reading", requestedAt: now, hasPending: false });
      await ctx.scheduler.runAfter(0, internal.archives.restoreFile.read, {
        restore: restore._id,
        archive: move.archive,
        requestedAt: now,
      });
      // Should it not come to an end, what it left is deleted.
      return { ...kept, sweptTo: move.partitionStart };
    case "again":
      await set({ status: "waiting" });
      return kept;
    case "count":
      if (restore.hasPending) {
        await queueExtreme(ctx, generationOf(state), level, move.partitionStart);
      }
      await set({ status: "waiting" });
      return backTo(kept, move.partitionStart);
    case "build":
      if (build?.restore !== restore._id || build.partitionStart !== move.partitionStart)
        return kept;
      if (build.facts === null) {
        await set({ status: "failed", error: refusalOf(ctx, move.why) });
        return kept;
      }
      try {
        await putTiles(ctx, site, move.partitionStart, build.facts, now);
      } catch (error) {
        if (!(error instanceof RollupsError)) throw error;
        const { code, message } = error;
        await set({ status: "failed", error: { code, message } });
        return kept;
      }
      await forgetArchive(ctx, site, move.partitionStart);
      return backTo(kept, move.partitionStart);
    case "end":
      await ctx.db.delete("restores", restore._id);
      return kept;
    default:
      return move satisfies never;
  }
}

function backTo(kept: KeptLevel, partitionStart: number): KeptLevel {
  return { ...kept, storedFrom: partitionStart, sweptTo: partitionStart };
}

function refusalOf({ app }: Pick<QueryCtx, "app">, code: "ArchiveStale" | "NotArchived") {
  const why =
    code === "ArchiveStale"
      ? "Records changed after the tiles were archived"
      : "The tiles were deleted without an archive";
  const message = `${why}, and the records to build them from are more than ${app.limits.fold.repairRecords}, have expired, or cannot be counted.`;
  return { code, message };
}

/** No file of before may pass for what was built just now. */
async function forgetArchive(
  ctx: MutationCtx,
  { state, level: { granularity } }: RestoreSite,
  partitionStart: number,
): Promise<void> {
  const place = { generation: generationOf(state), granularity, partitionStart };
  const archive = await archiveAt(ctx, place);
  if (archive !== null) await markStale(ctx, place, archive);
}

/**
 * The tiles that the records of one partition make; nothing of it is stored yet. Throws, before it
 * stores anything, where a record cannot be counted.
 */
async function putTiles(
  ctx: MutationCtx,
  { state, level }: RestoreSite,
  partitionStart: number,
  facts: Fact[],
  now: number,
): Promise<void> {
  const generation = generationOf(state);
  const { definition } = generation;
  const batch = new DeltaBatch(definition, [level]);
  for (const after of facts) {
    const place = { cube: definition.cube, docId: "", docCreatedAt: 0 };
    batch.add({ ...place, op: "insert", before: null, after });
  }
  for (const delta of batch.partitions()) {
    if (delta.partitionStart !== partitionStart) continue;
    for (const tile of foldPartition(definition, delta, [], chunkLimits(ctx)).put) {
      await ctx.db.insert(
        "rollupTiles",
        tileDocument(generation, level, partitionStart, tile, now),
      );
    }
  }
}
