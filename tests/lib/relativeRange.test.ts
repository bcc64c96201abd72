/** Date ranges in words: Cube's grammar, on the clocks of a zone. */
import { describe, expect, test } from "vitest";
import { hasRanges, relativeRange, resolveRanges } from "../../lib/cubeJson/relativeRange.js";
import { normalizeQuery } from "../../lib/query/normalizeQuery.js";
import { codeOf } from "./fixtures/codeOf.js";
import { sales } from "./fixtures/sales.js";

/** A Wednesday; in Tokyo it is Thursday already. */
const NOW = Date.UTC(2026, 6, 15, 22, 30, 15, 250);

function days(text: string, zone = "UTC", now = NOW): string[] | null {
  return relativeRange(text, now, zone)?.map((wall) => wall.replace("T", " ")) ?? null;
}

const whole = (from: string, to: string) => [`${from} 00:00:00.000`, `${to} 23:59:59.999`];

describe("a range in words", () => {
  test.each([
    ["today", whole("2026-07-15", "2026-07-15")],
    ["yesterday", whole("2026-07-14", "2026-07-14")],
    ["tomorrow", whole("2026-07-16", "2026-07-16")],
    ["this week", whole("2026-07-13", "2026-07-19")],
    ["this month", whole("2026-07-01", "2026-07-31")],
    ["this quarter", whole("2026-07-01", "2026-09-30")],
    ["This  Year", whole("2026-01-01", "2026-12-31")],
    ["last day", whole("2026-07-14", "2026-07-14")],
    ["last week", whole("2026-07-06", "2026-07-12")],
    ["last month", whole("2026-06-01", "2026-06-30")],
    ["next quarter", whole("2026-10-01", "2026-12-31")],
    // Without the unit that is under way.
    ["last 7 days", whole("2026-07-08", "2026-07-14")],
    ["last 2 weeks", whole("2026-06-29", "2026-07-12")],
    ["last 12 months", whole("2025-07-01", "2026-06-30")],
    ["next 2 years", whole("2027-01-01", "2028-12-31")],
    ["last 3 hours", ["2026-07-15 19:00:00.000", "2026-07-15 21:59:59.999"]],
    ["this minute", ["2026-07-15 22:30:00.000", "2026-07-15 22:30:59.999"]],
    ["from 7 days ago to now", whole("2026-07-08", "2026-07-15")],
    ["from 2 weeks ago to yesterday", whole("2026-07-01", "2026-07-14")],
    ["from 2026-01-01 to today", whole("2026-01-01", "2026-07-15")],
    ["from 3 hours ago to now", ["2026-07-15 19:00:00.000", "2026-07-15 22:59:59.999"]],
    [
      "from an hour ago to 2 hours from now",
      ["2026-07-15 21:00:00.000", "2026-07-16 00:59:59.999"],
    ],
  ])("%s", (text, range) => {
    expect(days(text)).toEqual(range);
  });

  test("is of the zone's own day", () => {
    expect(days("today", "Asia/Tokyo")).toEqual(whole("2026-07-16", "2026-07-16"));
    expect(days("this hour", "Asia/Kathmandu")).toEqual([
      "2026-07-16 04:00:00.000",
      "2026-07-16 04:59:59.999",
    ]);
  });

  test("ends where a shorter month ends", () => {
    const last = Date.UTC(2024, 2, 31, 12);
    expect(days("last month", "UTC", last)).toEqual(whole("2024-02-01", "2024-02-29"));
    expect(days("from 1 month ago to now", "UTC", last)).toEqual(whole("2024-02-29", "2024-03-31"));
  });

  test.each([
    "",
    "soon",
    "last",
    "last 0 days",
    "this 2 weeks",
    "last fortnight",
    "from now",
    "2026-13-01",
  ])("%j is none", (text) => {
    expect(days(text)).toBe(null);
  });
});

describe("the ranges of a query", () => {
  test("are resolved wherever a query may name one, and all else stays", () => {
    const query = {
      measures: ["watch.count"],
      timeDimensions: [
        { dimension: "watch.watchedAt", granularity: "day", dateRange: "this month" },
        { dimension: "watch.watchedAt", compareDateRange: ["today", ["2026-01-01", "2026-01-02"]] },
      ],
      filters: [
        { member: "watch.watchedAt", operator: "inDateRange", values: ["yesterday"] },
        { member: "watch.title", operator: "equals", values: ["today"] },
      ],
    };
    const wall = (day: string) => [`${day}T00:00:00.000`, `${day}T23:59:59.999`];
    expect(resolveRanges(query, NOW, "UTC")).toEqual({
      ...query,
      timeDimensions: [
        {
          ...query.timeDimensions[0],
          dateRange: ["2026-07-01T00:00:00.000", "2026-07-31T23:59:59.999"],
        },
        {
          ...query.timeDimensions[1],
          compareDateRange: [wall("2026-07-15"), ["2026-01-01", "2026-01-02"]],
        },
      ],
      filters: [{ ...query.filters[0], values: wall("2026-07-14") }, query.filters[1]],
    });
    expect(hasRanges(query)).toBe(true);
  });

  test.each(["onTheDate", "beforeDate", "beforeOrOnDate", "afterDate", "afterOrOnDate"])(
    "are taken by %s",
    (operator) => {
      const json = {
        measures: ["sales.count"],
        filters: [{ member: "sales.at", operator, values: ["last week"] }],
      };
      const resolved = resolveRanges(json, NOW, "UTC");
      const { time } = normalizeQuery({ sales }, resolved, { timezone: "UTC" });
      const [start, end] = [Date.UTC(2026, 6, 6), Date.UTC(2026, 6, 13)];
      const from = /^after/.test(operator) ? (operator === "afterDate" ? end : start) : null;
      const to = /^before/.test(operator) ? (operator === "beforeDate" ? start : end) : null;
      const isWithin = operator === "onTheDate";
      expect(time).toMatchObject(isWithin ? { from: start, to: end } : { from, to });
    },
  );

  test("are of the query's own zone where it names one", () => {
    const query = { timeDimensions: [{ dateRange: "today" }], timezone: "Asia/Tokyo" };
    expect(resolveRanges(query, NOW, "UTC")).toMatchObject({
      timeDimensions: [{ dateRange: ["2026-07-16T00:00:00.000", "2026-07-16T23:59:59.999"] }],
    });
  });

  test("in dates are left alone, and need no clock", () => {
    for (const dateRange of ["2026-01-01", ["2026-01-01"], ["2026-01-01", "2026-02-01"], 5, null]) {
      const query = { timeDimensions: [{ dateRange }] };
      expect(hasRanges(query)).toBe(false);
      expect(resolveRanges(query, NOW, "UTC")).toEqual(query);
    }
    for (const query of [null, 5, "x", [], { timeDimensions: 5, filters: [null] }]) {
      expect(hasRanges(query)).toBe(false);
    }
  });

  test("that mean nothing are refused by what they say", () => {
    const query = { timeDimensions: [{ dateRange: "the other day" }] };
    expect(codeOf(() => resolveRanges(query, NOW, "UTC"))).toBe("InvalidDateRange");
    expect(hasRanges(query)).toBe(true);
  });
});
