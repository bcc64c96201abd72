import { describe, expect, test } from "vitest";
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
import { axisOf, labelOf, valuesOn } from "../../../src/dashboard/widgets/points.js";

const scope: Scope = {
  cube: "watch",
  span: { from: "2024-03-01", to: "2024-03-04" },
  filters: { category: ["Drama"], topic: ["Sea"] },
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
    const axis = axisOf(query, rows);
    expect(axis?.buckets).toHaveLength(4);
    expect(axis && valuesOn(axis, rows, measureInfo("watch.count"))).toEqual([0, 5, 0, 2]);
    expect(axis && valuesOn(axis, rows, measureInfo("watch.averageDuration"))).toEqual([
      null,
      60,
      null,
      null,
    ]);
  });

  test("of a level keep the level between changes", () => {
    const rows = [at("2024-03-02", { "inventory.onHand": 7 })];
    const axis = axisOf(query, rows);
    expect(axis && valuesOn(axis, rows, measureInfo("inventory.onHand"))).toEqual([null, 7, 7, 7]);
  });

  test("without a period reach from the first row to the last", () => {
    const open = trendQuestion({ ...scope, span: null }, ["watch.count"], "day");
    const rows = [at("2024-03-02", {}), at("2024-03-04", {})];
    expect(axisOf(open, rows)?.buckets).toEqual(["2024-03-02", "2024-03-03", "2024-03-04"]);
    expect(axisOf(open, [])?.buckets).toEqual([]);
  });

  test("stand on the axis of the question that they answer", () => {
    const weekly = trendQuestion(scope, ["watch.count"], "week");
    expect(axisOf(weekly, [])?.granularity).toBe("week");
    expect(axisOf(undefined, [])).toBeNull();
  });
});

describe("questions", () => {
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
