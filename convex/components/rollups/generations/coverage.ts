/** What the running code says about how long tiles are kept, looked up for a stored generation. */
import type { RollupDefinition } from "../../../../lib/model/cube.js";
import type { StoredRollup } from "../../../../lib/model/rollup.js";
import {
  firstCoverage,
  type Clock,
  type KeptLevel,
  type Retain,
} from "../../../../lib/tiles/retention.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";

type Declaring = Pick<QueryCtx, "app">;
type State = Pick<Doc<"rollupStates">, "cube" | "rollup" | "coverage">;

export function coverageOf({ coverage = [] }: Pick<State, "coverage">): KeptLevel[] {
  return coverage;
}

/** How long each level is kept: nothing is limited of a rollup that is not declared any more. */
export function retainOf(ctx: Declaring, state: Pick<State, "cube" | "rollup">): Retain {
  return declarationOf(ctx, state)?.retain ?? {};
}

/** The coverage of a generation that starts now, beside the one that serves. */
export function startCoverage(
  ctx: Declaring & Pick<QueryCtx, "now">,
  states: readonly Doc<"rollupStates">[],
  definition: StoredRollup,
): KeptLevel[] {
  const { cube, name: rollup } = definition;
  const replaced = states.find(
    (state) => state.cube === cube && state.rollup === rollup && state.status === "ready",
  );
  const inForce = replaced === undefined ? [] : coverageOf(replaced);
  return firstCoverage(definition, retainOf(ctx, { cube, rollup }), inForce, clockOf(ctx));
}

export function clockOf({ app, now }: Pick<QueryCtx, "app" | "now">): Clock {
  return { now, graceDays: Math.ceil(app.limits.fold.retentionGraceDays) };
}

export function declarationOf(
  { app }: Declaring,
  { cube, rollup }: Pick<State, "cube" | "rollup">,
): RollupDefinition | undefined {
  const rollups = Object.hasOwn(app.cubes, cube) ? app.cubes[cube]?.rollups : undefined;
  return rollups !== undefined && Object.hasOwn(rollups, rollup) ? rollups[rollup] : undefined;
}
