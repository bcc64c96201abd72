/** Fetches a part of the code when something needs it, after what does has been painted. */
import { useCallback, useEffect, useState } from "react";
import { toAggregateError, type AggregateError } from "./errors.js";

export interface Chunk<Code> {
  code: Code | null;
  error: AggregateError | null;
}

const nothing: Chunk<never> = { code: null, error: null };

/** `load` is the same function on every rendering. `retry` asks again after an error. */
export function useChunk<Code>(
  isNeeded: boolean,
  load: () => Promise<Code>,
): Chunk<Code> & { retry: () => void } {
  const [loaded, setLoaded] = useState<Chunk<Code>>(nothing);
  const isMissing = isNeeded && loaded === nothing;
  useEffect(() => {
    if (!isMissing) return;
    let isWanted = true;
    const settle = (next: Chunk<Code>) => isWanted && setLoaded(next);
    load().then(
      (code) => settle({ code, error: null }),
      (cause: unknown) => settle({ code: null, error: toAggregateError(cause) }),
    );
    return () => {
      isWanted = false;
    };
  }, [isMissing, load]);
  const retry = useCallback(() => setLoaded((now) => (now.error ? nothing : now)), []);
  return { ...loaded, retry };
}
