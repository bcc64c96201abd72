/** A tenant's alerts for people: what is wrong, and what could not be told. */
import { v, type Infer } from "convex/values";
import { sinceOf, stateOf } from "../../../../lib/alerts/alert.js";
import type { QueryCtx } from "../app/ctx.js";
import { vLevel, vSubject } from "../schema/alerts.js";
import { FAILED_MS } from "./deliver.js";
import { alertState } from "./observe.js";

/** Notifications that are shown. */
const SHOWN_MAX = 50;

export const vAlertHealth = v.object({
  /** Those that are not over, or are and have not been told so yet. */
  open: v.array(
    v.object({
      ...vSubject,
      state: vLevel,
      since: v.number(),
      message: v.string(),
      /** What was told last: another state waits for its turn within the hour. */
      told: vLevel,
    }),
  ),
  /** Notifications that failed so far, and those of the last week that were given up. */
  undelivered: v.array(
    v.object({
      ...vSubject,
      state: vLevel,
      at: v.number(),
      attempts: v.number(),
      error: v.union(v.string(), v.null()),
      isGivenUp: v.boolean(),
    }),
  ),
});

export async function alertHealth(
  ctx: Pick<QueryCtx, "db" | "now">,
  tenantId: string,
): Promise<Infer<typeof vAlertHealth>> {
  const [row, notices] = await Promise.all([
    alertState(ctx, tenantId),
    ctx.db
      .query("alertNotices")
      .withIndex("by_tenant_and_status", (q) => q.eq("tenantId", tenantId))
      .take(SHOWN_MAX),
  ]);
  return {
    open: (row?.alerts ?? [])
      .map((alert) => ({ ...alert, state: stateOf(alert), since: sinceOf(alert) }))
      .filter(({ state, told }) => state !== "ok" || told !== "ok")
      .map(({ kind, cube, rollup, state, since, message, told }) => ({
        ...{ kind, cube, rollup, state, since, message, told },
      })),
    undelivered: notices
      .filter(({ status, attempts, error, dueAt }) =>
        status === "failed" ? ctx.now - dueAt < FAILED_MS : attempts > 0 && error !== null,
      )
      .map(({ status, attempts, error, notice: { kind, cube, rollup, state, at } }) => ({
        ...{ kind, cube, rollup, state, at, attempts, error },
        isGivenUp: status === "failed",
      })),
  };
}
