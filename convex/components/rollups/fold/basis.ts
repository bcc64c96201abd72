/**
 * What a plan was made from, as text. A plan read in an older snapshot than the transaction that
 * carries it out is dropped unless the basis is the same.
 */
import type { Doc } from "../_generated/dataModel.js";

export function statesStamp(states: Doc<"rollupStates">[]): string {
  return states
    .map(({ _id, status, coverage = [] }) => `${_id}:${status}:${JSON.stringify(coverage)}`)
    .join(" ");
}

export function backfillStamp(backfill: Doc<"backfills"> | null): string {
  if (backfill === null) return "";
  const { _id, cursor, page, generations } = backfill;
  return JSON.stringify([_id, cursor, page && [page.from, page.asOf.toString()], generations]);
}
