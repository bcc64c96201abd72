/**
 * Conditions on the values of a dimension, in a query, a segment or a measure. A record has one value, or
 * several where the dimension is multi-valued; "not given" is a value. Cube's rules for nulls follow.
 */
import type { DimensionValue } from "./cube.js";
import type {
  DateOperator,
  FilterOperator,
  OrderOperator,
  QueryOperator,
  TextOperator,
} from "./operators.js";
import { scaleDecimal, unscale } from "../numbers/exact.js";

/** `any`: one of the record's values is among `values`. Otherwise: none is. */
export interface Condition<Value> {
  any: boolean;
  values: readonly (Value | null)[];
}

/** `any`: one of the record's values matches. Otherwise: none does. */
export interface ValueTest {
  any: boolean;
  /** Of a raw value: decimals still scaled. */
  matches: (value: DimensionValue) => boolean;
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

export function takesValues(operator: string): boolean {
  return operator !== "set" && operator !== "notSet";
}

/** A filter's text as facts hold it; nothing for a number that no fact can hold. */
export function rawFilterValue(type: string, scale: number, text: string | null): DimensionValue[] {
  if (text === null || type === "string" || type === "strings") return [text];
  const scaled = scaleDecimal(Number(text), scale);
  return scaled === null ? [] : [scaled];
}

/** The test of raw values of a dimension that is no time. O(values) to make, O(1) or O(texts) to ask. */
export function valueTest(
  operator: Exclude<QueryOperator, DateOperator>,
  texts: readonly (string | null)[],
  { type, scale }: { type: string; scale: number },
): ValueTest {
  switch (operator) {
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return { any: true, matches: orderMatcher(operator, Number(texts[0]), scale) };
    case "contains":
    case "notContains":
    case "startsWith":
    case "notStartsWith":
    case "endsWith":
    case "notEndsWith":
      return { any: !operator.startsWith("not"), matches: textMatcher(operator, texts) };
    default: {
      const { any, values } = conditionOf(operator, texts);
      const raw = new Set(values.flatMap((text) => rawFilterValue(type, scale, text)));
      return { any, matches: (value) => raw.has(value) };
    }
  }
}

/** Whether a number compares so with another; null does with none. */
export function isOrdered(operator: OrderOperator, value: number | null, bound: number): boolean {
  if (value === null) return false;
  if (operator === "gt") return value > bound;
  if (operator === "gte") return value >= bound;
  return operator === "lt" ? value < bound : value <= bound;
}

/** Numbers compare as they are shown, so that 0.1 is what people write as 0.1. */
function orderMatcher(operator: OrderOperator, bound: number, scale: number) {
  return (value: DimensionValue): boolean =>
    typeof value === "number" &&
    isOrdered(operator, scale === 0 ? value : unscale(value, scale), bound);
}

/** Each character by itself, as databases do: the last sigma of a word would else be another letter. */
function lowerCase(text: string): string {
  return isAscii.test(text)
    ? text.toLowerCase()
    : Array.from(text, (character) => character.toLowerCase()).join("");
}

const isAscii = /^[\0-\x7f]*$/;

function textMatcher(operator: TextOperator, texts: readonly (string | null)[]) {
  const wanted = texts.flatMap((text) => (text === null ? [] : [lowerCase(text)]));
  const matchesNull = texts.includes(null);
  const part = operator.replace(/^not/, "").toLowerCase();
  const isIn = (value: string, text: string): boolean =>
    part === "contains"
      ? value.includes(text)
      : part === "startswith"
        ? value.startsWith(text)
        : value.endsWith(text);
  return (value: DimensionValue): boolean => {
    if (typeof value !== "string") return value === null && matchesNull;
    const lower = lowerCase(value);
    return wanted.some((text) => isIn(lower, text));
  };
}
