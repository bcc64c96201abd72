/**
 * Which granularities a trend over a period offers, and which of them the rollups keep. One that would draw more
 * points than can be told apart is not offered, nor one that would draw a single point where a finer one is.
 */
import type { CubeDefinition } from "../../../lib/model/cube.js";
import { daysBetween, trendGranularities, type TrendGranularity } from "./calendar.js";
import { catalogue, isToldByTime } from "./members.js";
import type { Span } from "./period.js";
import type { CubeName } from "./views.js";

/** Points on one axis; more are a smear. */
const pointsMax = 200;

/** How many days a bucket has, at least. */
const daysOf: Record<TrendGranularity, number> = {
  ...{ hour: 1 / 24, day: 1, week: 7, month: 28, quarter: 90, year: 365 },
};

/** Whether a trend over the span may be shown by it. What all time is, is not known: it is no matter of days. */
function isReadable(span: Span | null, granularity: TrendGranularity): boolean {
  if (span === null) return granularity !== "hour" && granularity !== "day";
  const days = daysBetween(span.from, span.to);
  const size = daysOf[granularity];
  if (granularity === "year") return days > size;
  return days / size <= pointsMax && (days > size || granularity === "day");
}

/** In order, finest first; never empty. */
export function offeredGranularities(span: Span | null): TrendGranularity[] {
  return trendGranularities.filter((granularity) => isReadable(span, granularity));
}

/** The granularity that shows a span with enough points to see a shape and few enough to read. */
export function fittingGranularity(span: Span | null): TrendGranularity {
  if (span === null) return "month";
  const days = daysBetween(span.from, span.to);
  if (days <= 2) return "hour";
  if (days <= 92) return "day";
  if (days <= 400) return "week";
  return isReadable(span, "month") ? "month" : isReadable(span, "quarter") ? "quarter" : "year";
}

/** The chosen one where the period offers it, else the one that fits. */
export function granularityFor(
  chosen: TrendGranularity | null,
  span: Span | null,
): TrendGranularity {
  return chosen !== null && isReadable(span, chosen) ? chosen : fittingGranularity(span);
}

/**
 * Whether a rollup keeps the measures by hour, by these dimensions. Hours are kept where they were declared, which
 * is for all records together; weekdays and hours of day follow from them.
 */
export function keepsHours(
  cube: CubeName,
  members: readonly string[],
  dimensions: readonly string[],
): boolean {
  const definition = catalogue[cube] as CubeDefinition;
  const measures = members.map((member) => member.slice(cube.length + 1));
  const kept = dimensions.filter((name) => !isToldByTime(cube, name));
  return Object.values(definition.rollups).some(
    (rollup) =>
      rollup.levels.hour !== undefined &&
      measures.every((name) => rollup.measures.includes(name)) &&
      kept.every((name) => rollup.dimensions.includes(name)),
  );
}
