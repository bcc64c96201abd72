/** How much each day of a year had, whatever the period: a click shows the day. */
import { useMemo } from "react";
import type { Row } from "../../react/index.js";
import { tableOf } from "../charts/table.js";
import { YearGrid } from "../charts/YearGrid.js";
import { formatMeasure } from "../format/numbers.js";
import { formatBucket } from "../format/times.js";
import { bucketsBetween, dayOf } from "../model/calendar.js";
import { measureInfo } from "../model/members.js";
import { bucketKey, yearQuestion } from "../model/questions.js";
import { useFigures } from "../session/usePause.js";
import { Card } from "./Card.js";
import { numberOf } from "./points.js";
import { ChartSkeleton } from "./Skeleton.js";
import { useView } from "./ViewContext.js";

export function YearCard({ title, member }: { title: string; member: string }) {
  const { scope, year, setSpan } = useView();
  const measure = measureInfo(member);
  const answer = useFigures(yearQuestion(scope, member, year));
  const rows = answer.data;
  const bucket = bucketKey(scope.cube, "day");
  const values = useMemo(() => {
    const at = new Map(rows?.map((row) => [dayOf(String(row[bucket])), numberOf(row, member)]));
    return bucketsBetween(year.from, year.to, "day").map((day) => at.get(day) ?? 0);
  }, [rows, bucket, member, year]);
  const { span } = scope;
  return (
    <Card
      id="year"
      title={title}
      note={measure.title}
      size="full"
      answer={answer}
      skeleton={<ChartSkeleton height={190} />}
      chart={() => (
        <YearGrid
          label={`${measure.title} by day of the year`}
          from={year.from}
          values={values}
          hint="A click on a day shows it; arrow keys and Enter do, too."
          shown={span !== null && span.from === span.to ? span.from : null}
          onShow={(day) => setSpan({ from: day, to: day })}
          formatValue={(value) =>
            `${formatMeasure(value, measure.format, "full")} ${measure.title.toLowerCase()}`
          }
        />
      )}
      table={() =>
        tableOf<Row>(
          title,
          [
            {
              key: bucket,
              title: "Day",
              text: (row) => formatBucket(dayOf(String(row[bucket])), "day"),
            },
            {
              key: member,
              title: measure.title,
              isNumber: true,
              text: (row) => formatMeasure(numberOf(row, member), measure.format, "full"),
              value: (row) => numberOf(row, member),
            },
          ],
          rows ?? [],
        )
      }
    />
  );
}
