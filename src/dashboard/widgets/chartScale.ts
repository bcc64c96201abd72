/** How a chart over time writes the values of a measure, and what is on its scale. A level is seldom near zero. */
import type { LineChartProps } from "../charts/LineChart.js";
import { formatMeasure, formatTick } from "../format/numbers.js";
import type { MeasureInfo } from "../model/members.js";

export function chartScale({
  format,
  type,
}: MeasureInfo): Pick<LineChartProps, "formatTick" | "formatValue" | "scale"> {
  return {
    formatTick: (value) => formatTick(value, format),
    formatValue: (value) => formatMeasure(value, format, "full"),
    scale: { kind: format === "duration" ? "duration" : "decimal", fromZero: type !== "level" },
  };
}
