/**
 * The watch over workers that are awake: those that are overdue are started again, as their iterations fail
 * or their jobs are gone, and those that sleep leave the list. Tenants that sleep cost it nothing. It also
 * counts who shares what may be written, and notices a deploy.
 */
import { v } from "convex/values";
import { components, internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import { dueConditions } from "../alerts/observe.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import { storedApp } from "../app/stored.js";
import { internalMutation, internalQuery } from "../functions.js";
import { declaredStamp } from "../generations/stamp.js";
import { ensureSecret } from "../held/secret.js";
import { defaultLimits } from "../limits/limits.js";
import { readAwake, setDue } from "../wake/awake.js";
import { workerName } from "../wake/status.js";
import { WALK_LOST_MS } from "./kick.js";
import { hasTail } from "./settled.js";
import { readUpkeep, writeUpkeep } from "./upkeep.js";

/** Overdue workers looked at by one run; the next one goes on at once where there are more. */
const OVERDUE_PER_RUN = 20;
/** Counting stops here: beyond it, shares differ little. */
const COUNTED_MAX = 1000;

const vSeen = v.object({
  workers: v.number(),
  declared: v.union(v.number(), v.null()),
  overdue: v.array(
    v.object({
      row: v.id("awake"),
      tenantId: v.string(),
      dueAt: v.number(),
      /** Late, but not yet by so much that it is started again: looked at for alerts. */
      isLate: v.boolean(),
      isAsleep: v.boolean(),
      /** An alert is to be begun. */
      isAlert: v.boolean(),
    }),
  ),
  /** Tenants whose checks, and whose notifications, are overdue: their jobs are gone. */
  checks: v.array(v.string()),
  notices: v.array(v.string()),
});

/** By cron; with `after` it goes on behind workers that are due by then. */
export const watch = internalMutation({
  args: { after: v.optional(v.number()) },
  returns: v.null(),
  handler: async (ctx, { after }) => {
    const seen: typeof vSeen.type = await ctx.runQuery(
      internal.worker.watch.look,
      { after: after ?? 0 },
      { useStaleSnapshot: true },
    );
    const last = seen.overdue.at(-1);
    if (last !== undefined && seen.overdue.length === OVERDUE_PER_RUN) {
      await ctx.scheduler.runAfter(0, internal.worker.watch.watch, { after: last.dueAt });
    }
    if (after === undefined) {
      await lookAfterWalk(ctx, seen.declared);
      await countWorkers(ctx, seen.workers);
      await ensureSecret(ctx);
    }
    const checks = seen.overdue.filter(({ isAlert }) => isAlert).map(({ tenantId }) => tenantId);
    for (const tenantId of new Set([...checks, ...seen.checks])) {
      await ctx.scheduler.runAfter(0, internal.alerts.check.check, { tenantId });
    }
    for (const tenantId of new Set(seen.notices)) {
      await ctx.scheduler.runAfter(0, internal.alerts.deliver.next, { tenantId });
    }
    for (const { row, tenantId, dueAt, isLate, isAsleep } of seen.overdue) {
      if (isLate) continue;
      if (isAsleep) await letSleep(ctx, row, dueAt);
      // A mutation of its own: it may conflict with a loop that is late.
      else await ctx.scheduler.runAfter(0, internal.worker.watch.revive, { tenantId });
    }
    return null;
  },
});

/** What there is to watch, in a snapshot. */
export const look = internalQuery({
  args: { after: v.number() },
  returns: vSeen,
  handler: async (ctx, { after }) => {
    const app = await storedApp(ctx, null);
    const { fold } = app?.limits ?? defaultLimits;
    const since = ctx.now - fold.overdueMs;
    const alerting = app?.alerts === undefined ? null : { ...ctx, app };
    // Who wants alerts does not want to wait until a worker is started again.
    const lateSince = alerting === null ? since : Math.max(since, ctx.now - fold.standstillMs);
    const busy = await ctx.db
      .query("awake")
      .withIndex("by_dueAt", (q) => q.gte("dueAt", since))
      .take(COUNTED_MAX);
    const late = await ctx.db
      .query("awake")
      .withIndex("by_dueAt", (q) => q.gt("dueAt", after).lt("dueAt", lateSince))
      .take(OVERDUE_PER_RUN);
    const overdue = [];
    for (const { _id: row, tenantId, dueAt } of late) {
      const name = workerName(tenantId);
      const status = await ctx.runQuery(components.batchWorker.lib.status, { name });
      const mayRun = status?.kind === "running" || status?.kind === "idle";
      const isAsleep = !mayRun || (status.kind === "idle" && !(await hasTail(ctx, tenantId)));
      // One that sleeps has nothing to fold, and alerts that are not over have checks of their own.
      const mayAlert = alerting !== null && (!isAsleep || status?.kind === "stopped");
      const isAlert = mayAlert && (await dueConditions(alerting, tenantId)) !== null;
      overdue.push({ row, tenantId, dueAt, isLate: dueAt >= since, isAsleep, isAlert });
    }
    const lost = alerting === null || after > 0 ? null : await lostAlerts(ctx, since);
    const declared = app && declaredStamp(app);
    return { workers: busy.length, declared, overdue, checks: [], notices: [], ...lost };
  },
});

/** Tenants with a check, or a notification, that should have been made long ago. */
async function lostAlerts({ db }: Pick<QueryCtx, "db">, since: number) {
  const [checks, notices] = await Promise.all([
    db
      .query("alertStates")
      .withIndex("by_checkAt", (q) => q.gt("checkAt", null).lt("checkAt", since))
      .take(OVERDUE_PER_RUN),
    db
      .query("alertNotices")
      .withIndex("by_status_and_dueAt", (q) => q.eq("status", "waiting").lt("dueAt", since))
      .take(OVERDUE_PER_RUN),
  ]);
  const idsOf = (rows: { tenantId: string }[]) => rows.map(({ tenantId }) => tenantId);
  return { checks: idsOf(checks), notices: idsOf(notices) };
}

/**
 * Starts a tenant's worker again, whatever became of its jobs: they are cancelled where there are any. A
 * stopped one is left alone. An operator may call it.
 */
export const revive = internalMutation({
  args: { tenantId: v.string() },
  returns: v.null(),
  handler: async (ctx, { tenantId }) => {
    const name = workerName(tenantId);
    const status = await ctx.runQuery(components.batchWorker.lib.status, { name });
    if (status?.kind === "stopped") return null;
    if (status?.kind !== "running") {
      await ctx.scheduler.runAfter(0, internal.wake.wake.wake, { tenantId, source: null });
      return null;
    }
    await ctx.runMutation(components.batchWorker.lib.kick, { name });
    // One that is overdue stays so: that is what the worker's back-off goes by.
    if ((await readAwake(ctx, tenantId)) === null) await setDue(ctx, tenantId, ctx.now);
    return null;
  },
});

/** Written when it has changed by much: plans read it. */
async function countWorkers(ctx: Pick<MutationCtx, "db">, counted: number): Promise<void> {
  const { workers } = await readUpkeep(ctx);
  if (Math.abs(counted - workers) > workers / 4) await writeUpkeep(ctx, { workers: counted });
}

/** Takes a worker that sleeps from the list, unless it was woken since it was looked at. */
async function letSleep(
  ctx: Pick<MutationCtx, "db">,
  id: Doc<"awake">["_id"],
  dueAt: number,
): Promise<void> {
  const row = await ctx.db.get("awake", id);
  if (row !== null && row.dueAt === dueAt) await ctx.db.delete("awake", id);
}

/** Begins to walk where the app declares something else than at the last walk; goes on with a walk that was lost. */
async function lookAfterWalk(
  ctx: Pick<MutationCtx, "db" | "scheduler" | "now">,
  declared: number | null,
): Promise<void> {
  const config = await ctx.db.query("config").first();
  if (config !== null && declared !== null && config.declared !== declared) {
    await ctx.db.patch("config", config._id, { declared });
    await ctx.scheduler.runAfter(0, internal.worker.kick.kickAll, { isAnew: true });
    return;
  }
  const { walk } = await readUpkeep(ctx);
  if (walk === null || ctx.now - walk.movedAt < WALK_LOST_MS) return;
  await ctx.scheduler.runAfter(0, internal.worker.kick.link, { walk: walk.id });
}
