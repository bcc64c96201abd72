/**
 * What `useAggregate` returns, and the rules that lead to it. `resolveAnswer` is a pure function of
 * what the sources know now, so every transition can be tested without a screen.
 */
import type { Annotations } from "./api";
import type { AggregateError } from "./errors";
import type { AggregateQuery, Row } from "./query";

/** Where an answer came from: folded rollups, the browser's own computation, or the last visit. */
export type Source = "rollup" | "client" | "cache";

/** Rows together with the question that they answer. */
export interface Result {
  query: AggregateQuery;
  rows: readonly Row[];
  annotation: Annotations;
  /** Rows without `limit`; only where the query asked for it. */
  total: number | null;
  /** The rollup and generation, "scan", or "browser". */
  servedBy: string;
  /** False where a measure is approximate; its annotation says by how much. */
  exact: boolean;
  source: Source;
  /** Watermark of a browser answer; rollup answers share the tenant's freshness. */
  asOf: string | null;
}

/** What one source knows about one question right now. */
export type Outcome =
  | { kind: "pending"; progress: number | null }
  | { kind: "error"; error: AggregateError }
  | { kind: "result"; result: Result };

/** A result kept for later, with the question and tenant that it belongs to. */
export interface Kept {
  tenantId: string;
  key: string;
  result: Result;
}

interface Shared<TRow> {
  /** The rows, or undefined when there are none to show. */
  data: readonly TRow[] | undefined;
  /** The question that `data` answers: the previous one while `isPlaceholderData`. */
  query: AggregateQuery | undefined;
  /** `data` answers an earlier question, or comes from the cache, while the current one loads. */
  isPlaceholderData: boolean;
  /** True until there is anything to show. */
  isPending: boolean;
  source: Source | undefined;
  servedBy: string | undefined;
  /** False where a measure of `data` is approximate; its annotation says by how much. */
  exact: boolean | undefined;
  annotation: Annotations | undefined;
  total: number | null;
  /** Commit timestamp up to which the answer is complete, nanoseconds as a decimal string. */
  asOf: string | null;
  /** How far folding is behind the newest commit; 0 for browser answers, null when not known. */
  lagMs: number | null;
  /** 0–1 while the browser fetches its records; null when idle or not known. */
  progress: number | null;
  /** Ask again, for example after an error. */
  retry: () => void;
}

/** The state of one question, discriminated by `status`. */
export type AggregateAnswer<TRow = Row> = Shared<TRow> &
  (
    | { status: "pending"; data: undefined; error: null; isPending: true }
    | { status: "success"; data: readonly TRow[]; error: null; isPending: false }
    | { status: "error"; error: AggregateError; isPending: false }
  );

export interface ResolveInput {
  tenantId: string;
  /** The question's key; null when skipped. */
  key: string | null;
  outcome: Outcome;
  /** The last result that this hook showed. */
  previous: Kept | null;
  /** A result of an earlier visit to the same question. */
  cached: Result | null;
  freshness: { watermark: string; lagMs: number } | null;
  retry: () => void;
}

/**
 * The rules: a result wins; while one loads, the previous result of the same tenant stays as a
 * placeholder, else a cached one; an error keeps only rows that answer the very same question.
 */
export function resolveAnswer(input: ResolveInput): AggregateAnswer {
  const { key, outcome, previous, retry } = input;
  const nothing = {
    data: undefined,
    query: undefined,
    isPlaceholderData: false,
    source: undefined,
    servedBy: undefined,
    exact: undefined,
    annotation: undefined,
    total: null,
    asOf: null,
    lagMs: null,
    progress: null,
    retry,
  };
  if (key === null) return { ...nothing, status: "pending", error: null, isPending: true };

  const own = previous?.tenantId === input.tenantId ? previous : null;
  switch (outcome.kind) {
    case "result":
      return {
        ...shown(outcome.result, input),
        status: "success",
        error: null,
        isPending: false,
        isPlaceholderData: false,
        progress: null,
      };
    case "error": {
      const same = own?.key === key ? shown(own.result, input) : nothing;
      return {
        ...same,
        status: "error",
        error: outcome.error,
        isPending: false,
        isPlaceholderData: same.data !== undefined,
        progress: null,
      };
    }
    case "pending": {
      const stand = own?.result ?? input.cached;
      const progress = outcome.progress;
      if (!stand) return { ...nothing, status: "pending", error: null, isPending: true, progress };
      return {
        ...shown(stand, input),
        status: "success",
        error: null,
        isPending: false,
        isPlaceholderData: true,
        progress,
      };
    }
    default:
      return outcome satisfies never;
  }
}

function shown(result: Result, { freshness, retry }: ResolveInput) {
  const folded = result.source === "rollup" ? freshness : null;
  return {
    data: result.rows,
    query: result.query,
    source: result.source,
    servedBy: result.servedBy,
    exact: result.exact,
    annotation: result.annotation,
    total: result.total,
    asOf: folded?.watermark ?? result.asOf,
    lagMs: result.source === "client" ? 0 : (folded?.lagMs ?? null),
    retry,
  };
}
