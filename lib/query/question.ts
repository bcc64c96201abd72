/**
 * A question is one query or, where it compares date ranges, the same query over each of them. Every
 * part is planned and answered by itself, in one snapshot; the answers are put one after the other.
 */
import type { Answer, Row } from "./answer.js";
import { RollupsError } from "../errors.js";
import { computedMeasures, type MemberFilter, type NormalizedQuery } from "./normalizedQuery.js";
import { invalid } from "./parts.js";

/** Most date ranges of one comparison: two years by months. */
export const COMPARED_MAX = 24;

/** The column that tells the ranges of a comparison apart, as Cube calls it. */
export const RANGE_COLUMN = "compareDateRange";

export interface Question {
  /** They differ in the range only, in the order asked. */
  queries: readonly [NormalizedQuery, ...NormalizedQuery[]];
  /** Whether rows say which range they belong to. */
  isComparison: boolean;
}

/** What a caller's questions about one cube are narrowed to. Names are full, and values texts. */
export interface CubeLock {
  /** Of records: all must hold, whatever else is asked. */
  filters: MemberFilter[];
  /** Measures that may be asked, also as filters; null for all. */
  measures: string[] | null;
}

/** By cube; a cube that is not named may not be asked. */
export type Lock = Readonly<Record<string, CubeLock>>;

/**
 * The question as the caller may ask it: of a caller with a lock, its records are those that the lock's filters hold
 * for, in each of its ranges. Throws `InvalidQuery` as for members that do not exist. O(filters + measures).
 */
export function narrowed(question: Question, lock: Lock | undefined): Question {
  if (lock === undefined) return question;
  const narrow = (query: NormalizedQuery): NormalizedQuery => {
    const own = Object.hasOwn(lock, query.cube) ? lock[query.cube] : undefined;
    if (own === undefined) throw invalid("query", `there is no cube called ${query.cube}`);
    const { filters, measures } = own;
    const hidden = measures && computedMeasures(query).find((name) => !measures.includes(name));
    if (hidden) throw invalid("measures", `there is no measure called ${hidden}`);
    return { ...query, filters: [...filters, ...query.filters] };
  };
  const [first, ...others] = question.queries;
  return { ...question, queries: [narrow(first), ...others.map(narrow)] };
}

/** The name of a query's range, as Cube writes it: `2025-01-01T00:00:00.000 - 2025-01-31T23:59:59.999`. */
export function rangeLabel({ time }: NormalizedQuery): string {
  const { from, to } = time?.dateRange ?? { from: null, to: null };
  return `${from ?? ""} - ${to ?? ""}`;
}

/** A refusal of one range of a comparison, saying in its details which; other errors as they are. */
export function refusalOf(error: unknown, query: NormalizedQuery): unknown {
  if (!(error instanceof RollupsError)) return error;
  const details = { ...error.details, [RANGE_COLUMN]: rangeLabel(query) };
  return new RollupsError(error.code, error.message, details);
}

/**
 * One answer from those of the question's queries: range by range, order, limit and offset having been
 * applied within each. The total is that of all ranges. O(rows).
 */
export function joinAnswers(
  { queries, isComparison }: Question,
  answers: readonly Answer[],
): Answer {
  const [only] = answers;
  if (!isComparison && only !== undefined) return only;
  const rows = answers.flatMap(({ rows }, i) => {
    const label = rangeLabel(queries[i] as NormalizedQuery);
    return rows.map((row): Row => ({ ...row, [RANGE_COLUMN]: label }));
  });
  const totals = answers.flatMap(({ total }) => (total === null ? [] : [total]));
  return { rows, total: totals.length === 0 ? null : totals.reduce((a, b) => a + b) };
}
