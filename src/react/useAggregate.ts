/**
 * The main hook: one question, answered live: from tiles that the browser holds where they cover it, else by the
 * backend's rollups; or from records in the browser, as the tenant's flag says.
 */
import { useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import {
  includes,
  pending,
  resolveAnswer,
  type AggregateAnswer,
  type Kept,
  type Outcome,
} from "./answer.js";
import { FlagContext, idle, useScope } from "./context.js";
import { cubeOf, toWire, keyOf, type AggregateQuery, type Request, type Row } from "./query.js";
import { useClientOutcome } from "./useClientOutcome.js";
import { useHeldOutcome } from "./useHeldOutcome.js";
import { useRollupOutcome } from "./useRollupOutcome.js";

export interface AggregateOptions {
  /**
   * "live" (default) includes changes that are not folded yet; "folded" reads folded tiles only and
   * changes less often.
   */
  freshness?: "live" | "folded";
  /**
   * A commit, as a mutation returns it or `useOwnWrites` remembers it. Until an answer includes it the rows are
   * an earlier answer's, with `isPlaceholderData`, or the state is pending; that is no error.
   */
  atLeast?: string | bigint | undefined;
}

/**
 * Subscribes to an aggregate. Pass `"skip"` to ask nothing. An equal query object, however often it
 * is created anew, keeps one subscription. While another question loads, the previous rows stay with
 * `isPlaceholderData`; `answer.query` says which question the rows answer. Errors are values:
 * `status: "error"` with an `AggregateError`, whose `isRefusal` tells a refusal from a fault.
 */
export function useAggregate<TRow extends Row = Row>(
  query: AggregateQuery | "skip",
  options: AggregateOptions = {},
): AggregateAnswer<TRow> {
  const scope = useScope();
  const { tenantId, cache } = scope;
  const flag = useContext(FlagContext);
  const request = useRequest(query, options.freshness ?? "live");
  const atLeast = options.atLeast?.toString() ?? null;

  const cubes = flag.value?.rollout?.cubes;
  // A cube may stand otherwise than the tenant.
  const { mode, rollout } = (request && cubes?.[cubeOf(request.query)!]) ?? flag.value ?? {};
  const isOff = mode === "off";
  const asked = isOff ? null : request;
  const held = useHeldOutcome(asked, atLeast);
  const rollup = useRollupOutcome(held ? null : asked);
  const browser = useClientOutcome(isOff ? request : null);
  const known = useFreshnessFor(asked !== null && !held, atLeast);

  const outcome = useMemo<Outcome>(() => {
    if (flag.error) return { kind: "error", error: flag.error };
    if (mode === undefined) return pending;
    if (!isOff && held) return held;
    const found = isOff ? browser.outcome : rollup.outcome;
    return includes(found, atLeast, known) ? found : pending;
  }, [flag, mode, isOff, held, browser.outcome, rollup.outcome, atLeast, known]);

  useEffect(() => {
    if (request && rollout?.compares && outcome.kind === "result") {
      loadReports().then(({ saw }) => saw(scope, request), idle);
    }
  }, [scope, rollout, request, outcome]);

  useEffect(() => {
    if (asked) return scope.prefetch?.saw(scope, asked);
  }, [scope, asked]);

  const result = outcome.kind === "result" ? outcome.result : null;
  const route = outcome.kind === "error" ? outcome.error.code : result?.servedBy;
  const isHeld = result?.source === "tiles";
  useEffect(() => {
    if (request && route) {
      scope.patterns?.saw(keyOf({ ...scope.tenant, query: request.wire }), route, isHeld);
    }
  }, [scope, request, route, isHeld]);

  const key = request?.key ?? null;
  const previous = useKept(tenantId, request, outcome);
  const cached = useMemo(
    () => (cache && key !== null ? cache.read(tenantId, key) : null),
    [cache, tenantId, key],
  );
  useEffect(() => {
    if (cache && key !== null && outcome.kind === "result") {
      cache.write(tenantId, key, outcome.result);
    }
  }, [cache, tenantId, key, outcome]);

  const { retry: retryRollup } = rollup;
  const { retry: retryBrowser } = browser;
  const retry = useCallback(() => {
    retryRollup();
    retryBrowser();
  }, [retryRollup, retryBrowser]);

  const state = useMemo(
    () =>
      resolveAnswer({
        tenantId,
        key,
        outcome,
        previous,
        cached,
        freshness: known,
        retry,
      }),
    [tenantId, key, outcome, previous, cached, known, retry],
  );
  return state as AggregateAnswer<TRow>;
}

/** Reports questions while both ways are compared. Answers do not wait for it. */
const loadReports = () => import("./reports/index.js");

/**
 * The tenant's freshness, for an answer of the backend. Where tiles are held it is followed only to tell whether the
 * answer includes a commit: else every write would render what it leaves as it is.
 */
function useFreshnessFor(isBackends: boolean, atLeast: string | null) {
  const { held, freshness } = useScope();
  const { subscribe, get } = freshness;
  const isFollowed = isBackends && (held === null || atLeast !== null);
  const read = () => get().value ?? null;
  return useSyncExternalStore(isFollowed ? subscribe : idle, read, read);
}

function useRequest(query: AggregateQuery | "skip", freshness: "live" | "folded"): Request | null {
  const [stable, setStable] = useState<{ text: string; request: Request } | null>(null);
  if (query === "skip") return null;
  // What is written alike is the same question: no more is looked at in most renderings.
  const text = JSON.stringify([query, freshness]);
  if (stable?.text === text) return stable.request;
  const wire = toWire(query);
  const key = keyOf([wire, freshness]);
  const request = stable?.request.key === key ? stable.request : { key, query, wire, freshness };
  setStable({ text, request });
  return request;
}

/**
 * The last result shown, while another question loads: it stands in. Remembered once a result is on the screen, so that
 * one which comes renders its component once.
 */
function useKept(tenantId: string, request: Request | null, outcome: Outcome): Kept | null {
  const [shown] = useState(() => new Shown());
  const key = request?.key ?? null;
  const result = outcome.kind === "result" ? outcome.result : null;
  useEffect(() => {
    if (key !== null && result !== null) shown.keep({ tenantId, key, result });
  }, [shown, tenantId, key, result]);
  return result === null ? shown.last : null;
}

class Shown {
  last: Kept | null = null;

  keep(result: Kept): void {
    this.last = result;
  }
}
