/** How the trend is drawn: what it is split by, and how long its buckets are. */
import { memo } from "react";
import { ChevronIcon } from "../chrome/icons.js";
import { Segments } from "../chrome/Segments.js";
import type { TrendGranularity } from "../model/calendar.js";
import { offeredGranularities } from "../model/granularities.js";
import { dimensionTitle, type MeasureInfo } from "../model/members.js";
import { keptGranularity } from "../model/questions.js";
import { splitDimensions } from "../model/split.js";
import { useView, type View } from "./ViewContext.js";

export const granularityTitles: Readonly<Record<TrendGranularity, string>> = {
  ...{ hour: "Hour", day: "Day", week: "Week" },
  ...{ month: "Month", quarter: "Quarter", year: "Year" },
};

/** Not rendered by what only changes the figures. */
export const TrendControls = memo(function TrendControls({ kept }: { kept: TrendGranularity }) {
  const { scope, measure, split, setSplit, setGranularity } = useView();
  const canHours = keptGranularity(scope, [measure.member], "hour", split ?? undefined) === "hour";
  const options = offeredGranularities(scope.span)
    .filter((id) => id !== "hour" || canHours)
    .map((id) => ({ id, label: granularityTitles[id] }));
  return (
    <>
      <label className="select select-titled">
        <span className="select-title">split</span>
        <span className="visually-hidden">Split by</span>
        <select value={split ?? ""} onChange={(event) => setSplit(event.target.value || null)}>
          <option value="">Nothing</option>
          {splitDimensions(scope.cube).map((name) => (
            <option key={name} value={name}>
              {dimensionTitle(scope.cube, name)}
            </option>
          ))}
        </select>
        <ChevronIcon />
      </label>
      <Segments label="Granularity" options={options} value={kept} onChange={setGranularity} />
    </>
  );
});

/** Why the trend does not show hours where these are chosen. */
export function hoursHint(
  { scope, granularity, split }: View,
  kept: TrendGranularity,
  { title }: MeasureInfo,
): string | null {
  if (kept === granularity) return null;
  const isFiltered = Object.keys(scope.filters).length > 0;
  const why =
    split !== null
      ? `by ${dimensionTitle(scope.cube, split).toLowerCase()}`
      : isFiltered
        ? "with these filters"
        : `of ${title.toLowerCase()}`;
  return `Hours are not kept ${why}: these are days.`;
}
