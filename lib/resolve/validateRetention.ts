/** What makes it valid to keep some of a rollup's levels for a limited time only. */
import { meanLengthMs } from "../time/calendar.js";
import { granularities } from "../time/granularity.js";
import { parseSpan, spanUnits } from "../time/span.js";
import { isParts, type Parts, type Report } from "./parts.js";

/**
 * Reports all issues of `retain` of the rollup at `path`. The coarsest level stays for ever, so that
 * totals over all time can be answered; no level is kept shorter than a finer one, as it tells what
 * the finer one does not tell any more.
 */
export function retentionIssues({ retain, levels }: Parts, path: string, report: Report): void {
  if (retain === undefined) return;
  const at = `${path}.retain`;
  if (!isParts(retain)) return report(at, "must be an object");
  const kept = isParts(levels) ? granularities.filter((one) => Object.hasOwn(levels, one)) : [];
  for (const [granularity, text] of Object.entries(retain)) {
    const here = `${at}.${granularity}`;
    if (!kept.some((one) => one === granularity)) report(here, "is not a level of this rollup");
    else if (granularity === kept.at(-1))
      report(here, "is the coarsest level, which is kept for ever");
    else if (typeof text !== "string" || parseSpan(text) === null) {
      report(
        here,
        `must be a count from 1 to 9999 and a unit (${spanUnits.join(", ")}), as "90 day"`,
      );
    }
  }
  let longest = 0;
  for (const granularity of kept) {
    const length = lengthOf(retain[granularity]);
    if (length < longest)
      report(`${at}.${granularity}`, "must not be shorter than a finer level's");
    longest = Math.max(longest, length);
  }
}

/** About how long, in ms; for ever where nothing is said. */
function lengthOf(text: unknown): number {
  const span = typeof text === "string" ? parseSpan(text) : null;
  return span === null ? Infinity : span.count * meanLengthMs[span.unit];
}
