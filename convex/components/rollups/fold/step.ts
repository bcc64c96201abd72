/**
 * One iteration of a tenant's fold worker: start generations, fold log rows, apply a backfill page,
 * repair, cut over, sweep. Everything commits together with the position, so a retry or a crash
 * changes nothing.
 */
import { gateOpen, type BackfillState } from "../../../../lib/fold/backfill.js";
import type { Change, Position } from "../../../../lib/fold/change.js";
import {
  changesAfter,
  comparePositions,
  start as logStart,
  type PlacedChange,
} from "../../../../lib/fold/position.js";
import { foldState } from "../log/reader.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import { deriveHistory, isDerived } from "./derive.js";
import { expiredSources } from "../sources/sourceFrom.js";
import { applyRepairs, queueRepairs } from "../repairs/repair.js";
import { markLarge, restoreLarge } from "../repairs/restoreLarge.js";
import { keep } from "../retention/keep.js";
import { failState, overtakenFailure } from "../generations/failState.js";
import { cutOver, refuseGenerations, retire, startGenerations, sweep } from "./lifecycle.js";
import { TileCache } from "../tiles/store.js";
import { backfillStamp, statesStamp } from "./basis.js";
import { hasBudget, loadBudget } from "../transaction/budget.js";
import { Folder, type FoldJob } from "./folder.js";
import { markBuilt, saveFold } from "./foldState.js";
import { debounceMs } from "../limits/fold.js";
import { derivedOf, isBuiltBy, isLive, partFor } from "./reach.js";
import type { Work } from "../schema/work.js";
import { setChanged } from "../verification/due.js";
import { readStates } from "../generations/states.js";
import { nextBackfill } from "../generations/states.js";
import { generationOf } from "../generations/generation.js";

export async function doWork(ctx: MutationCtx, work: Work) {
  const { tenantId } = work;
  const now = ctx.now;
  const [fold, states, underived] = await Promise.all([
    foldState(ctx, tenantId),
    readStates(ctx, tenantId),
    nextBackfill(ctx, tenantId),
  ]);
  const position = fold?.position ?? logStart;
  const stale =
    comparePositions(position, work.basis.position) !== 0 ||
    (fold?.trimmedTo ?? 0n) !== work.basis.trimmedTo ||
    statesStamp(states) !== work.basis.states ||
    backfillStamp(underived) !== work.basis.backfill;
  if (stale) return null;

  const { start, retire: retiring, refuse, overtaken, rebuilt } = work;
  if (start.length + retiring.length + refuse.length + overtaken.length + rebuilt.length > 0) {
    const expired = await expiredSources(ctx, tenantId);
    // Records may have expired since the plan was made.
    const isOverdue = ({ definition: { cube }, derive }: (typeof start)[number]) =>
      (expired.get(cube) ?? -Infinity) > (derive?.before ?? -Infinity);
    if (start.some(isOverdue)) return null;
    for (const id of rebuilt) {
      if ((await ctx.db.get("repairs", id)) !== null) await ctx.db.delete("repairs", id);
    }
    await retire(ctx, tenantId, states, retiring);
    await startGenerations(ctx, tenantId, states, start, work.spans, now);
    if (start.length > 0) await markBuilt(ctx, tenantId, now);
    await refuseGenerations(ctx, tenantId, states, refuse, expired);
    for (const id of overtaken) await failState(ctx, id, overtakenFailure);
    return null;
  }

  const cache = new TileCache(ctx);
  const budget = await loadBudget(ctx);
  const folder = new Folder(ctx, cache, tenantId, budget);
  // First: what is folded below is applied to what is derived here as to what it is derived from.
  const backfill = await deriveHistory(ctx, cache, folder, budget, states, underived);
  const folded = await foldRows(ctx, cache, folder, work, states, backfill, position);
  const paged = await applyPage(ctx, cache, folder, work, states, backfill, now);
  const caughtUp = work.complete && folded.all;
  if (caughtUp) await applyRepairs(ctx, cache, budget, states, work.repairs);
  await markLarge(ctx, states, work.oversized);
  await restoreLarge(ctx, cache, budget, states, work.large, caughtUp);

  await cache.flush(now);
  await queueRepairs(ctx, cache);
  for (const id of work.trim.rows) await ctx.db.delete("changeLog", id);
  const moved = comparePositions(folded.position, position) !== 0;
  if (moved || folded.changes.length > 0 || work.trim.rows.length > 0) {
    if (caughtUp && moved) await setChanged(ctx, tenantId);
    await saveFold(ctx, tenantId, { ...folded, trimmedTo: work.trim.to }, now);
  }
  const isWhole = paged !== null && isDerived(paged);
  // Beside folds too: where somebody always writes, tiles would else never go. But with nothing to fold
  // in any case, as an iteration that comes again with nothing done comes again for ever.
  const hasRoom = folded.changes.length === 0 || (await hasBudget(ctx, cache));
  const mayDelete = work.page === null && hasRoom;
  if (isWhole && paged.cursor === "end" && gateOpen(paged, folded.position, false)) {
    await cutOver(ctx, states, paged);
    await markBuilt(ctx, tenantId, now);
  } else if (mayDelete) await sweep(ctx, states);
  // What is being restored may be taken from tiles that would go.
  const maySweep = mayDelete && work.repairs.length === 0 && work.large === null;
  await keep(ctx, tenantId, states, caughtUp ? work.build : null, maySweep, now);
  const { bytesWritten } = await ctx.meta.getTransactionMetrics();
  return { debounceMs: debounceMs(ctx.app.limits.fold, bytesWritten.used) };
}

/** Folds as many log changes as the budget allows and says where it stopped. */
async function foldRows(
  ctx: MutationCtx,
  cache: TileCache,
  folder: Folder,
  work: Work,
  states: Doc<"rollupStates">[],
  backfill: Doc<"backfills"> | null,
  from: Position,
): Promise<{ position: Position; changes: PlacedChange[]; all: boolean }> {
  const live = states.filter(isLive);
  const changes = [...changesAfter(work.rows, from)];
  const count = await foldSlices(ctx, cache, folder, changes.length, (start, end) =>
    live.map((state) => ({
      generation: generationOf(state),
      state: state._id,
      changes: changes.slice(start, end).flatMap((placed) => {
        const change = partFor(state, backfill, placed);
        return change === null ? [] : [{ change, commitTs: placed.commitTs }];
      }),
    })),
  );
  const folded = changes.slice(0, count);
  const all = count === changes.length;
  if (all && work.complete) {
    // The end of the log was read: its last commit is whole, and of those before the newest build none is left.
    const end = whole(work.rows.at(-1)?.commitTs ?? -1n, work.builtAt);
    return { position: comparePositions(end, from) > 0 ? end : from, changes: folded, all };
  }
  return { position: folded.at(-1)?.next ?? from, changes: folded, all };
}

/** The position once all commits up to both are folded. */
function whole(a: bigint, b: bigint): Position {
  return { commitTs: (a > b ? a : b) + 1n, row: 0, change: 0 };
}

/**
 * Folds `length` changes in order, in slices, until all are folded or the budget is used up; returns
 * how many were. When not even one change fits into a fresh transaction, the rollup that takes the
 * most room has failed: the next iteration goes on without it.
 */
async function foldSlices(
  ctx: MutationCtx,
  cache: TileCache,
  folder: Folder,
  length: number,
  jobs: (start: number, end: number) => FoldJob[],
): Promise<number> {
  const isFresh = cache.loaded.ranges === 0;
  let folded = 0;
  while (folded < length) {
    const most = Math.min(length, folded + ctx.app.limits.fold.slice);
    let end = folded;
    while (end < most && (await folder.prepare(jobs(end, end + 1)))) end++;
    if (end > folded) await folder.apply(jobs(folded, end));
    else if (folded === 0 && isFresh) await failLargest(folder, cache, jobs(0, 1));
    folded = end;
    if (end < most || (folded < length && !(await hasBudget(ctx, cache)))) return folded;
  }
  return folded;
}

async function failLargest(folder: Folder, cache: TileCache, jobs: FoldJob[]): Promise<void> {
  const largest = cache.largestRollup();
  const job = jobs.find(({ generation }) => generation.rollup === largest) ?? jobs[0];
  if (job === undefined) return;
  await folder.fail(
    job.state,
    "CardinalityExceeded",
    `${job.generation.rollup} takes more room than a transaction can hold`,
  );
}

/** Applies the page, as far as the budget allows, and moves the cursor. Returns the backfill as it is now. */
async function applyPage(
  ctx: MutationCtx,
  cache: TileCache,
  folder: Folder,
  work: Work,
  states: Doc<"rollupStates">[],
  backfill: Doc<"backfills"> | null,
  now: number,
): Promise<Doc<"backfills"> | null> {
  const { page } = work;
  if (backfill === null || page === null) return backfill;
  const building = states.filter(
    (state) => state.status === "building" && isBuiltBy(backfill, state),
  );
  const changes = page.facts.map(({ id, createdAt, fact }) => ({
    change: insertOf(backfill.cube, id, createdAt, fact),
    commitTs: page.asOf,
  }));
  const applied = await foldSlices(ctx, cache, folder, changes.length, (start, end) =>
    building.map((state) => ({
      generation: generationOf(state),
      state: state._id,
      changes: changes.slice(start, end).filter(({ change }) => isPaged(state, backfill, change)),
    })),
  );
  await setAside(ctx, work.tenantId, backfill, page, applied);
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

/** Whether a record of a page counts, and not the tiles that its time is derived from. */
function isPaged(
  state: Doc<"rollupStates">,
  backfill: Doc<"backfills">,
  { after }: Change,
): boolean {
  const t = after?.[state.definition.timeField];
  return typeof t !== "number" || t >= (derivedOf(backfill, state)?.before ?? -Infinity);
}

/** Records of the page that are no facts are passed over, and kept among the dead letters with the reason. */
async function setAside(
  ctx: MutationCtx,
  tenantId: string,
  { cube }: Doc<"backfills">,
  { facts, asOf }: NonNullable<Work["page"]>,
  applied: number,
): Promise<void> {
  for (const { id, createdAt, refusal } of facts.slice(0, applied)) {
    if (refusal === undefined) continue;
    const change = insertOf(cube, id, createdAt, null) as Doc<"deadLetters">["change"];
    const letter = { tenantId, rollup: cube, generation: 0, commitTs: asOf, change };
    await ctx.db.insert("deadLetters", { ...letter, ...refusal });
  }
}

function insertOf(
  cube: string,
  docId: string,
  docCreatedAt: number,
  after: Change["after"],
): Change {
  return { cube, op: "insert", docId, docCreatedAt, before: null, after };
}
