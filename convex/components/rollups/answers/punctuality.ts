/** Whether a tenant's worker comes when it is due. A rest is no standstill: it has an end. */
import { v, type Infer } from "convex/values";
import type { QueryCtx } from "../app/ctx.js";

export const vWorker = v.union(
  v.literal("absent"),
  v.literal("idle"),
  v.literal("running"),
  v.literal("stopped"),
);

export const vPunctuality = {
  /** When the worker is due next, epoch ms; null where it sleeps or is stopped. Until then a lag is no alarm. */
  dueAt: v.union(v.number(), v.null()),
  /** The worker is overdue, and there is something to do: its iterations fail, or do not begin. */
  standstill: v.union(
    v.null(),
    v.object({ code: v.literal("NoProgress"), message: v.string(), forMs: v.number() }),
  ),
};

interface Punctuality {
  dueAt: number | null;
  standstill: Infer<typeof vPunctuality.standstill>;
}

/** A worker that sleeps has nothing to do, unless its wake-up was lost: then something is not folded. */
export function punctualityOf(
  { now, app }: Pick<QueryCtx, "now" | "app">,
  worker: Infer<typeof vWorker>,
  awake: { dueAt: number } | null,
  hasTail: boolean,
): Punctuality {
  const mayRun = worker === "running" || (worker === "idle" && hasTail);
  if (awake === null || !mayRun) return { dueAt: null, standstill: null };
  const { dueAt } = awake;
  const forMs = now - dueAt;
  // As late as the scheduler may be by itself.
  if (forMs <= app.limits.fold.standstillMs) return { dueAt, standstill: null };
  const message = `no progress for ${Math.round(forMs / 1000)} s`;
  return { dueAt, standstill: { code: "NoProgress", message, forMs } };
}
