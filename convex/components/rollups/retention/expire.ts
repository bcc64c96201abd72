/**
 * Deleting tiles that are past their retention and the grace, oldest first, some per iteration; of a
 * rollup that archives, a partition only when it has an archive that is not stale.
 */
import { nextBucket } from "../../../../lib/time/calendar.js";
import {
  archivedWith,
  mayBeArchived,
  sweepableTo,
  type Clock,
  type KeptLevel,
} from "../../../../lib/tiles/retention.js";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import { mayReadOn } from "../transaction/budget.js";
import { deleteSome, firstPartition } from "../tiles/store.js";
import { archiveAt, dropFile, isGood, markStale } from "../archives/archives.js";
import { declarationOf } from "../generations/coverage.js";
import { rollupKey } from "../generations/generation.js";
import { generationOf } from "../generations/generation.js";

type State = Doc<"rollupStates">;

/** What is to be done with the tiles before some instant. */
export type SweepStep =
  /** Delete tiles up to here. */
  | { kind: "delete"; to: number }
  /** Write an archive of the partition that starts here. */
  | { kind: "archive"; partitionStart: number };

/** Up to where tiles are to be deleted now; null if none are. Reads nothing. */
export function dueTo({ definition }: State, kept: KeptLevel, clock: Clock): number | null {
  const ends = [sweepableTo(definition, kept, clock), kept.storedFrom].filter((t) => t !== null);
  const to = Math.max(...ends);
  return to > (kept.sweptTo ?? -Infinity) ? to : null;
}

/** Whether the history of a generation that is being built is taken from this one: its tiles are to stay. */
async function isDerivedFrom(
  ctx: QueryCtx,
  { tenantId, cube, rollup, generation }: State,
): Promise<boolean> {
  const backfills = await ctx.db
    .query("backfills")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .collect();
  return backfills.some(
    (backfill) =>
      backfill.cube === cube &&
      backfill.generations.some(
        ({ derive }) => derive?.rollup === rollup && derive.generation === generation,
      ),
  );
}

/** The steps that can be taken now; none while archives are being written. */
export async function sweepSteps(
  ctx: QueryCtx,
  state: State,
  kept: KeptLevel,
  to: number,
  now: number,
): Promise<SweepStep[]> {
  if (await isDerivedFrom(ctx, state)) return [];
  if (declarationOf(ctx, state)?.archive !== true) return [{ kind: "delete", to }];
  const generation = generationOf(state);
  const { granularity } = kept;
  const steps: SweepStep[] = [];
  let isWaiting = false;
  let after = kept.sweptTo;
  for (let i = 0; i < ctx.app.limits.fold.archivesAhead; i++) {
    const partitionStart = await firstPartition(ctx, generation, granularity, after);
    if (partitionStart === null || partitionStart >= to) {
      if (!isWaiting) steps.push({ kind: "delete", to });
      return steps;
    }
    after = partitionStart + 1;
    const end = endOf(state, kept, partitionStart);
    const isDeleted = partitionStart < (kept.storedFrom ?? -Infinity);
    const archive = isDeleted
      ? null
      : await archiveAt(ctx, { generation, granularity, partitionStart });
    if (isDeleted || isGood(archive)) {
      if (!isWaiting) steps.push({ kind: "delete", to: end });
      continue;
    }
    isWaiting = true;
    if ((archive?.requestedAt ?? 0) + ctx.app.limits.fold.archiveRetryMs <= now) {
      steps.push({ kind: "archive", partitionStart });
    }
  }
  return steps;
}

/** Takes the steps; deletes at most `room` tiles. */
export async function sweepLevel(
  ctx: MutationCtx,
  state: State,
  kept: KeptLevel,
  steps: SweepStep[],
  room: number,
  now: number,
): Promise<{ after: KeptLevel; tiles: number }> {
  let after = kept;
  let tiles = 0;
  for (const step of steps) {
    if (step.kind === "archive") {
      after = await askForArchive(ctx, state, after, step.partitionStart, now);
    } else if (tiles === 0 || (tiles < room && (await mayReadOn(ctx)))) {
      const deleted = await deleteTiles(ctx, state, after, step.to, room - tiles);
      after = deleted.after;
      tiles += deleted.tiles;
    }
  }
  return { after, tiles };
}

async function askForArchive(
  ctx: MutationCtx,
  state: State,
  kept: KeptLevel,
  partitionStart: number,
  now: number,
): Promise<KeptLevel> {
  const { granularity } = kept;
  const generation = generationOf(state);
  const known = await archiveAt(ctx, { generation, granularity, partitionStart });
  const asked = { file: null, requestedAt: now, isStale: false };
  let archive = known?._id;
  if (known === null) {
    const { tenantId, rollup } = generation;
    archive = await ctx.db.insert("archives", {
      ...{ tenantId, rollup, generation: generation.generation, granularity, partitionStart },
      ...asked,
    });
  } else {
    if (known.file !== null) await dropFile(ctx, known.file.storageId);
    await ctx.db.patch("archives", known._id, asked);
  }
  if (archive !== undefined) {
    await ctx.scheduler.runAfter(0, internal.archives.archive.write, {
      archive,
      requestedAt: now,
    });
  }
  const archived = archivedWith(kept, partitionStart, endOf(state, kept, partitionStart));
  return { ...kept, archived };
}

/** Deletes up to `most` tiles of partitions before `to`, oldest first; a partition leaves as a whole. */
async function deleteTiles(
  ctx: MutationCtx,
  state: State,
  kept: KeptLevel,
  to: number,
  most: number,
): Promise<{ after: KeptLevel; tiles: number }> {
  const { granularity, sweptTo } = kept;
  const stored = kept.storedFrom ?? -Infinity;
  const past = ctx.db.query("rollupTiles").withIndex("by_partition", (q) => {
    const level = q
      .eq("tenantId", state.tenantId)
      .eq("rollup", rollupKey(state.definition))
      .eq("generation", state.generation)
      .eq("granularity", granularity);
    // Starting at what was deleted before skips the traces that deleted rows leave for a while.
    const after = sweptTo === null ? level : level.gte("partitionStart", sweptTo);
    return (after as typeof level).lt("partitionStart", to);
  });
  const { tiles, more } = await deleteSome(ctx, past, most);
  await markUnarchived(ctx, state, kept, tiles);
  const last = tiles.at(-1);
  if (!more || last === undefined) {
    return {
      after: { ...kept, storedFrom: Math.max(stored, to), sweptTo: to },
      tiles: tiles.length,
    };
  }
  // Of the last partition some chunks may be left: nothing of it counts from now on.
  const storedFrom = Math.max(stored, endOf(state, kept, last.partitionStart));
  return { after: { ...kept, storedFrom, sweptTo: last.partitionStart }, tiles: tiles.length };
}

/**
 * Of tiles that go without an archive no file may ever say that it holds them: not one that is being
 * written meanwhile, nor may their partitions pass for empty ones.
 */
async function markUnarchived(
  ctx: MutationCtx,
  state: State,
  kept: KeptLevel,
  tiles: Doc<"rollupTiles">[],
): Promise<void> {
  const generation = generationOf(state);
  const { granularity, storedFrom } = kept;
  for (const partitionStart of new Set(tiles.map((tile) => tile.partitionStart))) {
    const isDeleted = partitionStart < (storedFrom ?? -Infinity);
    if (isDeleted || !mayBeArchived(kept, partitionStart)) continue;
    const place = { generation, granularity, partitionStart };
    const archive = await archiveAt(ctx, place);
    if (!isGood(archive)) await markStale(ctx, place, archive);
  }
}

function endOf({ definition }: State, { granularity }: KeptLevel, partitionStart: number): number {
  const level = definition.levels.find((one) => one.granularity === granularity);
  return nextBucket(level?.partition ?? granularity, definition.timezone, partitionStart);
}
