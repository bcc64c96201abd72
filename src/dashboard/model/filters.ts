/**
 * Filters of a view: per dimension the values that a record may have, or those that it may not have. Both at once
 * would say no more than the former.
 */

export interface Condition {
  operator: "equals" | "notEquals";
  /** Any of them, or none; never empty. */
  values: readonly string[];
}

/** By dimension, without the cube. */
export type Filters = { readonly [dimension: string]: Condition };

export const isOneOf = (values: readonly string[]): Condition => ({ operator: "equals", values });
export const isNoneOf = (values: readonly string[]): Condition => ({
  operator: "notEquals",
  values,
});

/** Whether records of the value are asked for. */
export function isShown(condition: Condition | undefined, value: string): boolean {
  return (
    condition === undefined ||
    condition.values.includes(value) === (condition.operator === "equals")
  );
}

/** Takes a dimension's filter away. */
export function removeFilter(filters: Filters, dimension: string): Filters {
  const { [dimension]: _, ...rest } = filters;
  return rest;
}

/**
 * What a click on a value does: one that is filtered by, in whatever way, is not any more; any other is one that
 * records may have. Where values were left out this one alone is asked for.
 */
export function toggleFilter(filters: Filters, dimension: string, value: string): Filters {
  const { operator, values } = filters[dimension] ?? isOneOf([]);
  if (values.includes(value)) return without(filters, dimension, value);
  const others = operator === "equals" ? values : [];
  return { ...filters, [dimension]: isOneOf([...others, value]) };
}

/** Leaves a value out, or no longer. Where others were asked for, all but this one are. */
export function excludeFilter(filters: Filters, dimension: string, value: string): Filters {
  const { operator, values } = filters[dimension] ?? isNoneOf([]);
  const others = operator === "notEquals" ? values : [];
  if (others.includes(value)) return without(filters, dimension, value);
  return { ...filters, [dimension]: isNoneOf([...others, value]) };
}

/** Asks for what was left out, or the other way round. */
export function flipFilter(filters: Filters, dimension: string): Filters {
  const condition = filters[dimension];
  if (condition === undefined) return filters;
  const { operator, values } = condition;
  return {
    ...filters,
    [dimension]: operator === "equals" ? isNoneOf(values) : isOneOf(values),
  };
}

function without(filters: Filters, dimension: string, value: string): Filters {
  const { operator, values } = filters[dimension] ?? isOneOf([]);
  const next = values.filter((other) => other !== value);
  return next.length > 0
    ? { ...filters, [dimension]: { operator, values: next } }
    : removeFilter(filters, dimension);
}
