/**
 * Conditions on the values of a dimension, in a query or in a measure. A record has one value, or
 * several where the dimension is multi-valued; "not given" is a value. Cube's rules for nulls follow.
 */
import type { DimensionValue, FilterOperator } from "./cube.js";
import { scaleDecimal } from "../numbers/exact.js";

/** `any`: one of the record's values is among `values`. Otherwise: none is. */
export interface Condition<Value> {
  any: boolean;
  values: readonly (Value | null)[];
}

/** What an operator asks of a record's values. */
export function conditionOf<Value>(
  operator: FilterOperator,
  values: readonly (Value | null)[],
): Condition<Value> {
  return {
    any: operator === "equals" || operator === "in" || operator === "notSet",
    values: takesValues(operator) ? values : [null],
  };
}

export function takesValues(operator: FilterOperator): boolean {
  return operator !== "set" && operator !== "notSet";
}

/** A filter's text as facts hold it; nothing for a number that no fact can hold. */
export function rawFilterValue(type: string, scale: number, text: string | null): DimensionValue[] {
  if (text === null || type === "string" || type === "strings") return [text];
  const scaled = scaleDecimal(Number(text), scale);
  return scaled === null ? [] : [scaled];
}
