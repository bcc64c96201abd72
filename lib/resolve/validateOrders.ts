/** What makes the order statistics of a cube valid. */
import { expected, isParts, oneOf, own, unknown, type Parts, type Report } from "./parts.js";
import { isName } from "../model/memberNames.js";

const granularities = ["day", "week", "month", "quarter", "year"] as const;
const numbers = ["integer", "decimal", "float", "product"];

/** Reports all issues of `orderStatistics` of the cube at `path`. */
export function ordersIssues(
  { orderStatistics, expire, rollups }: Parts,
  fields: Record<string, Parts>,
  dimensions: Record<string, Parts>,
  path: string,
  report: Report,
): void {
  if (orderStatistics === undefined) return;
  const at = `${path}.orderStatistics`;
  if (!isParts(orderStatistics)) return report(at, "must be an object");
  if (expire !== undefined) {
    report(at, "need all records, and those of this cube expire");
  }
  for (const [name, given] of Object.entries(orderStatistics)) {
    const here = `${at}.${name}`;
    if (!isName(name)) report(here, "must be letters, digits and _, starting with a letter");
    else if (isParts(rollups) && Object.hasOwn(rollups, name)) {
      report(here, "has the name of a rollup");
    }
    if (!isParts(given)) report(here, "must be an object");
    else orderIssues(given, fields, dimensions, here, report);
  }
}

function orderIssues(
  { field, by, granularity, freshness }: Parts,
  fields: Record<string, Parts>,
  dimensions: Record<string, Parts>,
  path: string,
  report: Report,
): void {
  const source = typeof field === "string" ? own(fields, field) : undefined;
  if (source === undefined) report(`${path}.field`, unknown("field", field, fields));
  else if (!numbers.includes(source.type as string)) {
    report(`${path}.field`, `must be a field of type ${numbers.join(" or ")}`);
  }
  if (granularity !== undefined && !oneOf(granularity, granularities)) {
    report(`${path}.granularity`, expected(granularities));
  }
  if (freshness !== undefined) {
    report(
      `${path}.freshness`,
      "is for rollups: order statistics have no targets, and health says how far each is behind (lagMs)",
    );
  }
  if (!Array.isArray(by)) return report(`${path}.by`, "must be an array of names");
  by.forEach((name: unknown, i) => {
    const dimension = typeof name === "string" ? own(dimensions, name) : undefined;
    const here = `${path}.by.${i}`;
    if (dimension === undefined) report(here, unknown("dimension", name, dimensions));
    else if (dimension.type !== "string" && dimension.type !== "number") {
      report(here, "must be a dimension of type string or number");
    } else if (by.indexOf(name) < i) report(here, `${String(name)} is listed twice`);
  });
}
