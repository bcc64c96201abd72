/** Whether the live connection to the backend is up; a first connect does not count as down. */
import { useCallback, useRef, useSyncExternalStore } from "react";
import { useConvex } from "convex/react";

/** Shorter breaks than this are not worth a word. */
const graceMs = 1_500;

export function useIsOffline(): boolean {
  const convex = useConvex();
  const offline = useRef(false);
  const subscribe = useCallback(
    (notify: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const set = (next: boolean) => {
        if (offline.current === next) return;
        offline.current = next;
        notify();
      };
      const unsubscribe = convex.subscribeToConnectionState((state) => {
        clearTimeout(timer);
        if (state.isWebSocketConnected) set(false);
        else timer = setTimeout(() => set(true), graceMs);
      });
      return () => {
        clearTimeout(timer);
        unsubscribe();
      };
    },
    [convex],
  );
  return useSyncExternalStore(subscribe, () => offline.current);
}
