/** When things happen: weekday by hour of day, in the tenant's zone. */
import type { Row } from "../../react/index.js";
import { tableOf } from "../charts/table.js";
import { WeekGrid } from "../charts/WeekGrid.js";
import { formatMeasure } from "../format/numbers.js";
import { formatHour, formatWeekday } from "../format/times.js";
import { measureInfo } from "../model/members.js";
import { weekQuestion } from "../model/questions.js";
import { useFigures } from "../session/usePause.js";
import { Card } from "./Card.js";
import { useRefusals } from "./Offers.js";
import { numberOf } from "./points.js";
import { ChartSkeleton } from "./Skeleton.js";
import { useView } from "./ViewContext.js";

export function WeekCard({ title, member }: { title: string; member: string }) {
  const { scope, timezone, toggleFilter, excludeFilter } = useView();
  const refused = useRefusals()["weekday"];
  const condition = scope.filters["weekday"];
  const measure = measureInfo(member);
  const answer = useFigures(weekQuestion(scope, member));
  const rows = answer.data ?? [];
  const weekday = `${scope.cube}.weekday`;
  const hour = `${scope.cube}.hourOfDay`;
  const at = new Map(rows.map((row) => [`${row[weekday]} ${row[hour]}`, numberOf(row, member)]));
  const values = Array.from({ length: 7 }, (_, day) =>
    Array.from({ length: 24 }, (_, clock) => at.get(`${day + 1} ${clock}`) ?? 0),
  );
  return (
    <Card
      id="week"
      title={title}
      note={measure.title}
      size="wide"
      answer={answer}
      skeleton={<ChartSkeleton height={230} />}
      chart={() => (
        <WeekGrid
          label={`${measure.title} by weekday and hour of day`}
          values={values}
          hint={`Hours are in ${timezone}.`}
          condition={condition}
          onFilter={
            refused === undefined || condition !== undefined
              ? (weekday, isLeftOut) =>
                  (isLeftOut ? excludeFilter : toggleFilter)("weekday", weekday)
              : null
          }
          formatValue={(value) =>
            `${formatMeasure(value, measure.format, "full")} ${measure.title.toLowerCase()}`
          }
        />
      )}
      table={() =>
        tableOf<Row>(
          title,
          [
            { key: weekday, title: "Weekday", text: (row) => formatWeekday(Number(row[weekday])) },
            { key: hour, title: "Hour", text: (row) => formatHour(Number(row[hour])) },
            {
              key: member,
              title: measure.title,
              isNumber: true,
              text: (row) => formatMeasure(numberOf(row, member), measure.format, "full"),
              value: (row) => numberOf(row, member),
            },
          ],
          rows,
        )
      }
    />
  );
}
