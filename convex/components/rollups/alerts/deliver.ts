/**
 * Delivering notifications: each at least once, a tenant's in the order in which they came about. An attempt notes when
 * the next one is due before it is made, so one that is lost with its action is made again.
 */
import type { FunctionHandle } from "convex/server";
import { v } from "convex/values";
import { internal } from "../_generated/api.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import { storedApp } from "../app/stored.js";
import { internalAction, internalMutation } from "../functions.js";
import { defaultLimits } from "../limits/limits.js";

/** Notifications of a tenant that were given up and are kept for people, and for how long. */
const FAILED_MAX = 20;
export const FAILED_MS = 7 * 86_400_000;
/** A job that comes this much before its time is on time: clocks differ. */
const EARLY_MS = 1000;
/** What an app's error may fill of a document. */
const ERROR_CHARACTERS = 500;

type Waiting = Doc<"alertNotices">;
type Writing = Pick<MutationCtx, "db" | "now" | "scheduler">;

/** Makes an attempt with the tenant's oldest notification, if it is due. */
export const next = internalMutation({
  args: { tenantId: v.string() },
  returns: v.null(),
  handler: async (ctx, { tenantId }) => {
    const row = await oldest(ctx, tenantId);
    if (row === null || row.dueAt > ctx.now + EARLY_MS) return null;
    const app = await storedApp(ctx, null);
    const { attempts, retryMs } = (app?.limits ?? defaultLimits).alerts;
    if (row.attempts >= attempts) {
      await giveUp(ctx, row);
      await goOn(ctx, tenantId);
      return null;
    }
    const waitMs = retryMs * 2 ** row.attempts;
    const alerts = app?.alerts ?? null;
    const error = whyNot(app !== null, alerts);
    await ctx.db.patch("alertNotices", row._id, {
      attempts: row.attempts + 1,
      dueAt: ctx.now + waitMs,
      error: error ?? row.error,
    });
    await ctx.scheduler.runAfter(waitMs, internal.alerts.deliver.next, { tenantId });
    if (error !== null || alerts?.handle == null) return null;
    const { call, handle } = alerts;
    const notice = { ...row.notice, id: row._id };
    await ctx.scheduler.runAfter(0, internal.alerts.deliver.send, { call, handle, notice });
    return null;
  },
});

function whyNot(isAsked: boolean, alerts: { handle: string | null } | null): string | null {
  if (!isAsked) return "SourceUnreachable: the app cannot be asked.";
  if (alerts === null) return "The app wants no alerts any more.";
  if (alerts.handle === null) return "The app has no such function as `alerts` names.";
  return null;
}

/** Calls the app's function. */
export const send = internalAction({
  args: {
    call: v.union(v.literal("action"), v.literal("mutation")),
    handle: v.string(),
    notice: v.any(),
  },
  returns: v.null(),
  handler: async (ctx, { call, handle, notice }) => {
    const { id } = notice as { id: Id<"alertNotices"> };
    let error: string | null = null;
    try {
      if (call === "action") await ctx.runAction(handle as FunctionHandle<"action">, notice);
      else await ctx.runMutation(handle as FunctionHandle<"mutation">, notice);
    } catch (thrown) {
      error = (thrown instanceof Error ? thrown.message : String(thrown)).slice(
        0,
        ERROR_CHARACTERS,
      );
      console.warn(`An alert could not be delivered: ${error}`);
    }
    await ctx.runMutation(internal.alerts.deliver.settle, { id, error });
    return null;
  },
});

/** One that is delivered goes; of one that is not the reason is kept, and its next attempt is due already. */
export const settle = internalMutation({
  args: { id: v.id("alertNotices"), error: v.union(v.string(), v.null()) },
  returns: v.null(),
  handler: async (ctx, { id, error }) => {
    const row = await ctx.db.get("alertNotices", id);
    if (row === null) return null;
    if (error !== null) {
      await ctx.db.patch("alertNotices", id, { error });
      return null;
    }
    await ctx.db.delete("alertNotices", id);
    if (row.status === "waiting") await goOn(ctx, row.tenantId);
    return null;
  },
});

async function oldest(ctx: Pick<Writing, "db">, tenantId: string): Promise<Waiting | null> {
  return await ctx.db
    .query("alertNotices")
    .withIndex("by_tenant_and_status", (q) => q.eq("tenantId", tenantId).eq("status", "waiting"))
    .first();
}

async function goOn(ctx: Writing, tenantId: string): Promise<void> {
  if ((await oldest(ctx, tenantId)) === null) return;
  await ctx.scheduler.runAfter(0, internal.alerts.deliver.next, { tenantId });
}

/** It stays for people to see, and the oldest of those that do goes. */
async function giveUp(ctx: Writing, { _id, tenantId }: Waiting): Promise<void> {
  const failed = await ctx.db
    .query("alertNotices")
    .withIndex("by_tenant_and_status", (q) => q.eq("tenantId", tenantId).eq("status", "failed"))
    .collect();
  const isOld = ({ dueAt }: Waiting) => ctx.now - dueAt > FAILED_MS;
  const kept = failed.filter((one) => !isOld(one)).slice(1 - FAILED_MAX);
  for (const one of failed) if (!kept.includes(one)) await ctx.db.delete("alertNotices", one._id);
  await ctx.db.patch("alertNotices", _id, { status: "failed", dueAt: ctx.now });
}
