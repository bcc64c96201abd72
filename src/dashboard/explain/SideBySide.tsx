/** Both ways to one answer, on demand: every record in this browser, and the rollup, with what each took here and now. */
import { useEffect, useRef, useState } from "react";
import { useConvex } from "convex/react";
import { toAggregateError, type AggregateQuery } from "../../react/index.js";
import { fallbackApi, rollupsApi } from "../api.js";
import { failureWords } from "../format/failures.js";
import { formatBytes, formatCount, formatElapsed, formatTimes } from "../format/numbers.js";
import { catalogue } from "../model/members.js";
import { answerBothWays, type SideBySide as Both, type Taken } from "./everything.js";

export interface SideBySideProps {
  query: AggregateQuery;
  tenantId: string;
  timezone: string;
}

type State =
  | { status: "idle" }
  | { status: "running"; taken: Taken | null }
  | { status: "failed"; title: string; text: string }
  | { status: "done"; both: Both };

const verdicts = {
  equal: "Both gave the same rows.",
  different: "They gave different rows. That is a fault of ours: please report it.",
  moved: "Records were written meanwhile, so the rows were not compared.",
};

export function SideBySide({ query, tenantId, timezone }: SideBySideProps) {
  const client = useConvex();
  const [state, setState] = useState<State>({ status: "idle" });
  const left = useRef(new AbortController());
  useEffect(() => {
    const leaving = (left.current = new AbortController());
    return () => leaving.abort();
  }, []);

  const run = async () => {
    const { signal } = left.current;
    const show = (next: State) => {
      if (!signal.aborted) setState(next);
    };
    show({ status: "running", taken: null });
    const scope = { client, api: rollupsApi, fallback: fallbackApi, tenant: { tenantId } };
    try {
      const both = await answerBothWays({ ...scope, tenantId, timezone, catalogue }, query, {
        signal,
        onProgress: (taken) => show({ status: "running", taken }),
      });
      show({ status: "done", both });
    } catch (cause) {
      const { title, text } = failureWords(toAggregateError(cause));
      show({ status: "failed", title, text });
    }
  };

  return (
    <section aria-label="Beside reading every record">
      <h3>Beside reading every record</h3>
      {state.status === "idle" && (
        <>
          <p className="drawer-why">
            The old way sends every record to the browser and computes there. Here it is done once,
            and both are counted.
          </p>
          <button type="button" className="button" onClick={() => void run()}>
            Read every record
          </button>
        </>
      )}
      {state.status === "running" && (
        <p className="drawer-why" aria-busy="true">
          {state.taken === null ? "Reading every record" : progressOf(state.taken)}
        </p>
      )}
      {state.status === "failed" && (
        <div role="alert">
          <p className="note-title">{state.title}</p>
          <p>{state.text}</p>
        </div>
      )}
      {state.status === "done" && <Figures {...state.both} />}
    </section>
  );
}

const progressOf = ({ documents, bytes, ms }: Taken) =>
  `${formatCount(documents)} records, ${formatBytes(bytes)}, ${formatElapsed(ms)}`;

function Figures({ everything, rollups, isEqual }: Both) {
  const verdict = isEqual === null ? "moved" : isEqual ? "equal" : "different";
  const rows = [
    ["Read", (taken: Taken) => formatCount(taken.documents), "documents"],
    ["Sent here", (taken: Taken) => formatBytes(taken.bytes), "bytes"],
    ["Until it was there", (taken: Taken) => formatElapsed(taken.ms), "ms"],
  ] as const;
  return (
    <>
      <table className="side-by-side">
        <thead>
          <tr>
            <td />
            <th scope="col">Every record</th>
            <th scope="col">Rollups</th>
            <th scope="col">Less by</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, text, of]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{text(everything)}</td>
              <td>{text(rollups)}</td>
              <td>{formatTimes(everything[of], rollups[of])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="drawer-why" role="status">
        {verdicts[verdict]}
      </p>
    </>
  );
}
