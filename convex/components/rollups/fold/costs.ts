/**
 * What a change costs a generation, as measured in its last large fold. An iteration chooses by it which generations
 * it folds. A generation that is cut writes the same tiles twice, so an iteration begins none that would not fit.
 */
import type { Position } from "../../../../lib/fold/change.js";
import { comparePositions } from "../../../../lib/fold/position.js";
import type { Doc, Id } from "../_generated/dataModel.js";

/** One generation on its way. */
export interface Runner {
  state: Doc<"rollupStates">;
  from: Position;
  to: Position;
  /** Microseconds of work per change; null before its first large fold. */
  us: number | null;
}

type Costs = NonNullable<Doc<"foldStates">["costs"]>;

/** Microseconds of work per change; null before the first large fold. */
export function costOf(
  fold: Pick<Doc<"foldStates">, "costs"> | null,
  id: Id<"rollupStates">,
): number | null {
  return fold?.costs?.find(({ state }) => state === id)?.us ?? null;
}

/** What is known of generations after an iteration. */
export function costsOf(live: readonly Runner[]): Costs {
  return live.flatMap(({ state, us }) => (us === null ? [] : [{ state: state._id, us }]));
}

/**
 * The least advanced first. Of those at one place the most expensive: where it does not take the whole round, what it
 * takes is the round, so none is cut. One that takes less than half of the round comes last, as its rounds would be
 * too short for the others. `workUs` is what an iteration has for `changes` that it folds into one of them.
 */
export function inTurn(runners: readonly Runner[], changes: number, workUs: number): Runner[] {
  const weight = ({ us }: Runner) => (us === null || us * changes > 2 * workUs ? 0 : us);
  return [...runners].sort((a, b) => comparePositions(a.from, b.from) || weight(b) - weight(a));
}
