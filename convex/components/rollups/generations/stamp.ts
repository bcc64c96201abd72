/** What the app declares for a tenant, as a number: where it is another one, there may be something to do. */
import { hashNumber } from "../../../../lib/hash/hashNumber.js";
import type { App } from "../app/app.js";

/**
 * Of everything that definitions, readings and zones say, so that it also changes where nothing follows
 * from it. Below 2^53. O(size of the cubes).
 */
export function declaredStamp({
  cubes,
  readings,
  clocks,
}: Pick<App, "cubes" | "readings" | "clocks">): number {
  return hashNumber(JSON.stringify([cubes, readings, clocks.timezone, clocks.zones ?? []]));
}
