/**
 * What may be changed about a question that is refused, so that it is answered: a single change for each reason why a
 * rollup does not serve, or why the answer is too large. Whether it then is answered is the backend's to say.
 */
import type { Considered } from "../planner/plan.js";
import {
  coarserThan,
  granularityOf,
  namesOf,
  timeItemsOf,
  without,
  withDimension,
  withGranularity,
  withLimit,
  withoutDimension,
  withoutFilter,
  withoutMeasure,
  withoutSegments,
  withRange,
  type QueryJson,
} from "./edits.js";

/** A change, and how far it takes the question from what was asked. */
export interface Change {
  query: QueryJson;
  /** As "by day instead of hour". */
  said: string;
  distance: number;
  /** Whether fewer records are asked about, so that a scan may do. */
  isShorter?: true;
}

/** What is known of the question beside its JSON. */
export interface Known {
  /** The cube's time. */
  time: string | null;
  /** As it was understood, on the query's clocks; null where an end is open. */
  range: readonly [from: string, to: string] | null;
  /** Granularities by rollup, where they are known. */
  granularities: Readonly<Record<string, readonly string[]>>;
}

/** Rows that an answer may have on Convex. */
const ROWS_MAX = 8192;

/** By what `explain` says of each rollup. O(rollups). */
export function changesOfConsidered(
  query: QueryJson,
  considered: readonly Pick<Considered, "rollup" | "refusal">[],
  known: Known,
): Change[] {
  const changes = considered.flatMap(({ rollup, refusal }) =>
    refusal === null ? [] : changesOf(query, refusal, rollup, known),
  );
  // A scan answers what no rollup keeps, where the records are few.
  return distinct([...changes, ...shorter(query, known, 1 / 16, 6)]);
}

/** By the code of an answer's own refusal, and its details. */
export function changesOfRefusal(
  query: QueryJson,
  { code, days }: { code: string; days?: unknown },
  known: Known,
): Change[] {
  switch (code) {
    case "QueryTooLarge":
      return distinct([
        ...coarser(query),
        ...(typeof days === "number" ? ofDays(query, known, days) : shorter(query, known, 0.25, 3)),
        ...namesOf(query, "dimensions").flatMap((name) => ungroupedBy(query, name)),
      ]);
    case "TooManyRows":
      return distinct([
        ...changed(withLimit(query, ROWS_MAX), `the first ${ROWS_MAX} rows`, 1),
        ...coarser(query),
      ]);
    case "TooManyBuckets":
      return distinct([...coarser(query), ...shorter(query, known, 0.25, 3)]);
    case "EdgeTooLarge":
    case "EdgeNotFolded":
    case "EdgeNotHeld":
      return distinct(aligned(query, known));
    case "SourceExpired":
      return distinct([...aligned(query, known), ...shorter(query, known, 0.25, 3)]);
    case "ZoneMismatch":
      return distinct(changed(without(query, "timezone"), "in the tenant's timezone", 1));
    default:
      return [];
  }
}

function changesOf(
  query: QueryJson,
  { code, member = "" }: NonNullable<Considered["refusal"]>,
  rollup: string,
  known: Known,
): Change[] {
  switch (code) {
    case "MissingDimension":
      return ungroupedBy(query, member);
    case "MissingMeasure":
      return changed(withoutMeasure(query, member), `without ${member}`, 4);
    case "FilterNotCovered":
      return [
        ...changed(withoutFilter(query, member), `without the filter on ${member}`, 5),
        ...changed(withoutSegments(query), "without segments", 5),
      ];
    case "FanOut":
      return changed(withDimension(query, member), `grouped by ${member}`, 3);
    case "Ungrouped":
      return changed(without(query, "ungrouped"), "grouped, without single records", 2);
    case "ZoneMismatch":
      return changed(without(query, "timezone"), "in the tenant's timezone", 1);
    case "GranularityTooCoarse":
    case "TooManyBuckets":
    case "NotCovered":
      return [...coarser(query, known.granularities[rollup]), ...aligned(query, known)];
    case "SourceExpired":
      return [...aligned(query, known), ...shorter(query, known, 0.25, 3)];
    default:
      // It is being built, failed, or is swept: nothing about the question helps.
      return [];
  }
}

function ungroupedBy(query: QueryJson, member: string): Change[] {
  return changed(withoutDimension(query, member), `without ${member}`, 4);
}

/** By coarser granularities, of those that a rollup has where they are known. */
function coarser(query: QueryJson, had?: readonly string[]): Change[] {
  const old = granularityOf(query);
  if (old === null) return [];
  const names = coarserThan(old).filter((name) => had === undefined || had.includes(name));
  return [
    ...names
      .slice(0, 3)
      .flatMap((name, i) =>
        changed(withGranularity(query, name), `by ${name} instead of ${old}`, 1 + i / 2),
      ),
    ...changed(withGranularity(query, null), `the range as a whole instead of by ${old}`, 3),
  ];
}

/** Over whole days, months or years, which a rollup keeps where it keeps no part of them. */
function aligned(query: QueryJson, { time, range }: Known): Change[] {
  if (time === null || range === null || isCompared(query)) return [];
  const [from, to] = range.map((wall) => wall.slice(0, 10)) as [string, string];
  const [year, month] = to.split("-").map(Number) as [number, number];
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const months = [`${from.slice(0, 8)}01`, `${to.slice(0, 8)}${String(last).padStart(2, "0")}`];
  const isDays = /T00:00:00\.000$/.test(range[0]) && /T23:59:59\.999$/.test(range[1]);
  return [
    ...(isDays ? [] : changed(withRange(query, time, [from, to]), "over whole days", 2)),
    ...(months[0] === from && months[1] === to && isDays
      ? []
      : changed(withRange(query, time, months), "over whole months", 2.5)),
  ];
}

/** Over the last part of the range, in whole days. */
function shorter(query: QueryJson, known: Known, share: number, distance: number): Change[] {
  const { range } = known;
  if (range === null) return [];
  const length = (Date.parse(`${range[1]}Z`) - Date.parse(`${range[0]}Z`)) / DAY_MS;
  return ofDays(query, known, Math.max(1, Math.floor(length * share)), distance);
}

function ofDays(query: QueryJson, { time, range }: Known, days: number, distance = 2): Change[] {
  if (time === null || isCompared(query)) return [];
  const said = days === 1 ? "over the last day" : `over the last ${days} days`;
  const isShorter = { isShorter: true } as const;
  if (range === null) {
    // It ends with today, and leaves out none of it.
    const narrowed = withRange(query, time, `from ${days} days ago to now`);
    return [{ query: narrowed, said, distance, ...isShorter }];
  }
  const to = Date.parse(`${range[1].slice(0, 10)}T00:00:00Z`);
  const from = new Date(to - (days - 1) * DAY_MS).toISOString().slice(0, 10);
  if (from <= range[0].slice(0, 10)) return [];
  const dates = [from, range[1].slice(0, 10)];
  return [
    { query: withRange(query, time, dates), said: `${said} of the range`, distance, ...isShorter },
  ];
}

const DAY_MS = 86_400_000;

function isCompared(query: QueryJson): boolean {
  return timeItemsOf(query).some((item) => item.compareDateRange !== undefined);
}

function changed(query: QueryJson | null, said: string, distance: number): Change[] {
  return query === null ? [] : [{ query, said, distance }];
}

/** Each query once, by its least distance, in order of distance. */
function distinct(changes: readonly Change[]): Change[] {
  const best = new Map<string, Change>();
  for (const change of [...changes].sort((a, b) => a.distance - b.distance)) {
    const key = JSON.stringify(change.query);
    if (!best.has(key)) best.set(key, change);
  }
  return [...best.values()];
}
