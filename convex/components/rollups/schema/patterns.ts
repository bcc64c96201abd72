/** The tables of question patterns. Each says who writes it and who reads it. */
import { defineTable } from "convex/server";
import { v } from "convex/values";

const vReported = v.object({
  cube: v.string(),
  /** `questionKey` of the query. */
  form: v.string(),
  query: v.any(),
  asked: v.number(),
  route: v.string(),
  held: v.boolean(),
});

/** See `lib/patterns/pattern.ts`. */
export const vPattern = {
  cube: v.string(),
  form: v.string(),
  query: v.any(),
  asked: v.number(),
  reports: v.number(),
  firstSeen: v.number(),
  lastSeen: v.number(),
  routes: v.record(v.string(), v.number()),
  held: v.optional(v.number()),
};

/** What a page, or Cube's API, reports of a question. */
export const vAsked = v.object({
  query: v.any(),
  /** Times since the last report, about. */
  asked: v.number(),
  /** What answered, as answers say it in `servedBy`; or the code of the refusal. */
  route: v.string(),
  /** The browser answered from tiles that it holds. */
  held: v.optional(v.boolean()),
});

export const patternTables = {
  /** Reports, for an hour at most. Inserted by `patterns/report`; read and deleted by the roll-up. */
  patternReports: defineTable({ tenantId: v.string(), questions: v.array(vReported) }).index(
    "by_tenant",
    ["tenantId"],
  ),

  /** What people ask, by form. Written by the roll-up, deleted by it and by admins; read by them. */
  patterns: defineTable({ tenantId: v.string(), ...vPattern })
    .index("by_tenant_and_form", ["tenantId", "form"])
    .index("by_lastSeen", ["lastSeen"]),
};
