/**
 * One hook without a provider: a stock subscription to the app's own `rows`, with rows that are typed by the
 * query. It needs nothing but Convex's provider, and brings no engine into the browser.
 */
import { useEffect, useMemo, useState } from "react";
import { getFunctionName, makeFunctionReference } from "convex/server";
import type { Annotation } from "../../lib/cubeJson/annotate.js";
import type { ErrorCode } from "../../lib/errorCodes.js";
import type { Checked, LiteralQuery } from "../client/types/queries.js";
import type { RowWith } from "../client/types/rows.js";
import type { PatternReports } from "../patterns/index.js";
import { passingCode } from "./passing.js";
import { keyOf, toWire, type AggregateQuery } from "./query.js";
import type { QueryOfRows, RowOfRows, RowsFunction, TenantOfRows } from "./rowsFunction.js";
import { useSubscription, type Asked } from "./useSubscription.js";

export interface RollupOptions {
  /** "folded" reads folded tiles only, and changes less often (default "live"). */
  freshness?: "live" | "folded";
  /** With it, what is asked is reported: the same object on every rendering. */
  patterns?: PatternReports | undefined;
}

/** Why there is no answer, as a value. */
export interface RollupError {
  /**
   * The engine's code, such as "NoRollup"; the app's own where its access check throws one; one of those that
   * may pass, such as "TimedOut", after which the query is asked again by itself; "Internal" for any other
   * failure without a code.
   */
  code: ErrorCode | "Internal" | (string & Record<never, never>);
  message: string;
  /** What the backend says beside code and message, such as the rollups that were considered. */
  details: Readonly<Record<string, unknown>>;
}

export interface RollupAnswer<Row> {
  /** The rows, or undefined when there are none to show. */
  data: readonly Row[] | undefined;
  /** It goes as soon as there is an answer. */
  error: RollupError | null;
  /** True until there is anything to show, and while the query is skipped. */
  isPending: boolean;
  /** `data` answers an earlier query of the same tenant while the current one loads. */
  isPlaceholder: boolean;
  /** "cube.rollup@generation", or "scan". */
  servedBy: string | undefined;
  /** False where a measure of `data` is approximate; its annotation says by how much. */
  exact: boolean | undefined;
  /** "folded": asked for so, or more was written than an answer can add; then it is of `asOf`. */
  freshness: "live" | "folded" | undefined;
  /** Of an answer that is folded though it was to be live: the commit of the newest change that is included, in decimal. */
  asOf: string | undefined;
  /** Title, type and format of each member. */
  annotation: Annotation | undefined;
  /** Rows before `limit`, where the query asks for it. */
  total: number | undefined;
}

/** What a backend answers, whatever it is asked. */
type Answer = Pick<RollupAnswer<never>, "annotation" | "servedBy" | "exact"> & {
  data: readonly object[];
  freshness: "live" | "folded";
  asOf?: string;
  total?: number;
};

interface Kept {
  tenant: string;
  asked: string;
  answer: Answer;
}

/**
 * Subscribes to the answer of a query; `"skip"` for it, or for the tenant, asks nothing. Queries that are equal share a subscription,
 * and what is returned stays the same object while nothing changes. While another query of the same tenant
 * loads, the rows stay as a placeholder, typed as the new query's; `isPlaceholder` says so. Errors are
 * values; rows that answer the very query stay beside one.
 */
export function useRollup<
  Rows extends RowsFunction,
  const Literal extends LiteralQuery<QueryOfRows<Rows>> | "skip",
>(
  rows: Rows,
  tenant: TenantOfRows<Rows> | "skip",
  query: Literal & Checked<Literal, QueryOfRows<Rows>>,
  { freshness = "live", patterns }: RollupOptions = {},
): RollupAnswer<RowWith<Exclude<Literal, "skip">, RowOfRows<Rows>>> {
  const name = getFunctionName(rows);
  const owner = keyOf([name, tenant]);
  const asked =
    query === "skip" || tenant === "skip"
      ? ""
      : keyOf({ ...tenant, freshness, query: toWire(query as AggregateQuery) });
  // Made of texts, because a new object on every rendering is what callers give.
  const request = useMemo(
    (): Asked =>
      asked
        ? { asked: { query: makeFunctionReference<"query">(name), args: JSON.parse(asked) } }
        : {},
    [name, asked],
  );
  const value = useSubscription(request) as Answer | Error | undefined;

  const [kept, setKept] = useState<Kept | null>(null);
  let known = kept?.tenant === owner ? kept : null;
  if (asked && value && !(value instanceof Error)) {
    if (known?.answer !== value || known.asked !== asked) {
      known = { tenant: owner, asked, answer: value };
      setKept(known);
    }
  }

  const shown = useMemo(() => {
    const error = value instanceof Error ? errorOf(value) : null;
    const isShown = asked && (!error || known?.asked === asked);
    const answer = isShown ? known?.answer : undefined;
    return {
      error,
      isPending: !answer && !error,
      isPlaceholder: !!answer && answer !== value,
      data: answer?.data as never,
      servedBy: answer?.servedBy,
      exact: answer?.exact,
      freshness: answer?.freshness,
      asOf: answer?.asOf,
      annotation: answer?.annotation,
      total: answer?.total,
    };
  }, [asked, value, known]);
  const route = shown.error?.code ?? (value as Partial<Answer> | undefined)?.servedBy;
  useEffect(() => {
    if (route) patterns?.saw(asked, route);
  }, [patterns, asked, route]);
  return shown;
}

/** Data comes with a `ConvexError` only, and an app's own may be of any kind. */
function errorOf(error: Error & { data?: unknown }): RollupError {
  const { data } = error;
  const parts = typeof data === "object" ? data : { message: data };
  const { code, message, ...details } = (parts ?? {}) as Record<string, unknown>;
  return {
    code: typeof code === "string" ? code : (!data && passingCode(error.message)) || "Internal",
    message: typeof message === "string" ? message : error.message,
    details,
  };
}
