/** The answer: a chart of one measure, and every row. */
import { useMemo, useState } from "react";
import type { AggregateAnswer, Row } from "../../react/index.js";
import { formatCount } from "../format/numbers.js";
import { isDay } from "../model/calendar.js";
import type { Span } from "../model/period.js";
import { downloadCsv } from "../model/takeAway.js";
import { AnswerBody } from "../widgets/AnswerBody.js";
import { ChartSkeleton } from "../widgets/Skeleton.js";
import { orderOf, type Asked } from "./asked.js";
import { Chart, chartHeight } from "./Chart.js";
import type { Subject } from "./coverage.js";
import { askedOf } from "./reading.js";
import { Refused } from "./Refused.js";
import { RowsTable } from "./RowsTable.js";
import { headingOf, tableOfRows, titleOf } from "./shown.js";

export interface ResultProps {
  subject: Subject;
  answer: AggregateAnswer;
  onChange: (change: Partial<Asked>, control: string) => void;
  onOperate: () => void;
}

const none: readonly Row[] = [];

export function Result({ subject, answer, onChange, onOperate }: ResultProps) {
  const { cube, asked } = subject;
  const { data, error, total, query, annotation } = answer;
  /** What the rows answer, which may still be the question of before. */
  const shown = useMemo((): Asked => {
    if (query === undefined) return asked;
    const of = askedOf(query, cube);
    return { ...of, charted: of.measures.includes(asked.charted) ? asked.charted : of.charted };
  }, [query, cube, asked]);
  const span = useMemo(() => spanOf(query), [query]);
  const isRefused = error?.kind === "refusal" && data === undefined;
  const rows = data ?? none;
  const table = useMemo(
    () => tableOfRows(cube, shown, rows, span, annotation),
    [cube, shown, rows, span, annotation],
  );
  const heading = headingOf(cube, asked);
  const count =
    total !== null && total > rows.length
      ? `${formatCount(rows.length)} of ${formatCount(total)} rows`
      : `${formatCount(rows.length)} ${rows.length === 1 ? "row" : "rows"}`;
  return (
    <section className="card explore-result" aria-label="Answer" data-served-by={answer.servedBy}>
      <header className="card-header">
        <h2>{heading}</h2>
        {data !== undefined && (
          <span className="card-note" role="status">
            {count}
          </span>
        )}
        <div className="card-actions">
          {asked.measures.length > 1 &&
            (asked.granularity !== null || asked.dimensions.length > 0) && (
              <label className="explore-charted">
                <span className="explore-label">Chart of</span>
                <select
                  className="explore-select"
                  value={asked.charted}
                  onChange={(event) => onChange({ charted: event.target.value }, "chart")}
                >
                  {asked.measures.map((name) => (
                    <option key={name} value={name}>
                      {titleOf(cube, name)}
                    </option>
                  ))}
                </select>
              </label>
            )}
          {rows.length > 0 && <CsvButton run={() => downloadCsv(heading, table)} />}
        </div>
      </header>
      {isRefused ? (
        <Refused {...{ subject, error, onChange, onOperate }} />
      ) : (
        <AnswerBody answer={answer} skeleton={<ChartSkeleton height={chartHeight + 160} />}>
          <Chart {...{ subject, answer, shown, span }} />
          <RowsTable
            {...table}
            order={orderOf(cube, asked)}
            onSort={(member, isNumber) => {
              const now = orderOf(cube, asked);
              const isDescending = now?.member === member ? !now.isDescending : isNumber;
              onChange({ order: { member, isDescending } }, "sort");
            }}
          />
        </AnswerBody>
      )}
    </section>
  );
}

/** The days of the question that the rows answer. */
function spanOf(query: AggregateAnswer["query"]): Span | null {
  const range = query?.timeDimensions?.[0]?.dateRange;
  const [from, to] = Array.isArray(range) ? (range as readonly string[]) : [];
  return from !== undefined && to !== undefined && isDay(from) && isDay(to) ? { from, to } : null;
}

function CsvButton({ run }: { run: () => Promise<void> }) {
  const [said, setSaid] = useState("");
  return (
    <>
      <span className="visually-hidden" role="status">
        {said}
      </span>
      <button
        type="button"
        className="button button-small"
        onClick={() =>
          void run().then(
            () => setSaid("Downloaded."),
            () => setSaid("That did not work: the browser refused it."),
          )
        }
      >
        Download CSV
      </button>
    </>
  );
}
