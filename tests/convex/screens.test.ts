// @vitest-environment edge-runtime
/**
 * Every question of both views, at every preset, with every filter, every pair and all of them: a rollup
 * answers it, as `explain` says, at every granularity and for every chosen measure. The same in a browser
 * is in `tests/e2e/filters.test.ts`.
 */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { AggregateQuery } from "../../src/react/index.js";
import { trendGranularities } from "../../src/dashboard/model/calendar.js";
import { subsetsOf } from "../../src/dashboard/model/measureGroups.js";
import { presets, resolvePeriod } from "../../src/dashboard/model/period.js";
import { cubeNames, filterDimensions, views } from "../../src/dashboard/model/views.js";
import { viewQuestions } from "../../src/dashboard/model/viewQuestions.js";
import { foldAll, startBackend, tenantOf } from "./harness.js";

/** The clock of `harness`. */
const today = "2026-03-01";

let ann: Awaited<ReturnType<typeof tenantOf>>;

beforeAll(async () => {
  const t = startBackend();
  ann = await tenantOf(t, "acme", { timezone: "America/New_York" });
  await foldAll(t);
  return () => {
    vi.useRealTimers();
  };
});

const verdicts = new Map<string, Promise<string | null>>();

/** Why no rollup answers one of its ranges; null where each has one. */
function refusal(query: AggregateQuery): Promise<string | null> {
  const key = JSON.stringify(query);
  let verdict = verdicts.get(key);
  if (verdict === undefined) {
    const explained = ann.query(api.aggregates.explain, {
      tenantId: "acme",
      query: query as never,
    });
    verdict = explained.then(({ ranges, ...whole }) => {
      const refused = (ranges ?? [whole]).find(({ plan }) => plan === null);
      return refused ? `${key}: ${JSON.stringify(refused.considered)}` : null;
    });
    verdicts.set(key, verdict);
  }
  return verdict;
}

describe.each(cubeNames)("every filter that the %s view offers", (cube) => {
  const filters = filterDimensions(cube);
  const measures = views[cube].headline.map(({ member }) => member);

  test.each(presets)("is answered by a rollup: $label", async ({ id }) => {
    const period = resolvePeriod({ kind: "preset", preset: id }, today, { today });
    const refused = new Set<string>();
    for (const dimensions of subsetsOf(filters)) {
      const scope = {
        ...{ cube, span: period.span, upTo: today },
        filters: Object.fromEntries(dimensions.map((name) => [name, ["a", "b"]])),
      };
      for (const granularity of trendGranularities) {
        for (const measure of measures) {
          const questions = viewQuestions({ scope, granularity, measure, period });
          for (const { query } of questions) {
            const why = await refusal(query);
            if (why !== null) refused.add(why);
          }
        }
      }
    }
    expect([...refused]).toEqual([]);
  });

  test("is one of at least three", () => {
    expect(filters.length).toBeGreaterThanOrEqual(3);
  });
});
