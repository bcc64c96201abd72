/**
 * From query JSON, in Cube's language and from anybody, to a query that the engine can rely on.
 * Everything is checked; whatever is not understood is refused by name, never ignored.
 */
import { RollupsError } from "../errors.js";
import {
  type Catalogue,
  type CubeDefinition,
  type DimensionDefinition,
  type MeasureDefinition,
  filterOperators,
  type FilterOperator,
} from "../model/cube.js";
import { measurePlan } from "../measures/measures.js";
import { granularityNames, granularityOf } from "../model/granularities.js";
import { closest } from "../model/memberNames.js";
import { isZone } from "../time/calendar.js";
import { granularityName, type AnyGranularity } from "../time/customGranularity.js";
import {
  intersect,
  justAfter,
  justBefore,
  parseDateRange,
  rangeEnd,
  rangeStart,
  resolveRange,
  type WallRange,
} from "./dateRange.js";
import { COMPARED_MAX, type Question } from "./question.js";
import {
  shortName,
  timeColumn,
  type NormalizedQuery,
  type QueryFilter,
  type QueryTime,
} from "./normalizedQuery.js";

export type { NormalizedQuery, QueryFilter, QueryTime } from "./normalizedQuery.js";

/** Cube's own numbers. */
export const LIMIT_DEFAULT = 10_000;
export const LIMIT_MAX = 50_000;

/** Bounds on what one query may list, so that checking it stays cheap. */
export const MEMBERS_MAX = 50;
export const FILTER_VALUES_MAX = 1000;

type Parts = Record<string, unknown>;

const queryKeys = [
  "measures",
  "dimensions",
  "segments",
  "timeDimensions",
  "filters",
  "order",
  "limit",
  "offset",
  "total",
  "timezone",
  "ungrouped",
  "responseFormat",
  "cache",
  "cacheMode",
  "joinHints",
  "subqueryJoins",
] as const;

const cacheModes = ["stale-if-slow", "stale-while-revalidate", "must-revalidate", "no-cache"];

/** Operators of Cube's language that are understood and refused. */
const laterOperators = [
  ...["contains", "notContains", "startsWith", "notStartsWith", "endsWith", "notEndsWith"],
  ...["gt", "gte", "lt", "lte", "notInDateRange", "measureFilter"],
];

/** Operators that narrow the query's date range. */
const dateOperators = [
  ...["inDateRange", "onTheDate", "beforeDate", "beforeOrOnDate", "afterDate", "afterOrOnDate"],
];

/** Like `normalizeQuestion`, for those who ask about one range: comparisons are `UnsupportedQuery`. */
export function normalizeQuery(
  catalogue: Catalogue,
  json: unknown,
  defaults: { timezone: string },
): NormalizedQuery {
  const { queries, isComparison } = normalizeQuestion(catalogue, json, defaults);
  if (isComparison) throw unsupported("timeDimensions", "comparing date ranges");
  return queries[0];
}

/**
 * Checks and completes a query. `defaults.timezone` applies where the query names none. Throws
 * `InvalidQuery` with `{path, message}`, `UnsupportedQuery` with `{path, feature}` and
 * `UnsupportedOperator` with `{path, operator}`. O(members + filter values).
 */
export function normalizeQuestion(
  catalogue: Catalogue,
  json: unknown,
  defaults: { timezone: string },
): Question {
  const parts = mustBeParts(json, "query", queryKeys);
  refuseFeatures(parts);
  const members = new Members(catalogue);
  const measures = nameList(parts.measures, "measures").map((name, i) =>
    members.measure(name, `measures.${i}`),
  );
  const times: TimeItem[] = [];
  const dimensions: string[] = [];
  nameList(parts.dimensions, "dimensions").forEach((name, i) => {
    const path = `dimensions.${i}`;
    const [cube, dimension, granularity, ...rest] = name.split(".");
    if (granularity === undefined) {
      const member = members.dimension(name, path);
      if (members.definition(member).type === "time") {
        throw unsupported(path, "grouping by a time dimension without granularity");
      }
      dimensions.push(member);
      return;
    }
    if (rest.length > 0) throw invalid(path, `${name} is not the name of a member`);
    const member = members.timeDimension(`${cube}.${dimension}`, path);
    times.push({
      dimension: member,
      granularity: mustBeGranularity(granularity, path, members.definition(member)),
      range: everything,
    });
  });
  list(parts.timeDimensions, "timeDimensions").forEach((item, i) =>
    times.push(timeItem(item, `timeDimensions.${i}`, members)),
  );
  const filters: QueryFilter[] = [];
  list(parts.filters, "filters").forEach((item, i) => {
    const filter = readFilter(item, `filters.${i}`, members);
    if ("range" in filter) times.push(filter);
    else filters.push(filter);
  });
  const { cube } = members;
  if (cube === null) throw emptyQuery();
  const timezone = readTimezone(parts.timezone, defaults.timezone);
  const time = mergeTimes(times, timezone);
  if (measures.length + dimensions.length === 0 && time?.granularity == null) throw emptyQuery();
  refuseWindows(cube, measures, time);
  const query: NormalizedQuery = {
    cube: cube.name,
    measures: [...new Set(measures)],
    dimensions: [...new Set(dimensions)],
    time,
    filters,
    order: [],
    limit: wholeNumber(parts.limit, "limit", LIMIT_DEFAULT),
    offset: wholeNumber(parts.offset, "offset", 0),
    total: flag(parts.total, "total"),
    timezone,
  };
  if (query.limit > LIMIT_MAX) throw invalid("limit", `must not exceed ${LIMIT_MAX}`);
  query.order = readOrder(parts.order, query);
  const compared = comparedRanges(times);
  if (time === null || compared === null) return { queries: [query], isComparison: false };
  const [first, ...others] = compared.map((dateRange): NormalizedQuery => {
    const bounds = resolveRange(timezone, dateRange);
    return { ...query, time: { ...time, ...bounds, dateRange } };
  });
  return { queries: [first ?? query, ...others], isComparison: true };
}

/** Looks names up, and holds all of them to one cube. */
class Members {
  cube: CubeDefinition | null = null;

  constructor(private readonly catalogue: Catalogue) {}

  measure(name: string, path: string): string {
    const { cube, member } = this.split(name, path);
    if (!Object.hasOwn(cube.measures, member)) {
      if (Object.hasOwn(cube.dimensions, member)) {
        throw invalid(path, `${name} is a dimension, not a measure`);
      }
      throw unknownMember(path, "measure", name, cube, Object.keys(cube.measures));
    }
    return name;
  }

  dimension(name: string, path: string): string {
    const { cube, member } = this.split(name, path);
    if (!Object.hasOwn(cube.dimensions, member)) {
      if (Object.hasOwn(cube.measures, member)) {
        throw invalid(path, `${name} is a measure, not a dimension`);
      }
      throw unknownMember(path, "dimension", name, cube, Object.keys(cube.dimensions));
    }
    return name;
  }

  timeDimension(name: string, path: string): string {
    const member = this.dimension(name, path);
    if (this.definition(member).type !== "time") {
      throw invalid(path, `${name} is not a time dimension`);
    }
    return member;
  }

  isMeasure(name: string, path: string): boolean {
    const { cube, member } = this.split(name, path);
    return Object.hasOwn(cube.measures, member);
  }

  /** Of a dimension that was looked up before. */
  definition(member: string): DimensionDefinition {
    return this.cube?.dimensions[shortName(member)] as DimensionDefinition;
  }

  private split(name: string, path: string): { cube: CubeDefinition; member: string } {
    const [cubeName = "", member = "", ...rest] = name.split(".");
    if (rest.length > 0 || cubeName === "" || member === "") {
      throw invalid(path, `${JSON.stringify(name)} is not the name of a member`);
    }
    const cube = Object.hasOwn(this.catalogue, cubeName) ? this.catalogue[cubeName] : undefined;
    if (cube === undefined) {
      const hint = suggest(cubeName, Object.keys(this.catalogue));
      throw invalid(path, `there is no cube called ${cubeName}${hint}`);
    }
    this.cube ??= cube;
    if (this.cube !== cube) {
      throw unsupported(path, `querying ${this.cube.name} and ${cube.name} together`);
    }
    return { cube, member };
  }
}

interface TimeItem {
  dimension: string;
  granularity: AnyGranularity | null;
  range: WallRange;
  /** Ranges to compare; `range` is then the first of them. */
  compared?: WallRange[];
}

const everything: WallRange = { from: null, to: null };

function timeItem(value: unknown, path: string, members: Members): TimeItem {
  const item = mustBeParts(value, path, [
    "dimension",
    "granularity",
    "dateRange",
    "compareDateRange",
  ]);
  const dimension = members.timeDimension(
    mustBeText(item.dimension, `${path}.dimension`),
    `${path}.dimension`,
  );
  const granularity =
    item.granularity == null
      ? null
      : mustBeGranularity(item.granularity, `${path}.granularity`, members.definition(dimension));
  const range =
    item.dateRange == null ? everything : readDateRange(item.dateRange, `${path}.dateRange`);
  if (item.compareDateRange == null) return { dimension, granularity, range };
  const at = `${path}.compareDateRange`;
  if (range !== everything) throw invalid(at, "must not be given beside dateRange");
  const compared = list(item.compareDateRange, at, COMPARED_MAX).map((one, i) =>
    readDateRange(one, `${at}.${i}`),
  );
  const [first] = compared;
  if (first === undefined || compared.length < 2) {
    throw invalid(at, `must list 2 to ${COMPARED_MAX} date ranges`);
  }
  return { dimension, granularity, range: first, compared };
}

/** The ranges to compare, which nothing else may bound; null where there is but one range. */
function comparedRanges(items: readonly TimeItem[]): WallRange[] | null {
  const compared = items.flatMap((item) => (item.compared === undefined ? [] : [item.compared]));
  const [ranges] = compared;
  if (ranges === undefined) return null;
  if (compared.length > 1) throw unsupported("timeDimensions", "comparing date ranges twice");
  if (items.some((item) => item.compared === undefined && item.range !== everything)) {
    throw unsupported("timeDimensions", "narrowing the date ranges that are compared");
  }
  return ranges;
}

/** Several mentions of the one time dimension become one: every range applies. */
function mergeTimes(items: readonly TimeItem[], timezone: string): QueryTime | null {
  const [first] = items;
  if (first === undefined) return null;
  let granularity: AnyGranularity | null = null;
  let range = everything;
  for (const item of items) {
    if (item.dimension !== first.dimension) {
      throw unsupported("timeDimensions", "more than one time dimension");
    }
    if (item.granularity !== null) {
      if (
        granularity !== null &&
        granularityName(granularity) !== granularityName(item.granularity)
      ) {
        throw unsupported("timeDimensions", "more than one granularity");
      }
      granularity = item.granularity;
    }
    range = intersect(range, item.range);
  }
  const { from, to } = resolveRange(timezone, range);
  return { dimension: first.dimension, granularity, from, to, dateRange: range };
}

function readDateRange(value: unknown, path: string): WallRange {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  const [first, second] = texts;
  if (
    typeof first !== "string" ||
    texts.length > 2 ||
    (texts.length === 2 && typeof second !== "string")
  ) {
    throw invalid(path, "must be a date, [date] or [from, to]");
  }
  texts.forEach((text) => refuseRelative(text as string, path));
  const range = parseDateRange(typeof second === "string" ? [first, second] : [first]);
  if (range === null) {
    throw invalid(path, `Can't parse date: '${texts.join("', '")}'`);
  }
  if ((range.from as string) > (range.to as string)) throw invalid(path, "ends before it starts");
  return range;
}

function readFilter(value: unknown, path: string, members: Members): QueryFilter | TimeItem {
  if (isParts(value) && (Object.hasOwn(value, "or") || Object.hasOwn(value, "and"))) {
    throw unsupported(path, "filters combined by and/or");
  }
  const filter = mustBeParts(value, path, ["member", "dimension", "operator", "values"]);
  if ((filter.member === undefined) === (filter.dimension === undefined)) {
    throw invalid(path, "must name exactly one member");
  }
  const at = filter.member === undefined ? `${path}.dimension` : `${path}.member`;
  const name = mustBeText(filter.member ?? filter.dimension, at);
  if (members.isMeasure(name, at)) throw unsupported(at, "filters on measures");
  const member = members.dimension(name, at);
  const operator = mustBeText(filter.operator, `${path}.operator`);
  const known: readonly string[] = [...filterOperators, ...dateOperators, ...laterOperators];
  if (!known.includes(operator)) {
    throw invalid(
      `${path}.operator`,
      `there is no operator ${operator}${suggest(operator, known)}`,
    );
  }
  const { type } = members.definition(member);
  const isDate = dateOperators.includes(operator);
  if (laterOperators.includes(operator) || (type === "time" && !isDate)) {
    throw new RollupsError(
      "UnsupportedOperator",
      `${path}.operator: ${operator} is not supported on ${member}`,
      { path: `${path}.operator`, operator, member },
    );
  }
  const values = readValues(filter.values, `${path}.values`, operator);
  if (isDate) {
    if (type !== "time") throw invalid(`${path}.operator`, `${operator} needs a time dimension`);
    const range = dateFilter(operator, values, `${path}.values`);
    return { dimension: member, granularity: null, range };
  }
  if (type !== "string" && type !== "strings") {
    for (const text of values) {
      if (text !== null && (text.trim() === "" || !Number.isFinite(Number(text)))) {
        throw invalid(`${path}.values`, `${JSON.stringify(text)} is not a number`);
      }
    }
  }
  return { member, operator: operator as FilterOperator, values };
}

function readValues(value: unknown, path: string, operator: string): (string | null)[] {
  if (operator === "set" || operator === "notSet") return [];
  const values = list(value, path, FILTER_VALUES_MAX).map((item, i) => {
    if (item === null || typeof item === "string") return item;
    if (typeof item === "number" || typeof item === "boolean") return String(item);
    throw invalid(`${path}.${i}`, "must be a text, a number, a boolean or null");
  });
  if (values.length === 0) throw invalid(path, `${operator} needs values`);
  return values;
}

function dateFilter(operator: string, values: (string | null)[], path: string): WallRange {
  const texts = values.map((text) => {
    if (text === null) throw invalid(path, "must be dates");
    refuseRelative(text, path);
    return text;
  });
  if (operator === "inDateRange") return readDateRange(texts, path);
  const [text = ""] = texts;
  if (texts.length !== 1) throw invalid(path, `${operator} needs one date`);
  const [from, to] = [rangeStart(text), rangeEnd(text)];
  if (from === null || to === null) throw invalid(path, `Can't parse date: '${text}'`);
  switch (operator) {
    case "beforeDate":
      return { from: null, to: justBefore(from) };
    case "beforeOrOnDate":
      return { from: null, to };
    case "afterDate":
      return { from: justAfter(to), to: null };
    case "afterOrOnDate":
      return { from, to: null };
    default:
      return { from, to };
  }
}

/** The order as asked for or, by default, Cube's: time, else the first measure down, else the first dimension. */
function readOrder(value: unknown, query: NormalizedQuery): NormalizedQuery["order"] {
  const { measures, dimensions, time } = query;
  if (value == null) {
    if (time !== null && time.granularity !== null) return [{ id: time.dimension, desc: false }];
    const [measure] = measures;
    const [dimension] = dimensions;
    if (dimension === undefined) return [];
    return measure === undefined ? [{ id: dimension, desc: false }] : [{ id: measure, desc: true }];
  }
  const order = orderItems(value).map(({ id, desc }, i) => {
    const path = `order.${i}`;
    const isTime =
      time !== null &&
      time.granularity !== null &&
      (id === time.dimension || id === timeColumn(query));
    if (isTime) return { id: time.dimension, desc };
    if (measures.includes(id) || dimensions.includes(id)) return { id, desc };
    throw invalid(path, `${JSON.stringify(id)} is not among the query's members`);
  });
  // A member that is listed again cannot change the order any more.
  return order.filter(({ id }, i) => order.findIndex((item) => item.id === id) === i);
}

function orderItems(value: unknown): { id: string; desc: boolean }[] {
  if (isParts(value)) {
    const entries = Object.entries(value);
    if (entries.length > MEMBERS_MAX)
      throw invalid("order", `lists more than ${MEMBERS_MAX} members`);
    return entries.map(([id, direction]) => ({ id, desc: isDescending(direction, `order.${id}`) }));
  }
  return list(value, "order").map((item, i) => {
    const path = `order.${i}`;
    if (Array.isArray(item) && item.length === 2) {
      return { id: mustBeText(item[0], path), desc: isDescending(item[1], path) };
    }
    if (isParts(item)) {
      const { id, desc } = mustBeParts(item, path, ["id", "desc"]);
      return { id: mustBeText(id, `${path}.id`), desc: flag(desc, `${path}.desc`) };
    }
    throw invalid(path, "must be [member, direction]");
  });
}

function isDescending(value: unknown, path: string): boolean {
  if (value === "asc" || value === "desc") return value === "desc";
  throw invalid(path, 'must be "asc" or "desc"');
}

/** Parts of Cube's language that are known here but not done. */
function refuseFeatures(parts: Parts): void {
  if (flag(parts.ungrouped, "ungrouped")) throw unsupported("ungrouped", "ungrouped queries");
  for (const key of ["segments", "joinHints", "subqueryJoins"]) {
    if (list(parts[key], key).length > 0) throw unsupported(key, key);
  }
  const format = parts.responseFormat;
  if (format !== undefined && format !== "default") {
    if (format !== "compact" && format !== "columnar") {
      throw invalid("responseFormat", "must be default, compact or columnar");
    }
    throw unsupported("responseFormat", `the response format ${format}`);
  }
  for (const key of ["cache", "cacheMode"]) {
    if (parts[key] !== undefined && !cacheModes.includes(parts[key] as string)) {
      throw invalid(key, `must be one of ${cacheModes.join(", ")}`);
    }
  }
}

/**
 * Balances and rolling windows are about the cube's own time; over another one they have no meaning.
 * Without granularity a window hangs on an end of the range, which must be there.
 */
function refuseWindows(
  cube: CubeDefinition,
  measures: readonly string[],
  time: QueryTime | null,
): void {
  for (const name of measures) {
    const short = shortName(name);
    const { window } = measurePlan(cube, short, cube.measures[short] as MeasureDefinition);
    if (window === null) continue;
    if (time !== null && shortName(time.dimension) !== cube.time) {
      throw unsupported("timeDimensions", `${name} by a time dimension other than ${cube.time}`);
    }
    if (time !== null && time.granularity !== null) continue;
    const { offset, trailing, leading } = window;
    const isOpen = offset === "start" ? time?.from == null : time?.to == null;
    if (isOpen && (offset === "start" ? leading : trailing) !== "unbounded") {
      const missing = `a granularity or a date range that has ${offset === "start" ? "a start" : "an end"}`;
      throw unsupported("timeDimensions", `${name} without ${missing}`);
    }
  }
}

function readTimezone(value: unknown, fallback: string): string {
  if (value == null) return fallback;
  const zone = mustBeText(value, "timezone");
  if (!isZone(zone)) throw invalid("timezone", `there is no time zone called ${zone}`);
  return zone;
}

function refuseRelative(text: string, path: string): void {
  if (/^(this|last|next|today|yesterday|tomorrow|from)\b/i.test(text.trim())) {
    throw unsupported(path, `relative date ranges such as ${JSON.stringify(text)}`);
  }
}

function mustBeGranularity(
  value: unknown,
  path: string,
  dimension: DimensionDefinition,
): AnyGranularity {
  const names = granularityNames(dimension);
  const name = mustBeText(value, path);
  const granularity = granularityOf(dimension, name);
  if (granularity !== null) return granularity;
  if (name === "second" || name === "minute") throw unsupported(path, `granularity ${name}`);
  throw invalid(path, `must be one of ${names.join(", ")}${suggest(name, names)}`);
}

function nameList(value: unknown, path: string): string[] {
  return list(value, path).map((name, i) => mustBeText(name, `${path}.${i}`));
}

function list(value: unknown, path: string, max = MEMBERS_MAX): unknown[] {
  if (value == null) return [];
  if (!Array.isArray(value)) throw invalid(path, "must be an array");
  if (value.length > max) throw invalid(path, `must not list more than ${max} items`);
  return value;
}

function wholeNumber(value: unknown, path: string, fallback: number): number {
  if (value == null) return fallback;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value + 0;
  throw invalid(path, "must be a whole number of at least 0");
}

function flag(value: unknown, path: string): boolean {
  if (value == null) return false;
  if (typeof value === "boolean") return value;
  throw invalid(path, "must be true or false");
}

function mustBeText(value: unknown, path: string): string {
  if (typeof value === "string" && value.length <= 256) return value;
  throw invalid(path, "must be a text of at most 256 characters");
}

function mustBeParts(value: unknown, path: string, known: readonly string[]): Parts {
  if (!isParts(value)) throw invalid(path, "must be an object");
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw invalid(path, `unknown key ${JSON.stringify(key)}${suggest(key, known)}`);
    }
  }
  // A copy without prototype: an absent key reads as undefined, whatever objects inherit.
  return Object.assign(Object.create(null) as Parts, value);
}

function isParts(value: unknown): value is Parts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknownMember(
  path: string,
  kind: string,
  name: string,
  cube: CubeDefinition,
  candidates: string[],
): RollupsError {
  const hint = suggest(
    name,
    candidates.map((candidate) => `${cube.name}.${candidate}`),
  );
  return invalid(path, `there is no ${kind} called ${name}${hint}`);
}

function suggest(name: string, candidates: readonly string[]): string {
  const suggestion = closest(name, candidates);
  return suggestion === null ? "" : `; did you mean ${suggestion}?`;
}

function emptyQuery(): RollupsError {
  return invalid(
    "query",
    "Query should contain either measures, dimensions or timeDimensions with granularities in order to be valid",
  );
}

function invalid(path: string, message: string): RollupsError {
  return new RollupsError("InvalidQuery", `Invalid query: ${path}: ${message}`, { path, message });
}

function unsupported(path: string, feature: string): RollupsError {
  return new RollupsError("UnsupportedQuery", `${path}: not supported: ${feature}`, {
    path,
    feature,
  });
}
