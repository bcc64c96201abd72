/**
 * Changes as a row of the log keeps them. Those that follow each other and are alike take one entry: what they share,
 * names of fields among it, is written once, and the rest is in lists of one item per change. A change that is like
 * none beside it stays as it is, and so do all of rows that were written before there were columns.
 */
import type { Fact, FactValue } from "../model/cube.js";
import type { Change } from "./change.js";

/** A list of values per field. */
type FactColumns = { readonly [field: string]: readonly FactValue[] };

/** Several changes of one kind, whose facts have the same fields. */
export interface ChangeColumns extends Pick<Change, "cube" | "op"> {
  docIds: readonly string[];
  docCreatedAts: readonly number[];
  /** Null where the changes have no fact before. */
  before: FactColumns | null;
  /** The same after them. Beside `before`, a field that none of them changes is left out. */
  after: FactColumns | null;
}

export type StoredChange = Change | ChangeColumns;

/** `fromStored` gives them back, in order. O(values). */
export function toStored(changes: readonly Change[]): StoredChange[] {
  const stored: StoredChange[] = [];
  const shapes = changes.map(shapeOf);
  for (let start = 0; start < changes.length;) {
    const first = changes[start] as Change;
    let end = start + 1;
    if (hasColumns(first)) while (shapes[end] === shapes[start]) end++;
    const alike = changes.slice(start, end);
    stored.push(alike.length > 1 || keepsMost(first) ? columnsOf(alike) : first);
    start = end;
  }
  return stored;
}

/** The inverse of `toStored`. O(values). */
export function fromStored(stored: readonly StoredChange[]): Change[] {
  return stored.flatMap((entry) => ("docIds" in entry ? changesOf(entry) : [entry]));
}

/** How many changes are stored. O(entries). */
export function countStored(stored: readonly StoredChange[]): number {
  return stored.reduce((sum, entry) => sum + ("docIds" in entry ? entry.docIds.length : 1), 0);
}

/** Changes of one shape can be in the same columns. */
function shapeOf({ cube, op, before, after }: Change): string {
  return JSON.stringify([cube, op, before && Object.keys(before), after && Object.keys(after)]);
}

/** A fact that has other fields than it had says by a missing one that it is gone, so nothing may be left out. */
function hasColumns({ before, after }: Change): boolean {
  if (before === null || after === null) return true;
  const names = Object.keys(before);
  return (
    names.length === Object.keys(after).length && names.every((name) => Object.hasOwn(after, name))
  );
}

/** Whether a single update is smaller in columns: names of fields that are left out outweigh the brackets of all lists. */
function keepsMost(change: Change): boolean {
  const { before, after } = change;
  if (before === null || after === null || !hasColumns(change)) return false;
  const fields = Object.keys(before);
  const kept = fields.filter((field) => isSame(before[field], after[field]));
  const saved = kept.reduce((sum, field) => sum + field.length + 2, 0);
  return saved >= 6 + 2 * (2 * fields.length - kept.length);
}

function columnsOf(changes: readonly Change[]): ChangeColumns {
  const { cube, op, before, after } = changes[0] as Change;
  const column = (side: "before" | "after", field: string) =>
    changes.map((change) => (change[side] as Fact)[field] as FactValue);
  const isChanged = (field: string) =>
    before === null ||
    changes.some((change) => !isSame(change.before?.[field], change.after?.[field]));
  const columns = (side: "before" | "after", fields: readonly string[]) =>
    Object.fromEntries(fields.map((field) => [field, column(side, field)]));
  return {
    ...{ cube, op },
    docIds: changes.map(({ docId }) => docId),
    docCreatedAts: changes.map(({ docCreatedAt }) => docCreatedAt),
    before: before && columns("before", Object.keys(before)),
    after: after && columns("after", Object.keys(after).filter(isChanged)),
  };
}

function changesOf({ cube, op, docIds, docCreatedAts, before, after }: ChangeColumns): Change[] {
  const factAfter = factsOf(after && { ...before, ...after });
  const factBefore = factsOf(before);
  return docIds.map((docId, i) => ({
    ...{ cube, op, docId, docCreatedAt: docCreatedAts[i] as number },
    ...{ before: factBefore(i), after: factAfter(i) },
  }));
}

/** The fact at each place. */
function factsOf(columns: FactColumns | null): (place: number) => Fact | null {
  if (columns === null) return () => null;
  const entries = Object.entries(columns);
  return (place) => {
    const fact: Record<string, FactValue> = {};
    for (const [field, values] of entries) fact[field] = values[place] as FactValue;
    return fact;
  };
}

/** Exactly: zero is not minus zero. */
function isSame(a: FactValue | undefined, b: FactValue | undefined): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return Object.is(a, b);
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
