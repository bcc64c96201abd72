/** The filters of a query: conditions on members, and trees of them. */
import { RollupsError } from "../errors.js";
import { takesValues } from "../model/filters.js";
import {
  dateOperators,
  filterOperators,
  orderOperators,
  textOperators,
} from "../model/operators.js";
import {
  DATES_MAX,
  FILTER_DEPTH_MAX,
  FILTER_TEXT_MAX,
  FILTER_TEXTS_MAX,
  FILTER_VALUES_MAX,
  FILTERS_MAX,
  MEMBERS_MAX,
} from "./bounds.js";
import { everything, parseDateRange, wallRangesOf, type WallRange } from "./dateRange.js";
import type { Members } from "./members.js";
import { conditionsOf, type MemberFilter, type QueryFilter } from "./normalizedQuery.js";
import { invalid, isParts, list, mustBeParts, mustBeText, suggest } from "./parts.js";
import { refuseRelative, type TimeItem } from "./timeItems.js";

export interface FilterItems {
  /** Tests of records. */
  filters: QueryFilter[];
  /** Tests of rows, by their measures. */
  having: QueryFilter[];
  /** Ranges that narrow the query's own, and the times that are tested. */
  times: TimeItem[];
}

const listed: readonly string[] = filterOperators;
const ofTexts: readonly string[] = textOperators;
const ofNumbers: readonly string[] = orderOperators;
const ofDates: readonly string[] = dateOperators;
/** The conditions of a filtered measure: records that count for it. Cube's clients drill down by it. */
const ofMeasure = "measureFilter";
const known = [...listed, ...ofTexts, ...ofNumbers, ...ofDates, ofMeasure];

/** Throws `InvalidQuery`, `UnsupportedQuery` and `UnsupportedOperator`, naming place and member. */
export function readFilters(value: unknown, members: Members): FilterItems {
  const reader = new FilterReader(members);
  list(value, "filters", MEMBERS_MAX).forEach((item, i) => reader.add(item, `filters.${i}`));
  return reader.items;
}

class FilterReader {
  readonly items: FilterItems = { filters: [], having: [], times: [] };
  private filters = 0;
  private dates = 0;
  private texts = 0;

  constructor(private readonly members: Members) {}

  add(item: unknown, path: string): void {
    this.hold(this.read(item, path, 0), path);
  }

  /** All that must hold is taken apart, so that ranges of the time narrow that of the query. */
  private hold(filter: QueryFilter, path: string): void {
    if ("and" in filter) return filter.and.forEach((one) => this.hold(one, path));
    const conditions = conditionsOf([filter]);
    const ofMeasures = conditions.filter(({ member }) => this.members.typeOf(member) === "measure");
    if (ofMeasures.length > 0) {
      if (ofMeasures.length === conditions.length) return void this.items.having.push(filter);
      throw invalid(path, "must not join measures and dimensions by or");
    }
    const range = "member" in filter && this.isOfTime(filter) ? narrowingRange(filter) : null;
    if (range === null) this.items.filters.push(filter);
    for (const condition of conditions) {
      if (!this.isOfTime(condition)) continue;
      const { member: dimension } = condition;
      this.items.times.push({ dimension, granularity: null, range: range ?? everything });
    }
  }

  private isOfTime({ member }: MemberFilter): boolean {
    return this.members.typeOf(member) === "time";
  }

  private read(value: unknown, path: string, depth: number): QueryFilter {
    this.filters++;
    if (this.filters > FILTERS_MAX) {
      throw invalid("filters", `must not have more than ${FILTERS_MAX} conditions and trees`);
    }
    if (!isParts(value) || !(Object.hasOwn(value, "and") || Object.hasOwn(value, "or"))) {
      return this.readCondition(value, path);
    }
    const tree = mustBeParts(value, path, ["and", "or"]);
    const key = tree.and === undefined ? "or" : "and";
    if (tree.and !== undefined && tree.or !== undefined) {
      throw invalid(path, "must be one of and, or");
    }
    if (depth === FILTER_DEPTH_MAX) {
      throw invalid(path, `must not be nested deeper than ${FILTER_DEPTH_MAX}`);
    }
    const branches = list(tree[key], `${path}.${key}`, FILTERS_MAX).map((one, i) =>
      this.read(one, `${path}.${key}.${i}`, depth + 1),
    );
    if (branches.length === 0) throw invalid(`${path}.${key}`, "must list filters");
    if (key === "and") return allOf(branches);
    if (branches.some(isEmpty)) {
      throw invalid(
        `${path}.or`,
        `${ofMeasure} of a measure without filters holds for all records`,
      );
    }
    return branches.length === 1 ? (branches[0] as QueryFilter) : { or: branches };
  }

  private readCondition(value: unknown, path: string): QueryFilter {
    const filter = mustBeParts(value, path, ["member", "dimension", "operator", "values"]);
    if ((filter.member === undefined) === (filter.dimension === undefined)) {
      throw invalid(path, "must name exactly one member");
    }
    const at = filter.member === undefined ? `${path}.dimension` : `${path}.member`;
    const name = mustBeText(filter.member ?? filter.dimension, at);
    const isMeasure = this.members.isMeasure(name, at);
    const member = isMeasure ? name : this.members.dimension(name, at);
    const operator = mustBeText(filter.operator, `${path}.operator`);
    if (operator === ofMeasure && isMeasure) return this.filtersOf(member);
    this.mustApply(operator, member, `${path}.operator`);
    const values = readValues(filter.values, `${path}.values`, operator);
    const read = { member, operator, values } as MemberFilter;
    this.checkValues(read, `${path}.values`);
    return read;
  }

  private filtersOf(measure: string): QueryFilter {
    const definition = this.members.measureDefinition(measure);
    const { filters = [] } = "filters" in definition ? definition : {};
    const [cube] = measure.split(".");
    const conditions = filters.map(({ dimension, operator, values = [] }) => ({
      ...{ member: `${cube}.${dimension}`, operator },
      values: values.map((value) => (value === null ? null : String(value))),
    }));
    return allOf(conditions);
  }

  /** Throws where there is no such operator, or none on members of this type. */
  private mustApply(operator: string, member: string, path: string): void {
    if (!known.includes(operator)) {
      throw invalid(path, `there is no operator ${operator}${suggest(operator, known)}`);
    }
    const type = this.members.typeOf(member);
    const isText = type === "string" || type === "strings";
    const applies =
      listed.includes(operator) ||
      (type === "time" ? ofDates : isText ? ofTexts : ofNumbers).includes(operator);
    if (applies) return;
    if (ofDates.includes(operator)) throw invalid(path, `${operator} needs a time dimension`);
    throw new RollupsError(
      "UnsupportedOperator",
      `${path}: ${operator} is not supported on ${member}`,
      { path, operator, member },
    );
  }

  private checkValues(filter: MemberFilter, path: string): void {
    const { member, operator, values } = filter;
    const type = this.members.typeOf(member);
    if (ofTexts.includes(operator)) return this.checkPatterns(values, path);
    if (type === "string" || type === "strings") return;
    if (ofNumbers.includes(operator) && (values.length !== 1 || values[0] === null)) {
      throw invalid(path, `${operator} needs one number`);
    }
    if (type === "time") return this.checkDates(filter, path);
    for (const text of values) {
      if (text !== null && (text.trim() === "" || !Number.isFinite(Number(text)))) {
        throw invalid(path, `${JSON.stringify(text)} is not a number`);
      }
    }
  }

  private checkPatterns(values: readonly (string | null)[], path: string): void {
    this.texts += values.length;
    if (this.texts > FILTER_TEXTS_MAX) {
      throw invalid(path, `must not list more than ${FILTER_TEXTS_MAX} texts to search for`);
    }
    values.forEach((text, i) => {
      if (text !== null && text.length > FILTER_TEXT_MAX) {
        throw invalid(`${path}.${i}`, `must have at most ${FILTER_TEXT_MAX} characters`);
      }
    });
  }

  private checkDates(filter: MemberFilter, path: string): void {
    const { operator, values } = filter;
    const isRange = ofDates.includes(operator);
    if (isRange) {
      if (values.includes(null)) throw invalid(path, "must be dates");
      if (values.length > 2) throw invalid(path, "must be a date, [date] or [from, to]");
    }
    for (const text of values) if (text !== null) refuseRelative(text, path);
    const times = wallRangesOf(filter);
    if (times === null) throw invalid(path, `Can't parse date: '${values.join("', '")}'`);
    if (isRange && !isInOrder(values as [string])) throw invalid(path, "ends before it starts");
    this.dates += times.ranges.length;
    if (this.dates > DATES_MAX) throw invalid(path, `must not list more than ${DATES_MAX} dates`);
  }
}

/** All of them at once; `{ and: [] }` holds for all records. */
function allOf(filters: readonly QueryFilter[]): QueryFilter {
  const and = filters.filter((filter) => !isEmpty(filter));
  const [only, ...others] = and;
  return only !== undefined && others.length === 0 ? only : { and };
}

function isEmpty(filter: QueryFilter): boolean {
  return "and" in filter && filter.and.length === 0;
}

/** The range to which a filter on a time narrows the query's; null where it leaves gaps. */
function narrowingRange(filter: MemberFilter): WallRange | null {
  const times = wallRangesOf(filter);
  return times?.any === true && times.ranges.length === 1 ? (times.ranges[0] ?? null) : null;
}

function isInOrder(dates: readonly [string] | readonly [string, string]): boolean {
  const { from, to } = parseDateRange(dates) ?? everything;
  return from === null || to === null || from <= to;
}

function readValues(value: unknown, path: string, operator: string): (string | null)[] {
  if (!takesValues(operator)) return [];
  const values = list(value, path, FILTER_VALUES_MAX).map((item, i) => {
    if (item === null || typeof item === "string") return item;
    if (typeof item === "number" || typeof item === "boolean") return String(item);
    throw invalid(`${path}.${i}`, "must be a text, a number, a boolean or null");
  });
  if (values.length === 0) throw invalid(path, `${operator} needs values`);
  return values;
}
