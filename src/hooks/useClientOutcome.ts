/** The browser side of a question: an answer computed by the shared store of its cube. */
import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { Outcome } from "./answer";
import { useScope } from "./context";
import { AggregateError } from "./errors";
import { cubeOf } from "./query";
import { storeOf, watchStore } from "./client/storeRegistry";
import type { Request } from "./useAggregate";

const pending: Outcome = { kind: "pending", progress: null };
const idle = () => () => {};

export function useClientOutcome(request: Request | null): { outcome: Outcome; retry: () => void } {
  const { client, tenantId, timezone, catalogue } = useScope();
  const cube = request ? cubeOf(request.query) : null;
  const store = useMemo(
    () =>
      cube !== null && catalogue ? storeOf({ client, tenantId, timezone, catalogue }, cube) : null,
    [client, tenantId, timezone, catalogue, cube],
  );
  const refusal = useMemo<Outcome | null>(() => {
    if (!request || store) return null;
    const error = catalogue
      ? new AggregateError("InvalidQuery", "The query names no member.")
      : new AggregateError("NoCatalogue", "The browser needs the provider's catalogue to compute.");
    return { kind: "error", error };
  }, [request, store, catalogue]);

  const subscribe = useCallback(
    (listener: () => void) =>
      store && request
        ? watchStore(store, request.key, request.query, request.wire, listener)
        : idle(),
    [store, request],
  );
  const read = () => (store && request ? store.read(request.key) : (refusal ?? pending));
  const outcome = useSyncExternalStore(subscribe, read, read);
  const retry = useCallback(() => store?.retry(), [store]);
  return { outcome, retry };
}
