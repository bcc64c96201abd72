/** Where questions would be answered, told by the browser itself: it plans by the backend's own catalog. */
import { useCallback, useContext } from "react";
import { HeldContext } from "./context.js";
import type { Explained } from "./held/explained.js";
import { cubeOf, toWire, type AggregateQuery } from "./query.js";

/** Resolves to null for what the browser cannot tell, and the backend's `explain` can. */
export type Explain = (query: AggregateQuery) => Promise<Explained | null>;

/**
 * Asks nothing of the backend but what tiles are held by anyway. Undefined while the code is on its way; null where no
 * tiles are held.
 */
export function useExplain(): Explain | null | undefined {
  const held = useContext(HeldContext);
  const explain = useCallback<Explain>(
    async (query) => {
      const cube = cubeOf(query);
      if (!held || cube === null) return null;
      return await held.code.heldStoreOf(held.scope, cube).explain(toWire(query));
    },
    [held],
  );
  return held ? explain : held;
}
