/** Whether two answers are the same, and by which ways questions were answered. */
import { isDeepStrictEqual } from "node:util";
import type { Answer, Row, Value } from "./oracle/model.js";

/** How far values of a column may differ, as a share; 0 where they are to be the same. */
export type Within = (column: string) => number;

/** The first difference, or null. The order of columns counts unless `byName`. */
export function differenceOf(
  got: Answer,
  wanted: Answer,
  within: Within,
  byName = false,
): object | null {
  if (got.total !== wanted.total) return { total: got.total, wanted: wanted.total };
  if (got.rows.length !== wanted.rows.length) {
    return { rows: got.rows.length, wanted: wanted.rows.length, first: got.rows[0] };
  }
  const at = wanted.rows.findIndex((row, i) => !isSameRow(got.rows[i]!, row, within, byName));
  return at < 0 ? null : { at, row: got.rows[at], wanted: wanted.rows[at] };
}

function isSameRow(row: Row, wanted: Row, within: Within, byName: boolean): boolean {
  const names = Object.keys(wanted);
  const same = byName
    ? names.length === Object.keys(row).length
    : isDeepStrictEqual(Object.keys(row), names);
  return same && names.every((name) => isClose(row[name], wanted[name]!, within(name)));
}

function isClose(value: Value | undefined, wanted: Value, within: number): boolean {
  // Not even the sign of 0 may differ.
  if (Object.is(value, wanted)) return true;
  if (within === 0 || typeof value !== "number" || typeof wanted !== "number") return false;
  return Math.abs(value - wanted) <= within * Math.max(Math.abs(wanted), 1e-3);
}

/** What was asked, how often each part of the language was, and by which ways it was answered. */
export class Ledger {
  questions = 0;
  /** Refused by every rollup. */
  scanned = 0;
  readonly drawn = new Map<string, number>();
  readonly byTiles = new Map<string, number>();
  /** Answers that were compared, by route. */
  readonly pairs = new Map<string, number>();
  /** Refusals of rollups, by code, and of ways that were planned. */
  readonly refused = new Map<string, number>();
  readonly refusedLate = new Map<string, number>();
  /** Why SQL does not say a question. */
  readonly unsaid = new Map<string, number>();
}

export function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
