/** The answer: a chart of one measure, and every row. */
import { useMemo, useState } from "react";
import type { AggregateAnswer, Row } from "../../react/index.js";
import { BarList } from "../charts/BarList.js";
import { LineChart } from "../charts/LineChart.js";
import { formatCount } from "../format/numbers.js";
import { isDay } from "../model/calendar.js";
import type { Span } from "../model/period.js";
import { downloadCsv } from "../model/takeAway.js";
import { AnswerBody } from "../widgets/AnswerBody.js";
import { Legend } from "../widgets/Legend.js";
import { chartScale } from "../widgets/chartScale.js";
import { ChartSkeleton } from "../widgets/Skeleton.js";
import { orderOf, type Asked } from "./asked.js";
import { axisOf, bucketName, granularityTitle, ticksOf } from "./axis.js";
import type { Subject } from "./coverage.js";
import { askedOf } from "./reading.js";
import { Refused } from "./Refused.js";
import { RowsTable } from "./RowsTable.js";
import {
  barsMax,
  barsOf,
  figureText,
  headingOf,
  infoOf,
  linesOf,
  tableOfRows,
  titleOf,
} from "./shown.js";

export interface ResultProps {
  subject: Subject;
  answer: AggregateAnswer;
  onChange: (change: Partial<Asked>, control: string) => void;
  onOperate: () => void;
}

const chartHeight = 300;

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

type ChartProps = { subject: Subject; answer: AggregateAnswer; shown: Asked; span: Span | null };

/** Lines over time, bars of values, or the figures themselves. */
function Chart({ subject, answer, shown, span }: ChartProps) {
  const { cube, timezone } = subject;
  const rows = answer.data ?? [];
  const measure = infoOf(cube, shown.charted);
  const [now] = useState(() => Date.now());
  const axis = useMemo(
    () => axisOf({ cube, asked: shown, span, rows: answer.data ?? [], timezone, now }),
    [cube, shown, span, answer.data, timezone, now],
  );
  const isPart = answer.total !== null && answer.total > rows.length;
  if (axis !== null) {
    const { series, hidden } = linesOf(cube, shown, axis, rows);
    const by = granularityTitle(cube, axis.granularity).toLowerCase();
    const partial = measure.type === "level" ? null : axis.partialFrom;
    const notes = [
      ...(hidden > 0
        ? [`The ${series.length} with most are drawn; ${formatCount(hidden)} more are in the rows.`]
        : []),
      ...(isPart ? ["Drawn of the rows that are shown."] : []),
    ];
    return (
      <div className="explore-chart">
        <LineChart
          label={`${measure.title} by ${by}`}
          series={series}
          ticks={ticksOf(axis)}
          names={axis.buckets.map((bucket, i) => {
            const name = bucketName(bucket, axis.granularity, span);
            return i === partial ? `${name}, so far` : name;
          })}
          partialFrom={partial}
          {...chartScale(measure)}
          height={chartHeight}
        />
        <Legend items={series} />
        {notes.length > 0 && <p className="card-hint explore-under">{notes.join(" ")}</p>}
      </div>
    );
  }
  if (shown.dimensions.length === 0) return <Figures {...{ subject, answer, shown }} />;
  return (
    <div className="explore-chart">
      <BarList
        label={headingOf(cube, { ...shown, measures: [shown.charted] })}
        bars={barsOf(cube, shown, rows, !isPart)}
        condition={undefined}
        onFilter={null}
        intentOf={() => ({})}
      />
      {rows.length > barsMax && (
        <p className="card-hint explore-under">
          The first {barsMax} are drawn; all are in the rows.
        </p>
      )}
    </div>
  );
}

function Figures({ subject, answer, shown }: Omit<ChartProps, "span">) {
  const row = answer.data?.[0] ?? {};
  return (
    <dl className="explore-figures">
      {shown.measures.map((name) => {
        const info = infoOf(subject.cube, name);
        return (
          <div key={name}>
            <dt>{info.title}</dt>
            <dd title={figureText(row, info, answer.annotation)}>
              {figureText(row, info, answer.annotation, "short")}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
