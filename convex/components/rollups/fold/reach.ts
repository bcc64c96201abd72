/** Which generations a change of the log is folded into. */
import { appliesTo, derivedPart, type Derived } from "../../../../lib/fold/backfill.js";
import { isCounted, type Change } from "../../../../lib/fold/change.js";
import type { PlacedChange } from "../../../../lib/fold/position.js";
import { isReadLike } from "../app/readings.js";
import type { LogRow } from "../log/reader.js";
import type { QueryCtx } from "../app/ctx.js";
import type { Doc } from "../_generated/dataModel.js";

/** What of the change counts for this generation; null for what a backfill page or another's tiles will bring. */
export function partFor(
  state: Doc<"rollupStates">,
  backfill: Doc<"backfills"> | null,
  { change, commitTs }: Pick<PlacedChange, "change" | "commitTs">,
): Change | null {
  if (change.cube !== state.cube || !isCounted(change)) return null;
  if (state.status === "ready") return change;
  if (backfill === null || !isBuiltBy(backfill, state)) return null;
  const applies = appliesTo(backfill, change, commitTs);
  const derived = derivedOf(backfill, state);
  if (derived === null) return applies ? change : null;
  return derivedPart(change, state.definition.timeField, derived, applies);
}

/** Does anything of the change count for this generation? */
export function reaches(
  state: Doc<"rollupStates">,
  backfill: Doc<"backfills"> | null,
  placed: Pick<PlacedChange, "change" | "commitTs">,
): boolean {
  return partFor(state, backfill, placed) !== null;
}

/** What of a building generation's history is not in the records; null for none. */
export function derivedOf(
  backfill: Doc<"backfills">,
  { rollup, generation }: Pick<Doc<"rollupStates">, "rollup" | "generation">,
): Derived | null {
  const built = backfill.generations.find(
    (one) => one.rollup === rollup && one.generation === generation,
  );
  return built?.derive ?? null;
}

export function isBuiltBy(backfill: Doc<"backfills">, state: Doc<"rollupStates">): boolean {
  return (
    backfill.cube === state.cube &&
    backfill.generations.some(
      ({ rollup, generation }) => rollup === state.rollup && generation === state.generation,
    )
  );
}

/** Generations that are folded: the others have failed or are being swept. */
export function isLive({ status }: Doc<"rollupStates">): boolean {
  return status === "ready" || status === "building";
}

/**
 * Live generations that cannot go on: the running code reads their fields in another way, so it can
 * neither be answered from them nor see all changes that matter to them; or a change that is next to
 * be folded into them was read so, by the code of another version. A new generation is never among
 * them for changes that its backfill will bring, so starting one in their place comes to an end.
 */
export function outdated(
  ctx: Pick<QueryCtx, "app">,
  states: Doc<"rollupStates">[],
  backfill: Doc<"backfills"> | null,
  nextOf: (state: Doc<"rollupStates">) => PlacedChange<LogRow>[],
): Doc<"rollupStates">[] {
  return states.filter((state) => {
    if (!isLive(state)) return false;
    if (!isReadLike(state.definition, ctx.app.readings)) return true;
    return isOvertaken(state, backfill, nextOf(state));
  });
}

/** Whether a change that is next to be folded into the generation was read in another way. */
export function isOvertaken(
  state: Doc<"rollupStates">,
  backfill: Doc<"backfills"> | null,
  next: PlacedChange<LogRow>[],
): boolean {
  const rows = [...new Set(next.map(({ row }) => row))];
  const foreign = new Set(rows.filter(({ readings }) => !isReadLike(state.definition, readings)));
  return next.some((placed) => foreign.has(placed.row) && reaches(state, backfill, placed));
}
