/** The values of one dimension, largest first; a click on a bar filters the view by it. */
import { useAggregate, type Row } from "../../hooks";
import { BarList } from "../charts/BarList";
import { DataTable } from "../charts/DataTable";
import { formatCount, formatMeasure } from "../format/numbers";
import { dimensionTitle, measureInfo } from "../model/members";
import { rankingQuestion } from "../model/questions";
import { Card } from "./Card";
import { labelOf, numberOf } from "./points";
import { BarsSkeleton } from "./Skeleton";
import { useView } from "./ViewContext";

const barsMax = 8;

export interface RankingCardProps {
  title: string;
  dimension: string;
  /**
   * Measures to show, in groups that make sense in one ranking: a level has values where nothing
   * moved, all others do not. The group of the chosen measure is shown, else the first.
   */
  groups: readonly (readonly string[])[];
  /** Whether a click may filter by a value. */
  canFilter?: boolean;
  size?: "third" | "half";
}

export function RankingCard(props: RankingCardProps) {
  const { title, dimension, groups, canFilter = true, size = "third" } = props;
  const { scope, measure: chosen, toggleFilter } = useView();
  const member = `${scope.cube}.${dimension}`;
  const group = groups.find((members) => members.includes(chosen.member));
  const measures = group ?? groups[0] ?? [];
  const measure = group ? chosen : measureInfo(measures[0] ?? chosen.member);
  const answer = useAggregate(rankingQuestion(scope, dimension, measures, measure.member, barsMax));
  const rows = answer.data ?? [];
  const note =
    answer.total !== null && answer.total > rows.length
      ? `${measure.title} · top ${rows.length} of ${formatCount(answer.total)}`
      : measure.title;

  return (
    <Card
      title={title}
      note={note}
      size={size}
      answer={answer}
      skeleton={<BarsSkeleton />}
      chart={() => (
        <BarList
          label={`${measure.title} by ${dimensionTitle(scope.cube, dimension).toLowerCase()}`}
          selected={scope.filters[dimension] ?? []}
          onToggle={canFilter ? (value) => toggleFilter(dimension, value) : null}
          bars={rows.map((row) => {
            const value = numberOf(row, measure.member);
            const raw = row[member];
            return {
              key: labelOf(row, member),
              label: labelOf(row, member),
              value,
              text: formatMeasure(value, measure.format, "short"),
              filterValue: typeof raw === "string" && raw !== "" ? raw : null,
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
