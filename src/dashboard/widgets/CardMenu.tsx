/** What people take away from a widget: its rows, its picture, its question. */
import { lazy, Suspense, useCallback, useId, useRef, useState, type RefObject } from "react";
import type { AggregateAnswer } from "../../react/index.js";
import type { Table } from "../charts/table.js";
import { MoreIcon } from "../chrome/icons.js";
import { useDismiss } from "../chrome/useDismiss.js";
import { jsonOf, hookOf } from "../model/code.js";
import type { Span } from "../model/period.js";
import { copy, downloadCsv, downloadPng } from "../model/takeAway.js";
import { updateUrlState } from "../model/useUrlState.js";
import { useView } from "./ViewContext.js";

/** Most people never open it. */
const Explain = lazy(async () => ({ default: (await import("../explain/Explain.js")).Explain }));

export interface CardMenuProps {
  title: string;
  answer: AggregateAnswer;
  table: () => Table;
  card: RefObject<HTMLElement | null>;
}

export function CardMenu({ title, answer, table, card }: CardMenuProps) {
  /** The chart that the card shows, where it is drawn as one picture. */
  const [menu, setMenu] = useState<{ chart: SVGSVGElement | null } | null>(null);
  const [said, setSaid] = useState("");
  const [isExplained, setExplained] = useState(false);
  const { scope, tenantId, timezone } = useView();
  const ref = useRef<HTMLDivElement>(null);
  const isOpen = menu !== null;
  const close = useCallback(() => setMenu(null), []);
  useDismiss(ref, isOpen, close);
  const panelId = useId();

  const toggle = () =>
    setMenu(isOpen ? null : { chart: card.current?.querySelector(".chart svg") ?? null });
  const run = (done: string, act: () => Promise<void>) => {
    close();
    ref.current?.querySelector("button")?.focus();
    act().then(
      () => setSaid(done),
      () => setSaid("That did not work: the browser refused it."),
    );
  };
  const chart = menu?.chart ?? null;
  return (
    <div className="popover" ref={ref}>
      <button
        type="button"
        className="icon-button"
        aria-label={`More of ${title}`}
        title="Download and copy"
        aria-expanded={isOpen}
        aria-controls={panelId}
        disabled={answer.data === undefined}
        onClick={toggle}
      >
        <MoreIcon />
      </button>
      <span className="visually-hidden" role="status">
        {said}
      </span>
      {isOpen && (
        <ul className="popover-panel popover-menu options" id={panelId}>
          <Item
            label="Why this answer"
            onClick={() => {
              close();
              setExplained(true);
            }}
          />
          <Item
            label="Open in Explore"
            onClick={() => run("Opened.", () => openInExplore(answer.query, scope.span))}
          />
          <Item label="See the records" onClick={() => updateUrlState({ page: "records" })} />
          <Item
            label="Download CSV"
            onClick={() => run("Downloaded.", () => downloadCsv(title, table()))}
          />
          {chart && (
            <Item
              label="Download PNG"
              onClick={() => run("Downloaded.", () => downloadPng(title, chart))}
            />
          )}
          <Item
            label="Copy query"
            onClick={() => run("Copied.", () => copy(jsonOf(answer.query)))}
          />
          <Item
            label="Copy as useAggregate"
            onClick={() => run("Copied.", () => copy(hookOf(answer.query)))}
          />
        </ul>
      )}
      {isExplained && (
        <Suspense>
          <Explain
            {...{ title, answer, tenantId, timezone }}
            onClose={() => {
              setExplained(false);
              ref.current?.querySelector("button")?.focus();
            }}
          />
        </Suspense>
      )}
    </div>
  );
}

/** Its code reads the question. */
async function openInExplore(query: AggregateAnswer["query"], span: Span | null): Promise<void> {
  if (query === undefined) return;
  const { stateOf } = await import("../explore/reading.js");
  updateUrlState(stateOf(query, span));
}

function Item({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <li>
      <button type="button" className="option" onClick={onClick}>
        {label}
      </button>
    </li>
  );
}
