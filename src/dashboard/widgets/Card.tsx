/** The frame of a widget: title, a note, actions, and the switch between chart and table. */
import { useRef, type ReactNode } from "react";
import type { AggregateAnswer } from "../../react/index.js";
import { DataTable } from "../charts/DataTable.js";
import type { Table } from "../charts/table.js";
import { TableIcon } from "../chrome/icons.js";
import { AnswerBody } from "./AnswerBody.js";
import { CardMenu } from "./CardMenu.js";
import { useView } from "./ViewContext.js";

export interface CardProps {
  /** Its name in the address bar: `cardIds` lists them. */
  id: string;
  title: string;
  note?: ReactNode;
  /** What to know before using the card, as a line of its own. */
  hint?: string | null;
  /** Controls beside the title. */
  actions?: ReactNode;
  /** Place in the grid: "wide", "third" and so on; see layout.css. */
  size: "full" | "wide" | "third" | "half";
  answer: AggregateAnswer;
  skeleton: ReactNode;
  isEmpty?: boolean;
  chart: () => ReactNode;
  table: () => Table;
  /** What is shown instead of the table's cells (default: these). */
  rows?: () => ReactNode;
}

export function Card({
  id,
  title,
  note,
  hint,
  actions,
  size,
  answer,
  chart,
  table,
  rows,
  ...body
}: CardProps) {
  const { tables, toggleTable } = useView();
  const isTable = tables.includes(id);
  const ref = useRef<HTMLElement>(null);
  return (
    <section
      className={`card card-${size}`}
      aria-label={title}
      data-served-by={answer.servedBy}
      ref={ref}
    >
      <header className="card-header">
        <h2>{title}</h2>
        {note && <span className="card-note">{note}</span>}
        <div className="card-actions">
          {actions}
          <button
            type="button"
            className="icon-button"
            aria-pressed={isTable}
            aria-label={`Show ${title} as a table`}
            title="Show as a table"
            onClick={() => toggleTable(id)}
          >
            <TableIcon />
          </button>
          <CardMenu title={title} answer={answer} table={table} card={ref} />
        </div>
      </header>
      {hint && <p className="card-hint">{hint}</p>}
      <AnswerBody answer={answer} {...body}>
        {!isTable ? chart() : rows ? rows() : <DataTable {...table()} />}
      </AnswerBody>
    </section>
  );
}
