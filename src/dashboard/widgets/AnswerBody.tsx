/**
 * The states that every widget shares: loading, loading in the browser with progress, refused or
 * failed with a way on, empty, stale, and the content itself.
 */
import type { ReactNode } from "react";
import type { AggregateAnswer } from "../../react/index.js";
import { Failure } from "./Failure.js";
import { useReportPending } from "./pending.js";
import { ProgressBar } from "./ProgressBar.js";
import { useView } from "./ViewContext.js";

export interface AnswerBodyProps {
  answer: AggregateAnswer;
  skeleton: ReactNode;
  /** Default: there are no rows. */
  isEmpty?: boolean;
  children: ReactNode;
}

export function AnswerBody({ answer, skeleton, isEmpty, children }: AnswerBodyProps) {
  const { data, error, progress, isPlaceholderData } = answer;
  useReportPending(error === null && (data === undefined || isPlaceholderData));
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
    <div className={isPlaceholderData ? "answer answer-stale" : "answer"}>
      {error && <Failure error={error} retry={answer.retry} isInline />}
      {empty ? <Empty /> : children}
    </div>
  );
}

function Empty() {
  const { scope, hasRecords, clearFilters } = useView();
  const isFiltered = Object.keys(scope.filters).length > 0;
  if (!hasRecords) {
    return (
      <div className="note">
        <p className="note-title">No records yet</p>
        <p>Figures appear here as soon as the first record is in.</p>
      </div>
    );
  }
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
