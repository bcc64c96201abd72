/** Argument and return validators that the record mutations share. */
import { v } from "convex/values";
import { vKnown, vOnKnown } from "./known.js";

export const vWritten = v.object({
  id: v.string(),
  /**
   * The commit by which what was sent is stored: an answer `atLeast` as of it includes the record. Of a key
   * that is sent again it is the commit that stored the record.
   */
  commitTs: v.commitTs(),
});

export const vRow = v.record(v.string(), v.union(v.string(), v.number(), v.array(v.string())));

/** A change, with what the patched fields were. */
export const vUpdated = vWritten.extend({ before: vRow });

/** A removal, with what was removed. */
export const vRemoved = vWritten.extend({ row: vRow });

export const vBatchResult = v.object({
  accepted: v.number(),
  rejected: v.array(
    v.object({
      index: v.number(),
      code: v.string(),
      message: v.string(),
      field: v.optional(v.string()),
    }),
  ),
  /** Rows whose key was known, unless `onKnown` is `keep`. */
  known: v.optional(v.array(vKnown)),
  /** The server's clock when the call ran, in milliseconds; beside `known`. */
  at: v.optional(v.number()),
});

// Rows are checked by `rows.ts`, one by one, so that a bad row cannot fail its whole batch.
export const recordArgs = { row: v.any() };
export const recordBatchArgs = {
  rows: v.array(v.any()),
  /** What to do with rows whose key is known; `keep` when absent. */
  onKnown: v.optional(vOnKnown),
  /** Answers what the call would do, and writes nothing. */
  check: v.optional(v.boolean()),
};
export const updateArgs = { id: v.string(), patch: v.any() };
export const removeArgs = { id: v.string() };
