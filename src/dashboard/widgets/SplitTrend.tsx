/**
 * The chosen measure over time by a dimension: its largest values and all others. Counts and sums stand on one
 * another, so that their upper edge is the whole; averages and distinct counts, which do not add up, are lines.
 */
import type { Row } from "../../react/index.js";
import { LineChart, type Band, type Series } from "../charts/LineChart.js";
import { formatBucket, formatBucketTick, formatSpan } from "../format/times.js";
import { isShown } from "../model/filters.js";
import { dimensionTitle } from "../model/members.js";
import { keptGranularity } from "../model/questions.js";
import {
  addsUp,
  largestOf,
  largestQuestion,
  othersQuestion,
  partsQuestion,
  valuesAskedFor,
} from "../model/split.js";
import { useFigures } from "../session/usePause.js";
import { brushOf } from "./brushOf.js";
import { Card } from "./Card.js";
import { chartScale } from "./chartScale.js";
import { Legend } from "./Legend.js";
import { useRefusals } from "./Offers.js";
import { axisOf, isLongAxis, partialFrom, valuesOn } from "./points.js";
import { seriesTable } from "./seriesTable.js";
import { ChartSkeleton } from "./Skeleton.js";
import { granularityTitles, hoursHint, TrendControls } from "./TrendControls.js";
import { useView } from "./ViewContext.js";

const othersKey = "";

export function SplitTrend({ dimension }: { dimension: string }) {
  const view = useView();
  const { scope, granularity, measure, period, toggleFilter, excludeFilter } = view;
  const refusals = useRefusals();
  const member = `${scope.cube}.${dimension}`;
  const largest = useFigures(largestQuestion(scope, dimension, measure.member));
  const { values, hasOthers } = largestOf(largest.data ?? [], member);
  const split = { scope, measure: measure.member, granularity, dimension, values };
  const parts = useFigures(values.length > 0 ? partsQuestion(split) : "skip");
  const others = useFigures(values.length > 0 && hasOthers ? othersQuestion(split) : "skip");

  const rows = parts.data ?? [];
  const axis = axisOf(parts.query, rows, view);
  const shown = axis?.granularity ?? granularity;
  const condition = scope.filters[dimension];
  const named = valuesAskedFor(parts.query, member);
  const byValue = new Map<string, Row[]>(named.map((value) => [value, []]));
  for (const row of rows) byValue.get(String(row[member]))?.push(row);
  const lines = named.map((value, i): Series => ({
    ...{ key: value, label: value, color: `var(--series-${i + 1})`, style: "line" },
    values: axis ? valuesOn(axis, byValue.get(value) ?? [], measure) : [],
    isFaint: !isShown(condition, value),
  }));
  // While the largest change, the others of before are not those of now.
  const isOfSame = valuesAskedFor(others.query, member).join("\n") === named.join("\n");
  if (axis && others.data && isOfSame)
    lines.push({
      ...{ key: othersKey, label: "Other", color: "var(--text-3)", style: "line" },
      values: valuesOn(axis, others.data, measure),
      isFaint: condition?.operator === "equals",
    });
  const isStacked =
    addsUp(measure) && lines.every((one) => one.values.every((value) => (value ?? 0) >= 0));
  const series = isStacked ? stacked(lines) : lines;

  const buckets = axis?.buckets ?? [];
  const partial = axis ? partialFrom(axis, measure, view) : null;
  const nameOf = (i: number) => {
    const name = formatBucket(buckets[i] ?? "", shown, period.span);
    return i === partial ? `${name}, so far` : name;
  };
  const scale = chartScale(measure);
  const kept = keptGranularity(scope, [measure.member], granularity, dimension);
  const title = `${measure.title} by ${dimensionTitle(scope.cube, dimension).toLowerCase()}`;
  const isEmpty = largest.data !== undefined && values.length === 0;
  const failed = [largest, parts, others].find(({ error }) => error !== null);

  return (
    <Card
      id="trend"
      hint={hoursHint(view, kept, measure)}
      title={title}
      note={period.span ? formatSpan(period.span) : "All time"}
      size="wide"
      answer={failed ?? (isEmpty || largest.data === undefined ? largest : parts)}
      isEmpty={isEmpty}
      skeleton={<ChartSkeleton height={304} />}
      actions={<TrendControls kept={kept} />}
      chart={() => (
        <>
          <LineChart
            label={`${title}, by ${shown}`}
            series={series}
            ticks={buckets.map((day) =>
              formatBucketTick(day, shown, axis !== null && isLongAxis(axis)),
            )}
            names={buckets.map((_, i) => nameOf(i))}
            partialFrom={partial}
            brush={brushOf(axis, view)}
            {...scale}
          />
          <Legend
            items={series}
            condition={condition}
            canFilter={(value) =>
              value !== othersKey &&
              (refusals[dimension] === undefined || condition?.values.includes(value) === true)
            }
            onFilter={(value, isLeftOut) =>
              (isLeftOut ? excludeFilter : toggleFilter)(dimension, value)
            }
          />
        </>
      )}
      table={() =>
        seriesTable({
          caption: `${title}, by ${shown}`,
          bucketTitle: granularityTitles[shown],
          count: buckets.length,
          ...{ nameOf, series, text: scale.formatValue },
        })
      }
    />
  );
}

/** Each on those before it; the first at the bottom. */
function stacked(lines: readonly Series[]): Series[] {
  let from: readonly number[] = (lines[0]?.values ?? []).map(() => 0);
  return lines.map((one) => {
    const to = one.values.map((value, i) => (from[i] ?? 0) + (value ?? 0));
    const band: Band = { from, to };
    from = to;
    return { ...one, band };
  });
}
