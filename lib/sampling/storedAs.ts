/** Rollups that a cube does not declare. */
import { RollupsError } from "../errors.js";
import type { CubeDefinition, RollupDefinition } from "../model/cube.js";
import type { StoredRollup } from "../model/rollup.js";
import { resolveRollup } from "../resolve/resolveRollup.js";
import { cubeIssues } from "../resolve/validateCube.js";

interface Clocks {
  timezone: string;
  zones?: readonly string[];
}

/** The stored form of a definition, under a name; null where it is not valid, or has no level for these zones. */
export function storedAs(
  cube: CubeDefinition,
  name: string,
  definition: RollupDefinition,
  clocks: Clocks,
): StoredRollup | null {
  try {
    const [stored] = storedOf(cube, [definition], clocks);
    return stored === undefined ? null : { ...stored, name };
  } catch (error) {
    if (error instanceof RollupsError) return null;
    throw error;
  }
}

/**
 * The stored forms of definitions, which may be of any form. Throws `InvalidDefinition` with `{path}` of the first
 * that is not valid, or has no level for these zones.
 */
export function storedOf(
  cube: CubeDefinition,
  definitions: readonly unknown[],
  { timezone, zones }: Clocks,
): StoredRollup[] {
  const named = definitions.map((definition, i) => [`r${i}`, definition] as const);
  // Only these: what else the cube has is valid.
  const of = { ...cube, rollups: Object.fromEntries(named) as Record<string, RollupDefinition> };
  const [issue] = cubeIssues(of, "");
  if (issue !== undefined) throw invalid(Number(/\.r(\d+)/.exec(issue.path)?.[1]), issue.message);
  return named.map(([name], i) => {
    const stored = resolveRollup(of, name, timezone, zones);
    if (stored.levels.length === 0) throw invalid(i, "has no level for these zones");
    return stored;
  });
}

function invalid(i: number, message: string): RollupsError {
  const path = `rollups.${i}`;
  return new RollupsError("InvalidDefinition", `${path} ${message}`, { path });
}
