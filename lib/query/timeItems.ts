/** What a query says about time: its granularity, its range, and ranges to compare. */
import type { DimensionDefinition } from "../model/cube.js";
import { granularityNames, granularityOf } from "../model/granularities.js";
import { meanLengthOf } from "../time/calendar.js";
import { granularityName, type AnyGranularity } from "../time/customGranularity.js";
import {
  everything,
  intersect,
  parseDateRange,
  resolveRange,
  type WallRange,
} from "./dateRange.js";
import type { Members } from "./members.js";
import type { QueryTime } from "./normalizedQuery.js";
import { invalid, list, mustBeParts, mustBeText, suggest, unsupported } from "./parts.js";
import { COMPARED_MAX } from "./question.js";

export interface TimeItem {
  dimension: string;
  granularity: AnyGranularity | null;
  range: WallRange;
  /** Ranges to compare; `range` is then the first of them. */
  compared?: WallRange[];
}

export function timeItem(value: unknown, path: string, members: Members): TimeItem {
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
export function comparedRanges(items: readonly TimeItem[]): WallRange[] | null {
  const compared = items.flatMap((item) => (item.compared === undefined ? [] : [item.compared]));
  const [ranges] = compared;
  if (ranges === undefined) return null;
  if (compared.length > 1) throw unsupported("timeDimensions", "comparing date ranges twice");
  if (items.some((item) => item.compared === undefined && item.range !== everything)) {
    throw unsupported("timeDimensions", "narrowing the date ranges that are compared");
  }
  return ranges;
}

/** Several mentions of the one time dimension become one: every range applies, and every granularity shows. */
export function mergeTimes(items: readonly TimeItem[], timezone: string): QueryTime | null {
  const [first] = items;
  if (first === undefined) return null;
  const granularities = new Map<string, AnyGranularity>();
  let range = everything;
  for (const { dimension, granularity, range: one } of items) {
    if (dimension !== first.dimension) {
      throw unsupported("timeDimensions", "more than one time dimension");
    }
    if (granularity !== null) granularities.set(granularityName(granularity), granularity);
    range = intersect(range, one);
  }
  const [granularity = null, ...others] = [...granularities.values()].sort(
    (a, b) => meanLengthOf(a) - meanLengthOf(b),
  );
  const { from, to } = resolveRange(timezone, range);
  return { dimension: first.dimension, granularity, others, from, to, dateRange: range };
}

export function readDateRange(value: unknown, path: string): WallRange {
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

export function refuseRelative(text: string, path: string): void {
  if (/^(this|last|next|today|yesterday|tomorrow|from)\b/i.test(text.trim())) {
    throw unsupported(path, `relative date ranges such as ${JSON.stringify(text)}`);
  }
}

export function mustBeGranularity(
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
