/** From a question of a card, as it was asked, to what Explore asks. */
import type { AggregateQuery, Filter } from "../../react/index.js";
import type { Span } from "../model/period.js";
import type { UrlState } from "../model/urlState.js";
import { cubeNames, type CubeName } from "../model/views.js";
import {
  cubeOf,
  isComplete,
  parseAsked,
  printAsked,
  type Asked,
  type AskedFilter,
  type Order,
} from "./asked.js";
import { isOperator } from "./operators.js";

const aliases: Readonly<Record<string, string>> = { in: "equals", notIn: "notEquals" };

/** The address of a question of a card, in a view of that span: the period is that of the view, if it is the question's. */
export function stateOf(query: AggregateQuery, span: Span | null): Partial<UrlState> {
  const cube =
    cubeNames.find((name) => query.measures?.[0]?.startsWith(`${name}.`) === true) ?? "watch";
  const explore = printAsked(askedOf(query, cube));
  return { page: "explore", cube, filters: {}, explore, ...periodOf(query, span) };
}

function periodOf({ timeDimensions }: AggregateQuery, span: Span | null): Partial<UrlState> {
  const range = timeDimensions?.[0]?.dateRange;
  if (!Array.isArray(range)) return {};
  const [from, to] = range as [string, string];
  return from === span?.from && to === span.to ? {} : { period: { kind: "custom", from, to } };
}

/** A row of what the limit leaves out, and a filter on the time, are left out: the period says the latter. */
export function askedOf(query: AggregateQuery, cube: CubeName): Asked {
  const short = (member: string) => member.slice(cube.length + 1);
  const measures = (query.measures ?? []).map(short);
  const asked: Asked = {
    measures,
    dimensions: (query.dimensions ?? []).map(short),
    granularity: query.timeDimensions?.[0]?.granularity ?? null,
    filters: (query.filters ?? []).flatMap((filter) => filterOf(filter, cube)),
    order: orderOf(query, cube),
    limit: query.limit ?? NaN,
    charted: measures[0] ?? "",
  };
  // What the address does not take falls back as it does there.
  return parseAsked(printAsked(asked), cube, null);
}

function filterOf(filter: Filter, cube: CubeName): AskedFilter[] {
  if (!("member" in filter)) return [];
  const dimension = filter.member.slice(cube.length + 1);
  const operator = aliases[filter.operator] ?? filter.operator;
  if (dimension === cubeOf(cube).time || !isOperator(operator)) return [];
  const read = { dimension, operator, values: (filter.values ?? []).map(String) };
  return isComplete(read) ? [read] : [];
}

/** The first of an order; null for the one that rows have anyway. */
function orderOf({ order, measures, timeDimensions }: AggregateQuery, cube: CubeName) {
  const first = Array.isArray(order) ? order[0] : Object.entries(order ?? {})[0];
  if (first === undefined) return null;
  const [member, direction] = first as [string, "asc" | "desc"];
  const found: Order = {
    member: member.slice(cube.length + 1),
    isDescending: direction === "desc",
  };
  const isByTime = timeDimensions?.[0]?.granularity !== undefined;
  const isUsual = isByTime
    ? found.member === cubeOf(cube).time && !found.isDescending
    : member === measures?.[0] && found.isDescending;
  return isUsual ? null : found;
}
