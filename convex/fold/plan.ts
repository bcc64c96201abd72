/**
 * What a tenant's fold worker should do next. Runs in a stale snapshot: everything it reads here,
 * source documents included, adds no read dependency to the transaction that does the work.
 */
import type { Infer } from "convex/values";
import { gateOpen } from "../../lib/fold/backfill";
import { changesAfter, start } from "../../lib/fold/position";
import { builtAtOf, foldState, newestLogged, readLog, readTrimmable } from "../changeLog/reader";
import type { Doc } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";
import { expiredSources } from "../expiry/sourceFrom";
import { planLarge, readProgress } from "../repairs/largeBucket";
import { planRepairs, readRebuilds } from "../repairs/plan";
import { planKeeping } from "../retention/keep";
import { definitionChanges, rebuildable, rebuiltFrom } from "../rollups/declared";
import { readPage, sourceSpan } from "../sources/scan";
import {
  COOLDOWN_MS,
  FOLD_BYTES_MAX,
  FOLD_CHANGES_MAX,
  FOLD_ROWS_MAX,
  logRetentionEnd,
  PAGE_DOCUMENTS,
  POLL_INTERVAL_MS,
  READ_SHARE,
  TRIM_BYTES,
  TRIM_ROWS,
} from "./limits";
import type { vQueryReturns, Work } from "./work";
import { backfillStamp, statesStamp } from "./basis";
import { mustCube } from "./cubes";
import { isOvertaken, outdated } from "./reach";
import { tenantOf } from "./status";

type FoundWork = Infer<typeof vQueryReturns>;

const IDLE = {
  kind: "idle" as const,
  cooldownMs: COOLDOWN_MS,
  pollIntervalMs: POLL_INTERVAL_MS,
};

export async function findWork(ctx: QueryCtx, workerName: string): Promise<FoundWork> {
  const tenantId = tenantOf(workerName);
  const tenant = await ctx.db
    .query("tenants")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
  if (tenant === null) return IDLE;

  const [fold, states, backfill, expired] = await Promise.all([
    foldState(ctx, tenantId),
    readStates(ctx, tenantId),
    nextBackfill(ctx, tenantId),
    expiredSources(ctx, tenantId),
  ]);
  const position = fold?.position ?? start;
  const trimmedTo = fold?.trimmedTo ?? 0n;
  const builtAt = builtAtOf(fold);
  const work: Work = {
    tenantId,
    basis: {
      position,
      trimmedTo,
      states: statesStamp(states),
      backfill: backfillStamp(backfill),
    },
    start: [],
    retire: [],
    refuse: [],
    overtaken: [],
    rebuilt: [],
    spans: {},
    builtAt,
    rows: [],
    complete: false,
    trim: { rows: [], to: trimmedTo },
    page: null,
    repairs: [],
    oversized: [],
    large: null,
    build: null,
  };

  const metrics = await ctx.meta.getTransactionMetrics();
  const log = await readLog(ctx, tenantId, position, {
    changes: FOLD_CHANGES_MAX,
    rows: FOLD_ROWS_MAX,
    bytes: Math.min(FOLD_BYTES_MAX, share(metrics.bytesRead)),
  });
  const next = [...changesAfter(log.rows, position)];
  const gone = outdated(states, backfill, next);
  // Of an expired source no generation can be replaced, so none is given up before it has to be.
  const isReplaceable = ({ cube, status }: (typeof gone)[number]) =>
    !expired.has(cube) || status === "building";
  const replaceable = gone.filter(isReplaceable);
  work.overtaken = gone
    .filter((state) => !isReplaceable(state) && isOvertaken(state, backfill, next))
    .map(({ _id }) => _id);
  const now = Date.now();
  const definitions = definitionChanges(states, tenant, replaceable, expired, now);
  const rebuilds = await readRebuilds(ctx, tenantId);
  if (rebuilds.length > 0) {
    const wanted = rebuildable(rebuilds, states, tenant, definitions);
    definitions.start.push(...rebuiltFrom(wanted, states, expired, now));
    work.rebuilt = rebuilds.map(({ _id }) => _id);
  }
  const { start: starting, retire, refuse } = definitions;
  if (
    starting.length + retire.length + refuse.length + rebuilds.length + work.overtaken.length >
    0
  ) {
    const cubes = new Set(definitions.start.map(({ definition }) => definition.cube));
    for (const name of cubes) {
      work.spans[name] = await sourceSpan(ctx, mustCube(name), tenantId);
    }
    return { kind: "work" as const, batch: { ...work, ...definitions } };
  }

  work.rows = log.rows.map(({ commitTs, changes }) => ({ commitTs, changes })) as Work["rows"];
  work.complete = log.complete;

  if (backfill !== null && gateOpen(backfill, position, false)) {
    if (backfill.cursor === "end") {
      return { kind: "work" as const, batch: work };
    }
    const asOf = (await newestLogged(ctx, tenantId)) ?? -1n;
    const cube = mustCube(backfill.cube);
    const size = Math.min(PAGE_DOCUMENTS, share(metrics.documentsRead));
    const page = await readPage(ctx, cube, tenantId, backfill.cursor, size);
    work.page = {
      backfill: backfill._id,
      from: backfill.cursor,
      asOf,
      facts: page.facts as NonNullable<Work["page"]>["facts"],
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

  const old = logRetentionEnd(now);
  const to = old < position.commitTs ? old : position.commitTs - 1n;
  const trimmable = { from: trimmedTo, to };
  work.trim = await readTrimmable(ctx, tenantId, trimmable, { rows: TRIM_ROWS, bytes: TRIM_BYTES });

  const sweeping = states.some(({ status }) => status === "retiring");
  const idle =
    work.rows.length + work.repairs.length + work.oversized.length + work.trim.rows.length === 0 &&
    work.page === null &&
    builtAt < position.commitTs &&
    work.large === null &&
    !sweeping &&
    !keeping.isDue;
  return idle ? IDLE : { kind: "work" as const, batch: work };
}

/** What reading log rows, or source documents, may take of a limit. */
function share({ used, remaining }: { used: number; remaining: number }): number {
  return Math.max(1, Math.floor((used + remaining) * READ_SHARE));
}

/** All rollup states of a tenant: some tens of rows. */
export async function readStates(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"rollupStates">[]> {
  return await ctx.db
    .query("rollupStates")
    .withIndex("by_tenant_and_cube", (q) => q.eq("tenantId", tenantId))
    .collect();
}

/** The oldest unfinished backfill: one is worked on at a time. */
export async function nextBackfill(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Doc<"backfills"> | null> {
  return await ctx.db
    .query("backfills")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .first();
}
