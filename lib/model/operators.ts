/** The operators of filters, by Cube's names. */

/** Whether values are among some, or are given. Filters of measures have these alone. */
export const filterOperators = ["equals", "notEquals", "in", "notIn", "set", "notSet"] as const;

/** On texts, whatever their case. Several texts are joined by or; the negated ones keep what is not given. */
export const textOperators = [
  ...(["contains", "notContains", "startsWith", "notStartsWith"] as const),
  ...(["endsWith", "notEndsWith"] as const),
];

/** On numbers, with one value. What is not given is neither more nor less than anything. */
export const orderOperators = ["gt", "gte", "lt", "lte"] as const;

/** On times. */
export const dateOperators = [
  ...(["inDateRange", "notInDateRange", "onTheDate"] as const),
  ...(["beforeDate", "beforeOrOnDate", "afterDate", "afterOrOnDate"] as const),
];

export type FilterOperator = (typeof filterOperators)[number];
export type TextOperator = (typeof textOperators)[number];
export type OrderOperator = (typeof orderOperators)[number];
export type DateOperator = (typeof dateOperators)[number];

/** What a query may ask of a member. */
export type QueryOperator = FilterOperator | TextOperator | OrderOperator | DateOperator;
