/** The question as code, to be copied. */
import { useState } from "react";
import type { AggregateQuery } from "../../react/index.js";
import { Segments } from "../chrome/Segments.js";
import { copy } from "../model/takeAway.js";
import { codeKinds, codeOf, type CodeKind } from "./code.js";

export function Code({ query }: { query: AggregateQuery }) {
  const [kind, setKind] = useState<CodeKind>("json");
  const [said, setSaid] = useState<{ text: string; of: string } | null>(null);
  const text = codeOf(kind, query);
  const run = () =>
    void copy(text).then(
      () => setSaid({ text: "Copied.", of: text }),
      () => setSaid({ text: "That did not work: the browser refused it.", of: text }),
    );
  return (
    <section className="card explore-code" aria-label="Code">
      <header className="card-header">
        <h2>Code</h2>
        <div className="card-actions">
          <span className="explore-said" role="status">
            {said?.of === text ? said.text : ""}
          </span>
          <button type="button" className="button button-small" onClick={run}>
            Copy
          </button>
        </div>
      </header>
      <Segments label="Code as" options={codeKinds} value={kind} onChange={setKind} />
      <pre
        className="code explore-pre"
        tabIndex={0}
        role="region"
        aria-label="The question as code"
      >
        {text}
      </pre>
    </section>
  );
}
