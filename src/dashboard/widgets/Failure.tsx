/** A question that is declined, or failed: what it means, and the one thing that helps. */
import { useEffect } from "react";
import type { AggregateError } from "../../react/index.js";
import { failureWords, filterInTheWay } from "../format/failures.js";
import { dimensionTitle } from "../model/members.js";
import { useView } from "./ViewContext.js";

export interface FailureProps {
  error: AggregateError;
  retry: () => void;
  /** A line above rows that are still shown. */
  isInline?: boolean;
}

export function Failure({ error, retry, isInline = false }: FailureProps) {
  const { title, text } = failureWords(error);
  useLogged(error);
  return (
    <div className={isInline ? "note note-inline" : "note"} role="alert">
      <p className="note-title">{title}</p>
      {!isInline && <p className="note-detail">{text}</p>}
      <WayOn error={error} retry={retry} />
    </div>
  );
}

/** A declined question is asked with one filter less, or with none; what failed is tried again. */
function WayOn({ error, retry }: Pick<FailureProps, "error" | "retry">) {
  const { scope, clearFilters, removeFilter } = useView();
  const filtered = Object.keys(scope.filters);
  if (error.kind === "fault" || error.isUnavailable) {
    return (
      <button type="button" className="button" onClick={retry}>
        Try again
      </button>
    );
  }
  if (error.kind !== "refusal" || filtered.length === 0) return null;
  const dimension = filterInTheWay(error, filtered);
  return dimension === null || filtered.length === 1 ? (
    <button type="button" className="button" onClick={clearFilters}>
      Clear filters
    </button>
  ) : (
    <button type="button" className="button" onClick={() => removeFilter(dimension)}>
      Without the filter {dimensionTitle(scope.cube, dimension)}
    </button>
  );
}

/** What went wrong is for those who look for it: the backend's own words go to the console, once. */
export function useLogged(error: AggregateError | null): void {
  useEffect(() => {
    if (error?.kind === "fault" || error?.isUnavailable)
      console.error(`Reference ${error.reference}:`, error);
  }, [error]);
}
