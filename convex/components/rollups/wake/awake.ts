/**
 * Who is awake: a row for each worker that may run, with the time at which its next iteration is due. An
 * iteration that commits moves that time, one that is lost does not, so the next one sees how late it is.
 */
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx as RawMutationCtx, QueryCtx } from "../app/ctx.js";
import type { Limits } from "../limits/limits.js";

type MutationCtx = Pick<RawMutationCtx, "db">;
type Awake = Doc<"awake">;
type StrikeLimits = Pick<
  Limits["fold"],
  "graceMs" | "strikeMs" | "strikesMax" | "calmIterations" | "calmIterationsMax" | "lateStepMs"
>;

/** When the tenant's worker is due; null where it sleeps. */
export async function readAwake(
  ctx: Pick<QueryCtx, "db">,
  tenantId: string,
): Promise<Awake | null> {
  return await ctx.db
    .query("awake")
    .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
    .unique();
}

/**
 * How often the work of an iteration that begins now is halved. Iterations that are late because the
 * scheduler is behind are no failures: twice what the last ones were late is forgiven.
 */
export function strikesOf(
  awake: Pick<Awake, "dueAt" | "strikes" | "lateMs"> | null,
  now: number,
  { graceMs, strikeMs, strikesMax }: StrikeLimits,
): number {
  if (awake === null) return 0;
  const lateMs = now - awake.dueAt - graceMs - 2 * awake.lateMs;
  return Math.min(strikesMax, awake.strikes + Math.ceil(Math.max(0, lateMs) / strikeMs));
}

/**
 * What the row says after an iteration that was handed `strikes`, began at `now` and commits. Strikes are given back one
 * by one, each after `patience` iterations that went well. A loss doubles the patience, and as many such iterations
 * without a strike halve it.
 */
export function afterIteration(
  awake: Pick<Awake, "dueAt" | "strikes" | "calm" | "lateMs" | "patience">,
  strikes: number,
  now: number,
  { calmIterations, calmIterationsMax, lateStepMs }: StrikeLimits,
): Pick<Awake, "strikes" | "calm" | "lateMs" | "patience"> {
  // Grown in steps: one failure must not hide the next one.
  const most = 2 * awake.lateMs + lateStepMs;
  const lateMs = Math.max(
    Math.floor(awake.lateMs / 2),
    Math.min(most, Math.max(0, now - awake.dueAt)),
  );
  const patience = awake.patience ?? calmIterations;
  if (strikes > awake.strikes) {
    // The first loss of a while says little yet.
    const more = awake.patience === undefined ? patience : 2 * patience;
    return { strikes, calm: 0, lateMs, patience: Math.min(calmIterationsMax, more) };
  }
  if (awake.patience === undefined && strikes === 0) return { strikes, calm: 0, lateMs };
  if (awake.calm + 1 < patience) return { strikes, calm: awake.calm + 1, lateMs, patience };
  if (strikes > 0) return { strikes: strikes - 1, calm: 0, lateMs, patience };
  // Forgotten.
  if (patience <= calmIterations) return { strikes, calm: 0, lateMs, patience: undefined };
  return { strikes, calm: 0, lateMs, patience: patience / 2 };
}

/**
 * A worker starts, or is asked to come sooner: there is something to do. What is overdue while it runs is left
 * so by callers.
 */
export async function setDue(ctx: MutationCtx, tenantId: string, dueAt: number): Promise<void> {
  const row = await readAwake(ctx, tenantId);
  if (row === null) await ctx.db.insert("awake", newAwake(tenantId, dueAt));
  else await ctx.db.patch("awake", row._id, { dueAt, isSettled: false });
}

/** There is something to do that the log does not tell: the next plan looks for all of it. */
export async function unsettle(ctx: MutationCtx, tenantId: string): Promise<void> {
  const row = await readAwake(ctx, tenantId);
  if (row?.isSettled === true) await ctx.db.patch("awake", row._id, { isSettled: false });
}

/** An iteration commits. With `isSettled` all that is left to do is what is appended from now on. */
export async function setIterated(
  ctx: MutationCtx,
  tenantId: string,
  iteration: { strikes: number; now: number; dueAt: number; isSettled: boolean },
  limits: StrikeLimits,
): Promise<void> {
  const { strikes, now, dueAt, isSettled } = iteration;
  const row = await readAwake(ctx, tenantId);
  const known = row ?? newAwake(tenantId, now);
  const next = { dueAt, isSettled, ...afterIteration(known, strikes, now, limits) };
  if (row === null) await ctx.db.insert("awake", { tenantId, ...next });
  else await ctx.db.patch("awake", row._id, next);
}

function newAwake(tenantId: string, dueAt: number) {
  return { tenantId, dueAt, strikes: 0, calm: 0, lateMs: 0, isSettled: false };
}
