/** The granularities that a time dimension may be asked by: the calendar's, and those that its cube adds. */
import { RollupsError } from "../errors.js";
import { parseWall } from "../time/calendar.js";
import {
  ORIGIN_DEFAULT,
  intervalRefusal,
  parseInterval,
  shiftByInterval,
  type AnyGranularity,
  type CustomGranularity,
} from "../time/customGranularity.js";
import { granularities } from "../time/granularity.js";
import type { DimensionDefinition, GranularityDefinition } from "./cube.js";

/** The granularity of that name, or null. */
export function granularityOf(dimension: DimensionDefinition, name: string): AnyGranularity | null {
  const standard = granularities.find((one) => one === name);
  if (standard !== undefined) return standard;
  const definition = customOf(dimension, name);
  return definition === null ? null : customGranularity(name, definition);
}

/** The definition of a granularity that the cube adds, or null. */
export function customOf(
  dimension: DimensionDefinition,
  name: string,
): GranularityDefinition | null {
  const added = dimension.type === "time" ? (dimension.granularities ?? {}) : {};
  return Object.hasOwn(added, name) ? (added[name] ?? null) : null;
}

/** Names of all granularities of a time dimension, finest of the calendar first, then the cube's. */
export function granularityNames(dimension: DimensionDefinition): string[] {
  const added = dimension.type === "time" ? (dimension.granularities ?? {}) : {};
  return [...granularities, ...Object.keys(added)];
}

/** Of a valid definition. Throws `InvalidDefinition` for any other. */
export function customGranularity(
  name: string,
  definition: GranularityDefinition,
): CustomGranularity {
  const interval = parseInterval(definition.interval);
  const origin = originOf(definition);
  if (interval === null || origin === null || intervalRefusal(interval) !== null) {
    throw new RollupsError("InvalidDefinition", `${name} is not a granularity`, { name });
  }
  return { name, interval, origin };
}

function originOf({ origin, offset }: GranularityDefinition): number | null {
  if (origin !== undefined) return parseWall(origin);
  if (offset === undefined) return ORIGIN_DEFAULT;
  const interval = parseInterval(offset);
  return interval === null ? null : shiftByInterval(ORIGIN_DEFAULT, interval);
}
