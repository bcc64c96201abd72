import { describe, expect, test, vi } from "vitest";
import { catalogue } from "../../../convex/cubes.js";
import { resolveRollup } from "../../../lib/resolve/resolveRollup.js";
import type { CubeDefinition } from "../../../lib/model/cube.js";
import { normalizeQuery } from "../../../lib/query/normalizeQuery.js";
import { compileQuery } from "../../../lib/query/compile.js";
import { planQuery, type GenerationStatus } from "../../../lib/planner/planQuery.js";
import type { AggregateQuery } from "../../../src/react/index.js";
import { isRefusedForGood, refusedFilters } from "../../../src/dashboard/model/offers.js";
import { isOneOf } from "../../../src/dashboard/model/filters.js";
import type { ViewState } from "../../../src/dashboard/model/viewQuestions.js";

const state = (filters: ViewState["scope"]["filters"] = {}): ViewState => ({
  scope: { cube: "watch", span: { from: "2024-01-01", to: "2024-03-31" }, filters },
  granularity: "day",
  measure: "watch.count",
  period: { previous: null, compared: null },
});

/** What follows from `aggregates:explain` where only some of the shipped rollups exist. */
function explainer(
  keeps: (rollup: string) => boolean,
  statusOf: (rollup: string) => GenerationStatus = () => "ready",
) {
  const cube: CubeDefinition = catalogue.watch;
  const rollups = Object.keys(cube.rollups)
    .filter(keeps)
    .map((name) => ({
      rollup: resolveRollup(cube, name, "UTC"),
      generation: 1,
      status: statusOf(name),
    }));
  return vi.fn((json: AggregateQuery) => {
    const query = normalizeQuery({ watch: cube }, json, { timezone: "UTC" });
    const planned = planQuery({ compiled: compileQuery(cube, query), rollups });
    return Promise.resolve(isRefusedForGood(planned));
  });
}

describe("the filters that a view does not offer", () => {
  test("are none with the shipped rollups, found with one explanation per kind of question", async () => {
    const explain = explainer(() => true);
    expect(await refusedFilters(state(), explain)).toEqual({});
    expect(explain).toHaveBeenCalledTimes(8);
  });

  test("are those that a widget is not answered with, named by it", async () => {
    const explain = explainer((rollup) => rollup !== "by_hour_and_channel");
    expect(await refusedFilters(state(), explain)).toEqual({
      category: "When people watch",
      topic: "When people watch",
      channel: "When people watch",
    });
    expect(explain.mock.calls.length).toBeLessThanOrEqual(8 * 5);
  });

  test("follow from the filters that are on", async () => {
    const explain = explainer(
      (rollup) => !["by_topic_and_channel", "by_hour_and_channel", "by_viewer"].includes(rollup),
    );
    const refused = await refusedFilters(state(), explain);
    expect(refused["topic"]).toBe("Median watch time");
    const within = await refusedFilters(state({ category: isOneOf(["Science"]) }), explain);
    // The week grid and the viewers fail already: that is no reason to refuse another filter.
    expect(within["channel"]).toBe("Median watch time");
  });

  test("are not refused for a rollup that is still being built, or before there is any", async () => {
    const building = explainer(
      () => true,
      (rollup) => (rollup === "by_hour_and_channel" ? "building" : "ready"),
    );
    expect(await refusedFilters(state(), building)).toEqual({});
    expect(
      await refusedFilters(
        state(),
        explainer(() => false),
      ),
    ).toEqual({});
  });
});
