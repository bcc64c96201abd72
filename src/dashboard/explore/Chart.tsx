/** The chart of an answer: lines over time, bars of values, or the figures themselves. */
import { useMemo, useState } from "react";
import type { AggregateAnswer } from "../../react/index.js";
import { BarList } from "../charts/BarList.js";
import { LineChart } from "../charts/LineChart.js";
import { formatCount } from "../format/numbers.js";
import type { Span } from "../model/period.js";
import { Legend } from "../widgets/Legend.js";
import { chartScale } from "../widgets/chartScale.js";
import type { Asked } from "./asked.js";
import { axisOf, bucketName, granularityTitle, ticksOf } from "./axis.js";
import type { Subject } from "./coverage.js";
import { barsMax, barsOf, figureText, headingOf, infoOf, linesOf } from "./shown.js";

export const chartHeight = 300;

export interface ChartProps {
  subject: Pick<Subject, "cube" | "timezone">;
  answer: AggregateAnswer;
  /** What the rows answer. */
  shown: Asked;
  /** The days that were asked for; null for all time. */
  span: Span | null;
}

export function Chart({ subject, answer, shown, span }: ChartProps) {
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
