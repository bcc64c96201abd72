/**
 * One iteration of a tenant's fold worker: start generations, fold log rows, apply a backfill page,
 * repair, cut over, sweep. Everything commits together with the position, so a retry or a crash
 * changes nothing.
 */
import { appliesTo, gateOpen, type BackfillState } from "../../lib/fold/backfill";
import type { Change, Position } from "../../lib/fold/change";
import { changesAfter, comparePositions } from "../../lib/fold/position";
import { foldPosition } from "../changeLog/reader";
import type { Doc } from "../_generated/dataModel";
import type { MutationCtx } from "../_generated/server";
import { applyRepairs, generationOf, queueRepairs } from "../repairs/repair";
import { cutOver, retire, startGenerations, sweep } from "../rollups/lifecycle";
import { TileCache } from "../tiles/store";
import { backfillStamp, statesStamp } from "./basis";
import { hasBudget } from "./budget";
import { Folder } from "./folder";
import { debounceMs, FOLD_SLICE } from "./limits";
import { nextBackfill, readStates } from "./plan";
import type { Work } from "./work";

export async function doWork(ctx: MutationCtx, work: Work) {
  const { tenantId } = work;
  const now = Date.now();
  const [position, states, backfill] = await Promise.all([
    foldPosition(ctx, tenantId),
    readStates(ctx, tenantId),
    nextBackfill(ctx, tenantId),
  ]);
  const stale =
    comparePositions(position, work.basis.position) !== 0 ||
    statesStamp(states) !== work.basis.states ||
    backfillStamp(backfill) !== work.basis.backfill;
  if (stale) return null;

  if (work.start.length + work.retire.length + work.rebuilt.length > 0) {
    for (const id of work.rebuilt) await ctx.db.delete("repairs", id);
    await retire(ctx, tenantId, states, work.retire);
    await startGenerations(ctx, tenantId, states, work.start, work.spans, now);
    return null;
  }

  const cache = new TileCache(ctx);
  const folded = await foldRows(ctx, cache, work, states, backfill, position);
  const paged = await applyPage(ctx, cache, work, states, backfill, now);
  const caughtUp = work.complete && folded.all;
  if (caughtUp) await applyRepairs(ctx, cache, states, work.repairs);

  await cache.flush(now);
  await queueRepairs(ctx, cache);
  if (folded.count > 0 || comparePositions(folded.position, position) !== 0) {
    await savePosition(ctx, tenantId, folded.position, folded.count, now);
  }
  if (paged !== null && paged.cursor === "end" && gateOpen(paged, folded.position, false)) {
    await cutOver(ctx, states, paged);
  } else if (folded.count === 0 && work.page === null) {
    await sweep(ctx, states);
  }
  const { bytesWritten } = await ctx.meta.getTransactionMetrics();
  return { debounceMs: debounceMs(bytesWritten.used) };
}

/** Folds as many log changes as the budget allows and says where it stopped. */
async function foldRows(
  ctx: MutationCtx,
  cache: TileCache,
  work: Work,
  states: Doc<"rollupStates">[],
  backfill: Doc<"backfills"> | null,
  from: Position,
): Promise<{ position: Position; count: number; all: boolean }> {
  const folder = new Folder(ctx, cache, work.tenantId);
  const live = states.filter(({ status }) => status === "ready" || status === "building");
  let position = from;
  let count = 0;
  let slice: { change: Change; commitTs: bigint }[] = [];
  const foldSlice = async () => {
    for (const state of live) {
      const changes = slice.filter(
        ({ change, commitTs }) =>
          change.cube === state.cube && reaches(state, backfill, change, commitTs),
      );
      await folder.fold(generationOf(state), state._id, changes);
    }
    count += slice.length;
    slice = [];
  };
  for (const { change, commitTs, next } of changesAfter(work.rows, from)) {
    slice.push({ change, commitTs });
    position = next;
    if (slice.length >= FOLD_SLICE) {
      await foldSlice();
      if (!(await hasBudget(ctx, cache))) return { position, count, all: false };
    }
  }
  await foldSlice();
  // The last commit is whole when the log's end was read; otherwise the next read completes it.
  const last = work.rows.at(-1);
  if (work.complete && last !== undefined) {
    position = { commitTs: last.commitTs + 1n, row: 0, change: 0 };
  }
  return { position, count, all: true };
}

/** Does the change count for this generation, or will a backfill page bring it? */
function reaches(
  state: Doc<"rollupStates">,
  backfill: Doc<"backfills"> | null,
  change: Change,
  commitTs: bigint,
): boolean {
  if (state.status === "ready") return true;
  if (backfill === null || !isBuiltBy(backfill, state)) return false;
  return appliesTo(backfill, change, commitTs);
}

function isBuiltBy(backfill: Doc<"backfills">, state: Doc<"rollupStates">): boolean {
  return (
    backfill.cube === state.cube &&
    backfill.generations.some(
      ({ rollup, generation }) => rollup === state.rollup && generation === state.generation,
    )
  );
}

/** Applies the page, as far as the budget allows, and moves the cursor. Returns the backfill as it is now. */
async function applyPage(
  ctx: MutationCtx,
  cache: TileCache,
  work: Work,
  states: Doc<"rollupStates">[],
  backfill: Doc<"backfills"> | null,
  now: number,
): Promise<Doc<"backfills"> | null> {
  const { page } = work;
  if (backfill === null || page === null) return backfill;
  const folder = new Folder(ctx, cache, work.tenantId);
  const building = states.filter(
    (state) => state.status === "building" && isBuiltBy(backfill, state),
  );
  let applied = 0;
  while (applied < page.facts.length && (applied === 0 || (await hasBudget(ctx, cache)))) {
    const slice = page.facts.slice(applied, applied + FOLD_SLICE);
    const changes = slice.map(({ id, createdAt, fact }) => ({
      change: insertOf(backfill.cube, id, createdAt, fact),
      commitTs: page.asOf,
    }));
    for (const state of building) {
      await folder.fold(generationOf(state), state._id, changes);
    }
    applied += slice.length;
  }
  const lastFact = page.facts[applied - 1];
  const done = page.last && applied === page.facts.length;
  const cursor: BackfillState["cursor"] = done
    ? "end"
    : lastFact === undefined
      ? page.from
      : { createdAt: lastFact.createdAt, id: lastFact.id };
  const moved = {
    cursor,
    page: { from: page.from, asOf: page.asOf },
    documents: backfill.documents + applied,
    updatedAt: now,
  };
  await ctx.db.patch("backfills", backfill._id, moved);
  return { ...backfill, ...moved };
}

function insertOf(
  cube: string,
  docId: string,
  docCreatedAt: number,
  after: NonNullable<Change["after"]>,
): Change {
  return { cube, op: "insert", docId, docCreatedAt, before: null, after };
}

async function savePosition(
  ctx: MutationCtx,
  tenantId: string,
  position: Position,
  changes: number,
  now: number,
): Promise<void> {
  const state = await ctx.db
    .query("foldStates")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
  const moved = {
    tenantId,
    position,
    foldedChanges: (state?.foldedChanges ?? 0) + changes,
    folds: (state?.folds ?? 0) + 1,
    updatedAt: now,
  };
  if (state === null) await ctx.db.insert("foldStates", moved);
  else await ctx.db.replace("foldStates", state._id, moved);
}
