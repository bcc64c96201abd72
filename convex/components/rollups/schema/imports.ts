/** The tables of imports, and what is said of a batch of rows. */
import { defineTable } from "convex/server";
import { v } from "convex/values";

/** A row that the app refused: its number in the file, and why. */
const vRefused = v.object({ at: v.number(), code: v.string(), message: v.string() });

/** Of a batch: which rows of which file it has. */
export const takeArgs = {
  /** Names the content, its table and what is set in all rows. */
  key: v.string(),
  /** Names the file, its table and what is set in all rows. */
  name: v.string(),
  /** Names how columns become fields. */
  reading: v.string(),
  /** Numbers of the rows in the file, ascending. */
  at: v.array(v.number()),
  /** The rows' own ids, where they are told apart by these; else null. */
  ids: v.union(v.null(), v.array(v.string())),
  /** Rows that were refused since the last batch. */
  refused: v.array(vRefused),
};

/** What was known before, and which of the rows are new. */
export const vTaken = v.object({
  position: v.number(),
  refused: v.array(vRefused),
  fresh: v.array(v.boolean()),
});

export const importTables = {
  /**
   * How far a file is imported: all of its rows up to `position` are stored or refused. Written and read by batches, in
   * the transaction that stores their rows. One small row per file.
   */
  imports: defineTable({
    key: v.string(),
    name: v.string(),
    reading: v.string(),
    position: v.number(),
    refused: v.array(vRefused),
  })
    .index("by_key", ["key"])
    .index("by_name", ["name"]),

  /** Ids of imported rows. Written and read by batches of files that have ids, likewise. */
  importedIds: defineTable({ key: v.string(), id: v.string() }).index("by_key_and_id", [
    "key",
    "id",
  ]),
};
