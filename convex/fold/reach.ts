/** Which generations a change of the log is folded into. */
import { appliesTo } from "../../lib/fold/backfill";
import { isCounted } from "../../lib/fold/change";
import type { PlacedChange } from "../../lib/fold/position";
import { currentReadings, isReadLike } from "../changeLog/readings";
import type { LogRow } from "../changeLog/reader";
import type { Doc } from "../_generated/dataModel";

/** Does the change count for this generation, or will a backfill page bring it? */
export function reaches(
  state: Doc<"rollupStates">,
  backfill: Doc<"backfills"> | null,
  { change, commitTs }: Pick<PlacedChange, "change" | "commitTs">,
): boolean {
  if (change.cube !== state.cube || !isCounted(change)) return false;
  if (state.status === "ready") return true;
  if (backfill === null || !isBuiltBy(backfill, state)) return false;
  return appliesTo(backfill, change, commitTs);
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
  states: Doc<"rollupStates">[],
  backfill: Doc<"backfills"> | null,
  next: PlacedChange<LogRow>[],
): Doc<"rollupStates">[] {
  return states.filter((state) => {
    if (!isLive(state)) return false;
    if (!isReadLike(state.definition, currentReadings)) return true;
    return isOvertaken(state, backfill, next);
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
