/** Which questions are answered here, and what is fetched for them: the cheapest first, as far as the bytes go. */
import { reasonOf } from "./answer.js";
import { partsOf, pending, refuse, type Entry, type World } from "./entries.js";
import { heldLimits } from "./limits.js";
import { bytesOfRoutes, routesOf, type Planning, type Routes } from "./routes.js";

/** Null before there is a catalog. */
export function planningOf({ source, blocks, now }: World): Planning | null {
  const { catalog, candidates } = source;
  return catalog && { catalog, candidates, blocks, now };
}

/** Null, with the reason, where the server has to answer. */
function planOf(entry: Entry, planning: Planning): { routes: Routes; missing: number } | null {
  entry.reason = null;
  try {
    const routes = routesOf(entry.wire, planning);
    if (typeof routes === "string") {
      entry.reason = routes;
      return null;
    }
    const { missing } = bytesOfRoutes(routes, planning);
    if (missing <= heldLimits.questionBytes) return { routes, missing };
    entry.reason = "TooLarge";
  } catch (error) {
    entry.reason = reasonOf(error);
  }
  return null;
}

/** For a rendering, in which nothing may be asked for: a plan where all is held; what is likely to come is waited for. */
export function planAtOnce(entry: Entry, world: World): void {
  const planning = planningOf(world);
  const found = planning && planOf(entry, planning);
  if (found === null) return;
  entry.outcome = pending;
  if (found.missing > 0) return;
  entry.routes = found.routes;
  entry.isPlanned = true;
}

/** Plans entries and asks for what they lack, up to so many bytes. The rest is "Later"; whether there is any. */
export function planTogether(
  entries: readonly Entry[],
  world: World,
  roundBytes: number,
): { isLater: boolean } {
  const planning = planningOf(world);
  if (planning === null) return { isLater: false };
  const byCost = entries
    .map((entry) => ({ entry, missing: planOf(entry, planning)?.missing ?? 0 }))
    .sort((a, b) => a.missing - b.missing);
  let spent = 0;
  let isLater = false;
  for (const { entry } of byCost) {
    entry.isPlanned = true;
    // Again, as what those before it have asked for costs nothing now.
    const found = planOf(entry, planning);
    if (found === null) {
      refuse(entry, entry.reason);
    } else if (
      spent > 0 &&
      spent + found.missing > roundBytes &&
      entry.outcome?.kind !== "result"
    ) {
      refuse(entry, "Later");
      isLater = true;
    } else {
      spent += found.missing;
      entry.routes = found.routes;
      for (const part of partsOf(found.routes)) world.blocks.want(part);
    }
  }
  return { isLater };
}
