import { describe, expect, test } from "vitest";
import {
  parseUrlState,
  printUrlState,
  removeFilter,
  toggleFilter,
} from "../../../src/dashboard/model/urlState.js";

describe("the address bar", () => {
  test("reproduces the screen", () => {
    const search =
      "?tenant=acme&view=inventory&period=12m&compare=year&by=week&measure=inventory.onHand&warehouse=A&warehouse=B+%26+C";
    const state = parseUrlState(search);
    expect(state).toEqual({
      tenant: "acme",
      page: "charts",
      cube: "inventory",
      period: { kind: "preset", preset: "12m" },
      comparison: "year",
      granularity: "week",
      measure: "inventory.onHand",
      filters: { warehouse: ["A", "B & C"] },
    });
    expect(printUrlState(state)).toBe(search);
  });

  test("falls back to defaults for what it does not understand", () => {
    expect(parseUrlState("?view=cars&by=second&period=ever&compare=friends&colour=red")).toEqual({
      tenant: null,
      page: "charts",
      cube: "watch",
      period: { kind: "preset", preset: "30d" },
      comparison: "previous",
      granularity: null,
      measure: null,
      filters: {},
    });
  });

  test("names the operator's screen, which has neither period nor filters", () => {
    const state = parseUrlState("?tenant=acme&view=operate&period=12m&category=a");
    expect(state).toMatchObject({ page: "operate", cube: "watch" });
    expect(printUrlState(state)).toBe("?tenant=acme&view=operate");
  });

  test("names the records of a cube, with what the charts show", () => {
    const search = "?tenant=acme&view=records&cube=inventory&period=12m&by=week&warehouse=A";
    const state = parseUrlState(search);
    expect(state).toMatchObject({
      page: "records",
      cube: "inventory",
      filters: { warehouse: ["A"] },
    });
    expect(printUrlState(state)).toBe(search);
    expect(printUrlState({ ...state, page: "charts" })).toBe(
      "?tenant=acme&view=inventory&period=12m&by=week&warehouse=A",
    );
    expect(parseUrlState("?view=records&cube=cars")).toMatchObject({ cube: "watch" });
  });

  test("knows only the filters of its cube, each value once", () => {
    const { filters } = parseUrlState("?view=watch&warehouse=A&topic=x&topic=x&topic=y");
    expect(filters).toEqual({ topic: ["x", "y"] });
  });

  test("a filter's value is added, and taken away again", () => {
    const one = toggleFilter({}, "topic", "x");
    const two = toggleFilter(one, "topic", "y");
    expect(two).toEqual({ topic: ["x", "y"] });
    expect(toggleFilter(two, "topic", "x")).toEqual({ topic: ["y"] });
    expect(toggleFilter(one, "topic", "x")).toEqual({});
    expect(removeFilter({ ...two, category: ["a"] }, "topic")).toEqual({ category: ["a"] });
  });
});
