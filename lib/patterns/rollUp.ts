/** From reports to patterns. */
import type { Pattern } from "./pattern.js";
import { OTHER_ROUTE, type Reported } from "./reported.js";

export interface Report {
  /** Epoch ms. */
  at: number;
  questions: readonly Reported[];
}

interface Bounds {
  /** Patterns that are kept. */
  forms: number;
  /** Days after which one that is not asked goes. */
  days: number;
}

/** Beyond it, more routes of a pattern are "Other". */
const ROUTES_MAX = 20;
const DAY_MS = 86_400_000;

/**
 * The patterns after some reports, in no order. One that no report changes is the same object. What was not seen for
 * `days` goes, then what is asked least a day. O(patterns · log + questions).
 */
export function rolledUp(
  known: readonly Pattern[],
  reports: readonly Report[],
  { forms, days }: Bounds,
  now: number,
): Pattern[] {
  const byForm = new Map(known.map((pattern) => [pattern.form, pattern]));
  for (const { at, questions } of reports) {
    for (const question of questions) {
      byForm.set(question.form, added(byForm.get(question.form), question, at));
    }
  }
  const recent = [...byForm.values()].filter(({ lastSeen }) => lastSeen >= now - days * DAY_MS);
  if (recent.length <= forms) return recent;
  return recent.sort((a, b) => askedDaily(b, now) - askedDaily(a, now)).slice(0, forms);
}

/** Of what is younger than a day, as if it were a day old: a single question is no habit. */
export function askedDaily({ asked, firstSeen }: Pattern, now: number): number {
  return asked / Math.max(1, (now - firstSeen) / DAY_MS);
}

function added(known: Pattern | undefined, question: Reported, at: number): Pattern {
  const { cube, form, query, asked, route, held } = question;
  const { routes = {}, firstSeen = at, lastSeen = at } = known ?? {};
  const isFull = !Object.hasOwn(routes, route) && Object.keys(routes).length >= ROUTES_MAX;
  const name = isFull ? OTHER_ROUTE : route;
  const inBrowser = (known?.held ?? 0) + (held ? asked : 0);
  return {
    ...{ cube, form, firstSeen, lastSeen: Math.max(lastSeen, at) },
    query: known !== undefined && lastSeen > at ? known.query : query,
    asked: (known?.asked ?? 0) + asked,
    reports: (known?.reports ?? 0) + 1,
    routes: { ...routes, [name]: (routes[name] ?? 0) + 1 },
    ...(inBrowser > 0 && { held: inBrowser }),
  };
}
