/** What a chart over time shows as rows: a bucket each, the newest first, with a column per series. */
import type { Series } from "../charts/LineChart.js";
import { tableOf, type Table } from "../charts/table.js";

export interface SeriesTable {
  caption: string;
  /** What the buckets are, such as "Week". */
  bucketTitle: string;
  count: number;
  nameOf: (i: number) => string;
  series: readonly Series[];
  text: (value: number | null) => string;
}

export function seriesTable(of: SeriesTable): Table {
  const { caption, bucketTitle, count, nameOf, series, text } = of;
  const valueOf = ({ values }: Series, i: number) => values[i] ?? null;
  return tableOf(
    caption,
    [
      { key: "bucket", title: bucketTitle, text: nameOf },
      ...series.map((one) => ({
        key: one.key,
        title: one.label,
        isNumber: true,
        text: (i: number) => text(valueOf(one, i)),
        value: (i: number) => valueOf(one, i),
      })),
    ],
    Array.from({ length: count }, (_, i) => count - 1 - i),
  );
}
