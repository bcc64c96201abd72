/** How the generations of a cube stand, by the catalog that tiles are held by: it changes with builds and deploys only. */
import { useCallback, useContext, useSyncExternalStore } from "react";
import { HeldContext, idle } from "./context.js";
import { useHeldStore } from "./useHeldStore.js";

/**
 * "rollup@generation status" of each, as one text that is equal while nothing changes. Undefined before it is known;
 * null where no tiles are held: `useRollupHealth` tells then, which every write and fold changes.
 */
export function useGenerations(cube: string): string | null | undefined {
  const held = useContext(HeldContext);
  const store = useHeldStore(cube);
  const subscribe = useCallback(
    (listener: () => void) => (store ? store.watchGenerations(listener) : idle()),
    [store],
  );
  const read = () => (store ? store.generations : (held as null | undefined));
  return useSyncExternalStore(subscribe, read, read);
}
