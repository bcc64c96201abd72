/**
 * Checks of a tenant's alerts: what a look found against what is known, what is told of it, and when to look again. They
 * are scheduled by what sees that one is due, and by themselves as long as something follows. A tenant without alerts
 * has none.
 */
import { v } from "convex/values";
import { advance, HOUR_MS, keyOf, stateOf } from "../../../../lib/alerts/alert.js";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import { storedApp } from "../app/stored.js";
import { internalMutation, internalQuery } from "../functions.js";
import type { Limits } from "../limits/limits.js";
import { alertState, observe, type Looked } from "./observe.js";

/** A job that comes this much before its time is on time: clocks differ. */
const EARLY_MS = 1000;

type Writing = Pick<MutationCtx, "db" | "now" | "scheduler">;

export const check = internalMutation({
  args: {
    tenantId: v.string(),
    /** What a fold has found when it began: what it folded since is told, too. */
    seen: v.optional(v.any()),
  },
  returns: v.null(),
  handler: async (ctx, { tenantId, seen }) => {
    const looked: Looked =
      (seen as Looked | undefined) ??
      (await ctx.runQuery(internal.alerts.check.look, { tenantId }, { useStaleSnapshot: true }));
    const row = await alertState(ctx, tenantId);
    if (looked === null) {
      if (row !== null) await ctx.db.delete("alertStates", row._id);
      return null;
    }
    const { conditions, limits } = looked;
    const room = await roomOf(ctx, limits);
    const { alerts, notices, ...next } = advance(
      row?.alerts ?? [],
      conditions,
      ctx.now,
      limits,
      room,
    );
    for (const { message, ...notice } of notices) {
      const key = `${tenantId}/${keyOf(notice)}`;
      await queue(ctx, { key, tenantId, ...notice, at: ctx.now, message });
    }
    await spend(ctx, notices.length);
    // What the fold has found is of before it, so what it left is looked at soon.
    const isSeen = seen !== undefined && alerts.some((one) => stateOf(one) !== "ok");
    const soon = isSeen ? ctx.now + limits.holdMs : null;
    const nextAt = [next.nextAt, looked.nextAt, soon].reduce(soonest);
    await keep(ctx, tenantId, row, alerts, nextAt);
    return null;
  },
});

/** What is wrong, in a snapshot, with which no write conflicts; null where the app wants no alerts, or cannot be asked. */
export const look = internalQuery({
  args: { tenantId: v.string() },
  returns: v.any(),
  handler: async (ctx, { tenantId }): Promise<Looked> => {
    const app = await storedApp(ctx, tenantId);
    if (app?.alerts === undefined) return null;
    return { ...(await observe({ ...ctx, app }, tenantId)), limits: app.limits.alerts };
  },
});

function soonest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

/** A check that is scheduled stays so, unless the next one is to be sooner. */
async function keep(
  ctx: Writing,
  tenantId: string,
  row: Doc<"alertStates"> | null,
  alerts: Doc<"alertStates">["alerts"],
  nextAt: number | null,
): Promise<void> {
  const pending = row?.checkAt ?? null;
  const isPending = pending !== null && pending > ctx.now + EARLY_MS;
  const isKept = isPending && (nextAt === null || pending <= nextAt);
  const checkAt = isKept ? pending : nextAt;
  if (!isKept && nextAt !== null) {
    await ctx.scheduler.runAt(nextAt, internal.alerts.check.check, { tenantId });
  }
  if (alerts.length === 0 && checkAt === null) {
    if (row !== null) await ctx.db.delete("alertStates", row._id);
  } else if (row === null) await ctx.db.insert("alertStates", { tenantId, alerts, checkAt });
  else await ctx.db.patch("alertStates", row._id, { alerts, checkAt });
}

/** What the deployment may still be told within the hour. */
async function roomOf(
  ctx: Pick<Writing, "db" | "now">,
  { deploymentPerHour }: Limits["alerts"],
): Promise<number> {
  const quota = await ctx.db.query("alertQuotas").first();
  const isOver = quota === null || ctx.now - quota.since >= HOUR_MS;
  return Math.max(0, deploymentPerHour - (isOver ? 0 : quota.sent));
}

async function spend(ctx: Pick<Writing, "db" | "now">, count: number): Promise<void> {
  if (count === 0) return;
  const quota = await ctx.db.query("alertQuotas").first();
  if (quota === null) await ctx.db.insert("alertQuotas", { since: ctx.now, sent: count });
  else if (ctx.now - quota.since >= HOUR_MS) {
    await ctx.db.patch("alertQuotas", quota._id, { since: ctx.now, sent: count });
  } else await ctx.db.patch("alertQuotas", quota._id, { sent: quota.sent + count });
}

async function queue(
  ctx: Writing,
  notice: Omit<Doc<"alertNotices">["notice"], "id">,
): Promise<void> {
  const { tenantId } = notice;
  const waiting = await ctx.db
    .query("alertNotices")
    .withIndex("by_tenant_and_status", (q) => q.eq("tenantId", tenantId).eq("status", "waiting"))
    .first();
  const begun = { attempts: 0, dueAt: ctx.now, error: null };
  await ctx.db.insert("alertNotices", { tenantId, status: "waiting", notice, ...begun });
  // A tenant's are delivered one after the other, so that the last one is the newest.
  if (waiting === null) await ctx.scheduler.runAfter(0, internal.alerts.deliver.next, { tenantId });
}
