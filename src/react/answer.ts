/**
 * What `useAggregate` returns, and the rules that lead to it. `resolveAnswer` is a pure function of
 * what the sources know now, so every transition can be tested without a screen.
 */
import type { Annotations, Freshness } from "./api.js";
import type { AggregateError } from "./errors.js";
import type { AggregateQuery, Row } from "./query.js";

/** Where an answer came from: tiles that the browser holds, the backend's rollups, records in the browser, the last visit. */
export type Source = "tiles" | "rollup" | "client" | "cache";

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
  /** Folded: changes that are newer than `asOf` wait to be folded. A browser's answers are live. */
  freshness: "live" | "folded";
  /** Of a browser's or a folded answer; live ones of rollups share the tenant's freshness. */
  asOf: string | null;
  /** Of an answer from tiles: 0 for a live one, else the age of the oldest change that it lacked when it came to be. */
  lagMs?: number | null;
}

/** What one source knows about one question right now. */
export type Outcome =
  | { kind: "pending"; progress: number | null }
  | { kind: "error"; error: AggregateError }
  | { kind: "result"; result: Result };

export const pending: Outcome = { kind: "pending", progress: null };

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
  /** "folded": asked for so, or more was written than an answer can add; then it is of `asOf`. */
  freshness: "live" | "folded" | undefined;
  annotation: Annotations | undefined;
  total: number | null;
  /**
   * A commit timestamp up to which the answer is complete, nanoseconds as a decimal string. Of an answer from tiles
   * it is the one at which the rows came to be: commits that leave them as they are move nothing.
   */
  asOf: string | null;
  /** Age of the oldest change that is not folded; 0 for browser answers, null when not known. */
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
 * Whether an outcome is fit for a caller who wants at least some commit: results that do not include it are not.
 * (Of held tiles the store tells, because their rows stay the same objects while commits pass.)
 * All queries of one client are of one moment, so a live answer is of the tenant's newest commit as `freshness`
 * has it, and a folded one of what is folded.
 */
export function includes(
  outcome: Outcome,
  atLeast: string | null,
  freshness: Pick<Freshness, "watermark" | "foldedTo"> | null,
): boolean {
  if (atLeast === null || outcome.kind !== "result") return true;
  const { source, freshness: mode, asOf } = outcome.result;
  const folded = mode === "folded" ? freshness?.foldedTo : freshness?.watermark;
  const complete = source === "client" ? asOf : folded;
  return complete != null && BigInt(complete) >= BigInt(atLeast);
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
    freshness: undefined,
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
  const known = result.source === "rollup" ? freshness : null;
  const isLive = result.freshness === "live";
  return {
    data: result.rows,
    query: result.query,
    source: result.source,
    servedBy: result.servedBy,
    exact: result.exact,
    freshness: result.freshness,
    annotation: result.annotation,
    total: result.total,
    asOf: (isLive ? known?.watermark : null) ?? result.asOf,
    lagMs: result.source === "client" ? 0 : (known?.lagMs ?? result.lagMs ?? null),
    retry,
  };
}
