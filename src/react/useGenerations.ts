/** How the generations of a cube stand, by the catalog that tiles are held by: it changes with builds and deploys only. */
import { useCallback, useContext, useMemo, useSyncExternalStore } from "react";
import { HeldContext } from "./context.js";

const idle = () => () => {};

/**
 * "rollup@generation status" of each, as one text that is equal while nothing changes. Undefined before it is known;
 * null where no tiles are held: `useRollupHealth` tells then, which every write and fold changes.
 */
export function useGenerations(cube: string): string | null | undefined {
  const held = useContext(HeldContext);
  const store = useMemo(
    () => (held ? held.code.heldStoreOf(held.scope, cube) : null),
    [held, cube],
  );
  const subscribe = useCallback(
    (listener: () => void) => (store ? store.watchGenerations(listener) : idle()),
    [store],
  );
  const read = () => (store ? store.generations : (held as null | undefined));
  return useSyncExternalStore(subscribe, read, read);
}
