/** The tables of rollouts, and what their functions take. Each table says who writes it and who reads it. */
import { defineTable } from "convex/server";
import { v } from "convex/values";

export const vStage = v.union(
  v.literal("off"),
  v.literal("shadow"),
  v.literal("percent"),
  v.literal("on"),
);

/** Why, and from where, the new way was taken back. */
export const vRollback = v.object({
  /** Epoch ms. */
  at: v.number(),
  from: vStage,
  percent: v.number(),
  reason: v.union(v.literal("differences"), v.literal("failures"), v.literal("latency")),
  /** How many there were within the window, and how many it takes. */
  count: v.number(),
  most: v.number(),
  windowMs: v.number(),
});

/** A cube's own rollout; null is the tenant's. */
const vOfCube = v.union(v.string(), v.null());

export const moveArgs = {
  /** "follow" is for a cube: it has no rollout of its own any more. */
  stage: v.union(vStage, v.literal("follow")),
  /** Of "percent": 0 to 100. */
  percent: v.optional(v.number()),
  /** One cube; without it the tenant, whose cubes follow unless they have a rollout of their own. */
  cube: v.optional(v.string()),
  /** Draws other viewers first (default: the tenant's name). */
  salt: v.optional(v.string()),
};

export const vKind = v.union(
  v.literal("missing"),
  v.literal("extra"),
  v.literal("value"),
  v.literal("order"),
  v.literal("total"),
);

/** What a comparison found; see `lib/rollout/differences.ts`. */
export const vDifference = v.object({
  kind: vKind,
  count: v.number(),
  old: v.any(),
  new: v.any(),
});

const vNew = {
  /** The cube, and the form of the question within it. */
  question: v.string(),
  /** The question, normalised. */
  query: v.any(),
  /** What answered the new way. */
  route: v.string(),
  /** Both ways are of this commit. */
  commit: v.string(),
};

export const vComparison = v.union(
  v.object({ outcome: v.literal("equal"), ...vNew }),
  v.object({ outcome: v.literal("different"), ...vNew, differences: v.array(vDifference) }),
  /** The new way gave no answer, though it was not refused. */
  v.object({ outcome: v.literal("failed"), reason: v.string() }),
  /** They were not compared. */
  v.object({ outcome: v.literal("skipped"), reason: v.string() }),
);

export const rolloutTables = {
  /**
   * How far a tenant, or one of its cubes, has moved to rollups; no row is "on". Written by admins and by the comparison
   * that takes the new way back; read by `flag`, which all viewers subscribe to, and when a question is reported.
   */
  rollouts: defineTable({
    tenantId: v.string(),
    cube: vOfCube,
    stage: vStage,
    percent: v.number(),
    salt: v.string(),
    changedAt: v.number(),
    rollback: v.union(v.null(), vRollback),
  }).index("by_tenant_and_cube", ["tenantId", "cube"]),

  /**
   * What comparisons of a cube came to. Written when one is let in and when one is done; read there, and by admins.
   */
  comparisons: defineTable({
    tenantId: v.string(),
    cube: v.string(),
    /** Those within the window; begun again where an admin moves the rollout. */
    minutes: v.array(
      v.object({
        at: v.number(),
        admitted: v.number(),
        different: v.number(),
        failed: v.number(),
        timed: v.number(),
        slow: v.number(),
      }),
    ),
    /** Since when, epoch ms, and how many, of all of them. */
    since: v.number(),
    equal: v.number(),
    different: v.number(),
    /** Those that failed or were not compared, by reason. */
    failed: v.record(v.string(), v.number()),
    skipped: v.record(v.string(), v.number()),
  }).index("by_tenant_and_cube", ["tenantId", "cube"]),

  /**
   * Differences, by the form of the question and their kind, with the rows of the last one. Written by comparisons,
   * deleted by admins; read by them.
   */
  differences: defineTable({
    tenantId: v.string(),
    cube: v.string(),
    ...vNew,
    kind: vKind,
    /** Rows of that kind in the last comparison; of them the first one, as each way has it. */
    rows: v.number(),
    old: v.any(),
    new: v.any(),
    /** Comparisons that found it, and when the first and the last one did. */
    times: v.number(),
    firstSeen: v.number(),
    lastSeen: v.number(),
  })
    .index("by_tenant_and_question", ["tenantId", "question", "kind"])
    .index("by_tenant_and_lastSeen", ["tenantId", "lastSeen"]),
};
