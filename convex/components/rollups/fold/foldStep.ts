/** Folds log rows, applies a page of a backfill, repairs, cuts over, sweeps, trims. */
import { fromStored } from "../../../../lib/fold/changeColumns.js";
import { gateOpen } from "../../../../lib/fold/backfill.js";
import type { MutationCtx } from "../app/ctx.js";
import type { Doc } from "../_generated/dataModel.js";
import { foldOrders } from "../order/step.js";
import { applyRepairs, queueRepairs } from "../repairs/repair.js";
import { markLarge, restoreLarge } from "../repairs/restoreLarge.js";
import { keep } from "../retention/keep.js";
import type { FoldJob, PlannedFold, Work } from "../schema/work.js";
import { TileCache } from "../tiles/store.js";
import { hasBudget, loadBudget } from "../transaction/budget.js";
import { setChanged } from "../verification/due.js";
import { saveCubes } from "./cubeFolds.js";
import { deriveHistory, isDerived } from "./derive.js";
import { Folder } from "./folder.js";
import { markBuilt, saveFold } from "./foldState.js";
import { cutOver, sweep } from "./lifecycle.js";
import { isOnlyFold } from "./pace.js";
import { applyPage } from "./page.js";
import { foldRows, type Folded } from "./rows.js";

/** What the step has read, which is as the plan read it. */
interface Stored {
  fold: Doc<"foldStates"> | null;
  states: Doc<"rollupStates">[];
  backfill: Doc<"backfills"> | null;
}

/** Returns the changes that were folded where nothing else is left to do, and null where something is. */
export async function advance(
  ctx: MutationCtx,
  { tenantId, strikes }: Pick<Work, "tenantId" | "strikes">,
  planned: PlannedFold,
  { fold, states, backfill: underived }: Stored,
): Promise<Folded["changes"] | null> {
  const { now } = ctx;
  const rows = planned.rows.map((row) => ({
    ...row,
    changes: fromStored(row.changes),
  })) as FoldJob["rows"];
  const job: FoldJob = { ...planned, rows };
  const cache = new TileCache(ctx);
  const budget = await loadBudget(ctx, {
    strikes,
    changes: rows.reduce((sum, { changes }) => sum + changes.length, 0),
    records: recordsOf(job),
    moves: job.order?.kind === "fold" ? job.order.moves.length : 0,
    trimmed: job.trim.rows.length,
  });
  const folder = new Folder(ctx, cache, tenantId, budget);
  // First: what is folded below is applied to what is derived here as to what it is derived from.
  const backfill = await deriveHistory(ctx, cache, folder, budget, states, underived, fold);
  const folded = await foldRows(ctx, cache, folder, job, states, backfill, fold);
  const paged = await applyPage(ctx, cache, folder, tenantId, job, states, backfill, now);
  const { isCurrent } = folded;
  await applyRepairs(ctx, cache, budget, states, job.repairs, isCurrent);
  await markLarge(ctx, states, job.oversized);
  await restoreLarge(ctx, cache, budget, states, job.large, isCurrent);

  const isOrdered = await foldOrders(ctx, tenantId, job.order);

  await cache.flush(now);
  const queues = await queueRepairs(ctx, cache);
  for (const id of job.trim.rows) await ctx.db.delete("changeLog", id);
  if (folded.isMoved && folded.isAllCurrent) await setChanged(ctx, tenantId);
  if (folded.isMoved || job.trim.rows.length > 0) {
    const { isByCube, trim } = job;
    const moved = { ...folded, trimmedTo: trim.to, isByCube };
    const saved = await saveFold(ctx, tenantId, moved, now);
    if (isByCube) await saveCubes(ctx, tenantId, job, folded, { before: fold, after: saved });
  }
  const isWhole = paged !== null && isDerived(paged);
  // Beside folds too: under constant writes tiles would else never go. With nothing to fold in any case: an
  // iteration that did nothing would come again for ever.
  const hasRoom = !folded.isMoved || (folder.workLeft() > 0 && (await hasBudget(ctx, cache)));
  const mayDelete = job.page === null && hasRoom;
  if (isWhole && paged.cursor === "end" && gateOpen(paged, folded.position, false)) {
    await cutOver(ctx, states, paged);
    await markBuilt(ctx, tenantId, [paged.cube], now);
  } else if (mayDelete) await sweep(ctx, states);
  // What is being restored may be taken from tiles that would go.
  const maySweep = mayDelete && job.repairs.length === 0 && job.large === null;
  const keeps = await keep(ctx, tenantId, states, job.build, isCurrent, maySweep, now);
  const isDone =
    folded.isAllCurrent &&
    isOrdered &&
    paged === null &&
    !queues &&
    !keeps &&
    isOnlyFold(ctx, job, states);
  return isDone ? folded.changes : null;
}

/** Records and cells that the plan has handed over beside the log. */
function recordsOf({ page, build, large, repairs }: FoldJob): number {
  const cells = repairs.reduce((sum, { cells }) => sum + (cells?.length ?? 0), 0);
  return (
    cells +
    (page?.facts.length ?? 0) +
    (build?.facts?.length ?? 0) +
    (large?.collected?.cells.length ?? 0)
  );
}
