/**
 * How far each generation of a tenant is folded: to the tenant's position at least, and some further, as
 * an iteration folds many changes into few generations. Positions are compared as positions only. Their
 * places in a batch say nothing, as the next batch may be shorter.
 */
import type { Position } from "../../../../lib/fold/change.js";
import {
  comparePositions,
  start,
  type LogRow,
  type PlacedChange,
} from "../../../../lib/fold/position.js";
import type { Doc, Id } from "../_generated/dataModel.js";

type Fold = Pick<Doc<"foldStates">, "position" | "ahead"> | null;

/** A generation that is folded further than the tenant. */
export type Ahead = NonNullable<Doc<"foldStates">["ahead"]>[number];

/** What a generation is folded to. */
export function positionOf(fold: Fold, state: Id<"rollupStates">): Position {
  return aheadOf(fold, state)?.position ?? fold?.position ?? start;
}

/** Null for a generation that is no further than the tenant. */
export function aheadOf(fold: Fold, state: Id<"rollupStates">): Ahead | null {
  return fold?.ahead?.find((one) => one.state === state) ?? null;
}

/** The changes that a generation at a position lacks. */
export function lackedAt<Row extends LogRow>(
  position: Position,
  changes: readonly PlacedChange<Row>[],
): PlacedChange<Row>[] {
  return changes.filter(({ next }) => comparePositions(next, position) > 0);
}

/** The least of some positions; `none` where there are none. */
export function leastOf(positions: readonly Position[], none: Position): Position {
  return positions.reduce((a, b) => (comparePositions(b, a) < 0 ? b : a), positions[0] ?? none);
}

/** The furthest of some positions; `none` where there are none. */
export function furthestOf(positions: readonly Position[], none: Position): Position {
  return positions.reduce((a, b) => (comparePositions(b, a) > 0 ? b : a), positions[0] ?? none);
}
