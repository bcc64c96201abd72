/** The values of one dimension, largest first; a click on a bar filters the view by it. */
import { useAggregate, type Row } from "../../react/index.js";
import { BarList } from "../charts/BarList.js";
import { DataTable } from "../charts/DataTable.js";
import { formatCount, formatMeasure } from "../format/numbers.js";
import { dimensionTitle, measureInfo } from "../model/members.js";
import { rankedMeasures } from "../model/measureGroups.js";
import { barsMax, rankingQuestion } from "../model/questions.js";
import type { RankingWidget } from "../model/views.js";
import { Card } from "./Card.js";
import { useRefusals } from "./Offers.js";
import { labelOf, numberOf } from "./points.js";
import { BarsSkeleton } from "./Skeleton.js";
import { useFilterIntent } from "./useIntent.js";
import { useView } from "./ViewContext.js";

export function RankingCard(props: Omit<RankingWidget, "kind">) {
  const { title, dimension, canFilter, size } = props;
  const { scope, measure: chosen, toggleFilter } = useView();
  const refusals = useRefusals();
  const intent = useFilterIntent();
  const member = `${scope.cube}.${dimension}`;
  const measures = rankedMeasures(scope.cube, props.measures, chosen.member);
  const measure = measures.includes(chosen.member)
    ? chosen
    : measureInfo(measures[0] ?? chosen.member);
  const answer = useAggregate(rankingQuestion(scope, dimension, measures, measure.member, barsMax));
  const rows = answer.data ?? [];
  const selected = scope.filters[dimension] ?? [];
  const refused = canFilter ? refusals[dimension] : undefined;
  const note =
    answer.total !== null && answer.total > rows.length
      ? `${measure.title} · top ${rows.length} of ${formatCount(answer.total)}`
      : measure.title;

  // What is chosen can always be taken away again.
  const canChoose = (value: string) =>
    value !== "" && (refused === undefined || selected.includes(value));

  return (
    <Card
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
        <BarList
          label={`${measure.title} by ${dimensionTitle(scope.cube, dimension).toLowerCase()}`}
          selected={selected}
          onToggle={canFilter ? (value) => toggleFilter(dimension, value) : null}
          intentOf={(value) => intent(dimension, value)}
          bars={rows.map((row) => {
            const value = numberOf(row, measure.member);
            const raw = row[member];
            return {
              key: labelOf(row, member),
              label: labelOf(row, member),
              value,
              text: formatMeasure(value, measure.format, "short"),
              filterValue: typeof raw === "string" && canChoose(raw) ? raw : null,
            };
          })}
        />
      )}
      table={() => (
        <DataTable<Row>
          caption={title}
          rows={rows}
          columns={[
            {
              key: member,
              title: dimensionTitle(scope.cube, dimension),
              text: (row) => labelOf(row, member),
            },
            ...measures.map(measureInfo).map((info) => ({
              key: info.member,
              title: info.title,
              isNumber: true,
              text: (row: Row) => formatMeasure(numberOf(row, info.member), info.format, "full"),
            })),
          ]}
        />
      )}
    />
  );
}
