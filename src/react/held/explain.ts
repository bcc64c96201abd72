/** Where a question would be answered, and by which rollup, as far as a browser knows. */
import type { WireQuery } from "../query.js";
import { reasonOf } from "./answer.js";
import { heldLimits } from "./limits.js";
import { bytesOfRoutes, routesOf, type Planning, type Reason } from "./routes.js";

export interface Explained {
  /** "browser": from tiles that it holds or may fetch. "nowhere": no rollup answers it. */
  answeredBy: "browser" | "backend" | "nowhere";
  /** Why it is not the browser. */
  reason: Reason | null;
  /** "cube.rollup@generation"; null where it is not the browser's. */
  servedBy: string | null;
  /** What it would have to fetch first, about. */
  missingBytes: number;
  /** Some rollup of the cube is still being built, or none has begun to be: what is answered nowhere may be then. */
  isBuilding: boolean;
}

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
