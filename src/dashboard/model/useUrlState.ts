/** The address bar as React state. */
import { useMemo, useSyncExternalStore } from "react";
import { Decisions } from "./decisions.js";
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

/** `control` names what was used, where the changed fields do not tell it. */
export type UpdateUrlState = (change: Partial<UrlState>, control?: string) => void;

const decisions = new Decisions();

/** For what changes the address without showing it. */
export const updateUrlState: UpdateUrlState = (change, control) => {
  const current = parseUrlState(window.location.search);
  const next = printUrlState({ ...current, ...change });
  if (next === window.location.search) return;
  const used = control ?? Object.keys(change).sort().join();
  const isNew = decisions.isNew(used, window.location.search, Date.now());
  const write = isNew ? "pushState" : "replaceState";
  window.history[write](null, "", next + window.location.hash);
  decisions.leaveAt(next);
  window.dispatchEvent(new Event(changed));
};

export function useUrlState(): [UrlState, UpdateUrlState] {
  const search = useSyncExternalStore(subscribe, () => window.location.search);
  const state = useMemo(() => parseUrlState(search), [search]);
  return [state, updateUrlState];
}
