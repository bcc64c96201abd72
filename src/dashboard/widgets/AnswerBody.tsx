/**
 * The states that every widget shares: loading, loading in the browser with progress, refused or
 * failed with a retry, empty, stale, and the content itself.
 */
import type { ReactNode } from "react";
import type { AggregateAnswer, AggregateError } from "../../hooks";
import { ProgressBar } from "./ProgressBar";
import { useView } from "./ViewContext";

export interface AnswerBodyProps {
  answer: AggregateAnswer;
  skeleton: ReactNode;
  /** Default: there are no rows. */
  isEmpty?: boolean;
  children: ReactNode;
}

export function AnswerBody({ answer, skeleton, isEmpty, children }: AnswerBodyProps) {
  const { data, error, progress } = answer;
  if (data === undefined) {
    if (error) return <Failure error={error} retry={answer.retry} />;
    return (
      <div className="loading" aria-busy>
        <span className="visually-hidden">Loading</span>
        {skeleton}
        {progress !== null && <ProgressBar label="Reading records" value={progress} />}
      </div>
    );
  }
  const empty = isEmpty ?? data.length === 0;
  return (
    <div className={answer.isPlaceholderData ? "answer answer-stale" : "answer"}>
      {error && <Failure error={error} retry={answer.retry} isInline />}
      {empty ? <Empty /> : children}
    </div>
  );
}

function Empty() {
  const { scope, clearFilters } = useView();
  const isFiltered = Object.keys(scope.filters).length > 0;
  return (
    <div className="note">
      <p className="note-title">Nothing in this period</p>
      <p>
        {isFiltered ? "No record matches the filters." : "Choose another period to see records."}
      </p>
      {isFiltered && (
        <button type="button" className="button" onClick={clearFilters}>
          Clear filters
        </button>
      )}
    </div>
  );
}

const titles: Record<string, string> = {
  NoRollup: "No rollup covers this",
  FilterNotCovered: "No rollup covers these filters",
  FanOut: "Topics overlap in this question",
  Building: "The rollup is still being built",
  ScanTooLarge: "Too many records to read at once",
  Forbidden: "You may not see this",
  Unauthenticated: "Please sign in",
};

export interface FailureProps {
  error: AggregateError;
  retry: () => void;
  /** A line above rows that are still shown. */
  isInline?: boolean;
}

/** A fault can be retried; a question that no rollup covers is better asked with fewer filters. */
export function Failure({ error, retry, isInline = false }: FailureProps) {
  const { scope, clearFilters } = useView();
  const isFiltered = Object.keys(scope.filters).length > 0;
  return (
    <div className={isInline ? "note note-inline" : "note"} role="alert">
      <p className="note-title">{titles[error.code] ?? "This could not be loaded"}</p>
      {!isInline && <p className="note-detail">{error.message}</p>}
      {error.isRefusal && isFiltered ? (
        <button type="button" className="button" onClick={clearFilters}>
          Clear filters
        </button>
      ) : (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
