// @vitest-environment edge-runtime
/**
 * Every question of both views, at every preset, with every choice of filters, asked for or left out: a rollup
 * answers it, as `explain` says, at every granularity that the preset offers and for every chosen measure. The same
 * in a browser is in `tests/e2e/filters.test.ts`.
 */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { api } from "../../convex/_generated/api.js";
import type { RollupPlan } from "../../lib/planner/plan.js";
import type { AggregateQuery } from "../../src/react/index.js";
import { isNoneOf, isOneOf, type Filters } from "../../src/dashboard/model/filters.js";
import { offeredGranularities } from "../../src/dashboard/model/granularities.js";
import { subsetsOf } from "../../src/dashboard/model/measureGroups.js";
import { presets, resolvePeriod } from "../../src/dashboard/model/period.js";
import { cubeNames, filterDimensions, views } from "../../src/dashboard/model/views.js";
import { yearUpTo } from "../../src/dashboard/model/calendar.js";
import { splitDimensions } from "../../src/dashboard/model/split.js";
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
    const chosen = subsetsOf(filters);
    // What is left out of one or of all is left out of some.
    const leftOut = chosen.filter(({ length }) => length === 1 || length === filters.length);
    const choices = [
      ...chosen.map((dimensions) => ({ dimensions, condition: isOneOf(["1", "2"]) })),
      ...leftOut.map((dimensions) => ({ dimensions, condition: isNoneOf(["1", "2"]) })),
    ];
    for (const { dimensions, condition } of choices) {
      const scope = {
        ...{ cube, span: period.span, upTo: today },
        filters: Object.fromEntries(dimensions.map((name) => [name, condition])),
      };
      for (const granularity of offeredGranularities(period.span)) {
        for (const measure of measures) {
          // Two filters and a split are no more than three filters and a ranking.
          const splits = dimensions.length < 2 ? splitDimensions(cube) : [];
          for (const split of [null, ...splits]) {
            const state = { scope, granularity, measure, period, split, year: yearUpTo(today) };
            for (const { query } of viewQuestions(state)) {
              const why = await refusal(query);
              if (why !== null) refused.add(why);
            }
          }
        }
      }
    }
    expect([...refused]).toEqual([]);
  });

  test("and hours come from the hours of the totals, where they are kept", async () => {
    const period = resolvePeriod({ kind: "preset", preset: "7d" }, today, { today });
    const scope = { cube, span: period.span, upTo: today };
    const hourly = (chosen: Filters) =>
      viewQuestions({
        ...{ scope: { ...scope, filters: chosen }, granularity: "hour", period },
        measure: measures[0] ?? "",
      }).filter(({ query }) => query.timeDimensions?.[0]?.granularity === "hour");
    const kept: Filters[] = [
      {},
      ...(filters.includes("weekday") ? [{ weekday: isNoneOf(["1"]) }] : []),
    ];
    for (const chosen of kept) {
      const questions = hourly(chosen);
      expect(questions.length).toBeGreaterThanOrEqual(2);
      for (const { query } of questions) {
        const { plan } = await ann.query(api.aggregates.explain, {
          ...{ tenantId: "acme", query: query as never },
        });
        const { rollup, segments } = plan as RollupPlan;
        expect(rollup.name).toBe("totals");
        const levels = segments.flatMap((one) =>
          one.kind === "tiles" ? [one.level.granularity] : [],
        );
        expect(levels).toContain("hour");
      }
    }
    // No other rollup has hours: days take their place.
    expect(hourly({ category: isOneOf(["1"]) })).toEqual([]);
  });

  test("is one of at least three", () => {
    expect(filters.length).toBeGreaterThanOrEqual(3);
  });
});
