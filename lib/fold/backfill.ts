/**
 * The gate of a backfill that runs while writers write. Pages of the source are read in
 * (createdAt, id) order. Changes of documents at or before the cursor are applied to the building
 * generation; the others are skipped, because the page that reaches them reads their later state.
 * A page was read at a snapshot, and the log up to that snapshot's newest commit (`asOf`) is already
 * in it: until that commit is folded, the log's changes of the page's documents are skipped too, no
 * further page is read and no cutover happens.
 */
import type { Change, Position } from "./change.js";

/** A place in the source: `_creationTime` in ms, then `_id`. */
export interface Cursor {
  createdAt: number;
  id: string;
}

export interface BackfillState {
  /** Everything at or before it is in the generation; null nothing yet, "end" everything. */
  cursor: Cursor | "end" | null;
  /** The newest page, while the log that it already contains is not folded. */
  page: { from: Cursor | null; asOf: bigint } | null;
}

export const backfillStart: BackfillState = { cursor: null, page: null };

/** Whether a log change is to be applied to the building generation. */
export function appliesTo(
  state: BackfillState,
  change: Pick<Change, "docCreatedAt" | "docId">,
  commitTs: bigint,
): boolean {
  if (!reached(state.cursor, change)) return false;
  const { page } = state;
  return page === null || commitTs > page.asOf || reached(page.from, change);
}

/**
 * The state once a page is applied that was read at a snapshot whose newest log commit was `asOf`
 * (0 for an empty log). `last` is the page's last document, `done` says that none follow. Log
 * changes folded in the same transaction are applied before the page, under the old state.
 */
export function pageApplied(
  state: BackfillState,
  page: { last: Cursor | null; done: boolean; asOf: bigint },
): BackfillState {
  const from = state.cursor === "end" ? null : state.cursor;
  return {
    cursor: page.done ? "end" : (page.last ?? state.cursor),
    page: { from, asOf: page.asOf },
  };
}

/**
 * Whether the fold has passed the newest page's snapshot, so that `page` may be cleared, the next
 * page read and, with the cursor at the end, the generation cut over.
 *
 * `commitDone`: no change of the commit `position.commitTs` is left to fold. `caughtUp`: the fold
 * reached the end of the log as its snapshot showed it (always so for an empty log).
 */
export function gateOpen(
  state: BackfillState,
  position: Position,
  commitDone: boolean,
  caughtUp = false,
): boolean {
  if (state.page === null || caughtUp) return true;
  const { asOf } = state.page;
  return position.commitTs > asOf || (position.commitTs === asOf && commitDone);
}

/** Whether all of the source is in the generation and nothing of the log is counted twice or missed. */
export function backfillComplete(state: BackfillState): boolean {
  return state.cursor === "end" && state.page === null;
}

/** History that a building generation takes from another one's tiles instead of from records. */
export interface Derived {
  /** Everything of an earlier time is taken so … */
  before: number;
  /** … and everything of before this time has been; null nothing yet. */
  to: number | null;
}

/**
 * The part of a change that counts in a generation with derived history, or null. What a record was and
 * what it becomes count each by its own time: before `before` if it is derived already, for else it is
 * in the tiles when they are; later if `applies`, as the backfill's gate has it.
 */
export function derivedPart(
  change: Change,
  timeField: string,
  { before, to }: Derived,
  applies: boolean,
): Change | null {
  const counts = (fact: Change["before"]) => {
    const t = fact?.[timeField];
    if (typeof t !== "number" || t >= before) return applies;
    return to !== null && t < to;
  };
  const part = {
    ...change,
    before: counts(change.before) ? change.before : null,
    after: counts(change.after) ? change.after : null,
  };
  return part.before === null && part.after === null ? null : part;
}

function reached(
  cursor: BackfillState["cursor"],
  { docCreatedAt, docId }: Pick<Change, "docCreatedAt" | "docId">,
): boolean {
  if (cursor === "end") return true;
  if (cursor === null) return false;
  return (
    docCreatedAt < cursor.createdAt || (docCreatedAt === cursor.createdAt && docId <= cursor.id)
  );
}
