import { describe, expect, test } from "vitest";
import {
  askedFirst,
  orderOf,
  parseAsked,
  printAsked,
  rowsDefault,
  type Asked,
} from "../../../src/dashboard/explore/asked.js";
import { codeOf } from "../../../src/dashboard/explore/code.js";
import { coverageOf, coverageWith, remediesOf } from "../../../src/dashboard/explore/coverage.js";
import { operatorsOf } from "../../../src/dashboard/explore/operators.js";
import { questionOf } from "../../../src/dashboard/explore/question.js";
import { askedOf, stateOf } from "../../../src/dashboard/explore/reading.js";
import { titleOf } from "../../../src/dashboard/explore/shown.js";
import { valueOf } from "../../../src/dashboard/explore/Values.js";
import { yearUpTo } from "../../../src/dashboard/model/calendar.js";
import { isNoneOf, isOneOf } from "../../../src/dashboard/model/filters.js";
import { cubeNames, views } from "../../../src/dashboard/model/views.js";
import { viewQuestions } from "../../../src/dashboard/model/viewQuestions.js";

const span = { from: "2026-01-01", to: "2026-01-31" };
const period = { span, upTo: "2026-03-01" };
const zone = "America/New_York";
const first = askedFirst("watch", span);

const full: Asked = {
  measures: ["count", "medianDuration"],
  dimensions: ["category", "weekday"],
  granularity: "fortnight",
  filters: [
    { dimension: "category", operator: "notEquals", values: ["A & B", "C,D=E", "Ü"] },
    { dimension: "weekday", operator: "gte", values: ["2"] },
    { dimension: "title", operator: "contains", values: [] },
    { dimension: "viewer", operator: "set", values: [] },
  ],
  order: { member: "medianDuration", isDescending: true },
  limit: 25,
  charted: "medianDuration",
};

describe("the address of a question", () => {
  test("brings back what was asked, whatever the values", () => {
    expect(parseAsked(printAsked(full), "watch", span)).toEqual(full);
    expect(printAsked(full)).toBe(
      "measures=count%2CmedianDuration&dimensions=category%2Cweekday&by=fortnight" +
        "&category.notEquals=A+%26+B&category.notEquals=C%2CD%3DE&category.notEquals=%C3%9C" +
        "&weekday.gte=2&title.contains=&viewer.set=&order=-medianDuration&limit=25&chart=medianDuration",
    );
    expect(parseAsked(printAsked(first), "watch", span)).toEqual(first);
  });

  test("without a measure is that of the first one, over time, with its filters", () => {
    expect(parseAsked("", "watch", span)).toEqual({
      ...{ measures: ["count"], dimensions: [], granularity: "day", filters: [], order: null },
      ...{ limit: rowsDefault, charted: "count" },
    });
    expect(parseAsked("", "watch", null).granularity).toBe("month");
    expect(parseAsked("category.equals=Music", "watch", span).filters).toEqual([
      { dimension: "category", operator: "equals", values: ["Music"] },
    ]);
  });

  test.each([
    [
      "members of another cube",
      "measures=onHand,count,count&dimensions=warehouse,category",
      {
        ...{ measures: ["count"], dimensions: ["category"] },
      },
    ],
    ["the time as a dimension", "measures=count&dimensions=watchedAt", { dimensions: [] }],
    [
      "a third dimension",
      "measures=count&dimensions=category,topic,channel",
      {
        dimensions: ["category", "topic"],
      },
    ],
    ["a granularity that no cube has", "measures=count&by=eon", { granularity: null }],
    ["an order by what is not asked", "measures=count&order=-viewers", { order: null }],
    ["a chart of what is not asked", "measures=count&chart=viewers", { charted: "count" }],
    ["a limit above the highest", "measures=count&limit=1e9", { limit: rowsDefault }],
    ["a limit below one", "measures=count&limit=0", { limit: rowsDefault }],
    [
      "operators of another type",
      "measures=count&weekday.contains=1&category.gt=1&category.like=x",
      {
        filters: [],
      },
    ],
    [
      "values of another type",
      "measures=count&weekday.equals=8&weekday.equals=2&hourOfDay.lt=24",
      {
        filters: [
          { dimension: "weekday", operator: "equals", values: ["2"] },
          { dimension: "hourOfDay", operator: "lt", values: [] },
        ],
      },
    ],
    [
      "names of every object",
      "measures=constructor,count&toString.equals=1&dimensions=__proto__",
      {
        ...{ measures: ["count"], dimensions: [], filters: [] },
      },
    ],
  ])("leaves out %s", (_what, text, part) => {
    expect(parseAsked(text, "watch", span)).toMatchObject(part);
  });
});

describe("the question to the backend", () => {
  test("has the members, the period, the filters that have values, and an order", () => {
    expect(questionOf("watch", full, period)).toEqual({
      measures: ["watch.count", "watch.medianDuration"],
      dimensions: ["watch.category", "watch.weekday"],
      timeDimensions: [
        {
          ...{ dimension: "watch.watchedAt", granularity: "fortnight" },
          dateRange: ["2026-01-01", "2026-01-31"],
        },
      ],
      filters: [
        { member: "watch.category", operator: "notEquals", values: ["A & B", "C,D=E", "Ü"] },
        { member: "watch.weekday", operator: "gte", values: ["2"] },
        { member: "watch.viewer", operator: "set" },
      ],
      order: [["watch.medianDuration", "desc"]],
      limit: 25,
      total: true,
    });
  });

  test("of all time ends today", () => {
    const asked = { ...first, granularity: null };
    expect(questionOf("watch", asked, { ...period, span: null })).toEqual({
      measures: ["watch.count"],
      filters: [{ member: "watch.watchedAt", operator: "beforeOrOnDate", values: ["2026-03-01"] }],
      ...{ limit: rowsDefault, total: true },
    });
  });

  test("names the order that rows come in anyway", () => {
    expect(orderOf("watch", first)).toEqual({ member: "watchedAt", isDescending: false });
    expect(orderOf("watch", { ...first, granularity: null })).toBeNull();
    const ranked = { ...first, granularity: null, dimensions: ["topic"] };
    expect(orderOf("watch", ranked)).toEqual({ member: "count", isDescending: true });
    expect(orderOf("watch", full)).toBe(full.order);
  });
});

describe.each(cubeNames)("every question of the cards of %s", (cube) => {
  const questions = views[cube].headline.flatMap(({ member }) =>
    viewQuestions({
      scope: {
        ...{ cube, span, upTo: "2026-03-01" },
        filters: { category: isNoneOf(["A", "B"]), weekday: isOneOf(["1"]) },
      },
      ...{ granularity: "week", measure: member, period: { previous: null, compared: null } },
      year: yearUpTo("2026-03-01"),
    }),
  );

  test("is asked in Explore with the same members, time and filters", () => {
    for (const { query } of questions) {
      const state = stateOf(query, span);
      const shown = state.period?.kind === "custom" ? state.period : span;
      const asked = questionOf(cube, askedOf(query, cube), { ...period, span: shown });
      expect(asked.measures).toEqual(query.measures);
      expect(asked.dimensions).toEqual(query.dimensions);
      expect(asked.timeDimensions).toEqual(query.timeDimensions);
      expect(asked.filters).toEqual(query.filters);
      expect(asked.limit).toBe(query.limit ?? rowsDefault);
      expect(state).toMatchObject({ page: "explore", cube, filters: {} });
      // The year's card alone asks of another time than the view's.
      expect(state.period !== undefined).toBe(
        query.timeDimensions?.[0]?.dateRange?.[0] !== span.from,
      );
    }
    expect(questions.length).toBeGreaterThan(10);
  });

  test("is kept by a rollup, as the planner says", () => {
    for (const { query } of questions) {
      expect([query, coverageOf(query, cube, zone).kind]).toEqual([query, "kept"]);
    }
  });
});

describe("what would answer a choice", () => {
  const subject = { cube: "watch" as const, asked: first, period, timezone: zone };

  test("is planned by the cube's rollups", () => {
    expect(coverageWith(subject, {})).toEqual({ kind: "kept", rollup: "totals" });
    expect(coverageWith(subject, { dimensions: ["topic"] })).toEqual({
      ...{ kind: "kept", rollup: "by_topic" },
    });
    expect(coverageWith(subject, { measures: ["longest"], dimensions: ["channel"] })).toEqual({
      kind: "none",
    });
    // Seven days that end nowhere.
    const open = { ...subject, period: { span: null } };
    expect(coverageWith(open, { measures: ["viewsOfWeek"], granularity: null })).toEqual({
      kind: "invalid",
    });
  });

  test("is reached from a question that no rollup keeps by one change", () => {
    const asked: Asked = {
      ...{
        ...first,
        measures: ["longest"],
        dimensions: ["category", "channel"],
        charted: "longest",
      },
    };
    const remedies = remediesOf({ ...subject, asked }, (name) => titleOf("watch", name));
    expect(remedies.map(({ label }) => label)).toEqual(["Without Channel"]);
    for (const { change } of remedies) {
      expect(coverageWith({ ...subject, asked }, change).kind).toBe("kept");
    }
  });
});

describe("code", () => {
  const query = questionOf("watch", full, period);
  /** Runs the code with the hook in its place, and gives what it was called with. */
  const calledWith = (code: string, hook: string, names: Record<string, unknown>) => {
    const body = code.replaceAll(/^import .*$/gm, "");
    const calls: unknown[][] = [];
    const called = (...args: unknown[]) => {
      calls.push(args);
      return { data: [], error: null };
    };
    // eslint-disable-next-line no-new-func
    new Function(hook, ...Object.keys(names), body)(called, ...Object.values(names));
    return calls;
  };

  test("asks the very question", () => {
    expect(JSON.parse(codeOf("json", query))).toEqual(query);
    expect(calledWith(codeOf("aggregate", query), "useAggregate", {})).toEqual([[query]]);
    const api = { aggregates: { rows: "aggregates:rows" } };
    expect(calledWith(codeOf("rollup", query), "useRollup", { api, tenantId: "acme" })).toEqual([
      ["aggregates:rows", { tenantId: "acme" }, query],
    ]);
  });
});

test("values are understood as people write them", () => {
  expect(valueOf("watch", "weekday", "monday")).toBe("1");
  expect(valueOf("watch", "weekday", "7")).toBe("7");
  expect(valueOf("watch", "weekday", "8")).toBeNull();
  expect(valueOf("watch", "hourOfDay", "09:00")).toBe("9");
  expect(valueOf("watch", "hourOfDay", "25")).toBeNull();
  expect(valueOf("watch", "category", "Music")).toBe("Music");
  expect(operatorsOf("weekday")).not.toContain("contains");
});
