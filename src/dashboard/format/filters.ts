/** Filters in words: "Category is not Cooking". */
import type { Condition } from "../model/filters.js";
import { catalogue } from "../model/members.js";
import { formatWeekdayLong } from "./times.js";

export function operatorWords(operator: Condition["operator"]): string {
  return operator === "equals" ? "is" : "is not";
}

/** A dimension's value as people read it: weekdays by name. */
export function formatDimensionValue(cube: string, dimension: string, value: string): string {
  const isWeekday = catalogue[cube]?.dimensions[dimension]?.type === "weekday";
  return isWeekday ? formatWeekdayLong(Number(value)) : value;
}
