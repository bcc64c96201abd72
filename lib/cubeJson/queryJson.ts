/** A normalised query in Cube's own normalised form, as responses echo it. */
import { takesValues } from "../model/filters.js";
import type { NormalizedQuery, QueryFilter } from "../query/normalizedQuery.js";
import { granularityName } from "../time/customGranularity.js";
import { RANGE_COLUMN, type Question } from "../query/question.js";

/** Plain JSON. Date ranges are pairs of wall clock times with milliseconds, as Cube's client requires. */
export function toQueryJson(query: NormalizedQuery): Record<string, unknown> {
  const { time } = query;
  const { from, to } = time?.dateRange ?? { from: null, to: null };
  const bounded = from !== null && to !== null;
  const filters = [...query.filters, ...query.having].map(filterJson);
  // A range with one open end has no dateRange form.
  if (time !== null && !bounded && from !== null) {
    filters.push({ member: time.dimension, operator: "afterOrOnDate", values: [from] });
  }
  if (time !== null && !bounded && to !== null) {
    filters.push({ member: time.dimension, operator: "beforeOrOnDate", values: [to] });
  }
  return {
    measures: query.measures,
    dimensions: query.dimensions,
    timeDimensions:
      time === null
        ? []
        : [
            {
              dimension: time.dimension,
              ...(time.granularity === null
                ? {}
                : { granularity: granularityName(time.granularity) }),
              ...(bounded ? { dateRange: [from, to] } : {}),
            },
            ...time.others.map((one) => ({
              dimension: time.dimension,
              granularity: granularityName(one),
            })),
          ],
    segments: query.segments,
    filters,
    order: query.order,
    limit: query.limit,
    rowLimit: query.limit,
    ...(query.offset === 0 ? {} : { offset: query.offset }),
    ...(query.total ? { total: true } : {}),
    ...(query.others ? { others: true } : {}),
    ...(query.ungrouped ? { ungrouped: true } : {}),
    timezone: query.timezone,
  };
}

function filterJson(filter: QueryFilter): Record<string, unknown> {
  if ("and" in filter) return { and: filter.and.map(filterJson) };
  if ("or" in filter) return { or: filter.or.map(filterJson) };
  const { member, operator, values } = filter;
  return takesValues(operator) ? { member, operator, values } : { member, operator };
}

/** Like `toQueryJson`, with all ranges of a comparison. */
export function toQuestionJson({ queries, isComparison }: Question): Record<string, unknown> {
  const json = toQueryJson(queries[0]);
  if (!isComparison) return json;
  const ranges = queries.map(({ time }) => [time?.dateRange.from, time?.dateRange.to]);
  const times = json.timeDimensions as Record<string, unknown>[];
  return {
    ...json,
    timeDimensions: times.map(({ dateRange: _, ...item }, i) =>
      i === 0 ? { ...item, [RANGE_COLUMN]: ranges } : item,
    ),
  };
}
