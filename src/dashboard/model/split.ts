/**
 * A trend split by a dimension: its largest values, and all others as one. Which values are the largest is the
 * question of the ranking by that dimension, so it costs nothing more.
 */
import type { AggregateQuery, Filter, Row } from "../../react/index.js";
import type { TrendGranularity } from "./calendar.js";
import { rankedMeasures } from "./measureGroups.js";
import type { MeasureInfo } from "./members.js";
import { barsMax, isMany, rankingQuestion, trendQuestion, type Scope } from "./questions.js";
import { rankingsOf, type CubeName } from "./views.js";

/** With all others as one more, as many as there are colours. */
export const partsMax = 5;

/** The dimensions whose values are marks that filter, and of which a record has one value. */
export function splitDimensions(cube: CubeName): string[] {
  return rankingsOf(cube)
    .filter(({ canFilter, dimension }) => canFilter && !isMany(cube, dimension))
    .map(({ dimension }) => dimension);
}

/** Whether the parts add up to the whole, so that one may stand on the other. */
export const addsUp = ({ type }: MeasureInfo) => type === "count" || type === "sum";

/** The question of the ranking by the dimension. */
export function largestQuestion(scope: Scope, dimension: string, measure: string): AggregateQuery {
  const ranking = rankingsOf(scope.cube).find((one) => one.dimension === dimension);
  const measures = rankedMeasures(scope.cube, ranking?.measures ?? [measure], measure);
  const orderBy = measures.includes(measure) ? measure : (measures[0] ?? measure);
  return rankingQuestion(scope, dimension, measures, orderBy, barsMax);
}

export interface Largest {
  values: readonly string[];
  /** Whether there is anything else: more values, or records without one. */
  hasOthers: boolean;
}

/** The largest values by the rows of that ranking, in order. */
export function largestOf(rows: readonly Row[], member: string): Largest {
  const values = rows
    .filter((row) => typeof row["others"] !== "number" && isText(row[member]))
    .map((row) => row[member] as string)
    .slice(0, partsMax);
  return { values, hasOthers: rows.length > values.length };
}

const isText = (value: Row[string] | undefined) => typeof value === "string" && value !== "";

export interface Split {
  scope: Scope;
  measure: string;
  granularity: TrendGranularity;
  dimension: string;
  /** The largest ones. */
  values: readonly string[];
}

/** One row per bucket and value. */
export const partsQuestion = (split: Split): AggregateQuery => splitQuestion(split, "equals");

/** One row per bucket of all other records, those without a value among them. */
export function othersQuestion(split: Split): AggregateQuery {
  const { dimensions: _, ...whole } = splitQuestion(split, "notEquals");
  return whole;
}

function splitQuestion(split: Split, operator: "equals" | "notEquals"): AggregateQuery {
  const { scope, measure, granularity, dimension, values } = split;
  const trend = trendQuestion(scope, [measure], granularity, dimension);
  const filter: Filter = { member: `${scope.cube}.${dimension}`, operator, values: [...values] };
  return { ...trend, filters: [...(trend.filters ?? []), filter] };
}

/** The values that a question of the parts, or of the others, is about. */
export function valuesAskedFor(query: AggregateQuery | undefined, member: string): string[] {
  const filter = query?.filters?.find((one) => "member" in one && one.member === member);
  return filter !== undefined && "values" in filter ? (filter.values ?? []).map(String) : [];
}
