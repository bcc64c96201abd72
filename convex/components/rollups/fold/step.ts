/**
 * One iteration of a tenant's fold worker: start generations, fold log rows, apply a backfill page,
 * repair, cut over, sweep. Everything commits together with the position, so a retry or a crash
 * changes nothing.
 */
import { fromStored } from "../../../../lib/fold/changeColumns.js";
import { gateOpen } from "../../../../lib/fold/backfill.js";
import { foldState } from "../log/reader.js";
import type { MutationCtx } from "../app/ctx.js";
import { deriveHistory, isDerived } from "./derive.js";
import { foldOrders } from "../order/step.js";
import { expiredSources } from "../sources/sourceFrom.js";
import { applyRepairs, queueRepairs } from "../repairs/repair.js";
import { markLarge, restoreLarge } from "../repairs/restoreLarge.js";
import { keep } from "../retention/keep.js";
import { failState, overtakenFailure } from "../generations/failState.js";
import { cutOver, refuseGenerations, retire, startGenerations, sweep } from "./lifecycle.js";
import { TileCache } from "../tiles/store.js";
import { backfillStamp, foldStamp, statesStamp } from "./basis.js";
import { hasBudget, loadBudget } from "../transaction/budget.js";
import { saveCubes } from "./cubeFolds.js";
import { Folder } from "./folder.js";
import { markBuilt, saveFold } from "./foldState.js";
import { isOnlyFold, pause } from "./pace.js";
import { applyPage } from "./page.js";
import { foldRows } from "./rows.js";
import { takeTurn } from "./turns.js";
import type { PlannedWork, Work } from "../schema/work.js";
import { nextBackfill, readStates } from "../generations/states.js";
import { setChanged } from "../verification/due.js";

export async function doWork(ctx: MutationCtx, planned: PlannedWork) {
  const { tenantId } = planned;
  const rows = planned.rows.map((row) => ({
    ...row,
    changes: fromStored(row.changes),
  })) as Work["rows"];
  const work: Work = { ...planned, rows };
  const now = ctx.now;
  const [fold, states, underived] = await Promise.all([
    foldState(ctx, tenantId),
    readStates(ctx, tenantId),
    nextBackfill(ctx, tenantId),
  ]);
  const stale =
    foldStamp(fold) !== work.basis.fold ||
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
    if (start.length > 0 && !(await takeTurn(ctx, tenantId, states, work.turns))) return null;
    for (const id of rebuilt) {
      if ((await ctx.db.get("repairs", id)) !== null) await ctx.db.delete("repairs", id);
    }
    await retire(ctx, tenantId, states, retiring);
    await startGenerations(ctx, tenantId, states, start, work.spans, now);
    const begun = start.map(({ definition }) => definition.cube);
    if (begun.length > 0) await markBuilt(ctx, tenantId, begun, now);
    await refuseGenerations(ctx, tenantId, states, refuse, expired);
    for (const id of overtaken) await failState(ctx, id, overtakenFailure);
    return await pause(ctx, work, null);
  }

  const handed = rows.reduce((sum, { changes }) => sum + changes.length, 0);
  const cache = new TileCache(ctx);
  const budget = await loadBudget(ctx, {
    strikes: work.strikes,
    changes: handed,
    records: recordsOf(work),
    moves: work.order?.kind === "fold" ? work.order.moves.length : 0,
    trimmed: work.trim.rows.length,
  });
  const folder = new Folder(ctx, cache, tenantId, budget);
  // First: what is folded below is applied to what is derived here as to what it is derived from.
  const backfill = await deriveHistory(ctx, cache, folder, budget, states, underived, fold);
  const folded = await foldRows(ctx, cache, folder, work, states, backfill, fold);
  const paged = await applyPage(ctx, cache, folder, work, states, backfill, now);
  const { isCurrent } = folded;
  await applyRepairs(ctx, cache, budget, states, work.repairs, isCurrent);
  await markLarge(ctx, states, work.oversized);
  await restoreLarge(ctx, cache, budget, states, work.large, isCurrent);

  const isOrdered = await foldOrders(ctx, tenantId, work.order);

  await cache.flush(now);
  const queues = await queueRepairs(ctx, cache);
  for (const id of work.trim.rows) await ctx.db.delete("changeLog", id);
  if (folded.isMoved && folded.isAllCurrent) await setChanged(ctx, tenantId);
  if (folded.isMoved || work.trim.rows.length > 0) {
    const { isByCube, trim } = work;
    const moved = { ...folded, trimmedTo: trim.to, isByCube };
    const saved = await saveFold(ctx, tenantId, moved, now);
    if (work.isByCube) await saveCubes(ctx, work, folded, { before: fold, after: saved });
  }
  const isWhole = paged !== null && isDerived(paged);
  // Beside folds too: where somebody always writes, tiles would else never go. But with nothing to fold
  // in any case, as an iteration that comes again with nothing done comes again for ever.
  const hasRoom = !folded.isMoved || (folder.workLeft() > 0 && (await hasBudget(ctx, cache)));
  const mayDelete = work.page === null && hasRoom;
  if (isWhole && paged.cursor === "end" && gateOpen(paged, folded.position, false)) {
    await cutOver(ctx, states, paged);
    await markBuilt(ctx, tenantId, [paged.cube], now);
  } else if (mayDelete) await sweep(ctx, states);
  // What is being restored may be taken from tiles that would go.
  const maySweep = mayDelete && work.repairs.length === 0 && work.large === null;
  const keeps = await keep(ctx, tenantId, states, work.build, isCurrent, maySweep, now);
  const isDone =
    folded.isAllCurrent &&
    isOrdered &&
    paged === null &&
    !queues &&
    !keeps &&
    isOnlyFold(ctx, work, states);
  return await pause(ctx, work, isDone ? folded.changes : null);
}

/** Records and cells that the plan has handed over beside the log. */
function recordsOf({ page, build, large, repairs }: Work): number {
  const cells = repairs.reduce((sum, { cells }) => sum + (cells?.length ?? 0), 0);
  return (
    cells +
    (page?.facts.length ?? 0) +
    (build?.facts?.length ?? 0) +
    (large?.collected?.cells.length ?? 0)
  );
}
