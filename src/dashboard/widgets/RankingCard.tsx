/** The values of one dimension, largest first; a click on a bar filters the view by it. */
import { lazy, Suspense, useState } from "react";
import type { Row } from "../../react/index.js";
import { BarList } from "../charts/BarList.js";
import { tableOf } from "../charts/table.js";
import { formatCount, formatMeasure, formatShare } from "../format/numbers.js";
import { dimensionTitle, measureInfo, type MeasureInfo } from "../model/members.js";
import { rankedMeasures } from "../model/measureGroups.js";
import { barsAllMax, barsMax, isMany, rankingQuestion } from "../model/questions.js";
import type { RankingWidget } from "../model/views.js";
import { useFigures } from "../session/usePause.js";
import { Card } from "./Card.js";
import { useRefusals } from "./Offers.js";
import { labelOf, numberOf } from "./points.js";
import { BarsSkeleton } from "./Skeleton.js";
import { useFilterIntent } from "./useIntent.js";
import { useView } from "./ViewContext.js";

/** Not of the first screen. */
const ShareTable = lazy(async () => ({ default: (await import("./ShareTable.js")).ShareTable }));

export function RankingCard(props: Omit<RankingWidget, "kind">) {
  const { title, dimension, canFilter, size } = props;
  const { scope, measure: chosen, toggleFilter, excludeFilter } = useView();
  const refusals = useRefusals();
  const member = `${scope.cube}.${dimension}`;
  const measures = rankedMeasures(scope.cube, props.measures, chosen.member);
  const measure = measures.includes(chosen.member)
    ? chosen
    : measureInfo(measures[0] ?? chosen.member);
  const intent = useFilterIntent();
  const [isAll, setAll] = useState(false);
  const limit = isAll ? barsAllMax : barsMax;
  const answer = useFigures(rankingQuestion(scope, dimension, measures, measure.member, limit));
  const rows = answer.data ?? [];
  const single = rows.filter((row) => !isRest(row));
  const whole = wholeOf(rows, measure, isMany(scope.cube, dimension));
  const nameOf = (row: Row) =>
    isRest(row) ? `Other (${formatCount(Number(row["others"]))})` : labelOf(row, member);
  const condition = scope.filters[dimension];
  const refused = canFilter ? refusals[dimension] : undefined;
  const note =
    answer.total !== null && answer.total > single.length
      ? `${measure.title} · top ${single.length} of ${formatCount(answer.total)}`
      : measure.title;

  // What is chosen can always be taken away again.
  const canChoose = (value: string) =>
    value !== "" && (refused === undefined || condition?.values.includes(value) === true);

  return (
    <Card
      id={dimension}
      title={title}
      note={note}
      hint={
        refused === undefined
          ? null
          : `No filter here: “${refused}” is not kept by ${dimensionTitle(scope.cube, dimension).toLowerCase()}.`
      }
      size={size}
      answer={answer}
      skeleton={<BarsSkeleton />}
      chart={() => (
        <>
          <BarList
            isScrolled={isAll}
            label={`${measure.title} by ${dimensionTitle(scope.cube, dimension).toLowerCase()}`}
            condition={condition}
            intentOf={(value) => intent(dimension, value)}
            onFilter={
              canFilter
                ? (value, isLeftOut) => (isLeftOut ? excludeFilter : toggleFilter)(dimension, value)
                : null
            }
            bars={rows.map((row) => {
              const value = numberOf(row, measure.member);
              const raw = row[member];
              return {
                key: isRest(row) ? "" : labelOf(row, member),
                label: nameOf(row),
                value,
                isRest: isRest(row),
                share: whole === null ? null : formatShare((value ?? 0) / whole),
                text: formatMeasure(value, measure.format, "short"),
                filterValue: typeof raw === "string" && canChoose(raw) ? raw : null,
              };
            })}
          />
          {(isAll || (answer.total ?? 0) > single.length) && (
            <button
              type="button"
              className="button button-quiet show-all"
              onClick={() => setAll(!isAll)}
            >
              {isAll ? `Show the first ${barsMax}` : `Show all ${formatCount(answer.total ?? 0)}`}
            </button>
          )}
        </>
      )}
      rows={() => (
        <Suspense fallback={<BarsSkeleton />}>
          <ShareTable {...{ title, dimension, measure, rows, nameOf, whole }} />
        </Suspense>
      )}
      table={() =>
        tableOf<Row>(
          title,
          [
            {
              key: member,
              title: dimensionTitle(scope.cube, dimension),
              text: nameOf,
            },
            ...measures.map(measureInfo).map((info) => ({
              key: info.member,
              title: info.title,
              isNumber: true,
              text: (row: Row) => formatMeasure(numberOf(row, info.member), info.format, "full"),
              value: (row: Row) => numberOf(row, info.member),
            })),
          ],
          rows,
        )
      }
    />
  );
}

/** Whether a row is what the limit leaves out. */
const isRest = (row: Row) => typeof row["others"] === "number";

/** What the values are shares of; null where they do not add up to anything, as averages and nets do not. */
function wholeOf(rows: readonly Row[], { member, type }: MeasureInfo, isMany: boolean) {
  if (isMany || (type !== "count" && type !== "sum")) return null;
  const values = rows.map((row) => numberOf(row, member) ?? 0);
  const sum = values.reduce((total, value) => total + value, 0);
  return sum > 0 && values.every((value) => value >= 0) ? sum : null;
}
