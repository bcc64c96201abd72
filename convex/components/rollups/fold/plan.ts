/**
 * What a tenant's fold worker should do next. Runs in a stale snapshot: everything it reads here,
 * source documents included, adds no read dependency to the transaction that does the work.
 */
import type { Infer } from "convex/values";
import { gateOpen } from "../../../../lib/fold/backfill.js";
import { changesAfter, start } from "../../../../lib/fold/position.js";
import {
  builtAtOf,
  foldState,
  hasNamelessRows,
  newestLogged,
  readBatch,
  readTrimmable,
} from "../log/reader.js";
import type { QueryCtx } from "../app/ctx.js";
import { expiredSources } from "../sources/sourceFrom.js";
import { planLarge, readProgress } from "../repairs/largeBucket.js";
import { planRepairs, readRebuilds } from "../repairs/plan.js";
import { planOrders } from "../order/plan.js";
import { planKeeping } from "../retention/keep.js";
import { definitionChanges, rebuildable, rebuiltFrom } from "../generations/declared.js";
import { readPage, sourceSpan } from "../sources/scan.js";
import { logRetentionEnd } from "../limits/fold.js";
import type { PlannedWork, vQueryReturns } from "../schema/work.js";
import { backfillStamp, foldStamp, statesStamp } from "./basis.js";
import { mustCube } from "../app/cubes.js";
import type { Doc } from "../_generated/dataModel.js";
import { furthestOf, lackedAt, positionOf } from "../log/positions.js";
import { planPace } from "./pace.js";
import { isOvertaken, outdated } from "./reach.js";
import { findTurn } from "./turns.js";
import { nextBackfill, readStates } from "../generations/states.js";

type FoundWork = Infer<typeof vQueryReturns>;

/**
 * The loop sleeps: the iteration before has said when to look, and what came until then would be here. With
 * a time it looks once more by itself.
 */
export function idle(timeoutMs: number | null = null) {
  return { kind: "idle" as const, cooldownMs: 0, ...(timeoutMs === null ? {} : { timeoutMs }) };
}

export async function findWork(ctx: QueryCtx, tenantId: string): Promise<FoundWork> {
  const [fold, states, backfill, expired] = await Promise.all([
    foldState(ctx, tenantId),
    readStates(ctx, tenantId),
    nextBackfill(ctx, tenantId),
    expiredSources(ctx, tenantId),
  ]);
  const position = fold?.position ?? start;
  const trimmedTo = fold?.trimmedTo ?? 0n;
  const builtAt = builtAtOf(fold);
  const work: PlannedWork = {
    tenantId,
    ...(await planPace(ctx, tenantId)),
    basis: {
      fold: foldStamp(fold),
      states: statesStamp(states),
      backfill: backfillStamp(backfill),
    },
    start: [],
    order: null,
    turns: null,
    retire: [],
    refuse: [],
    overtaken: [],
    rebuilt: [],
    spans: {},
    builtAt,
    rows: [],
    isByCube: false,
    complete: false,
    isWhole: false,
    trim: { rows: [], to: trimmedTo },
    page: null,
    repairs: [],
    oversized: [],
    large: null,
    build: null,
  };

  const metrics = await ctx.meta.getTransactionMetrics();
  const ahead = (fold?.ahead ?? []).map((one) => one.position);
  // What follows is not folded before all generations are there, and what is begun is not cut into smaller rounds.
  const upTo = ahead.length > 0 ? furthestOf(ahead, position).commitTs : null;
  const most = {
    changes: halved(ctx.app.limits.fold.changes, work.strikes),
    rows: ctx.app.limits.fold.rows,
    bytes: Math.min(ctx.app.limits.fold.bytes, share(ctx, metrics.bytesRead)),
  };
  const log = await readBatch(ctx, tenantId, position, most, upTo);
  const unfolded = [...changesAfter(log.rows, position)];
  const next = ({ _id }: Doc<"rollupStates">) => lackedAt(positionOf(fold, _id), unfolded);
  const gone = outdated(ctx, states, backfill, next);
  // Of an expired source no generation can be replaced, so none is given up before it has to be.
  const isReplaceable = ({ cube, status }: (typeof gone)[number]) =>
    !expired.has(cube) || status === "building";
  const replaceable = gone.filter(isReplaceable);
  work.overtaken = gone
    .filter((state) => !isReplaceable(state) && isOvertaken(state, backfill, next(state)))
    .map(({ _id }) => _id);
  const now = ctx.now;
  const definitions = definitionChanges(ctx, states, replaceable, expired);
  const rebuilds = await readRebuilds(ctx, tenantId);
  if (rebuilds.length > 0) {
    const wanted = rebuildable(ctx, rebuilds, states, definitions);
    definitions.start.push(...rebuiltFrom(ctx, wanted, states, expired));
    work.rebuilt = rebuilds.map(({ _id }) => _id);
  }
  // In the place of generations that cannot go on others begin at once.
  const mustBegin = definitions.start.length === 0 || gone.length > 0;
  const turns = mustBegin ? null : await findTurn(ctx, tenantId, states);
  const isWaiting = turns === "none";
  if (isWaiting) {
    definitions.start = [];
    work.rebuilt = [];
    work.declared = null;
  } else work.turns = turns;
  const { start: starting, retire, refuse } = definitions;
  if (
    starting.length + retire.length + refuse.length + work.rebuilt.length + work.overtaken.length >
    0
  ) {
    const cubes = new Set(definitions.start.map(({ definition }) => definition.cube));
    for (const name of cubes) {
      work.spans[name] = await sourceSpan(ctx, mustCube(ctx, name), tenantId);
    }
    return { kind: "work" as const, batch: { ...work, ...definitions } };
  }

  work.rows = log.rows.map(({ readings: _, stored, ...row }) => ({
    ...row,
    changes: stored,
  })) as PlannedWork["rows"];
  work.isByCube =
    fold?.isByCube === true || !(await hasNamelessRows(ctx, tenantId, position.commitTs));
  work.complete = log.complete;
  work.isWhole = log.isWhole;

  if (backfill !== null && gateOpen(backfill, position, false)) {
    if (backfill.cursor === "end") {
      return { kind: "work" as const, batch: work };
    }
    const asOf = (await newestLogged(ctx, tenantId)) ?? -1n;
    const cube = mustCube(ctx, backfill.cube);
    const { pageDocuments } = ctx.app.limits.fold;
    // Beside a long stretch of the log there is little room for records.
    const records = Math.max(Math.ceil(pageDocuments / 8), pageDocuments - unfolded.length);
    const size = Math.min(halved(records, work.strikes), share(ctx, metrics.documentsRead));
    const page = await readPage(ctx, cube, tenantId, backfill.cursor, size);
    work.page = {
      backfill: backfill._id,
      from: backfill.cursor,
      asOf,
      facts: page.facts as NonNullable<PlannedWork["page"]>["facts"],
      last: page.last,
    };
  }
  if (work.complete) {
    const progress = await readProgress(ctx, tenantId);
    const found = await planRepairs(ctx, tenantId, states, expired, progress);
    work.repairs = found.plans;
    work.oversized = found.oversized;
    const asOf = log.rows.at(-1)?.commitTs ?? position.commitTs - 1n;
    if (found.large !== null) {
      work.large = await planLarge(ctx, tenantId, found.large, progress, asOf, trimmedTo);
    }
  }

  const keeping = await planKeeping(ctx, tenantId, states, work.complete, now);
  work.build = keeping.build;

  const old = logRetentionEnd(ctx.app.limits.fold, now);
  const unread = old < position.commitTs ? old + 1n : position.commitTs;
  const orders = await planOrders(ctx, tenantId, work.strikes, unread);
  work.order = orders.order;
  const { keepsFrom: needed } = orders;
  const to = old < needed ? old : needed - 1n;
  const trimmable = { from: trimmedTo, to };
  work.trim = await readTrimmable(ctx, tenantId, trimmable, {
    rows: ctx.app.limits.fold.trimRows,
    bytes: ctx.app.limits.fold.trimBytes,
  });

  const sweeping = states.some(({ status }) => status === "retiring");
  const isIdle =
    work.rows.length + work.repairs.length + work.oversized.length + work.trim.rows.length === 0 &&
    work.page === null &&
    work.order === null &&
    builtAt < position.commitTs &&
    work.large === null &&
    !sweeping &&
    !keeping.isDue;
  if (!isIdle) return { kind: "work" as const, batch: work };
  const { turnMs, archiveRetryMs } = ctx.app.limits.fold;
  return idle(isWaiting ? turnMs : keeping.isWaiting ? archiveRetryMs : null);
}

/** At least one. */
function halved(most: number, strikes: number): number {
  return Math.max(1, Math.floor(most / 2 ** strikes));
}

/** What reading log rows, or source documents, may take of a limit. */
function share(
  ctx: Pick<QueryCtx, "app">,
  { used, remaining }: { used: number; remaining: number },
): number {
  return Math.max(1, Math.floor((used + remaining) * ctx.app.limits.fold.readShare));
}
