/** What the app declares for a tenant, as a number: where it is another one, there may be something to do. */
import { hashNumber } from "../../../../lib/hash/hashNumber.js";
import type { App } from "../app/app.js";

/**
 * Of everything that definitions, readings, zones and times of keeping say, so that it also changes where
 * nothing follows from it. Below 2^53. O(size of the cubes).
 */
export function declaredStamp({
  cubes,
  readings,
  clocks: { timezone, zones = [] },
  limits: { fold },
}: Pick<App, "cubes" | "readings" | "clocks" | "limits">): number {
  const keeping = [fold.logRetentionDays, fold.retentionGraceDays];
  return hashNumber(JSON.stringify([cubes, readings, timezone, zones, keeping]));
}
