/** Which measures are approximate, and by how much at most or on average. All others are exact. */
import type { CubeDefinition, MeasureDefinition } from "../model/cube.js";
import { computedMeasures, shortName, type NormalizedQuery } from "./normalizedQuery.js";
import { QUANTILE_ERROR } from "../measures/ddSketch.js";
import { DISTINCT_ERROR } from "../measures/hyperLogLog.js";

export interface Approximation {
  /** As a share of the true value. */
  error: number;
  /** "standard": two of three answers are that close. "relative": all are. */
  kind: "standard" | "relative";
}

/** Null for a measure that is exact. */
export function approximationOf({ type }: MeasureDefinition): Approximation | null {
  if (type === "countDistinctApprox") return { error: DISTINCT_ERROR, kind: "standard" };
  if (type === "quantile") return { error: QUANTILE_ERROR, kind: "relative" };
  return null;
}

/** Whether nothing in the query's answer is approximate, nor which rows it has. */
export function isExact(
  cube: CubeDefinition,
  query: Pick<NormalizedQuery, "measures" | "having">,
): boolean {
  return computedMeasures(query).every((name) => {
    const measure = cube.measures[shortName(name)];
    return measure === undefined || approximationOf(measure) === null;
  });
}
