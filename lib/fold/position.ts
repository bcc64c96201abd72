/**
 * Places in the change log. A fold may stop anywhere, even inside a commit or inside one of its log
 * rows, so a position names the first change that is not folded.
 */
import type { Change, Position } from "./change.js";

/** A log row as a scan returns it; `row` ordinals count rows of equal `commitTs`. */
export interface LogRow {
  commitTs: bigint;
  changes: Change[];
}

export interface PlacedChange<Row extends LogRow = LogRow> {
  change: Change;
  commitTs: bigint;
  /** The log row that holds it. */
  row: Row;
  /** The position once this change is folded. */
  next: Position;
}

/** Before everything. */
export const start: Position = { commitTs: 0n, row: 0, change: 0 };

/** Negative, zero or positive, in log order. */
export function comparePositions(a: Position, b: Position): number {
  if (a.commitTs !== b.commitTs) return a.commitTs < b.commitTs ? -1 : 1;
  return a.row - b.row || a.change - b.change;
}

/**
 * The changes at or after `position`, in log order. `rows` come from a scan in log order that begins
 * with the first row of the commit `position.commitTs` (rows with a smaller timestamp are skipped).
 * After the last change of a row, `next` is the start of the following row of the same commit,
 * whether or not there is one.
 */
export function* changesAfter<Row extends LogRow>(
  rows: Iterable<Row>,
  position: Position,
): Generator<PlacedChange<Row>, void, undefined> {
  for (const [logRow, row] of numbered(rows)) {
    const { commitTs, changes } = logRow;
    const atOnce = commitTs === position.commitTs;
    if (commitTs < position.commitTs || (atOnce && row < position.row)) continue;
    const first = atOnce && row === position.row ? position.change : 0;
    for (let i = first; i < changes.length; i++) {
      const last = i === changes.length - 1;
      const next = last ? { commitTs, row: row + 1, change: 0 } : { commitTs, row, change: i + 1 };
      yield { change: changes[i] as Change, commitTs, row: logRow, next };
    }
  }
}

/** The position after all of `rows`, scanned as for `changesAfter`; `from` where there are none. */
export function endOf(rows: Iterable<LogRow>, from: Position = start): Position {
  let end = from;
  for (const [{ commitTs }, row] of numbered(rows)) {
    const after = { commitTs, row: row + 1, change: 0 };
    if (comparePositions(after, end) > 0) end = after;
  }
  return end;
}

/** Log rows with their ordinals within their commits. */
function* numbered<Row extends LogRow>(
  rows: Iterable<Row>,
): Generator<[Row, number], void, undefined> {
  let row = 0;
  let commitTs: bigint | null = null;
  for (const logRow of rows) {
    row = logRow.commitTs === commitTs ? row + 1 : 0;
    commitTs = logRow.commitTs;
    yield [logRow, row];
  }
}
