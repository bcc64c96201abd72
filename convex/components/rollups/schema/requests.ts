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

/** What viewers who hold tiles ask with. */
export const keyArgs = {
  /** The tenant's view key, or "" to be checked as the caller that one is. */
  key: v.string(),
};

export const cubeArgs = { cube: v.string() };

const vEnd = v.union(v.number(), v.null());

export const tilesArgs = {
  /** "cube.rollup". */
  rollup: v.string(),
  generation: v.number(),
  granularity: vGranularity,
  /** Starts of partitions, epoch ms; null is unbounded. */
  from: vEnd,
  to: vEnd,
};
