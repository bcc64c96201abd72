/** The rollup side of a question: with others on a board, or a stock Convex subscription; with errors as values. */
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { pending, type Outcome } from "./answer.js";
import type { AggregateRows } from "./api.js";
import { idle, useScope } from "./context.js";
import { toAggregateError } from "./errors.js";
import type { Request, Row } from "./query.js";
import { useSubscription, type Asked } from "./useSubscription.js";

export function useRollupOutcome(request: Request | null): { outcome: Outcome; retry: () => void } {
  const { api, tenant, boards } = useScope();
  const subscribe = useCallback(
    (listener: () => void) => (request ? boards.subscribe(request, listener) : idle()),
    [boards, request],
  );
  const read = () => (request ? boards.read(request.key) : undefined);
  const told = useSyncExternalStore(subscribe, read, read);
  const isAlone = told === "alone";
  const [isPaused, setPaused] = useState(false);
  const asked = useMemo((): Asked => {
    if (!request || !isAlone || isPaused) return {};
    const { wire, freshness } = request;
    return {
      asked: { query: api.rows, args: { ...tenant, query: wire as never, freshness } },
    };
  }, [request, api, tenant, isAlone, isPaused]);
  const own = useSubscription(asked) as AggregateRows | Error | undefined;
  const value = isAlone ? own : told;

  // Asking again means leaving the failed subscription for a moment.
  useEffect(() => {
    if (!isPaused) return;
    const timer = setTimeout(() => setPaused(false), 0);
    return () => clearTimeout(timer);
  }, [isPaused]);
  const isFailed = value instanceof Error;
  const retry = useCallback(() => setPaused(isFailed), [isFailed]);

  const outcome = useMemo<Outcome>(() => {
    if (!request || value === undefined) return pending;
    if (value instanceof Error) return { kind: "error", error: toAggregateError(value) };
    return {
      kind: "result",
      result: {
        query: request.query,
        rows: value.data as readonly Row[],
        annotation: value.annotation,
        total: value.total ?? null,
        servedBy: value.servedBy,
        exact: value.exact,
        source: "rollup",
        freshness: value.freshness,
        asOf: value.asOf ?? null,
      },
    };
  }, [request, value]);
  return { outcome, retry };
}
