/** Rollups that a cube does not declare. */
import type { CubeDefinition, RollupDefinition } from "../model/cube.js";
import type { StoredRollup } from "../model/rollup.js";
import { resolveRollup } from "../resolve/resolveRollup.js";
import { cubeIssues } from "../resolve/validateCube.js";

/**
 * The stored form of a definition, under a name; null where it is not valid beside the cube's others, or has no level
 * for these zones. The definition may be of any form.
 */
export function storedAs(
  cube: CubeDefinition,
  name: string,
  definition: RollupDefinition,
  clocks: { timezone: string; zones?: readonly string[] },
): StoredRollup | null {
  const widened = { ...cube, rollups: { ...cube.rollups, [name]: definition } };
  if (cubeIssues(widened, cube.name).length > 0) return null;
  const stored = resolveRollup(widened, name, clocks.timezone, clocks.zones);
  return stored.levels.length === 0 ? null : stored;
}
