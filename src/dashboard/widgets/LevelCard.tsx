/** A level over time, one line per value of a dimension: stock on hand by warehouse. */
import type { Row } from "../../react/index.js";
import { LineChart, type Series } from "../charts/LineChart.js";
import { formatBucket, formatBucketTick } from "../format/times.js";
import { isShown } from "../model/filters.js";
import { dimensionTitle, measureInfo } from "../model/members.js";
import { trendQuestion } from "../model/questions.js";
import { useFigures } from "../session/usePause.js";
import { brushOf } from "./brushOf.js";
import { Card } from "./Card.js";
import { chartScale } from "./chartScale.js";
import { Legend } from "./Legend.js";
import { useRefusals } from "./Offers.js";
import { axisOf, isLongAxis, labelOf, valuesOn } from "./points.js";
import { seriesTable } from "./seriesTable.js";
import { ChartSkeleton } from "./Skeleton.js";
import { useView } from "./ViewContext.js";

/** More lines than the palette has colours cannot be told apart. */
const linesMax = 6;

const chartHeight = 330;

export interface LevelCardProps {
  title: string;
  member: string;
  dimension: string;
}

export function LevelCard({ title, member, dimension }: LevelCardProps) {
  const view = useView();
  const { scope, granularity, period, toggleFilter, excludeFilter } = view;
  const refusals = useRefusals();
  const measure = measureInfo(member);
  const answer = useFigures(trendQuestion(scope, [member], granularity, dimension));
  const rows = answer.data ?? [];
  const axis = axisOf(answer.query, rows, view);
  const shown = axis?.granularity ?? granularity;
  const condition = scope.filters[dimension];
  const byValue = new Map<string, Row[]>();
  for (const row of rows) {
    const label = labelOf(row, `${scope.cube}.${dimension}`);
    byValue.set(label, [...(byValue.get(label) ?? []), row]);
  }
  const series = [...byValue.keys()]
    .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
    .slice(0, linesMax)
    .map((label, i): Series => ({
      key: label,
      label,
      color: `var(--series-${i + 1})`,
      values: axis ? valuesOn(axis, byValue.get(label) ?? [], measure) : [],
      style: "line",
      isFaint: !isShown(condition, label),
    }));
  const buckets = axis?.buckets ?? [];
  const scale = chartScale(measure);
  const hidden = byValue.size - series.length;

  return (
    <Card
      id="level"
      title={title}
      note={`by ${dimensionTitle(scope.cube, dimension).toLowerCase()}${hidden > 0 ? ` · ${hidden} more not shown` : ""}`}
      size="wide"
      answer={answer}
      skeleton={<ChartSkeleton height={chartHeight + 28} />}
      chart={() => (
        <>
          <LineChart
            label={`${title} by ${shown}`}
            series={series}
            ticks={buckets.map((day) =>
              formatBucketTick(day, shown, axis !== null && isLongAxis(axis)),
            )}
            names={buckets.map((day) => formatBucket(day, shown, period.span))}
            {...scale}
            height={chartHeight}
            brush={brushOf(axis, view)}
          />
          <Legend
            items={series}
            condition={condition}
            canFilter={(label) =>
              byValue.get(label)?.[0]?.[`${scope.cube}.${dimension}`] === label &&
              (refusals[dimension] === undefined || condition?.values.includes(label) === true)
            }
            onFilter={(label, isLeftOut) =>
              (isLeftOut ? excludeFilter : toggleFilter)(dimension, label)
            }
          />
        </>
      )}
      table={() =>
        seriesTable({
          caption: `${title} by ${shown}`,
          bucketTitle: "Period",
          count: buckets.length,
          nameOf: (i) => formatBucket(buckets[i] ?? "", shown, period.span),
          ...{ series, text: scale.formatValue },
        })
      }
    />
  );
}
