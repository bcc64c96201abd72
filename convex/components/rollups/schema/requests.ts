/** What callers may ask, alike for the component and for the functions that the app exports. */
import { v } from "convex/values";
import { vGranularity } from "./validators.js";

export const vFreshness = v.union(v.literal("live"), v.literal("folded"));

export const queryArgs = {
  /** Cube query JSON: measures, dimensions, timeDimensions, filters, order, limit, total, timezone. */
  query: v.any(),
  freshness: v.optional(vFreshness),
  /**
   * A commit timestamp, as a mutation returns it, in decimal: the answer includes that commit, or is
   * refused with `Behind` and `{atLeast, watermark, retryAfterMs}`.
   */
  atLeast: v.optional(v.string()),
};

export const rebuildArgs = { cube: v.string(), rollup: v.optional(v.string()) };

export const refreshArgs = { ...rebuildArgs, dateRange: v.array(v.string()) };

export const restoreArgs = {
  cube: v.string(),
  rollup: v.string(),
  granularity: vGranularity,
  /** A date, in the rollup's zone. */
  from: v.string(),
  days: v.optional(v.number()),
};
