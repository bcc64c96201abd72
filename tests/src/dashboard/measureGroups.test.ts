import { describe, expect, test } from "vitest";
import type { CubeDefinition } from "../../../lib/model/cube.js";
import {
  groupMeasures,
  groupOf,
  measureGroups,
  rankedMeasures,
  subsetsOf,
} from "../../../src/dashboard/model/measureGroups.js";
import { filterDimensions } from "../../../src/dashboard/model/views.js";

const cube: CubeDefinition = {
  name: "shop",
  table: "sales",
  time: "at",
  fields: { at: { type: "time" }, kind: { type: "string" }, amount: { type: "integer" } },
  dimensions: {
    at: { type: "time", field: "at" },
    kind: { type: "string", field: "kind", cardinality: 4 },
  },
  measures: {
    count: { type: "count" },
    amount: { type: "sum", field: "amount" },
    stock: { type: "level", field: "amount" },
    largest: { type: "max", field: "amount" },
  },
  rollups: {
    totals: {
      dimensions: [],
      measures: ["count", "amount", "stock", "largest"],
      levels: { day: "month" },
    },
    by_kind: {
      dimensions: ["kind"],
      measures: ["count", "amount", "stock"],
      levels: { day: "month" },
    },
  },
};
const members = ["shop.count", "shop.amount", "shop.stock", "shop.largest"];

describe("measures are asked together", () => {
  test("where the same rollup answers them best, and a balance is asked alone", () => {
    expect(groupMeasures(cube, members, [])).toEqual([
      ["shop.count", "shop.amount", "shop.largest"],
      ["shop.stock"],
    ]);
  });

  test("only if that holds for every filter", () => {
    expect(groupMeasures(cube, members, ["kind"])).toEqual([
      ["shop.count", "shop.amount"],
      ["shop.stock"],
      ["shop.largest"],
    ]);
  });

  test("of the shipped views: additive ones together, sketches, viewers and stock by themselves", () => {
    const groups = measureGroups.watch;
    expect(groups.map(({ members }) => members)).toEqual([
      ["watch.count", "watch.durationSeconds", "watch.averageDuration"],
      ["watch.medianDuration"],
      ["watch.viewers"],
    ]);
    expect(groups.map(({ isCostly }) => isCostly)).toEqual([false, true, true]);
    expect(measureGroups.inventory).toEqual([
      {
        members: ["inventory.count", "inventory.quantity", "inventory.value"],
        isCostly: false,
      },
      { members: ["inventory.onHand"], isCostly: false },
    ]);
  });

  test("a ranking asks for those of the chosen one's group that it can rank by, else for its first ones", () => {
    const viewed = ["watch.count", "watch.durationSeconds"];
    expect(rankedMeasures("watch", viewed, "watch.durationSeconds")).toEqual(viewed);
    expect(rankedMeasures("watch", viewed, "watch.viewers")).toEqual(viewed);
    const withMedian = [...viewed, "watch.medianDuration"];
    expect(rankedMeasures("watch", withMedian, "watch.medianDuration")).toEqual([
      "watch.medianDuration",
    ]);
    expect(groupOf("inventory", "no.such")).toEqual(measureGroups.inventory[0]?.members);
  });
});

test("a view's filters are the dimensions of the rankings that filter", () => {
  expect(filterDimensions("watch")).toEqual(["category", "topic", "channel", "weekday"]);
  expect(filterDimensions("inventory")).toEqual(["warehouse", "kind", "product", "category"]);
  expect(subsetsOf(["a", "b"])).toEqual([[], ["a"], ["b"], ["a", "b"]]);
});
