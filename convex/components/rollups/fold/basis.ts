/**
 * What a plan was made from, as text. A plan read in an older snapshot than the transaction that
 * carries it out is dropped unless the basis is the same.
 */
import type { Position } from "../../../../lib/fold/change.js";
import type { Doc } from "../_generated/dataModel.js";

/** How far each generation is folded, and the log trimmed. */
export function foldStamp(fold: Doc<"foldStates"> | null): string {
  if (fold === null) return "";
  const { position, ahead = [], trimmedTo } = fold;
  return [
    ...[placeOf(position), trimmedTo],
    ...ahead.map(({ state, position }) => `${state}:${placeOf(position)}`),
  ].join(" ");
}

function placeOf({ commitTs, row, change }: Position): string {
  return `${commitTs}/${row}/${change}`;
}

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
