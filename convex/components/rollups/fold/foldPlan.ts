/** What of the log to fold, and what to do beside it. */
import { gateOpen } from "../../../../lib/fold/backfill.js";
import { start } from "../../../../lib/fold/position.js";
import { mustCube } from "../app/cubes.js";
import type { QueryCtx } from "../app/ctx.js";
import { logRetentionEnd } from "../limits/fold.js";
import { builtAtOf, hasNamelessRows, newestLogged, readTrimmable } from "../log/reader.js";
import { planOrders } from "../order/plan.js";
import { planLarge, readProgress } from "../repairs/largeBucket.js";
import { planRepairs } from "../repairs/plan.js";
import { planKeeping } from "../retention/keep.js";
import type { FoldJob, PlannedFold } from "../schema/work.js";
import { readPage } from "../sources/scan.js";
import { halved, shareOf, type View } from "./view.js";

interface FoldPlan {
  /** Null where nothing is due. */
  job: PlannedFold | null;
  /** An archive is being written or read, and what waits for it may go on then. */
  isArchiving: boolean;
}

export async function planFold(ctx: QueryCtx, view: View): Promise<FoldPlan> {
  const { tenantId, fold, states, backfill, log } = view;
  const position = fold?.position ?? start;
  const builtAt = builtAtOf(fold);
  const { complete, isWhole } = log;
  const logged = {
    rows: log.rows.map(({ readings: _, stored, ...row }) => ({
      ...row,
      changes: stored,
    })) as PlannedFold["rows"],
    isByCube: fold?.isByCube === true || !(await hasNamelessRows(ctx, tenantId, position.commitTs)),
    ...{ complete, isWhole, builtAt },
  };
  const isOpen = backfill !== null && gateOpen(backfill, position, false);
  // A backfill that is read to its end is cut over to, and nothing else.
  if (isOpen && backfill.cursor === "end") {
    const trim = { rows: [], to: fold?.trimmedTo ?? 0n };
    const job = { kind: "fold" as const, ...logged, trim, page: null, build: null, order: null };
    return { job: { ...job, repairs: [], oversized: [], large: null }, isArchiving: false };
  }
  const page = isOpen ? await planPage(ctx, view, backfill) : null;
  const restoring = await planRestoring(ctx, view);
  const keeping = await planKeeping(ctx, tenantId, states, complete, ctx.now);
  const { order, trim } = await planTrim(ctx, view);
  const job: PlannedFold = {
    ...{ kind: "fold", ...logged, page, ...restoring },
    ...{ build: keeping.build, order, trim },
  };
  const isDue =
    hasParts(job) ||
    builtAt >= position.commitTs ||
    keeping.isDue ||
    states.some(({ status }) => status === "retiring");
  return { job: isDue ? job : null, isArchiving: keeping.isWaiting };
}

function hasParts({ rows, page, repairs, oversized, large, order, trim }: PlannedFold): boolean {
  const listed = rows.length + repairs.length + oversized.length + trim.rows.length;
  return listed > 0 || page !== null || large !== null || order !== null;
}

/** The next records of a backfill. */
async function planPage(
  ctx: QueryCtx,
  { tenantId, strikes, unfolded }: View,
  backfill: NonNullable<View["backfill"]>,
): Promise<PlannedFold["page"]> {
  if (backfill.cursor === "end") return null;
  const { documentsRead } = await ctx.meta.getTransactionMetrics();
  const asOf = (await newestLogged(ctx, tenantId)) ?? -1n;
  const cube = mustCube(ctx, backfill.cube);
  const { pageDocuments } = ctx.app.limits.fold;
  // Beside a long stretch of the log there is little room for records.
  const records = Math.max(Math.ceil(pageDocuments / 8), pageDocuments - unfolded.length);
  const size = Math.min(halved(records, strikes), shareOf(ctx, documentsRead));
  const { facts, last } = await readPage(ctx, cube, tenantId, backfill.cursor, size);
  return {
    ...{ backfill: backfill._id, from: backfill.cursor, asOf, last },
    facts: facts as NonNullable<PlannedFold["page"]>["facts"],
  };
}

/** Buckets to restore from the source. Only beside the end of the log: a repair is of the newest commit. */
async function planRestoring(
  ctx: QueryCtx,
  { tenantId, fold, states, expired, log }: View,
): Promise<Pick<FoldJob, "repairs" | "oversized" | "large">> {
  if (!log.complete) return { repairs: [], oversized: [], large: null };
  const position = fold?.position ?? start;
  const progress = await readProgress(ctx, tenantId);
  const { plans, oversized, large } = await planRepairs(ctx, tenantId, states, expired, progress);
  const asOf = log.rows.at(-1)?.commitTs ?? position.commitTs - 1n;
  const trimmedTo = fold?.trimmedTo ?? 0n;
  return {
    ...{ repairs: plans, oversized },
    large: large && (await planLarge(ctx, tenantId, large, progress, asOf, trimmedTo)),
  };
}

/** The next of the order statistics, and the rows of the log that neither they nor anything else needs any more. */
async function planTrim(
  ctx: QueryCtx,
  { tenantId, strikes, fold }: View,
): Promise<Pick<FoldJob, "order" | "trim">> {
  const limits = ctx.app.limits.fold;
  const position = fold?.position ?? start;
  const old = logRetentionEnd(limits, ctx.now);
  const unread = old < position.commitTs ? old + 1n : position.commitTs;
  const { order, keepsFrom } = await planOrders(ctx, tenantId, strikes, unread);
  const to = old < keepsFrom ? old : keepsFrom - 1n;
  const trimmable = { from: fold?.trimmedTo ?? 0n, to };
  const most = { rows: limits.trimRows, bytes: limits.trimBytes };
  return { order, trim: await readTrimmable(ctx, tenantId, trimmable, most) };
}
