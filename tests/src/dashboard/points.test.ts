import { describe, expect, test } from "vitest";
import { isNoneOf, isOneOf, type Condition } from "../../../src/dashboard/model/filters.js";
import { measureInfo } from "../../../src/dashboard/model/members.js";
import {
  newestDayQuestion,
  recentQuestion,
  rankingQuestion,
  totalsQuestion,
  trendQuestion,
  yearsQuestion,
  type Scope,
} from "../../../src/dashboard/model/questions.js";
import { anchorFor } from "../../../src/dashboard/model/useAnchor.js";
import {
  axisOf,
  labelOf,
  partialFrom,
  spanOfBuckets,
  valuesOn,
  wholeDays,
  type Axis,
} from "../../../src/dashboard/widgets/points.js";

const clock = { timezone: "America/New_York", hour: "2024-03-09T14" };

const scope: Scope = {
  cube: "watch",
  span: { from: "2024-03-01", to: "2024-03-04" },
  filters: { category: isOneOf(["Drama"]), topic: isOneOf(["Sea"]) },
};
const at = (day: string, values: Record<string, number | null>) => ({
  "watch.watchedAt.day": `${day}T00:00:00.000`,
  ...values,
});

describe("a trend's points", () => {
  const query = trendQuestion(scope, ["watch.count"], "day");

  test("cover every bucket of the period: nothing counted is zero, nothing averaged is a gap", () => {
    const rows = [
      at("2024-03-02", { "watch.count": 5, "watch.averageDuration": 60 }),
      at("2024-03-04", { "watch.count": 2, "watch.averageDuration": null }),
    ];
    const axis = axisOf(query, rows, clock);
    expect(axis?.buckets).toHaveLength(4);
    expect(axis && valuesOn(axis, rows, measureInfo("watch.count"))).toEqual([0, 5, 0, 2]);
    expect(axis && valuesOn(axis, rows, measureInfo("watch.averageDuration"))).toEqual([
      null,
      60,
      null,
      null,
    ]);
  });

  test("are those of the weekdays that are asked for", () => {
    const filtered = (weekday: Condition, granularity: "day" | "week") =>
      axisOf(
        trendQuestion({ ...scope, filters: { weekday } }, ["watch.count"], granularity),
        [],
        clock,
      )?.buckets;
    // From Friday to Monday.
    expect(filtered(isOneOf(["1", "5"]), "day")).toEqual(["2024-03-01", "2024-03-04"]);
    expect(filtered(isNoneOf(["1", "5"]), "day")).toEqual(["2024-03-02", "2024-03-03"]);
    expect(filtered(isOneOf(["1"]), "week")).toHaveLength(2);
  });

  test("of a level keep the level between changes", () => {
    const rows = [at("2024-03-02", { "inventory.onHand": 7 })];
    const axis = axisOf(query, rows, clock);
    expect(axis && valuesOn(axis, rows, measureInfo("inventory.onHand"))).toEqual([null, 7, 7, 7]);
  });

  test("without a period reach from the first row to the last", () => {
    const open = trendQuestion({ ...scope, span: null }, ["watch.count"], "day");
    const rows = [at("2024-03-02", {}), at("2024-03-04", {})];
    expect(axisOf(open, rows, clock)?.buckets).toEqual(["2024-03-02", "2024-03-03", "2024-03-04"]);
    expect(axisOf(open, [], clock)?.buckets).toEqual([]);
  });

  test("stand on the axis of the question that they answer", () => {
    const weekly = trendQuestion(scope, ["watch.count"], "week");
    expect(axisOf(weekly, [], clock)?.granularity).toBe("week");
    expect(axisOf(undefined, [], clock)).toBeNull();
  });
});

describe("hours", () => {
  const hourly = (from: string, to: string) =>
    trendQuestion({ cube: "watch", span: { from, to }, filters: {} }, ["watch.count"], "hour");
  const row = (hour: string, count: number) => ({
    ...{ "watch.watchedAt.hour": `${hour}:00:00.000`, "watch.count": count },
  });
  const views = measureInfo("watch.count");

  test("are those that the tenant's clock shows: one that is skipped is no bucket, one that is shown twice is two", () => {
    const spring = axisOf(hourly("2024-03-10", "2024-03-10"), [], clock);
    expect(spring?.buckets).toHaveLength(23);
    expect(spring?.buckets).not.toContain("2024-03-10T02");
    const rows = [row("2023-11-05T01", 3), row("2023-11-05T01", 4), row("2023-11-05T02", 5)];
    const autumn = axisOf(hourly("2023-11-05", "2023-11-05"), rows, clock);
    expect(autumn?.buckets).toHaveLength(25);
    expect(autumn && valuesOn(autumn, rows, views).slice(0, 5)).toEqual([0, 3, 4, 5, 0]);
  });

  test("of today end with the one that is not over, unless later ones have records", () => {
    const axis = axisOf(hourly("2024-03-08", "2024-03-09"), [], clock);
    expect(axis?.buckets).toHaveLength(24 + 15);
    expect(axis && partialFrom(axis, views, clock)).toBe(38);
    const future = axisOf(hourly("2024-03-09", "2024-03-09"), [row("2024-03-09T20", 1)], clock);
    expect(future?.buckets.at(-1)).toBe("2024-03-09T20");
  });

  test("become days where no rollup keeps them", () => {
    const asked = (filters: Scope["filters"], measure: string) =>
      trendQuestion({ ...scope, filters }, [measure], "hour").timeDimensions?.[0]?.granularity;
    expect(asked({}, "watch.count")).toBe("hour");
    expect(asked({ weekday: isOneOf(["1"]) }, "watch.count")).toBe("hour");
    expect(asked({ category: isOneOf(["Drama"]) }, "watch.count")).toBe("day");
    expect(asked({}, "watch.viewers")).toBe("day");
  });
});

describe("a stretch of an axis", () => {
  const axis = (granularity: Axis["granularity"], buckets: string[]): Axis => ({
    ...{ granularity, bucketKey: "", buckets },
  });
  const period = { from: "2024-01-10", to: "2024-04-20" };

  test("is the days of its buckets that are in the period", () => {
    const months = axis("month", ["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01"]);
    const of = (from: number, to: number) =>
      spanOfBuckets(months, { from, to }, period, "2024-04-20");
    expect(of(0, 0)).toEqual({ from: "2024-01-10", to: "2024-01-31" });
    expect(of(1, 2)).toEqual({ from: "2024-02-01", to: "2024-03-31" });
    expect(of(3, 3)).toEqual({ from: "2024-04-01", to: "2024-04-20" });
    const weeks = axis("week", ["2024-02-05", "2024-02-12"]);
    expect(spanOfBuckets(weeks, { from: 0, to: 1 }, period, "2024-04-20").to).toBe("2024-02-18");
  });

  test("of all time ends today", () => {
    const years = axis("year", ["2023-01-01", "2024-01-01"]);
    expect(spanOfBuckets(years, { from: 0, to: 1 }, null, "2024-04-20")).toEqual({
      ...{ from: "2023-01-01", to: "2024-04-20" },
    });
  });

  test("of hours takes whole days", () => {
    const hours = axis("hour", [
      "2024-03-01T22",
      "2024-03-01T23",
      "2024-03-02T00",
      "2024-03-02T01",
    ]);
    expect(wholeDays(hours, { from: 1, to: 1 })).toEqual({ from: 0, to: 1 });
    expect(wholeDays(hours, { from: 1, to: 2 })).toEqual({ from: 0, to: 3 });
  });
});

describe("questions", () => {
  test("leave out by the language's own operator", () => {
    const filters = { category: isNoneOf(["Drama"]) };
    expect(totalsQuestion({ ...scope, filters }, ["watch.count"]).filters).toEqual([
      { member: "watch.category", operator: "notEquals", values: ["Drama"] },
    ]);
  });

  test("a ranking leaves its own filter out, so that the other bars stay in sight", () => {
    const { filters } = rankingQuestion(scope, "category", ["watch.count"], "watch.count", 8);
    expect(filters).toEqual([{ member: "watch.topic", operator: "equals", values: ["Sea"] }]);
  });

  test("all time ends with today where today is known, and a period where it ends", () => {
    const upTo = "2024-03-05";
    const allTime = { ...scope, span: null, upTo, filters: {} };
    const end = { member: "watch.watchedAt", operator: "beforeOrOnDate", values: [upTo] };
    expect(totalsQuestion(allTime, ["watch.count"])).toEqual({
      measures: ["watch.count"],
      timeDimensions: [],
      filters: [end],
    });
    expect(trendQuestion(allTime, ["watch.count"], "month").filters).toEqual([end]);
    expect(totalsQuestion({ ...scope, upTo, filters: {} }, ["watch.count"]).filters).toEqual([]);
  });

  test("records of the last days are counted with both ends", () => {
    expect(recentQuestion("watch", "2024-03-05", 8)).toEqual({
      measures: ["watch.count"],
      timeDimensions: [{ dimension: "watch.watchedAt", dateRange: ["2024-02-27", "2024-03-05"] }],
      filters: [],
    });
  });

  test("the newest record is looked for on one side of a day: first its year, then its day", () => {
    expect(yearsQuestion("watch", { upTo: "2024-03-05" }, 1)).toEqual({
      measures: ["watch.count"],
      timeDimensions: [{ dimension: "watch.watchedAt", granularity: "year" }],
      filters: [{ member: "watch.watchedAt", operator: "beforeOrOnDate", values: ["2024-03-05"] }],
      order: [["watch.watchedAt", "desc"]],
      limit: 1,
    });
    expect(newestDayQuestion("watch", { after: "2024-03-05" }, "2024")).toMatchObject({
      timeDimensions: [{ granularity: "day", dateRange: ["2024-01-01", "2024-12-31"] }],
      filters: [{ member: "watch.watchedAt", operator: "afterDate", values: ["2024-03-05"] }],
      limit: 1,
    });
  });

  test("a record without the dimension's value has a name too", () => {
    expect(labelOf({ "watch.topic": null }, "watch.topic")).toBe("(none)");
  });
});

describe("the day that counts as now", () => {
  test("is today while records are recent, or where there are none", () => {
    expect(anchorFor("2024-03-01", "2024-03-05")).toBe("2024-03-05");
    expect(anchorFor(null, "2024-03-05")).toBe("2024-03-05");
    expect(anchorFor("2031-01-01", "2024-03-05")).toBe("2024-03-05");
  });

  test("is the newest record's where an import ended long ago", () => {
    expect(anchorFor("2016-10-16", "2024-03-05")).toBe("2016-10-16");
  });
});
