/** What makes the granularities that a cube adds to a time dimension valid. */
import { TIME_MAX, TIME_MIN, parseWall } from "../time/calendar.js";
import {
  QUARTER_HOUR_MS,
  intervalRefusal,
  intervalUnits,
  parseInterval,
} from "../time/customGranularity.js";
import { granularities } from "../time/granularity.js";
import { modulo } from "../time/civil.js";
import { closest, isName } from "../model/memberNames.js";
import { isParts, oneOf, type Parts, type Report } from "./parts.js";

const keys = ["title", "interval", "origin", "offset"] as const;

/** Names that already mean something in Cube's language. */
const taken: readonly string[] = [...granularities, "second", "minute"];

/** Most granularities of one dimension. */
export const GRANULARITIES_MAX = 50;

/** Reports all issues of `granularities` of the dimension at `path`. */
export function granularityIssues(value: unknown, path: string, report: Report): void {
  const at = `${path}.granularities`;
  if (!isParts(value)) return report(at, "must be an object");
  const entries = Object.entries(value);
  if (entries.length > GRANULARITIES_MAX) report(at, `must not be more than ${GRANULARITIES_MAX}`);
  for (const [name, definition] of entries) {
    const place = `${at}.${name}`;
    if (!isName(name)) report(place, "must be letters, digits and _, starting with a letter");
    else if (taken.includes(name)) report(place, "is the name of a calendar granularity");
    else if (!isParts(definition)) report(place, "must be an object");
    else definitionIssues(definition, place, report);
  }
}

function definitionIssues(definition: Parts, path: string, report: Report): void {
  for (const key of Object.keys(definition)) {
    if (oneOf(key, keys)) continue;
    const suggestion = closest(key, keys);
    const hint = suggestion === null ? "" : `; did you mean ${suggestion}?`;
    report(`${path}.${key}`, `is not a part of a granularity${hint}`);
  }
  const { title, interval, origin, offset } = definition;
  if (title !== undefined && typeof title !== "string") report(`${path}.title`, "must be a text");
  intervalIssues(interval, `${path}.interval`, false, report);
  if (origin !== undefined && offset !== undefined) {
    report(`${path}.offset`, "must not be given beside origin");
  }
  if (offset !== undefined) intervalIssues(offset, `${path}.offset`, true, report);
  if (origin === undefined) return;
  const wall = typeof origin === "string" ? parseWall(origin) : null;
  if (wall === null) report(`${path}.origin`, 'must be a date or time, as "2024-01-01"');
  else if (wall < TIME_MIN || wall >= TIME_MAX) {
    report(`${path}.origin`, "must lie in the years 100 to 9899");
  } else if (modulo(wall, QUARTER_HOUR_MS) !== 0) {
    report(`${path}.origin`, "must lie on a quarter of an hour");
  }
}

function intervalIssues(value: unknown, path: string, isOffset: boolean, report: Report): void {
  const interval = typeof value === "string" ? parseInterval(value) : null;
  if (interval === null) {
    const isMixed = typeof value === "string" && /\d+ [a-z]+ -?\d+ [a-z]+/.test(value);
    const form = `a count from 1 to 9999 and one unit (${intervalUnits.join(", ")}), as "2 weeks"`;
    return report(path, isMixed ? `mixes units; it must be ${form}` : `must be ${form}`);
  }
  const refusal = intervalRefusal(
    isOffset ? { ...interval, count: Math.abs(interval.count) } : interval,
  );
  if (refusal !== null) report(path, refusal);
}
