/** What stands beside the values of a ranking in its table: the change of each, and its trend. */
import type { AggregateQuery, Row } from "../../react/index.js";
import type { Compared, Span } from "./period.js";
import { comparedQuestion, type Scope } from "./questions.js";

/** Values whose change and trend are asked for: more rows than that are looked through, not compared. */
export const sharesMax = 50;

/** Two rows per value, one for each span. */
export function changesQuestion(
  scope: Scope,
  measure: string,
  dimension: string,
  values: readonly string[],
  compared: Compared,
): AggregateQuery {
  const { [dimension]: _, ...filters } = scope.filters;
  const question = comparedQuestion({ ...scope, filters }, [measure], compared);
  const member = `${scope.cube}.${dimension}`;
  return {
    ...question,
    dimensions: [member],
    filters: [...(question.filters ?? []), { member, operator: "equals", values: [...values] }],
  };
}

/** The row of one value in one span. */
export function changeRow(
  rows: readonly Row[] | undefined,
  member: string,
  value: string,
  span: Span,
): Row | undefined {
  return rows?.find(
    (row) => row[member] === value && String(row["compareDateRange"]).startsWith(span.from),
  );
}
