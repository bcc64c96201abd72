/** The chosen measure over time, with the period before as a dashed line, or split by a dimension. */
import { LineChart, type Series } from "../charts/LineChart.js";
import { formatBucket, formatBucketTick, formatSpan } from "../format/times.js";
import { keptGranularity, trendQuestion } from "../model/questions.js";
import { useFigures } from "../session/usePause.js";
import { brushOf } from "./brushOf.js";
import { Card } from "./Card.js";
import { chartScale } from "./chartScale.js";
import { Legend } from "./Legend.js";
import { axisOf, isLongAxis, partialFrom, valuesOn } from "./points.js";
import { seriesTable } from "./seriesTable.js";
import { ChartSkeleton } from "./Skeleton.js";
import { SplitTrend } from "./SplitTrend.js";
import { granularityTitles, hoursHint, TrendControls } from "./TrendControls.js";
import { useView } from "./ViewContext.js";

/** `measures` is the group that the chosen measure belongs to. */
export function TrendCard({ measures }: { measures: readonly string[] }) {
  const { split } = useView();
  return split === null ? <WholeTrend measures={measures} /> : <SplitTrend dimension={split} />;
}

/** The same question as the cards of the group ask. */
function WholeTrend({ measures }: { measures: readonly string[] }) {
  const view = useView();
  const { scope, period, comparison, granularity, measure } = view;
  const current = useFigures(trendQuestion(scope, measures, granularity));
  const before = useFigures(
    period.previous
      ? trendQuestion({ ...scope, span: period.previous }, measures, granularity)
      : "skip",
  );

  const rows = current.data ?? [];
  const axis = axisOf(current.query, rows, view);
  const values = axis ? valuesOn(axis, rows, measure) : [];
  const beforeAxis = axisOf(before.query, before.data ?? [], view);
  const beforeValues =
    beforeAxis && beforeAxis.granularity === axis?.granularity
      ? valuesOn(beforeAxis, before.data ?? [], measure)
      : [];

  const shown = axis?.granularity ?? granularity;
  const isLongSpan = axis !== null && isLongAxis(axis);
  const isLevel = measure.type === "level";
  const partial = axis ? partialFrom(axis, measure, view) : null;
  const nameOf = (i: number) => {
    const name = formatBucket(axis?.buckets[i] ?? "", shown, period.span);
    return i === partial ? `${name}, so far` : name;
  };
  const scale = chartScale(measure);
  const series: Series[] = [
    {
      key: "now",
      label: period.span ? "This period" : measure.title,
      color: "var(--series-1)",
      values,
      style: isLevel ? "line" : "area",
    },
  ];
  if (beforeValues.length > 0) {
    series.push({
      key: "before",
      label: comparison === "year" ? "Year before" : "Period before",
      color: "var(--text-3)",
      values: values.map((_, i) => beforeValues[i] ?? null),
      style: "dashed",
    });
  }

  const kept = keptGranularity(scope, measures, granularity);

  return (
    <Card
      id="trend"
      hint={hoursHint(view, kept, measure)}
      title={measure.title}
      note={period.span ? formatSpan(period.span) : "All time"}
      size="wide"
      answer={current}
      isEmpty={rows.length === 0}
      skeleton={<ChartSkeleton height={304} />}
      actions={<TrendControls kept={kept} />}
      chart={() => (
        <>
          <LineChart
            label={`${measure.title} by ${shown}`}
            series={series}
            ticks={(axis?.buckets ?? []).map((day) => formatBucketTick(day, shown, isLongSpan))}
            names={(axis?.buckets ?? []).map((_, i) => nameOf(i))}
            partialFrom={partial}
            brush={brushOf(axis, view)}
            {...scale}
          />
          <Legend items={series} />
        </>
      )}
      table={() =>
        seriesTable({
          caption: `${measure.title} by ${shown}`,
          bucketTitle: granularityTitles[shown],
          count: values.length,
          ...{ nameOf, series, text: scale.formatValue },
        })
      }
    />
  );
}
