import { describe, expect, test } from "vitest";
import {
  excludeFilter,
  flipFilter,
  isNoneOf,
  isOneOf,
  isShown,
  removeFilter,
  toggleFilter,
} from "../../../src/dashboard/model/filters.js";
import { markState } from "../../../src/dashboard/charts/mark.js";

describe("a click on a mark", () => {
  test("asks for its value, and for it no longer", () => {
    const one = toggleFilter({}, "topic", "x");
    const two = toggleFilter(one, "topic", "y");
    expect(two).toEqual({ topic: isOneOf(["x", "y"]) });
    expect(toggleFilter(two, "topic", "x")).toEqual({ topic: isOneOf(["y"]) });
    expect(toggleFilter(one, "topic", "x")).toEqual({});
    expect(removeFilter({ ...two, category: isOneOf(["a"]) }, "topic")).toEqual({
      category: isOneOf(["a"]),
    });
  });

  test("with Alt leaves its value out, and no longer", () => {
    const one = excludeFilter({}, "topic", "x");
    expect(one).toEqual({ topic: isNoneOf(["x"]) });
    const two = excludeFilter(one, "topic", "y");
    expect(two).toEqual({ topic: isNoneOf(["x", "y"]) });
    expect(excludeFilter(two, "topic", "x")).toEqual({ topic: isNoneOf(["y"]) });
    expect(excludeFilter(one, "topic", "x")).toEqual({});
  });

  test("of the other kind is what holds from then on", () => {
    expect(excludeFilter({ topic: isOneOf(["x", "y"]) }, "topic", "x")).toEqual({
      topic: isNoneOf(["x"]),
    });
    expect(toggleFilter({ topic: isNoneOf(["x"]) }, "topic", "y")).toEqual({
      topic: isOneOf(["y"]),
    });
    expect(toggleFilter({ topic: isNoneOf(["x", "y"]) }, "topic", "x")).toEqual({
      topic: isNoneOf(["y"]),
    });
  });

  test("a chip turns all values of its dimension round", () => {
    const filters = { topic: isOneOf(["x", "y"]), category: isOneOf(["a"]) };
    const flipped = flipFilter(filters, "topic");
    expect(flipped).toEqual({ ...filters, topic: isNoneOf(["x", "y"]) });
    expect(flipFilter(flipped, "topic")).toEqual(filters);
    expect(flipFilter(filters, "channel")).toBe(filters);
  });

  test("marks are pressed where they are filtered by, and faint where their records are not asked for", () => {
    const states = (...values: (string | null)[]) =>
      values.map((value) => {
        const { isPressed, isLeftOut, isFaint } = markState(isNoneOf(["x"]), value);
        return [isPressed, isLeftOut, isFaint];
      });
    expect(states("x", "y", null)).toEqual([
      [true, true, true],
      [false, false, false],
      [false, false, false],
    ]);
    expect(markState(isOneOf(["x"]), "x")).toMatchObject({ isPressed: true, isFaint: false });
    expect(markState(isOneOf(["x"]), null).isFaint).toBe(true);
    expect(markState(undefined, "x").isFaint).toBe(false);
    expect(isShown(undefined, "x")).toBe(true);
  });
});
