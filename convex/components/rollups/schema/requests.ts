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

const orderArgs = {
  /** Query JSON with one exact percentile as its measure, filters and ranges: whose records are meant. */
  query: v.any(),
};

export const rankArgs = { ...orderArgs, value: v.number() };

export const rankedArgs = {
  ...orderArgs,
  /** Records before the page (default 0). */
  offset: v.optional(v.number()),
  /** Records of the page (default 50). */
  limit: v.optional(v.number()),
  /** Of values, and of ids among equal ones (default "asc"). */
  order: v.optional(v.union(v.literal("asc"), v.literal("desc"))),
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
