/** Where the answer comes from, what it took, and why no other rollup gave it: what the drawer of a card tells, too. */
import type { ReactNode } from "react";
import type { AggregateAnswer, AggregateQuery, Source } from "../../react/index.js";
import { failureWords } from "../format/failures.js";
import { formatBytes, formatCount, formatElapsed } from "../format/numbers.js";
import { commitMs, formatAgo, formatInstant } from "../format/times.js";
import { useConnection } from "../session/useConnection.js";
import { BarsSkeleton } from "../widgets/Skeleton.js";
import type { Considered } from "./explanation.js";
import { Rollups } from "./Rollups.js";
import { useExplanation, type ExplanationState } from "./useExplanation.js";
import "../theme/explain.css";

/** A question that is only passed through is not asked about. */
const settledMs = 400;

export interface RouteProps {
  query: AggregateQuery;
  answer: AggregateAnswer;
  tenantId: string;
  timezone: string;
  /** What can be done where no rollup keeps what is asked, and records are read instead. */
  children: ReactNode;
}

const sources: Record<Source, string> = {
  tiles: "answered, from tiles that this browser holds.",
  rollup: "answered, read by the backend with what is not folded into it yet.",
  client: "answered: it has read every record.",
  cache: "answered at your last visit; it is asked again.",
};

export function Route({ query, answer, tenantId, timezone, children }: RouteProps) {
  const state = useExplanation(query, tenantId, settledMs);
  const { lost } = useConnection();
  const isCurrent = answer.data !== undefined && !answer.isPlaceholderData;
  const isScan = isCurrent && answer.servedBy === "scan";
  return (
    <section className="card explore-route" aria-label="Route">
      <header className="card-header">
        <h2>Where it comes from</h2>
      </header>
      {isCurrent && (
        <p className="explore-lead">
          <strong className="code">{answer.servedBy}</strong>{" "}
          {isScan
            ? "answered: no rollup keeps what is asked, and the records were few enough to read."
            : answer.source && sources[answer.source]}
        </p>
      )}
      {state.status === "pending" ? (
        lost === null ? (
          <BarsSkeleton count={3} />
        ) : (
          <p className="explore-hint">What it takes is told when the connection is back.</p>
        )
      ) : (
        <Told state={state} timezone={timezone} />
      )}
      {isScan && <div className="explore-scan">{children}</div>}
    </section>
  );
}

type Known = Exclude<ExplanationState, { status: "pending" }>;

function Told({ state, timezone }: { state: Known; timezone: string }) {
  if (state.status === "error") {
    const { title } = failureWords(state.error);
    return (
      <>
        <p className="explore-lead">{title}.</p>
        <Lists considered={state.explained?.considered ?? []} chosen={null} isOpen />
      </>
    );
  }
  const { explained, answered } = state.explanation;
  const { work, verifiedAt, exact, watermark } = answered;
  const committed = commitMs(watermark);
  const facts: [string, string][] = [
    ["Documents read", formatCount(work.documents)],
    ["Bytes read", formatBytes(work.bytes)],
    ["Index ranges", formatCount(work.indexRanges)],
    ["Took", formatElapsed(state.ms)],
    ["Exact", exact ? "yes" : "but for what is marked ≈"],
    ["As of commit", committed === null ? "none yet" : formatInstant(committed, timezone)],
    ["Verified", verifiedAt === null ? "not yet as a whole" : formatAgo(verifiedAt, state.at)],
  ];
  const { plan } = explained;
  return (
    <>
      <dl className="drawer-facts explore-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd title={name === "As of commit" ? watermark : undefined}>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="drawer-note">As the backend counts, asked once. Time is from here and back.</p>
      <Lists
        considered={explained.considered}
        chosen={plan === null ? null : `${plan.rollup.name}@${plan.generation}`}
      />
    </>
  );
}

interface ListsProps {
  considered: readonly Considered[];
  chosen: string | null;
  /** Whether reasons are shown at once. */
  isOpen?: boolean;
}

function Lists({ considered, chosen, isOpen = false }: ListsProps) {
  const able = considered.filter(({ refusal }) => refusal === null);
  const unable = considered.filter(({ refusal }) => refusal !== null);
  return (
    <>
      {able.length > 0 && (
        <details className="explore-details">
          <summary>What could answer: {able.length}</summary>
          <Rollups list={able} chosen={chosen} />
        </details>
      )}
      {unable.length > 0 && (
        <details className="explore-details" open={isOpen}>
          <summary>What could not: {unable.length}</summary>
          <Rollups list={unable} chosen={null} />
        </details>
      )}
    </>
  );
}
