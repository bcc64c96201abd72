/** One generation of a rollup, as tiles and folds name it. */
import type { StoredRollup } from "../../../../lib/model/rollup.js";
import type { KeptLevel } from "../../../../lib/tiles/retention.js";
import type { Doc } from "../_generated/dataModel.js";
import { coverageOf } from "./coverage.js";

/** One generation of one rollup of one tenant. */
export interface Generation {
  tenantId: string;
  /** "cube.rollup". */
  rollup: string;
  generation: number;
  definition: StoredRollup;
  coverage: readonly KeptLevel[];
}

/** How a rollup is named in tiles: its cube and its own name. */
export const rollupKey = (definition: StoredRollup) => `${definition.cube}.${definition.name}`;

/** The generation that a state row describes. */
export function generationOf(state: Doc<"rollupStates">): Generation {
  return {
    tenantId: state.tenantId,
    rollup: rollupKey(state.definition),
    generation: state.generation,
    definition: state.definition,
    coverage: coverageOf(state),
  };
}
