import { describe, expect, test } from "vitest";
import { isOneOf } from "../../../src/dashboard/model/filters.js";
import { measureInfo } from "../../../src/dashboard/model/members.js";
import type { Scope } from "../../../src/dashboard/model/questions.js";
import {
  addsUp,
  largestOf,
  largestQuestion,
  othersQuestion,
  partsQuestion,
  splitDimensions,
  valuesAskedFor,
  type Split,
} from "../../../src/dashboard/model/split.js";
import { viewQuestions } from "../../../src/dashboard/model/viewQuestions.js";
import { bandPath, linearScale } from "../../../src/dashboard/charts/scale.js";

const member = "watch.channel";
const scope: Scope = {
  cube: "watch",
  span: { from: "2026-03-01", to: "2026-03-30" },
  filters: { channel: isOneOf(["a"]), category: isOneOf(["Cooking"]) },
};

test("what a trend is split by is a mark that filters, of one value a record", () => {
  expect(splitDimensions("watch")).toEqual(["category", "channel"]);
  expect(splitDimensions("inventory")).toEqual(["warehouse", "kind", "product", "category"]);
});

test("counts and sums add up; averages, distinct counts and levels do not", () => {
  const names = ["watch.count", "watch.durationSeconds", "watch.averageDuration", "watch.viewers"];
  expect(names.map((name) => addsUp(measureInfo(name)))).toEqual([true, true, false, false]);
  expect(addsUp(measureInfo("inventory.onHand"))).toBe(false);
});

describe("the largest values", () => {
  const row = (channel: string | null, others?: number) => ({
    [member]: channel,
    "watch.count": 1,
    ...(others !== undefined && { others }),
  });

  test("are the first five of the ranking, records without a value and its rest aside", () => {
    const rows = ["a", null, "b", "c", "d", "e", "f"].map((name) => row(name));
    expect(largestOf([...rows, row(null, 30)], member)).toEqual({
      values: ["a", "b", "c", "d", "e"],
      hasOthers: true,
    });
  });

  test("are all where there are no others", () => {
    expect(largestOf([row("a"), row("b")], member)).toEqual({
      values: ["a", "b"],
      hasOthers: false,
    });
    expect(largestOf([row("a"), row(null)], member).hasOthers).toBe(true);
    expect(largestOf([], member)).toEqual({ values: [], hasOthers: false });
  });

  test("are asked for as the ranking card asks, and are no question more", () => {
    const asked = viewQuestions({
      ...{ scope, granularity: "day", measure: "watch.count" },
      period: { previous: null, compared: null },
    }).map(({ query }) => JSON.stringify(query));
    for (const dimension of splitDimensions("watch"))
      expect(asked).toContain(JSON.stringify(largestQuestion(scope, dimension, "watch.count")));
  });
});

test("parts and others are one whole: the same days and filters, without the dimension's own", () => {
  const split: Split = {
    ...{ scope, measure: "watch.count", granularity: "week" },
    ...{ dimension: "channel", values: ["a", "b"] },
  };
  const parts = partsQuestion(split);
  const others = othersQuestion(split);
  const kept = { member: "watch.category", operator: "equals", values: ["Cooking"] };
  expect(parts.dimensions).toEqual([member]);
  expect(parts.filters).toEqual([kept, { member, operator: "equals", values: ["a", "b"] }]);
  expect(others.dimensions).toBeUndefined();
  expect(others.filters).toEqual([kept, { member, operator: "notEquals", values: ["a", "b"] }]);
  expect(others.timeDimensions).toEqual(parts.timeDimensions);
  expect(valuesAskedFor(others, member)).toEqual(["a", "b"]);
  expect(valuesAskedFor(undefined, member)).toEqual([]);
});

test("a band runs along its upper edge, and back along its lower one", () => {
  const x = linearScale([0, 1], [0, 10]);
  const y = linearScale([0, 10], [100, 0]);
  expect(bandPath([0, 1], [2, 5], x, y)).toBe("M0 80L10 50L10 90L0 100Z");
  expect(bandPath([], [], x, y)).toBe("");
});
