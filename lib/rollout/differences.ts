/** Comparing the answers of two ways to one question. Both are of one commit, so a difference is a fault. */
import { canonicalJson, sameJson } from "../hash/canonical.js";

/** A row of an answer, or whatever else an app's own function gives. */
export type ComparedRow = Readonly<Record<string, unknown>>;

export interface ComparedAnswer {
  rows: readonly ComparedRow[];
  /** Rows before the limit; null where it was not asked for. */
  total: number | null;
}

/**
 * "missing": the new way lacks a row. "extra": it has one more. "value": a row has other values. "order": the same rows
 * come in another order. "total": they are counted otherwise.
 */
export type DifferenceKind = "missing" | "extra" | "value" | "order" | "total";

/** All differences of one kind: how many, and the first of them. */
export interface Difference {
  kind: DifferenceKind;
  count: number;
  old: unknown;
  new: unknown;
}

/**
 * The differences by kind; empty where both are equal. Rows are matched by all columns but `values`, or where that is
 * null, by their places. `tolerance` is the share of a number by which two may differ, for functions that add fractions
 * in floating point. O(rows · columns).
 */
export function differencesOf(
  before: ComparedAnswer,
  after: ComparedAnswer,
  { values, tolerance = 0 }: { values: readonly string[] | null; tolerance?: number },
): Difference[] {
  const found = new Map<DifferenceKind, Difference>();
  const add = (kind: DifferenceKind, old: unknown, now: unknown) => {
    const known = found.get(kind);
    if (known === undefined) found.set(kind, { kind, count: 1, old, new: now });
    else known.count++;
  };
  const old = keyed(before.rows, values);
  const now = keyed(after.rows, values);
  for (const [key, row] of old) {
    const other = now.get(key);
    if (other === undefined) add("missing", row, null);
    else if (!isAlike(row, other, tolerance)) add("value", row, other);
  }
  for (const [key, row] of now) if (!old.has(key)) add("extra", null, row);
  if (!found.has("missing") && !found.has("extra")) {
    const keys = [...now.keys()];
    let at = 0;
    for (const [key, row] of old) {
      const other = keys[at++];
      if (other !== key) add("order", row, now.get(other as string));
    }
  }
  if (before.total !== after.total) add("total", before.total, after.total);
  return [...found.values()];
}

/** Rows by what they are about; rows that are about the same are told apart by their turn. */
function keyed(
  rows: readonly ComparedRow[],
  values: readonly string[] | null,
): Map<string, ComparedRow> {
  const measured = new Set(values);
  const turns = new Map<string, number>();
  const found = new Map<string, ComparedRow>();
  for (const row of rows) {
    const about = Object.entries(row).filter(([name]) => !measured.has(name));
    const key = values === null ? "" : canonicalJson(Object.fromEntries(about));
    const turn = turns.get(key) ?? 0;
    turns.set(key, turn + 1);
    found.set(`${turn} ${key}`, row);
  }
  return found;
}

/** Whether two values are the same JSON, but for numbers that differ by no more than the tolerance. */
function isAlike(a: unknown, b: unknown, tolerance: number): boolean {
  if (tolerance === 0) return sameJson(a, b);
  if (typeof a === "number" && typeof b === "number") {
    return a === b || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
  }
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return sameJson(a, b);
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isAlike(a[name], b[name], tolerance));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** What an app's own function gives, as rows: a list's items, or the one value. */
export function asRows(value: unknown): ComparedRow[] {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => (isObject(item) && !Array.isArray(item) ? item : { value: item }));
}
