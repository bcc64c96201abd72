/** What makes a measure's rolling window valid. */
import { parseSpan, spanUnits } from "../time/span.js";
import { closest } from "../model/memberNames.js";
import { expected, isParts, oneOf, type Report } from "./parts.js";

const keys = ["trailing", "leading", "offset"] as const;
const offsets = ["start", "end"] as const;

/** Reports all issues of `rollingWindow` of the measure at `path`. */
export function windowIssues(value: unknown, path: string, report: Report): void {
  const at = `${path}.rollingWindow`;
  if (!isParts(value)) return report(at, "must be an object");
  for (const key of Object.keys(value)) {
    if (oneOf(key, keys)) continue;
    const suggestion = closest(key, keys);
    const hint = suggestion === null ? "" : `; did you mean ${suggestion}?`;
    report(`${at}.${key}`, `is not a part of a rolling window${hint}`);
  }
  const { trailing, leading, offset } = value;
  if (trailing === undefined && leading === undefined) {
    report(at, "must have trailing or leading");
  }
  for (const [key, reach] of Object.entries({ trailing, leading })) {
    if (reach === undefined || reach === "unbounded") continue;
    if (typeof reach === "string" && parseSpan(reach) !== null) continue;
    report(
      `${at}.${key}`,
      `must be "unbounded" or a count from 1 to 9999 and a unit (${spanUnits.join(", ")}), as "7 day"`,
    );
  }
  if (offset !== undefined && !oneOf(offset, offsets)) report(`${at}.offset`, expected(offsets));
}
