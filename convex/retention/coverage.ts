/** What the running code says about how long tiles are kept, looked up for a stored generation. */
import type { CubeDefinition, RollupDefinition } from "../../lib/model/cube";
import type { StoredRollup } from "../../lib/model/rollup";
import { firstCoverage, type Clock, type KeptLevel, type Retain } from "../../lib/tiles/retention";
import type { Doc } from "../_generated/dataModel";
import { catalogue } from "../cubes";
import { retentionGraceDays } from "../fold/limits";

type State = Pick<Doc<"rollupStates">, "cube" | "rollup" | "coverage">;

export function coverageOf({ coverage = [] }: Pick<State, "coverage">): KeptLevel[] {
  return coverage;
}

/** How long each level is kept: nothing is limited of a rollup that is not declared any more. */
export function retainOf(state: Pick<State, "cube" | "rollup">): Retain {
  return declarationOf(state)?.retain ?? {};
}

/** The coverage of a generation that starts now, beside the one that serves. */
export function startCoverage(
  states: readonly Doc<"rollupStates">[],
  definition: StoredRollup,
  now: number,
): KeptLevel[] {
  const { cube, name: rollup } = definition;
  const replaced = states.find(
    (state) => state.cube === cube && state.rollup === rollup && state.status === "ready",
  );
  const inForce = replaced === undefined ? [] : coverageOf(replaced);
  return firstCoverage(definition, retainOf({ cube, rollup }), inForce, clockAt(now));
}

export function clockAt(now: number): Clock {
  return { now, graceDays: retentionGraceDays() };
}

export function declarationOf({
  cube,
  rollup,
}: Pick<State, "cube" | "rollup">): RollupDefinition | undefined {
  const cubes: Record<string, CubeDefinition> = catalogue;
  const rollups = Object.hasOwn(cubes, cube) ? cubes[cube]?.rollups : undefined;
  return rollups !== undefined && Object.hasOwn(rollups, rollup) ? rollups[rollup] : undefined;
}
