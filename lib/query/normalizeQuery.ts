/**
 * From query JSON, in Cube's language and from anybody, to a query that the engine can rely on.
 * Everything is checked; whatever is not understood is refused by name, never ignored.
 */
import type { RollupsError } from "../errors.js";
import type { Catalogue, CubeDefinition, MeasureDefinition } from "../model/cube.js";
import { measurePlan } from "../measures/measures.js";
import { isZone } from "../time/calendar.js";
import { everything, resolveRange } from "./dateRange.js";
import { readFilters } from "./filterItems.js";
import { Members } from "./members.js";
import {
  computedMeasures,
  shortName,
  type NormalizedQuery,
  type QueryTime,
} from "./normalizedQuery.js";
import { readOrder } from "./orderItems.js";
import {
  flag,
  invalid,
  list,
  mustBeParts,
  mustBeText,
  nameList,
  unsupported,
  wholeNumber,
  type Parts,
} from "./parts.js";
import type { Question } from "./question.js";
import {
  comparedRanges,
  mergeTimes,
  mustBeGranularity,
  timeItem,
  type TimeItem,
} from "./timeItems.js";

export type { NormalizedQuery, QueryFilter, QueryTime } from "./normalizedQuery.js";

/** Cube's own numbers. */
const LIMIT_DEFAULT = 10_000;
const LIMIT_MAX = 50_000;

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
  "others",
  "timezone",
  "ungrouped",
  "responseFormat",
  "cache",
  "cacheMode",
  "joinHints",
  "subqueryJoins",
] as const;

const cacheModes = ["stale-if-slow", "stale-while-revalidate", "must-revalidate", "no-cache"];

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
  const segments = nameList(parts.segments, "segments").map((name, i) =>
    members.segment(name, `segments.${i}`),
  );
  const { filters, having, times: filtered } = readFilters(parts.filters, members);
  times.push(...filtered);
  const { cube } = members;
  if (cube === null) throw emptyQuery();
  const timezone = readTimezone(parts.timezone, defaults.timezone);
  const time = mergeTimes(times, timezone);
  if (measures.length + dimensions.length === 0 && time?.granularity == null) throw emptyQuery();
  refuseWindows(
    cube,
    computedMeasures({ measures, having }),
    time,
    flag(parts.ungrouped, "ungrouped"),
  );
  const query: NormalizedQuery = {
    cube: cube.name,
    measures: [...new Set(measures)],
    dimensions: [...new Set(dimensions)],
    time,
    filters,
    segments: [...new Set(segments)],
    having,
    order: [],
    limit: wholeNumber(parts.limit, "limit", LIMIT_DEFAULT),
    offset: wholeNumber(parts.offset, "offset", 0),
    total: flag(parts.total, "total"),
    others: flag(parts.others, "others"),
    ungrouped: flag(parts.ungrouped, "ungrouped"),
    timezone,
  };
  if (query.limit > LIMIT_MAX) throw invalid("limit", `must not exceed ${LIMIT_MAX}`);
  if (query.others) mustHaveOthers(members, query, parts.limit);
  query.order = readOrder(parts.order, query);
  const compared = comparedRanges(times);
  if (time === null || compared === null) return { queries: [query], isComparison: false };
  const [first, ...others] = compared.map((dateRange): NormalizedQuery => {
    const bounds = resolveRange(timezone, dateRange);
    return { ...query, time: { ...time, ...bounds, dateRange } };
  });
  return { queries: [first ?? query, ...others], isComparison: true };
}

/** Parts of Cube's language that are known here but not done. */
function refuseFeatures(parts: Parts): void {
  for (const key of ["joinHints", "subqueryJoins"]) {
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
 * What a limit leaves out adds up where each record is in one row. With several granularities of time there is
 * one remainder for each bucket, which a limit over all rows does not tell.
 */
function mustHaveOthers(members: Members, query: NormalizedQuery, limit: unknown): void {
  const { dimensions, time, offset, ungrouped } = query;
  if (ungrouped) throw unsupported("others", "others of ungrouped records");
  if (limit == null) throw invalid("others", "needs a limit");
  if (offset > 0) throw invalid("others", "must not be given beside offset");
  if (dimensions.length === 0) throw invalid("others", "needs a dimension");
  if (time !== null && time.granularity !== null) throw unsupported("others", "others by time");
  const several = dimensions.find((name) => members.typeOf(name) === "strings");
  if (several === undefined) return;
  throw unsupported("others", `others by ${several}, of which a record has several values`);
}

/**
 * Balances and rolling windows are about the cube's own time; over another one they have no meaning.
 * Without granularity a window hangs on an end of the range, which must be there.
 */
function refuseWindows(
  cube: CubeDefinition,
  measures: readonly string[],
  time: QueryTime | null,
  ungrouped: boolean,
): void {
  for (const name of measures) {
    const short = shortName(name);
    const { window } = measurePlan(cube, short, cube.measures[short] as MeasureDefinition);
    if (window === null) continue;
    if (ungrouped) throw unsupported("ungrouped", `${name} of one record`);
    if (time !== null && time.others.length > 0) {
      throw unsupported("timeDimensions", `${name} by more than one granularity`);
    }
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

function emptyQuery(): RollupsError {
  return invalid(
    "query",
    "Query should contain either measures, dimensions or timeDimensions with granularities in order to be valid",
  );
}
