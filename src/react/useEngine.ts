/** Fetches the browser's engine, which is many times larger than the hooks, when something needs it. */
import { useCallback, useEffect, useState } from "react";
import type * as engine from "./fallback/index.js";
import { toAggregateError, type AggregateError } from "./errors.js";

type Engine = typeof engine;

interface Loaded {
  engine: Engine | null;
  error: AggregateError | null;
}

const nothing: Loaded = { engine: null, error: null };

/** `retry` asks again after an error. */
export function useEngine(isNeeded: boolean): Loaded & { retry: () => void } {
  const [loaded, setLoaded] = useState(nothing);
  const isMissing = isNeeded && loaded === nothing;
  useEffect(() => {
    if (!isMissing) return;
    let isWanted = true;
    const settle = (next: Loaded) => isWanted && setLoaded(next);
    import("./fallback/index.js").then(
      (engine) => settle({ engine, error: null }),
      (cause: unknown) => settle({ engine: null, error: toAggregateError(cause) }),
    );
    return () => {
      isWanted = false;
    };
  }, [isMissing]);
  const retry = useCallback(() => setLoaded((now) => (now.error ? nothing : now)), []);
  return { ...loaded, retry };
}
