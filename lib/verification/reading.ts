/**
 * The gate of a window of the source that is read in pieces, in order of time, while writers write. Each
 * piece is read in a later snapshot. Before it, the log's changes since the last snapshot are applied to
 * what was collected: what a record was counts where it lay within what is read, and what it becomes
 * where it lies there; the pieces to come read the rest as it is then. So what is collected is always
 * the truth, as of the newest snapshot, of the part of the window that is read.
 */
import type { Change } from "../fold/change.js";
import { isCounted } from "../fold/change.js";
import type { CountedChange } from "./bucketSums.js";

/**
 * How far a window is read: all records of times before `t`, in whole ms; of those at `t` the ones up to
 * (createdAt, id), or none. "end": all of the window.
 */
export type ReadTo = "end" | { t: number; at: { createdAt: number; id: string } | null };

/** Times from `from` on and before `to`; null is unbounded. */
export interface TimeWindow {
  from: number | null;
  to: number | null;
}

/** What of a change counts in what was read so far; null for nothing. */
export function readPart(
  change: Change,
  timeField: string,
  window: TimeWindow,
  readTo: ReadTo,
): CountedChange | null {
  if (!isCounted(change)) return null;
  const counts = (fact: Change["before"]) => {
    const t = fact?.[timeField];
    return typeof t === "number" && isInside(window, t) && isRead(readTo, change, t) ? fact : null;
  };
  const [before, after] = [counts(change.before) ?? null, counts(change.after) ?? null];
  return before === null && after === null ? null : { before, after };
}

export function isInside({ from, to }: TimeWindow, t: number): boolean {
  return (from === null || t >= from) && (to === null || t < to);
}

function isRead(
  readTo: ReadTo,
  { docCreatedAt, docId }: Pick<Change, "docCreatedAt" | "docId">,
  t: number,
): boolean {
  if (readTo === "end") return true;
  if (t !== readTo.t) return t < readTo.t;
  const { at } = readTo;
  if (at === null) return false;
  return docCreatedAt < at.createdAt || (docCreatedAt === at.createdAt && docId <= at.id);
}

/** A record as an index in order of time gives it. */
export interface ReadRecord {
  /** As it is stored: it may have a fraction. */
  time: number;
  createdAt: number;
  id: string;
}

/**
 * How far a window is read after a piece that others follow, and how many of the piece's records that
 * takes in: the last millisecond is left to the next piece, as more of it may follow. A millisecond that
 * fills a piece by itself is read by (createdAt, id). Null where its times have fractions, so that the
 * log cannot tell which of its records were read.
 */
export function readAfter(
  piece: readonly ReadRecord[],
  isWithinMillisecond: boolean,
): { readTo: Exclude<ReadTo, "end">; count: number } | null {
  const last = piece.at(-1);
  if (last === undefined) return null;
  const t = Math.floor(last.time);
  const count = isWithinMillisecond ? 0 : piece.findIndex(({ time }) => Math.floor(time) === t);
  if (count > 0) return { readTo: { t, at: null }, count };
  if (piece.some(({ time }) => time !== t)) return null;
  return { readTo: { t, at: { createdAt: last.createdAt, id: last.id } }, count: piece.length };
}
