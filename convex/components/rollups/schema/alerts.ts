/** The tables of alerts. Each says who writes it and who reads it. */
import { defineTable } from "convex/server";
import { v } from "convex/values";

export const vLevel = v.union(v.literal("ok"), v.literal("warn"), v.literal("error"));

/** What an alert is about; null where that is the tenant. */
export const vSubject = {
  kind: v.union(
    v.literal("freshness"),
    v.literal("failed"),
    v.literal("standstill"),
    v.literal("drift"),
    v.literal("rollback"),
    v.literal("budget"),
  ),
  cube: v.union(v.string(), v.null()),
  rollup: v.union(v.string(), v.null()),
};

const vLatch = v.object({
  isOn: v.boolean(),
  since: v.number(),
  turning: v.union(v.number(), v.null()),
});

/** `lib/alerts/alert.ts` has what they mean. */
export const vAlert = v.object({
  ...vSubject,
  warn: vLatch,
  error: vLatch,
  ageMs: v.union(v.number(), v.null()),
  message: v.string(),
  told: vLevel,
  sent: v.array(v.number()),
});

/** What the app's function is called with. */
export const noticeArgs = {
  /** The same where it is delivered again. */
  id: v.string(),
  /** The same for all notices of one alert. */
  key: v.string(),
  tenantId: v.string(),
  ...vSubject,
  state: vLevel,
  previous: vLevel,
  /** When the state began, epoch ms. */
  since: v.number(),
  /** When it was found, epoch ms: later ones are newer. */
  at: v.number(),
  /** Of the oldest change that is not folded, when that was; null where that is not what it is about. */
  ageMs: v.union(v.number(), v.null()),
  message: v.string(),
};

export const alertTables = {
  /**
   * One row per tenant with alerts: those that are not over, and those of the last hour. Written by checks; read by
   * them, by plans of the fold worker (snapshot reads) and by `health`.
   */
  alertStates: defineTable({
    tenantId: v.string(),
    alerts: v.array(vAlert),
    /** When the next check is due, epoch ms; null where none is scheduled. */
    checkAt: v.union(v.number(), v.null()),
  })
    .index("by_tenant", ["tenantId"])
    .index("by_checkAt", ["checkAt"]),

  /**
   * Notifications that wait to be delivered, a tenant's one after the other, and those that were given up. Inserted by
   * checks, moved on and deleted by deliveries; read by them and by `health`.
   */
  alertNotices: defineTable({
    tenantId: v.string(),
    status: v.union(v.literal("waiting"), v.literal("failed")),
    notice: v.object({ ...noticeArgs, id: v.optional(v.string()) }),
    attempts: v.number(),
    /** When it is tried next, epoch ms. */
    dueAt: v.number(),
    /** Why the last attempt failed. */
    error: v.union(v.string(), v.null()),
  })
    .index("by_tenant_and_status", ["tenantId", "status"])
    .index("by_status_and_dueAt", ["status", "dueAt"]),

  /** One row: how many notifications of the deployment there were within the hour. Written and read by checks. */
  alertQuotas: defineTable({ since: v.number(), sent: v.number() }),
};
