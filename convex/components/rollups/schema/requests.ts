/** What callers may ask, alike for the component and for the functions that the app exports. */
import { v } from "convex/values";
import { vCursor, vGranularity } from "./validators.js";

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

/** Where a page of records in order of time begins: those of times before `t` are behind it, and of those at `t` the ones up to `at`. */
export const vReadTo = v.object({ t: v.number(), at: vCursor });

/** What the advisor counts, or what was written of it. */
export const writtenArgs = {
  cube: v.string(),
  /** `RollupDefinition` of `lib/model/cube.ts`: of rollups that are there or may be. */
  rollups: v.array(v.any()),
};

export const sampleArgs = { ...writtenArgs, from: v.union(vReadTo, v.null()) };

/** A tile's place in its level. */
export const vTilePlace = v.object({ partitionStart: v.number(), chunk: v.number() });

export const storedArgs = {
  /** "cube.rollup". */
  rollup: v.string(),
  generation: v.number(),
  granularity: vGranularity,
  after: v.union(vTilePlace, v.null()),
};
