/** The held side of a question: an answer from tiles that the browser holds, once they and the code are there. */
import { useCallback, useEffect, useSyncExternalStore } from "react";
import { pending, type Outcome } from "./answer.js";
import { idle, useScope } from "./context.js";
import { cubeOf, type Request } from "./query.js";
import { useHeldStore } from "./useHeldStore.js";

/**
 * Null where the server is to be asked. Renders when the rows change, and at no other commit; with `atLeast` also at
 * the first that includes it, before which it is pending.
 */
export function useHeldOutcome(request: Request | null, atLeast: string | null): Outcome | null {
  // Folded answers change with folds only; those that hold tiles are live.
  const asked = request?.freshness === "live" ? request : null;
  const store = useHeldStore(asked && cubeOf(asked.query));
  const subscribe = useCallback(
    (listener: () => void) => (store && asked ? store.watch(asked, listener) : idle()),
    [store, asked],
  );
  const read = () => {
    const outcome = store && asked ? store.read(asked) : null;
    if (!store || !asked || outcome?.kind !== "result" || atLeast === null) return outcome;
    return store.includes(asked.key, atLeast) ? outcome : pending;
  };
  const outcome = useSyncExternalStore(subscribe, read, read);
  const { freshness } = useScope();
  const isWaiting = atLeast !== null && outcome?.kind === "pending";
  useEffect(() => {
    if (!store || !isWaiting) return;
    const tell = () => {
      const newest = freshness.get().value?.watermark;
      if (newest !== undefined) store.told(BigInt(newest));
    };
    tell();
    return freshness.subscribe(tell);
  }, [store, isWaiting, freshness]);
  return outcome;
}
