/** A stored generation as the planner sees it. */
import type { Candidate } from "../../../../lib/planner/plan.js";
import type { Doc } from "../_generated/dataModel.js";

export function candidateOf({
  definition,
  generation,
  status,
  degraded,
  failure,
  coverage = [],
}: Doc<"rollupStates">): Candidate {
  return {
    rollup: definition,
    generation,
    status: degraded ? "failed" : status,
    coverage: coverage.map(({ granularity, servedFrom, storedFrom }) => ({
      granularity,
      servedFrom,
      storedFrom,
    })),
    ...(failure === undefined ? {} : { failure }),
  };
}
