/** Where a question would be answered, and by which rollup, as far as a browser knows. */
import type { WireQuery } from "../query.js";
import { reasonOf } from "./answer.js";
import type { Explained, Reason } from "./explained.js";
import { heldLimits } from "./limits.js";
import { bytesOfRoutes, routesOf, type Planning, type Route } from "./routes.js";

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

/** Of several questions together: blocks that they share count once. Fetches nothing. */
export function missingHere(
  wires: readonly WireQuery[],
  planning: Planning,
): { bytes: number; elsewhere: number } {
  const routes: Route[] = [];
  let elsewhere = 0;
  for (const wire of wires) {
    let found: ReturnType<typeof routesOf>;
    try {
      found = routesOf(wire, planning);
    } catch (error) {
      found = reasonOf(error);
    }
    if (typeof found === "string" || isTooLarge(found, planning)) elsewhere++;
    else routes.push(...found.routes);
  }
  return { bytes: bytesOfRoutes({ routes }, planning).missing, elsewhere };
}

function isTooLarge(routes: Parameters<typeof bytesOfRoutes>[0], planning: Planning): boolean {
  return bytesOfRoutes(routes, planning).missing > heldLimits.questionBytes;
}
