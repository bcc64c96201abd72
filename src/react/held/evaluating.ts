/** The answers of entries, computed again where what they are made of has changed. */
import type { HeldTail } from "../../../lib/answer/heldTail.js";
import type { Result } from "../answer.js";
import type { Answer } from "../../../lib/query/answer.js";
import { reasonOf, sameRows } from "./answer.js";
import { partsOf, refuse, type Entry, type World } from "./entries.js";
import { answerFromBlocks, Following } from "./following.js";
import type { Routes } from "./routes.js";

const TOO_LARGE = "too large";

/** What is on its way is waited for: what was shown is still right as of its commit. O(blocks), and what is evaluated. */
export function evaluateEntry(entry: Entry, world: World): void {
  const { routes } = entry;
  const { source } = world;
  const { tail } = source;
  if (routes === null || tail === null || !source.isReady) return;
  const seen = versionsOf(routes, world);
  if (seen === null) return;
  const asOf = watermarkOf(routes, world);
  if (asOf === null) {
    entry.seen = "";
    return refuse(entry, "Apart");
  }
  if (seen === entry.seen) {
    if (entry.asOf !== null) entry.asOf = asOf;
    return;
  }
  entry.seen = seen;
  if (seen === TOO_LARGE) return refuse(entry, "TooLarge");
  try {
    const { rows, total } = answerOf(entry, routes, tail.tail, world);
    const { annotation, exact, servedBy } = routes;
    const result: Result = {
      ...{ query: entry.query, rows, total, annotation, exact, servedBy, source: "tiles" },
      freshness: source.isLive ? "live" : "folded",
      ...{ asOf: asOf.toString(), lagMs: source.isLive ? 0 : source.lagMs(world.now) },
    };
    const last = entry.outcome;
    if (last?.kind !== "result" || !isSame(last.result, result)) {
      entry.outcome = { kind: "result", result };
    }
    entry.asOf = asOf;
    entry.reason = null;
  } catch (error) {
    refuse(entry, reasonOf(error));
  }
}

/** From all cells at first; an answer that is shown and has to be computed again is kept up from then on. */
function answerOf(entry: Entry, routes: Routes, tail: HeldTail, world: World): Answer {
  const { blocks, changes } = world;
  const { following } = entry;
  entry.following = null;
  if (following?.routes === routes) {
    try {
      const answer = following.next(tail, blocks, changes);
      entry.following = following;
      return answer;
    } catch {
      // Such as a sum that is too large in between: all cells together decide.
    }
  }
  const isFollowed = entry.asOf !== null && entry.listeners.size > 0;
  if (!isFollowed) return answerFromBlocks(routes, tail, blocks);
  entry.following = new Following(routes, tail, blocks);
  return entry.following.next(tail, blocks, changes);
}

/** The commit that answers are of now; null where the routes are of different ones, or the tail completes none. */
export function watermarkOf(routes: Routes | null, { source: { tail } }: World): bigint | null {
  if (tail === null || routes === null) return null;
  try {
    const [first, ...others] = new Set(routes.routes.map(({ plan }) => tail.watermarkOf(plan)));
    return first === undefined || others.length > 0 ? null : first;
  } catch {
    return null;
  }
}

/** Versions of all that an answer is made of; null while something is missing. */
function versionsOf(routes: Routes, { source, blocks, now }: World): string | null {
  const isTouched = source.tail?.changes.some(
    ({ before, after }) =>
      isIn(before, routes, source.timeField) || isIn(after, routes, source.timeField),
  );
  let versions = `${source.isLive} ${isTouched ? source.tailVersion : ""}`;
  let isTooLarge = false;
  for (const part of partsOf(routes)) {
    const found = blocks.find(part);
    if (found?.text === undefined) return null;
    found.usedAt = now;
    isTooLarge ||= found.text === null;
    versions += ` ${found.version}`;
  }
  return isTooLarge ? TOO_LARGE : versions;
}

/** Whether a record may have a part in an answer. */
function isIn(
  fact: Readonly<Record<string, unknown>> | null,
  { from, to }: Routes,
  timeField: string,
): boolean {
  if (fact === null) return false;
  const t = fact[timeField];
  return typeof t !== "number" || (t >= from && t < to);
}

/** Whether a screen would show the same, whatever the commits are. */
function isSame(a: Result, b: Result): boolean {
  return (
    a.total === b.total &&
    a.servedBy === b.servedBy &&
    a.freshness === b.freshness &&
    a.exact === b.exact &&
    (a.annotation === b.annotation ||
      JSON.stringify(a.annotation) === JSON.stringify(b.annotation)) &&
    sameRows(a.rows, b.rows)
  );
}
