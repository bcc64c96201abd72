/** The address bar as React state. */
import { useMemo, useSyncExternalStore } from "react";
import { parseUrlState, printUrlState, type UrlState } from "./urlState.js";

const changed = "rollups:url";

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(changed, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(changed, listener);
  };
}

export type UpdateUrlState = (change: Partial<UrlState>) => void;

/** For what changes the address without showing it. */
export const updateUrlState: UpdateUrlState = (change) => {
  const current = parseUrlState(window.location.search);
  const next = printUrlState({ ...current, ...change });
  if (next === window.location.search) return;
  window.history.pushState(null, "", next + window.location.hash);
  window.dispatchEvent(new Event(changed));
};

export function useUrlState(): [UrlState, UpdateUrlState] {
  const search = useSyncExternalStore(subscribe, () => window.location.search);
  const state = useMemo(() => parseUrlState(search), [search]);
  return [state, updateUrlState];
}
