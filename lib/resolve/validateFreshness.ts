/** What makes a rollup's freshness target valid. */
import { isParts, type Parts, type Report } from "./parts.js";

const severities = ["warn", "error"];

/** Reports all issues of `freshness` of the rollup at `path`. */
export function freshnessIssues({ freshness }: Parts, path: string, report: Report): void {
  if (freshness === undefined) return;
  const at = `${path}.freshness`;
  if (!isParts(freshness)) return report(at, "must be an object, as { warn: 60000 }");
  for (const name of Object.keys(freshness)) {
    if (!severities.includes(name)) report(`${at}.${name}`, `must be ${severities.join(" or ")}`);
  }
  const { warn, error } = freshness;
  if (warn === undefined && error === undefined) report(at, "must say warn, error or both");
  for (const [name, ms] of Object.entries({ warn, error })) {
    if (ms === undefined || isMs(ms)) continue;
    report(`${at}.${name}`, "must be a whole number of milliseconds from 1 on");
  }
  if (isMs(warn) && isMs(error) && warn > error) {
    report(`${at}.warn`, "must not be larger than error");
  }
}

function isMs(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}
