/** The store of a cube's tiles, where they are held. */
import { useContext, useMemo } from "react";
import { HeldContext } from "./context.js";
import type { HeldStore } from "./held/index.js";

/** Null where none are held, or the code for it is on its way. */
export function useHeldStore(cube: string | null): HeldStore | null {
  const held = useContext(HeldContext);
  return useMemo(
    () => (held && cube !== null ? held.code.heldStoreOf(held.scope, cube) : null),
    [held, cube],
  );
}
