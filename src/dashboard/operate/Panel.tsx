/** A card of the operator's screen, and what stands in it while it waits or when it failed. */
import type { ReactNode } from "react";
import { failureWords } from "../format/failures.js";
import { useLogged } from "../widgets/Failure.js";
import { BarsSkeleton } from "../widgets/Skeleton.js";
import type { AggregateError } from "../../react/index.js";
import type { Asked } from "./useAsked.js";

export interface PanelProps<T> {
  title: string;
  note?: string | undefined;
  actions?: ReactNode;
  asked: Asked<T>;
  size: "whole" | "half";
  children: (value: T) => ReactNode;
}

export function Panel<T>({ title, note, actions, asked, size, children }: PanelProps<T>) {
  return (
    <section
      className={`card operate-${size}`}
      aria-label={title}
      aria-busy={asked.status === "pending"}
    >
      <header className="card-header">
        <h2>{title}</h2>
        {note && <span className="card-note">{note}</span>}
        <div className="card-actions">{actions}</div>
      </header>
      {asked.status === "pending" && <BarsSkeleton count={4} />}
      {asked.status === "error" && <PanelFailure error={asked.error} />}
      {asked.status === "ready" && children(asked.value)}
    </section>
  );
}

function PanelFailure({ error }: { error: AggregateError }) {
  const { title, text } = failureWords(error);
  useLogged(error);
  return (
    <div className="operate-empty" role="alert">
      <p className="note-title">{title}</p>
      <p>{text}</p>
    </div>
  );
}
