/** What a report says of a question, brought to what may be stored. */
import { isErrorCode, kindOf } from "../errorCodes.js";

/** A question of a report: as it was asked last, and how often since the report before. */
export interface Reported {
  cube: string;
  form: string;
  query: Readonly<Record<string, unknown>>;
  asked: number;
  route: string;
  held: boolean;
}

/** The route of what is no answer, or names what it should not. */
export const OTHER_ROUTE = "Other";

/** Values of a condition that are kept: its form has none. */
const VALUES_KEPT = 10;
const ROUTE_LENGTH_MAX = 200;

/** The route without generations, if it is one of the cube's, or a code; else "Other". */
export function routeName(cube: string, told: string): string {
  const route = told.replace(/@\d+/g, "");
  const isOfCube = (part: string) =>
    part === "scan" || (part.startsWith(`${cube}.`) && /^[A-Za-z][\w.]*$/.test(part));
  const isKnown =
    route === "browser" ||
    isErrorCode(route) ||
    (route.length <= ROUTE_LENGTH_MAX && route.split(", ").every(isOfCube));
  return isKnown ? route : OTHER_ROUTE;
}

/** Whether a question with this outcome is a pattern: it was answered, or refused in a way that a rollup could mend. */
export function isPattern(route: string): boolean {
  const kind = kindOf(route);
  return kind === null ? /\.|^(scan|browser)$/.test(route) : /^(refusal|transient)$/.test(kind);
}

type Json = Readonly<Record<string, unknown>>;

/** The query with some values of each condition: still a query, and of the same form. O(size). */
export function withFewValues(query: Json): Json {
  const { filters = [], ...rest } = query;
  return { ...rest, filters: (filters as Json[]).map(fewValues) };
}

function fewValues(filter: Json): Json {
  const { and, or, values } = filter;
  if (Array.isArray(and)) return { and: (and as Json[]).map(fewValues) };
  if (Array.isArray(or)) return { or: (or as Json[]).map(fewValues) };
  return Array.isArray(values) ? { ...filter, values: values.slice(0, VALUES_KEPT) } : filter;
}
