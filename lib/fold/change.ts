/**
 * One entry of the change log: what a committed mutation did to one source document, as facts.
 */
import type { Fact } from "../model/cube.js";

export interface Change {
  cube: string;
  /** "expire": upkeep deleted the document because of its age; rollups go on counting it. */
  op: "insert" | "update" | "delete" | "expire";
  docId: string;
  /** The document's `_creationTime` in ms; with `docId` it orders the source for backfill. */
  docCreatedAt: number;
  before: Fact | null;
  after: Fact | null;
}

/** Whether a change does anything to rollups. */
export function isCounted({ op }: Pick<Change, "op">): boolean {
  return op !== "expire";
}

/**
 * A place in the log: everything before it is folded. `row` counts log rows within the commit,
 * `change` counts changes within the row, so a batch may stop anywhere.
 */
export interface Position {
  commitTs: bigint;
  row: number;
  change: number;
}
