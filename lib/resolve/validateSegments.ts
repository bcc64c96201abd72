/** What makes the segments of a cube valid. */
import { takesValues } from "../model/filters.js";
import { filterOperators, orderOperators, textOperators } from "../model/operators.js";
import { isName } from "../model/memberNames.js";
import { expected, isParts, oneOf, own, unknown, type Parts, type Report } from "./parts.js";
import { valueIssues } from "./validateFilters.js";

/** Most conditions and trees of one segment, and how deep trees may be: every record is compared with all. */
export const SEGMENT_FILTERS_MAX = 20;
export const SEGMENT_DEPTH_MAX = 5;

/** Issues of the cube's `segments`, if it has any; `path` is the cube's. */
export function segmentsIssues(
  segments: unknown,
  dimensions: Record<string, Parts>,
  measures: Record<string, Parts>,
  path: string,
  report: Report,
): void {
  if (segments === undefined) return;
  if (!isParts(segments)) return report(`${path}.segments`, "must be an object");
  for (const [name, segment] of Object.entries(segments)) {
    const at = `${path}.segments.${name}`;
    if (!isName(name)) report(at, "must be letters, digits and _, starting with a letter");
    if (Object.hasOwn(dimensions, name) || Object.hasOwn(measures, name)) {
      report(at, "has the name of another member");
    }
    const found = filterIssues(segment, dimensions, at, 0, report);
    if (found > SEGMENT_FILTERS_MAX) {
      report(at, `must have at most ${SEGMENT_FILTERS_MAX} conditions and trees`);
    }
  }
}

/** Reports the issues of a filter; gives the number of its conditions and trees. */
function filterIssues(
  filter: unknown,
  dimensions: Record<string, Parts>,
  path: string,
  depth: number,
  report: Report,
): number {
  if (!isParts(filter)) return (report(path, "must be an object"), 1);
  const key = "and" in filter ? "and" : "or" in filter ? "or" : null;
  if (key === null) return (conditionIssues(filter, dimensions, path, report), 1);
  const branches = filter[key];
  if (Object.keys(filter).length > 1) report(path, `must be nothing but ${key}`);
  if (!Array.isArray(branches) || branches.length === 0) {
    return (report(`${path}.${key}`, "must list filters"), 1);
  }
  if (depth === SEGMENT_DEPTH_MAX) {
    return (report(path, `must not be nested deeper than ${SEGMENT_DEPTH_MAX}`), 1);
  }
  return branches.reduce<number>(
    (sum, branch: unknown, i) =>
      sum + filterIssues(branch, dimensions, `${path}.${key}.${i}`, depth + 1, report),
    1,
  );
}

function conditionIssues(
  { dimension: name, operator, values }: Parts,
  dimensions: Record<string, Parts>,
  path: string,
  report: Report,
): void {
  const dimension = typeof name === "string" ? own(dimensions, name) : undefined;
  if (dimension === undefined) {
    return report(`${path}.dimension`, unknown("dimension", name, dimensions));
  }
  if (dimension.type === "time") {
    return report(`${path}.dimension`, "must not be a time dimension");
  }
  const isText = dimension.type === "string" || dimension.type === "strings";
  const operators = [...filterOperators, ...(isText ? textOperators : orderOperators)];
  if (!oneOf(operator, operators)) return report(`${path}.operator`, expected(operators));
  if (takesValues(operator)) {
    valueIssues(values, isText, `${path}.values`, report);
    const isOfOne = oneOf(operator, orderOperators);
    if (isOfOne && Array.isArray(values) && (values.length !== 1 || values[0] === null)) {
      report(`${path}.values`, `${operator} needs one number`);
    }
  } else if (values !== undefined && !(Array.isArray(values) && values.length === 0)) {
    report(`${path}.values`, `${operator} takes no values`);
  }
}
