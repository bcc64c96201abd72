/**
 * Bounds on query JSON. A query comes from anybody, as any value of up to 16 MiB: `mustBeBounded` comes before
 * anything looks at what it says. What it may list of each kind is bounded where it is read.
 */
import { RollupsError } from "../errors.js";

/** Deeper than any query that people or tools write. */
export const QUERY_DEPTH_MAX = 16;
/** Values of all kinds: ten filters with a thousand values each. */
export const QUERY_VALUES_MAX = 10_000;
/** Characters of all keys and texts. */
export const QUERY_CHARACTERS_MAX = 262_144;

/** Members, filters or items of an order in one list, so that checking them stays cheap. */
export const MEMBERS_MAX = 50;
/** Values of one filter that are looked up, as in a selection of all products of a page. */
export const FILTER_VALUES_MAX = 1000;
/** Conditions and trees of all filters of a query, and how deep trees may be: more than people put together. */
export const FILTERS_MAX = 100;
export const FILTER_DEPTH_MAX = 5;
/** Texts that all filters of a query search for, and characters of each: each value of each record is searched. */
export const FILTER_TEXTS_MAX = 100;
export const FILTER_TEXT_MAX = 256;
/** Ranges of time that all filters of a query name: each of them cuts time for the planner. */
export const DATES_MAX = 50;

/** Throws `InvalidQuery` where the JSON is too deep, has too many values or too much text. O(bounds). */
export function mustBeBounded(json: unknown): void {
  let values = 0;
  let characters = 0;
  const open: { value: unknown; depth: number }[] = [{ value: json, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (typeof value === "string") characters += value.length;
    else if (typeof value === "object" && value !== null) {
      if (depth > QUERY_DEPTH_MAX) throw tooMuch(`is nested deeper than ${QUERY_DEPTH_MAX}`);
      const isList = Array.isArray(value);
      const keys = isList ? [] : Object.keys(value);
      values += isList ? value.length : keys.length;
      for (const key of keys) characters += key.length;
      if (values > QUERY_VALUES_MAX) throw tooMuch(`has more than ${QUERY_VALUES_MAX} values`);
      const items: unknown[] = isList ? value : Object.values(value);
      for (const item of items) open.push({ value: item, depth: depth + 1 });
    }
    if (characters > QUERY_CHARACTERS_MAX) {
      throw tooMuch(`has more than ${QUERY_CHARACTERS_MAX} characters`);
    }
  }
}

function tooMuch(message: string): RollupsError {
  return new RollupsError("InvalidQuery", `Invalid query: query: ${message}`, {
    path: "query",
    message,
  });
}
