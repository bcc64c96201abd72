/** Where a question would be answered, and by which rollup, as far as a browser knows. */
import type { WireQuery } from "../query.js";
import { reasonOf } from "./answer.js";
import type { Explained, Reason } from "./explained.js";
import { heldLimits } from "./limits.js";
import { bytesOfRoutes, routesOf, type Planning } from "./routes.js";

/** Fetches nothing. O(rollups × members + blocks). */
export function explainHere(wire: WireQuery, planning: Planning): Explained {
  const { candidates } = planning;
  const isBuilding =
    candidates.length === 0 || candidates.some(({ status }) => status === "building");
  const elsewhere = (reason: Reason, missingBytes = 0): Explained => ({
    answeredBy: reason === "NoRollup" ? "nowhere" : "backend",
    ...{ reason, servedBy: null, missingBytes, isBuilding },
  });
  try {
    const routes = routesOf(wire, planning);
    if (typeof routes === "string") return elsewhere(routes);
    const { missing } = bytesOfRoutes(routes, planning);
    if (missing > heldLimits.questionBytes) return elsewhere("TooLarge", missing);
    const { servedBy } = routes;
    return { answeredBy: "browser", reason: null, servedBy, missingBytes: missing, isBuilding };
  } catch (error) {
    return elsewhere(reasonOf(error));
  }
}
