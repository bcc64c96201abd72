/** What makes the filters of a measure valid. */
import { takesValues } from "../model/filters.js";
import { filterOperators } from "../model/operators.js";
import { expected, isParts, oneOf, own, unknown, type Parts, type Report } from "./parts.js";

/** Most filters of one measure, and values of one filter: every record is compared with all of them. */
export const MEASURE_FILTERS_MAX = 10;
export const MEASURE_FILTER_VALUES_MAX = 100;

/** Issues of one measure's `filters`; `path` is the measure's. */
export function filterIssues(
  filters: unknown,
  dimensions: Record<string, Parts>,
  path: string,
  report: Report,
): void {
  if (!Array.isArray(filters) || filters.length === 0 || filters.length > MEASURE_FILTERS_MAX) {
    return report(`${path}.filters`, `must list 1 to ${MEASURE_FILTERS_MAX} filters`);
  }
  filters.forEach((filter: unknown, i) => {
    const at = `${path}.filters.${i}`;
    if (!isParts(filter)) return report(at, "must be an object");
    const { dimension: name, operator, values } = filter;
    const dimension = typeof name === "string" ? own(dimensions, name) : undefined;
    if (dimension === undefined) {
      return report(`${at}.dimension`, unknown("dimension", name, dimensions));
    }
    if (dimension.type === "time") {
      return report(`${at}.dimension`, "must not be a time dimension");
    }
    if (!oneOf(operator, filterOperators)) {
      return report(`${at}.operator`, expected(filterOperators));
    }
    const isText = dimension.type === "string" || dimension.type === "strings";
    if (takesValues(operator)) valueIssues(values, isText, `${at}.values`, report);
    else if (values !== undefined && !(Array.isArray(values) && values.length === 0)) {
      report(`${at}.values`, `${operator} takes no values`);
    }
  });
}

/** Issues of the values that a filter lists. */
export function valueIssues(values: unknown, isText: boolean, path: string, report: Report): void {
  if (!Array.isArray(values) || values.length === 0 || values.length > MEASURE_FILTER_VALUES_MAX) {
    return report(path, `must list 1 to ${MEASURE_FILTER_VALUES_MAX} values`);
  }
  values.forEach((value: unknown, i) => {
    if (value === null || (typeof value === "string" && (isText || isNumber(value)))) return;
    if (typeof value === "number" && Number.isFinite(value)) return;
    report(
      `${path}.${i}`,
      isText ? "must be a text, a number or null" : "must be a number or null",
    );
  });
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}
