import { describe, expect, test } from "vitest";
import { isNoneOf, isOneOf } from "../../../src/dashboard/model/filters.js";
import { parseUrlState, printUrlState } from "../../../src/dashboard/model/urlState.js";

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
      filters: { warehouse: isOneOf(["A", "B & C"]) },
      split: null,
      tables: [],
      explore: "",
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
      split: null,
      tables: [],
      explore: "",
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
      filters: { warehouse: { operator: "equals", values: ["A"] } },
    });
    expect(printUrlState(state)).toBe(search);
    expect(printUrlState({ ...state, page: "charts" })).toBe(
      "?tenant=acme&view=inventory&period=12m&by=week&warehouse=A",
    );
    expect(parseUrlState("?view=records&cube=cars")).toMatchObject({ cube: "watch" });
  });

  test("keeps what the trend is split by, where a record has one value of it", () => {
    const search = "?tenant=acme&view=watch&period=30d&split=channel";
    expect(parseUrlState(search).split).toBe("channel");
    expect(printUrlState(parseUrlState(search))).toBe(search);
    for (const name of ["topic", "title", "warehouse", "nothing"])
      expect(parseUrlState(`?view=watch&split=${name}`).split).toBeNull();
  });

  test("knows only the filters of its cube, each value once", () => {
    const { filters } = parseUrlState("?view=watch&warehouse=A&topic=x&topic=x&topic=y");
    expect(filters).toEqual({ topic: isOneOf(["x", "y"]) });
  });

  test("leaves values out, each known of its dimension", () => {
    const search =
      "?view=watch&period=7d&by=hour&category.not=Cooking&category.not=Music&weekday=6";
    const state = parseUrlState(search);
    expect(state.filters).toEqual({
      category: isNoneOf(["Cooking", "Music"]),
      weekday: isOneOf(["6"]),
    });
    expect(printUrlState(state)).toBe(search);
    expect(parseUrlState("?weekday=8&weekday=Monday&weekday.not=").filters).toEqual({});
    const both = parseUrlState("?category=Science&category.not=Music");
    expect(both.filters).toEqual({ category: isOneOf(["Science"]) });
  });

  test("says which cards of the view are tables", () => {
    const state = parseUrlState("?view=watch&table=week&table=trend&table=level&table=x");
    expect(state.tables).toEqual(["trend", "week"]);
    expect(printUrlState(state)).toContain("&table=trend&table=week");
  });

  test("keeps the question of Explore, and takes filters of charts there", () => {
    const search =
      "?tenant=acme&view=explore&cube=inventory&period=12m&measures=onHand&category.contains=a+%26+b";
    const state = parseUrlState(search);
    expect(state).toMatchObject({
      ...{ page: "explore", cube: "inventory", filters: {} },
      explore: "measures=onHand&category.contains=a+%26+b",
    });
    expect(printUrlState(state)).toBe(search);
    expect(printUrlState({ ...state, page: "records" })).toBe(
      "?tenant=acme&view=records&cube=inventory&period=12m",
    );
    const charts = parseUrlState("?view=watch&period=7d&category.not=Music&topic=x&topic=y");
    expect(printUrlState({ ...charts, page: "explore" })).toBe(
      "?view=explore&cube=watch&period=7d&category.notEquals=Music&topic.equals=x&topic.equals=y",
    );
  });
});
