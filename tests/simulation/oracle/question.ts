/** A question in the oracle's words, and the same in Cube's query JSON. Members go by short names. */
import { conditionsOf, type OracleFilter } from "../../oracle/filters.js";

export interface Question {
  cube: string;
  measures: string[];
  dimensions: string[];
  time: {
    granularity: string | null;
    /** Wall clock with milliseconds, both inclusive; null is open. */
    from: string | null;
    to: string | null;
  } | null;
  /** Ranges to compare instead of one, as `from` and `to` of the time; null for no comparison. */
  compared: [from: string, to: string][] | null;
  filters: OracleFilter[];
  /** Filters on measures, which need not be among the question's. */
  having: OracleFilter[];
  order: [member: string, direction: "asc" | "desc"][] | null;
  limit: number | null;
  offset: number;
  total: boolean;
  /** Null is the tenant's. */
  timezone: string | null;
}

/** The question's measures, then those that it only filters by. */
export function computedMeasures({ measures, having }: Question): string[] {
  return [...new Set([...measures, ...conditionsOf(having).map(({ member }) => member)])];
}

export function toQueryJson(question: Question): Record<string, unknown> {
  const full = (name: string) => `${question.cube}.${name}`;
  const { time } = question;
  const filterJson = (filter: OracleFilter): OracleFilter => {
    if ("and" in filter) return { and: filter.and.map(filterJson) };
    if ("or" in filter) return { or: filter.or.map(filterJson) };
    return { ...filter, member: full(filter.member) };
  };
  const filters: unknown[] = [...question.filters, ...question.having].map(filterJson);
  const timeDimension: Record<string, unknown> = { dimension: full("at") };
  if (time?.granularity != null) timeDimension.granularity = time.granularity;
  if (question.compared !== null) timeDimension.compareDateRange = question.compared;
  else if (time?.from != null && time.to != null) timeDimension.dateRange = [time.from, time.to];
  else if (time?.from != null) {
    filters.push({ member: full("at"), operator: "afterOrOnDate", values: [time.from] });
  } else if (time?.to != null) {
    filters.push({ member: full("at"), operator: "beforeOrOnDate", values: [time.to] });
  }
  const isTimed = Object.keys(timeDimension).length > 1;
  return {
    measures: question.measures.map(full),
    dimensions: question.dimensions.map(full),
    ...(isTimed ? { timeDimensions: [timeDimension] } : {}),
    ...(filters.length === 0 ? {} : { filters }),
    ...(question.order === null
      ? {}
      : { order: question.order.map(([member, direction]) => [full(member), direction]) }),
    ...(question.limit === null ? {} : { limit: question.limit }),
    ...(question.offset === 0 ? {} : { offset: question.offset }),
    ...(question.total ? { total: true } : {}),
    ...(question.timezone === null ? {} : { timezone: question.timezone }),
  };
}
