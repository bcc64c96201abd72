/**
 * The other kind of job: the log is folded, and beside it whatever else is due moves one step: a page of a backfill, an order
 * statistic, repairs, retention, trimming. One iteration is four calls, so a job for each of them would cost more than
 * they do.
 */
import { v } from "convex/values";
import {
  vCollected,
  vCursor,
  vFact,
  vGranularity,
  vHashRange,
  vMove,
  vOrder,
  vPosition,
  vRepairKind,
  vSlot,
  vStoredChange,
} from "./validators.js";

export const vFoldJob = v.object({
  kind: v.literal("fold"),
  /** The commit by which the newest generations were begun or cut over to; -1 while there are none. */
  builtAt: v.int64(),
  rows: v.array(
    v.object({
      commitTs: v.int64(),
      cube: v.optional(v.string()),
      changes: v.array(vStoredChange),
    }),
  ),
  /** All rows that are not folded name their cube. */
  isByCube: v.boolean(),
  /** The rows end with the newest commit of the snapshot. */
  complete: v.boolean(),
  /** They end with a whole commit. */
  isWhole: v.boolean(),
  /** Folded log rows past their retention, oldest first, and the commit of the last of them. */
  trim: v.object({ rows: v.array(v.id("changeLog")), to: v.int64() }),
  page: v.union(
    v.null(),
    v.object({
      backfill: v.id("backfills"),
      from: vCursor,
      asOf: v.int64(),
      facts: v.array(
        v.object({
          id: v.string(),
          createdAt: v.number(),
          /** Null where the record cannot be read as a fact; `refusal` says why. */
          fact: v.union(vFact, v.null()),
          refusal: v.optional(v.object({ code: v.string(), message: v.string() })),
        }),
      ),
      last: v.boolean(),
    }),
  ),
  /** The records of an expired partition that is built again; null facts where they are too many, or gone. */
  build: v.union(
    v.null(),
    v.object({
      restore: v.id("restores"),
      partitionStart: v.number(),
      facts: v.union(v.null(), v.array(vFact)),
    }),
  ),
  /** Repairs of buckets that turned out not to fit one look: of drift, or of the extremes of a bucket. */
  oversized: v.array(
    v.object({ repair: v.id("repairs"), state: v.id("rollupStates"), bucket: v.number() }),
  ),
  /** The next step of restoring a large bucket. */
  large: v.union(
    v.null(),
    v.object({
      repair: v.id("repairs"),
      state: v.id("rollupStates"),
      granularity: vGranularity,
      partitionStart: v.number(),
      bucket: v.number(),
      /** The progress that the plan was made from. */
      basis: v.union(v.null(), v.object({ progress: v.id("largeRepairs"), step: v.number() })),
      range: vHashRange,
      /** The true cells of the range; null where finer tiles tell. */
      collected: v.union(v.null(), vCollected),
      /** "reading": more is to be collected; "impossible": it cannot be, so all is built again. */
      outcome: v.union(v.literal("reading"), v.literal("ready"), v.literal("impossible")),
    }),
  ),
  repairs: v.array(
    v.object({
      repair: v.id("repairs"),
      kind: vRepairKind,
      bucket: v.union(v.number(), v.null()),
      state: v.id("rollupStates"),
      granularity: vGranularity,
      partitionStart: v.number(),
      /** From when on the source was whole in the plan's snapshot; null for all of it. */
      sourceFrom: v.union(v.number(), v.null()),
      /** The buckets that `cells` are all true cells of. */
      read: v.array(v.number()),
      /** The true cells where the source was read; null where it holds too much, or is not asked. */
      cells: v.union(
        v.null(),
        v.array(
          v.object({
            dimensions: v.array(v.union(v.string(), v.number(), v.null())),
            bucket: v.number(),
            values: v.array(vSlot),
          }),
        ),
      ),
    }),
  ),
  /** What is to be done for order statistics; see `order/plan.ts`. */
  order: v.union(
    v.null(),
    v.object({
      kind: v.literal("change"),
      basis: v.string(),
      start: v.array(
        v.object({ definition: vOrder, fingerprint: v.string(), generation: v.number() }),
      ),
      retire: v.array(v.id("orderStates")),
    }),
    v.object({
      kind: v.literal("fold"),
      basis: v.string(),
      state: v.id("orderStates"),
      moves: v.array(vMove),
      position: vPosition,
      cursor: v.union(vCursor, v.literal("end")),
      /** Nothing else is left to do for any of them. */
      isLast: v.boolean(),
    }),
    v.object({ kind: v.literal("sweep"), basis: v.string(), state: v.id("orderStates") }),
  ),
});
