/** The chosen measure over time, with the period before as a dashed line. */
import { useMemo } from "react";
import { tableOf } from "../charts/table.js";
import { LineChart, type Series } from "../charts/LineChart.js";
import { formatMeasure, formatTick } from "../format/numbers.js";
import { formatBucket, formatBucketTick, formatSpan } from "../format/times.js";
import { offeredGranularities } from "../model/granularities.js";
import { keptGranularity, trendQuestion } from "../model/questions.js";
import { Segments } from "../chrome/Segments.js";
import { useFigures } from "../session/usePause.js";
import { brushOf } from "./brushOf.js";
import { Card } from "./Card.js";
import { Legend } from "./Legend.js";
import { axisOf, isLongAxis, partialFrom, valuesOn } from "./points.js";
import { ChartSkeleton } from "./Skeleton.js";
import { useView } from "./ViewContext.js";

const granularityLabels = {
  ...({ hour: "Hour", day: "Day", week: "Week" } as const),
  ...({ month: "Month", quarter: "Quarter", year: "Year" } as const),
};

/** `measures` is the group that the chosen measure belongs to: the same question as its cards ask. */
export function TrendCard({ measures }: { measures: readonly string[] }) {
  const view = useView();
  const { scope, period, comparison, granularity, measure, setGranularity } = view;
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
  const text = (value: number | null) => formatMeasure(value, measure.format, "full");
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
  const canHours = keptGranularity(scope, measures, "hour") === "hour";
  const options = useMemo(
    () =>
      offeredGranularities(scope.span)
        .filter((id) => id !== "hour" || canHours)
        .map((id) => ({ id, label: granularityLabels[id] })),
    [scope.span, canHours],
  );
  const isFiltered = Object.keys(scope.filters).length > 0;

  return (
    <Card
      id="trend"
      hint={
        kept === granularity
          ? null
          : `Hours are not kept ${isFiltered ? "with these filters" : `of ${measure.title.toLowerCase()}`}: these are days.`
      }
      title={measure.title}
      note={period.span ? formatSpan(period.span) : "All time"}
      size="wide"
      answer={current}
      isEmpty={rows.length === 0}
      skeleton={<ChartSkeleton height={304} />}
      actions={
        <Segments label="Granularity" options={options} value={kept} onChange={setGranularity} />
      }
      chart={() => (
        <>
          <LineChart
            label={`${measure.title} by ${shown}`}
            series={series}
            ticks={(axis?.buckets ?? []).map((day) => formatBucketTick(day, shown, isLongSpan))}
            names={(axis?.buckets ?? []).map((_, i) => nameOf(i))}
            partialFrom={partial}
            brush={brushOf(axis, view)}
            formatTick={(value) => formatTick(value, measure.format)}
            formatValue={text}
            scale={{
              kind: measure.format === "duration" ? "duration" : "decimal",
              fromZero: !isLevel,
            }}
          />
          <Legend items={series} />
        </>
      )}
      table={() =>
        tableOf(
          `${measure.title} by ${shown}`,
          [
            {
              key: "bucket",
              title: granularityLabels[shown],
              text: nameOf,
            },
            ...series.map((one) => ({
              key: one.key,
              title: one.label,
              isNumber: true,
              text: (i: number) => text(one.values[i] ?? null),
              value: (i: number) => one.values[i] ?? null,
            })),
          ],
          values.map((_, i) => i).reverse(),
        )
      }
    />
  );
}
