/**
 * One of Convex's subscriptions. A write makes the backend run a failed query again, as any other. So where the
 * failure may pass, the subscription is left, and taken up later and later; the failure stays meanwhile.
 */
import { useEffect, useState } from "react";
import { useQueries, type RequestForQueries } from "convex/react";
import { passingCode } from "./passing.js";

/** What is asked, or nothing. */
export type Asked = { asked?: RequestForQueries[string] };

const nothing: Asked = {};

interface Failed {
  asked: Asked;
  error: Error;
  waitMs: number;
  isLeft: boolean;
}

/** The answer, a failure, or undefined while there is neither. `asked` is the same object while nothing changes. */
export function useSubscription(asked: Asked): unknown {
  const [failed, setFailed] = useState<Failed | null>(null);
  const own = failed?.asked === asked ? failed : null;
  const queries = own?.isLeft ? nothing : asked;
  const value = useQueries(queries as RequestForQueries)["asked"] as
    | (Error & { data?: unknown })
    | undefined;
  if (value instanceof Error && !value.data && passingCode(value.message)) {
    // A second after the first failure; each that follows doubles it, up to half a minute.
    const waitMs = own ? Math.min(30_000, own.waitMs * 2) : 1000;
    setFailed({ asked, error: value, waitMs, isLeft: true });
  } else if (own && value) setFailed(null);
  useEffect(() => {
    if (!own?.isLeft) return;
    // Up to twice as long by chance, so that all who failed together do not come back together.
    const waitMs = own.waitMs * (1 + Math.random());
    const timer = setTimeout(() => setFailed({ ...own, isLeft: false }), waitMs);
    return () => clearTimeout(timer);
  }, [own]);
  return value ?? own?.error;
}
