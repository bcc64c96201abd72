/** Why an answer is what it is: the rollup that gave it, what was read, and why no other one did. */
import { useId } from "react";
import type { AggregateAnswer, AggregateError } from "../../react/index.js";
import { showModal } from "../chrome/showModal.js";
import { failureWords } from "../format/failures.js";
import { formatBytes, formatCount } from "../format/numbers.js";
import { formatAgo } from "../format/times.js";
import { BarsSkeleton } from "../widgets/Skeleton.js";
import { stretchesOf, type Explanation } from "./explanation.js";
import { Rollups, type RollupsProps } from "./Rollups.js";
import { SideBySide } from "./SideBySide.js";
import { useExplanation } from "./useExplanation.js";
import "../theme/explain.css";

export interface ExplainProps {
  title: string;
  answer: AggregateAnswer;
  tenantId: string;
  timezone: string;
  onClose: () => void;
}

export function Explain({ title, answer, tenantId, timezone, onClose }: ExplainProps) {
  const titleId = useId();
  const query = JSON.stringify(answer.query);
  const state = useExplanation(answer.query, tenantId);

  return (
    <dialog ref={showModal} className="drawer" aria-labelledby={titleId} onClose={onClose}>
      <header className="drawer-header">
        <h2 id={titleId}>Why this answer: {title}</h2>
        <form method="dialog">
          <button type="submit" className="button">
            Close
          </button>
        </form>
      </header>
      {state.status === "pending" && <BarsSkeleton count={4} />}
      {state.status === "error" && <Failed error={state.error} />}
      {state.status === "ready" && <Ready {...state.explanation} answer={answer} now={state.at} />}
      {state.status === "ready" && answer.query && (
        <SideBySide key={query} query={answer.query} {...{ tenantId, timezone }} />
      )}
    </dialog>
  );
}

function Failed({ error }: { error: AggregateError }) {
  const { title, text } = failureWords(error);
  return (
    <div role="alert">
      <p className="note-title">{title}</p>
      <p>{text}</p>
    </div>
  );
}

type ReadyProps = Explanation & { answer: AggregateAnswer; now: number };

function Ready({ explained, answered, answer, now }: ReadyProps) {
  const { plan, considered } = explained;
  const chosen = plan === null ? null : `${plan.rollup.name}@${plan.generation}`;
  const able = considered.filter(({ refusal }) => refusal === null);
  const unable = considered.filter(({ refusal }) => refusal !== null);
  const { work, verifiedAt } = answered;
  const stretches = stretchesOf(plan?.segments ?? []);
  return (
    <>
      <p className="drawer-lead">
        {chosen === null ? (
          <>
            <strong>The records themselves</strong> are read, as no rollup keeps what is asked.
          </>
        ) : (
          <>
            <strong className="code">{chosen}</strong> answers
            {able.length > 1 ? `, the cheapest of ${able.length} that could.` : "."}
          </>
        )}
        {answer.source === "tiles" &&
          " This browser holds its tiles, so that nothing was sent for it."}
      </p>
      <dl className="drawer-facts">
        <Fact name="Documents read" value={formatCount(work.documents)} />
        <Fact name="Bytes read" value={formatBytes(work.bytes)} />
        <Fact name="Index ranges" value={formatCount(work.indexRanges)} />
        <Fact name="Exact" value={answered.exact ? "yes" : "but for what is marked ≈"} />
        <Fact
          name="Verified"
          value={verifiedAt === null ? "not yet as a whole" : formatAgo(verifiedAt, now)}
        />
      </dl>
      <p className="drawer-note">As the backend counts where no tiles are held.</p>
      {stretches.length > 0 && (
        <section aria-label="Of what the period is made">
          <h3>Of what the period is made</h3>
          <ol className="stretches">
            {stretches.map(({ key, label, share, isRecords }) => (
              <li
                key={key}
                className={isRecords ? "stretch stretch-records" : "stretch"}
                style={{ flexGrow: share }}
                title={label}
              >
                {label}
              </li>
            ))}
          </ol>
        </section>
      )}
      <Section title="What could answer" list={able} chosen={chosen} />
      <Section title="What could not" list={unable} chosen={null} />
    </>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Section({ title, list, chosen }: RollupsProps & { title: string }) {
  if (list.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <Rollups list={list} chosen={chosen} />
    </section>
  );
}
