/** The members of a cube that a rollup tells, as the cube defines them today. */
import type { CubeDefinition } from "../model/cube.js";
import type { RollupDimension, StoredRollup } from "../model/rollup.js";
import { shortName } from "../query/normalizedQuery.js";
import { divides } from "../time/calendar.js";
import { isClockPart } from "../time/clock.js";

/** Whether the rollup keeps a dimension, or has buckets of time that are fine enough to tell it. */
export function tells(cube: CubeDefinition, rollup: StoredRollup, member: string): boolean {
  if (dimensionOf(cube, rollup, member) !== undefined) return true;
  const definition = cube.dimensions[shortName(member)];
  if (!isClockPart(definition?.type) || definition.field !== rollup.timeField) return false;
  const coarsest = definition.type === "weekday" ? "day" : "hour";
  return rollup.levels.some(({ granularity }) => divides(granularity, coarsest));
}

/** The stored dimension that a member means today, or undefined if it was stored as something else. */
export function dimensionOf(
  cube: CubeDefinition,
  rollup: StoredRollup,
  member: string,
): RollupDimension | undefined {
  const name = shortName(member);
  const definition = cube.dimensions[name];
  return rollup.dimensions.find(
    (dimension) =>
      dimension.name === name &&
      (dimension.type === "stringSet" ? "strings" : dimension.type) === definition?.type &&
      dimension.field === definition.field,
  );
}
