/** Which rollups the cubes should have by what people ask: looked up when it is asked for, as it reads many records. */
import { useState } from "react";
import { useConvex } from "convex/react";
import type { Proposal, Withheld } from "../../../lib/advisor/advise.js";
import { toAggregateError } from "../../react/index.js";
import { failureWords } from "../format/failures.js";
import { formatBytes, formatCount, formatDollars } from "../format/numbers.js";
import { adviceFor, type AdviceOfCube } from "./advice.js";
import { confidenceWords, proposalWords, withheldWords } from "./adviceWords.js";

type State =
  | { status: "idle" }
  | { status: "running"; said: string }
  | { status: "failed"; said: string }
  | { status: "ready"; advices: readonly AdviceOfCube[] };

export function AdvisorCard({ tenantId }: { tenantId: string }) {
  const convex = useConvex();
  const [state, setState] = useState<State>({ status: "idle" });
  const isRunning = state.status === "running";
  const look = async () => {
    setState({ status: "running", said: "Reading what was asked" });
    const onSampled = (cube: string, records: number) =>
      setState({ status: "running", said: `${cube}: ${formatCount(records)} records looked at` });
    try {
      const advices = await adviceFor(convex, tenantId, Date.now(), onSampled);
      setState({ status: "ready", advices });
    } catch (thrown) {
      console.error(thrown);
      const { title, text } = failureWords(toAggregateError(thrown));
      setState({ status: "failed", said: `${title}. ${text}` });
    }
  };
  return (
    <section className="card operate-whole" aria-label="Advice" aria-busy={isRunning}>
      <header className="card-header">
        <h2>Advice</h2>
        <span className="card-note">
          rollups to add, merge, narrow and drop, by what people ask
        </span>
        <div className="card-actions">
          <button
            type="button"
            className="button button-small"
            disabled={isRunning}
            onClick={() => void look()}
          >
            {state.status === "ready" ? "Look again" : "Look for some"}
          </button>
        </div>
      </header>
      <p className="visually-hidden" role="status">
        {state.status === "running" || state.status === "failed" ? state.said : ""}
      </p>
      {state.status === "idle" && (
        <p className="operate-empty">
          Up to 20,000 of the newest records of each cube are read once, to count what rollups would
          hold and cost.
        </p>
      )}
      {state.status === "running" && <p className="operate-empty">{state.said} …</p>}
      {state.status === "failed" && <p className="operate-empty operate-bad">{state.said}</p>}
      {state.status === "ready" &&
        state.advices.map((one) => <AdviceOf key={one.cube} advice={one} />)}
    </section>
  );
}

function AdviceOf({ advice }: { advice: AdviceOfCube }) {
  const { cube, patterns, reports, days, sampled, records, proposals, withheld, unused } = advice;
  return (
    <div className="advice">
      <div className="operate-line">
        <h3 className="operate-name">{cube}</h3>
        <p className="operate-detail">
          {patterns === 0
            ? "no question was reported: hand `report` to the hooks, as docs/costs.md says"
            : `${formatCount(patterns)} ${patterns === 1 ? "form" : "forms"} of questions by ${formatCount(reports)} reports in ${days.toFixed(1)} days; ` +
              `${formatCount(sampled)} of about ${formatCount(Math.round(records))} records looked at`}
        </p>
      </div>
      {patterns > 0 && proposals.length === 0 && <p>Nothing to propose.</p>}
      {proposals.map((one) => (
        <ProposalItem key={`${one.kind} ${one.rollup}`} proposal={one} />
      ))}
      {withheld.length > 0 && (
        <details className="operate-difference">
          <summary>
            <span className="operate-name">Not proposed: {formatCount(withheld.length)}</span>
            <span className="operate-detail">
              for want of evidence, or as nothing else covers it
            </span>
          </summary>
          <ul className="advice-withheld">
            {withheld.map((one) => (
              <WithheldItem key={`${one.kind} ${one.rollup}`} withheld={one} />
            ))}
          </ul>
        </details>
      )}
      {unused.length > 0 && (
        <p className="operate-detail">No reported question is read from {unused.join(", ")}.</p>
      )}
    </div>
  );
}

function ProposalItem({ proposal }: { proposal: Proposal }) {
  const { before, after, build, serves, saves, lines, confidence, evidence } = proposal;
  return (
    <details className="operate-difference">
      <summary>
        <span className="operate-name">{proposalWords(proposal)}</span>
        <span className="pill pill-good">saves {formatDollars(saves)} a month</span>
        <span className="operate-detail">{confidenceWords[confidence]}</span>
      </summary>
      <table className="table advice-table">
        <thead>
          <tr>
            <th scope="col">A month</th>
            <th scope="col" className="number">
              Now
            </th>
            <th scope="col" className="number">
              Then
            </th>
          </tr>
        </thead>
        <tbody>
          <Line
            name="Cost"
            now={formatDollars(before.dollars)}
            then={formatDollars(after.dollars)}
          />
          <Line
            name="Documents read by answers"
            now={formatCount(Math.round(before.reads.documents))}
            then={formatCount(Math.round(after.reads.documents))}
          />
          <Line
            name="Bytes read by answers"
            now={formatBytes(before.reads.bytes)}
            then={formatBytes(after.reads.bytes)}
          />
          <Line
            name="Bytes of upkeep"
            now={formatBytes(before.upkeep.bytes)}
            then={formatBytes(after.upkeep.bytes)}
          />
          <Line
            name="Stored"
            now={formatBytes(before.stored.bytes)}
            then={formatBytes(after.stored.bytes)}
          />
        </tbody>
      </table>
      <p className="operate-detail">
        By {formatCount(evidence.reports)} reports in {evidence.days.toFixed(1)} days;{" "}
        {formatCount(serves.length)} forms of questions are read differently.
        {lines !== "" && ` Building it moves ${formatBytes(build.bytes)} once.`}
      </p>
      {lines === "" ? (
        <p className="operate-detail">Delete it from the cube&apos;s `rollups`.</p>
      ) : (
        <pre className="code advice-lines" tabIndex={0} aria-label={`Lines for ${proposal.rollup}`}>
          {lines}
        </pre>
      )}
    </details>
  );
}

function Line({ name, now, then }: { name: string; now: string; then: string }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="number">{now}</td>
      <td className="number">{then}</td>
    </tr>
  );
}

function WithheldItem({ withheld }: { withheld: Withheld }) {
  return (
    <li>
      <span className="operate-name">{proposalWords(withheld)}</span>{" "}
      <span className="operate-detail">
        {`would save ${formatDollars(withheld.saves)} a month. ${withheldWords(withheld)}`}
      </span>
    </li>
  );
}
