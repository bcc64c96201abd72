/** Filters on measures: which rows an answer has. */
import { conditionOf, isOrdered } from "../model/filters.js";
import { orderOperators, type FilterOperator, type OrderOperator } from "../model/operators.js";
import { branchesOf, type MemberFilter, type QueryFilter } from "./normalizedQuery.js";

/** The value of a measure in a row, by its full name; null where nothing was measured. */
export type ValueOf = (measure: string) => number | null;

export type RowTest = (valueOf: ValueOf) => boolean;

/** Values compare as they are shown. O(conditions + values) to make and to ask. */
export function rowTest(filter: QueryFilter): RowTest {
  const branches = branchesOf(filter)?.map(rowTest);
  if (branches === undefined) return measureTest(filter as MemberFilter);
  return "and" in filter
    ? (valueOf) => branches.every((test) => test(valueOf))
    : (valueOf) => branches.some((test) => test(valueOf));
}

function measureTest({ member, operator, values: texts }: MemberFilter): RowTest {
  const numbers = texts.map((text) => (text === null ? null : Number(text)));
  if (isOrderOperator(operator)) {
    const bound = numbers[0] ?? Number.NaN;
    return (valueOf) => isOrdered(operator, valueOf(member), bound);
  }
  const { any, values } = conditionOf(operator as FilterOperator, numbers);
  const wanted = new Set(values);
  return (valueOf) => wanted.has(valueOf(member)) === any;
}

function isOrderOperator(operator: string): operator is OrderOperator {
  return (orderOperators as readonly string[]).includes(operator);
}
