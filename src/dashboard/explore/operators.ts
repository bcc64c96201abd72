/** Operators of filters as people choose them: Cube's, but for those that are another one by a second name. */
import type { DimensionDefinition } from "../../../lib/model/cube.js";

const words = {
  equals: "is",
  notEquals: "is not",
  contains: "contains",
  notContains: "does not contain",
  startsWith: "starts with",
  notStartsWith: "does not start with",
  endsWith: "ends with",
  notEndsWith: "does not end with",
  gt: "is more than",
  gte: "is at least",
  lt: "is less than",
  lte: "is at most",
  set: "is given",
  notSet: "is not given",
} as const;

export type Operator = keyof typeof words;

export const isOperator = (text: string): text is Operator => Object.hasOwn(words, text);

export const operatorText = (operator: Operator): string => words[operator];

const given = ["set", "notSet"] as const;
const ofTexts = [
  ...(["equals", "notEquals", "contains", "notContains"] as const),
  ...(["startsWith", "notStartsWith", "endsWith", "notEndsWith"] as const),
];
const ofNumbers = ["equals", "notEquals", "gt", "gte", "lt", "lte"] as const;

/** What can be asked of a dimension of a type. */
export function operatorsOf(type: DimensionDefinition["type"]): Operator[] {
  switch (type) {
    case "string":
    case "strings":
      return [...ofTexts, ...given];
    case "number":
      return [...ofNumbers, ...given];
    case "hourOfDay":
    case "weekday":
      return [...ofNumbers];
    case "time":
      return [];
    default:
      return type satisfies never;
  }
}

export const takesValues = (operator: Operator): boolean =>
  operator !== "set" && operator !== "notSet";
