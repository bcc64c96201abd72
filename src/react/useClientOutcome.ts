/** The browser side of a question: an answer computed by the shared store of its cube, once the engine is there. */
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { pending, type Outcome } from "./answer.js";
import { idle, useScope } from "./context.js";
import { AggregateError } from "./errors.js";
import { cubeOf, type Request } from "./query.js";
import { useChunk } from "./useChunk.js";
/** Many times larger than the hooks. */
const load = () => import("./fallback/index.js");

export function useClientOutcome(request: Request | null): { outcome: Outcome; retry: () => void } {
  const { client, api, fallback, tenant, tenantId, timezone, catalogue } = useScope();
  const cube = request ? cubeOf(request.query) : null;
  const {
    code: engine,
    error,
    retry: fetchEngine,
  } = useChunk(cube !== null && catalogue !== null, load);
  const store = useMemo(
    () =>
      engine && fallback && cube !== null && catalogue
        ? engine.storeOf({ client, api, fallback, tenant, tenantId, timezone, catalogue }, cube)
        : null,
    [engine, client, api, fallback, tenant, tenantId, timezone, catalogue, cube],
  );
  const refusal = useMemo<Outcome | null>(() => {
    if (!request || store) return null;
    if (catalogue && cube !== null) return error && { kind: "error", error };
    const refused = catalogue
      ? new AggregateError("InvalidQuery", "The query names no member.")
      : new AggregateError("NoCatalogue", "The browser needs the provider's catalogue to compute.");
    return { kind: "error", error: refused };
  }, [request, store, catalogue, cube, error]);

  const subscribe = useCallback(
    (listener: () => void) =>
      engine && store && request
        ? engine.watchStore(store, request.key, request.query, request.wire, listener)
        : idle(),
    [engine, store, request],
  );
  const read = () => (store && request ? store.read(request.key) : (refusal ?? pending));
  const outcome = useSyncExternalStore(subscribe, read, read);
  const retry = useCallback(() => {
    fetchEngine();
    store?.retry();
  }, [fetchEngine, store]);
  return { outcome, retry };
}
