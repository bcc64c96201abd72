/** How many values a dimension is expected to have. */
import type { DimensionDefinition } from "./cube.js";

/** Expected number of distinct values of a dimension that does not say. */
const CARDINALITY_DEFAULT = 100;

/** What the definition says, else what the type implies. */
export function cardinalityOf(
  dimension: Pick<DimensionDefinition, "type"> & { cardinality?: number },
): number {
  const { type, cardinality } = dimension;
  return cardinality ?? (type === "weekday" ? 7 : type === "hourOfDay" ? 24 : CARDINALITY_DEFAULT);
}
