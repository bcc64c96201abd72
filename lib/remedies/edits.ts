/** Single edits of query JSON. What an edit finds nothing to change in is null. */
import { meanLengthMs } from "../time/calendar.js";
import { granularities, type Granularity } from "../time/granularity.js";

export type QueryJson = Readonly<Record<string, unknown>>;

interface TimeItem {
  dimension: string;
  granularity?: string;
  dateRange?: unknown;
  compareDateRange?: unknown;
}

export function namesOf(query: QueryJson, key: "measures" | "dimensions" | "segments"): string[] {
  return listOf(query[key]).filter((name) => typeof name === "string");
}

export function timeItemsOf(query: QueryJson): TimeItem[] {
  return listOf(query["timeDimensions"]).filter(
    (item): item is TimeItem => isParts(item) && typeof item["dimension"] === "string",
  );
}

/** Without one of its measures, where others are left. */
export function withoutMeasure(query: QueryJson, member: string): QueryJson | null {
  const measures = namesOf(query, "measures");
  const left = measures.filter((name) => name !== member);
  if (left.length === 0 || left.length === measures.length) return null;
  return tidy({ ...query, measures: left });
}

/** Without grouping by a dimension or, of a time, without buckets and ranges of it. */
export function withoutDimension(query: QueryJson, member: string): QueryJson | null {
  const isIt = (name: string) => name === member || name.startsWith(`${member}.`);
  const dimensions = namesOf(query, "dimensions");
  const left = dimensions.filter((name) => !isIt(name));
  const times = timeItemsOf(query);
  const kept = times.filter(({ dimension }) => !isIt(dimension));
  if (left.length === dimensions.length && kept.length === times.length) return null;
  return tidy({ ...query, dimensions: left, timeDimensions: kept });
}

/** Grouped by one more dimension. */
export function withDimension(query: QueryJson, member: string): QueryJson | null {
  const dimensions = namesOf(query, "dimensions");
  if (dimensions.includes(member)) return null;
  return tidy({ ...query, dimensions: [...dimensions, member] });
}

/** Without the filters that look at a member: each as a whole, but for a list of which all must hold. */
export function withoutFilter(query: QueryJson, member: string): QueryJson | null {
  const filters = listOf(query["filters"]);
  const left = filters.flatMap((filter) => strip(filter, member));
  if (JSON.stringify(left) === JSON.stringify(filters)) return null;
  return tidy({ ...query, filters: left });
}

/** Without its segments. */
export function withoutSegments(query: QueryJson): QueryJson | null {
  return namesOf(query, "segments").length === 0 ? null : tidy({ ...query, segments: [] });
}

export function without(query: QueryJson, key: "timezone" | "ungrouped"): QueryJson | null {
  if (query[key] == null || query[key] === false) return null;
  const { [key]: _, ...rest } = query;
  return rest;
}

/** The granularity that rows are told apart by; of several the finest of the calendar, or null. */
export function granularityOf(query: QueryJson): string | null {
  const named = timeItemsOf(query).flatMap(({ granularity }) => granularity ?? []);
  const inNames = namesOf(query, "dimensions").flatMap((name) => name.split(".")[2] ?? []);
  const all = [...named, ...inNames];
  return granularities.find((one) => all.includes(one)) ?? all[0] ?? null;
}

/** By another granularity, or by none: the range as a whole. */
export function withGranularity(query: QueryJson, name: string | null): QueryJson | null {
  const old = granularityOf(query);
  if (old === null || old === name) return null;
  const renamed = (text: string) =>
    text.endsWith(`.${old}`) && name !== null
      ? `${text.slice(0, -old.length)}${name}`
      : text.split(".").slice(0, 2).join(".");
  const isTimed = (text: string) => text.split(".").length === 3;
  const dimensions = namesOf(query, "dimensions").flatMap((text) => {
    if (!isTimed(text)) return [text];
    return name === null ? [] : [renamed(text)];
  });
  const timeDimensions = timeItemsOf(query).map(({ granularity, ...item }) =>
    granularity === undefined || name === null ? item : { ...item, granularity: name },
  );
  const id = (text: string) => (isTimed(text) ? renamed(text) : text);
  return tidy({
    ...query,
    dimensions: [...new Set(dimensions)],
    timeDimensions,
    ...(query["order"] === undefined ? {} : { order: orderBy(query["order"], id) }),
  });
}

/** Over another range of a time, in dates or in words. */
export function withRange(query: QueryJson, dimension: string, dateRange: unknown): QueryJson {
  const items = timeItemsOf(query);
  const ranged = ({ compareDateRange: _, ...item }: TimeItem) => ({ ...item, dateRange });
  const isThere = items.some((item) => item.dimension === dimension);
  return tidy({
    ...query,
    timeDimensions: isThere
      ? items.map((item) => (item.dimension === dimension ? ranged(item) : item))
      : [...items, { dimension, dateRange }],
  });
}

export function withLimit(query: QueryJson, limit: number): QueryJson | null {
  return query["limit"] === limit ? null : { ...query, limit };
}

/** Granularities of the calendar that are coarser than another, the nearest first. */
export function coarserThan(name: string): Granularity[] {
  const own = granularities.find((one) => one === name);
  const least = own === undefined ? meanLengthMs.hour : meanLengthMs[own];
  return granularities.filter((one) => meanLengthMs[one] > least);
}

/** Lists without items are left out, as is an order by what is no member any more. */
function tidy(query: QueryJson): QueryJson {
  const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;
  const { order, ...rest } = query;
  const times = timeItemsOf(query);
  const ids = new Set([
    ...[...namesOf(query, "measures"), ...namesOf(query, "dimensions")],
    ...times.flatMap(({ dimension, granularity }) => [dimension, `${dimension}.${granularity}`]),
    ...namesOf(query, "dimensions").map((name) => name.split(".").slice(0, 2).join(".")),
  ]);
  const left = order === undefined ? [] : orderBy(order, (id) => (ids.has(id) ? id : null));
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => !isEmpty(value))),
    ...(left.length === 0 ? {} : { order: left }),
  };
}

/** An order of any form as pairs, with other names; null leaves one out. */
function orderBy(order: unknown, idOf: (id: string) => string | null): [string, string][] {
  const pairs = isParts(order)
    ? Object.entries(order).map(([id, direction]) => [id, direction] as const)
    : listOf(order).map((item) => {
        if (Array.isArray(item)) return [item[0] as unknown, item[1] as unknown] as const;
        const { id, desc } = isParts(item) ? item : {};
        return [id, desc === true ? "desc" : "asc"] as const;
      });
  return pairs.flatMap(([id, direction]) => {
    const name = typeof id === "string" ? idOf(id) : null;
    return name === null ? [] : [[name, direction === "desc" ? "desc" : "asc"]];
  });
}

function strip(filter: unknown, member: string): unknown[] {
  if (!isParts(filter)) return [filter];
  if (Array.isArray(filter["and"])) {
    const and = filter["and"].flatMap((one) => strip(one, member));
    return and.length === 0 ? [] : [{ and }];
  }
  return looksAt(filter, member) ? [] : [filter];
}

function looksAt(filter: unknown, member: string): boolean {
  if (!isParts(filter)) return false;
  const branches = filter["and"] ?? filter["or"];
  if (Array.isArray(branches)) return branches.some((one) => looksAt(one, member));
  return (filter["member"] ?? filter["dimension"]) === member;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

export function isParts(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
