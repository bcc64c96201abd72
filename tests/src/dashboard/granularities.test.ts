import { describe, expect, test } from "vitest";
import {
  fittingGranularity,
  granularityFor,
  keepsHours,
  offeredGranularities,
} from "../../../src/dashboard/model/granularities.js";
import { presets, resolvePeriod } from "../../../src/dashboard/model/period.js";

const daysFrom = (from: string, to: string) => ({ from, to });
const year = daysFrom("2024-01-01", "2024-12-31");

describe("the granularities that a period offers", () => {
  test("are those with enough points to see a shape and few enough to tell apart", () => {
    expect(offeredGranularities(daysFrom("2024-03-01", "2024-03-01"))).toEqual(["hour", "day"]);
    expect(offeredGranularities(daysFrom("2024-03-01", "2024-03-07"))).toEqual(["hour", "day"]);
    expect(offeredGranularities(daysFrom("2024-03-01", "2024-03-30"))).toEqual([
      ...["day", "week", "month"],
    ]);
    expect(offeredGranularities(year)).toEqual(["week", "month", "quarter", "year"]);
    expect(offeredGranularities(daysFrom("2018-01-01", "2024-12-31"))).toEqual([
      ...["month", "quarter", "year"],
    ]);
    expect(offeredGranularities(daysFrom("1900-01-01", "2100-12-31"))).toEqual(["year"]);
    expect(offeredGranularities(null)).toEqual(["week", "month", "quarter", "year"]);
  });

  test("have the one that fits among them, whatever the period", () => {
    const spans = [
      ...presets.map(
        ({ id }) => resolvePeriod({ kind: "preset", preset: id }, "2024-01-01", {}).span,
      ),
      ...[1, 2, 7, 8, 31, 92, 93, 190, 400, 401, 1500, 5000, 6000, 20_000, 90_000].map((days) => ({
        from: "1900-01-01",
        to: new Date(Date.UTC(1900, 0, days)).toISOString().slice(0, 10),
      })),
    ];
    for (const span of spans)
      expect(offeredGranularities(span)).toContain(fittingGranularity(span));
  });

  test("replace a chosen one that is not offered", () => {
    expect(granularityFor("day", year)).toBe("week");
    expect(granularityFor("hour", year)).toBe("week");
    expect(granularityFor("quarter", year)).toBe("quarter");
    expect(granularityFor("day", null)).toBe("month");
    expect(granularityFor(null, year)).toBe("week");
  });
});

test("the granularity follows the length of the period", () => {
  expect(fittingGranularity(daysFrom("2024-01-01", "2024-01-01"))).toBe("hour");
  expect(fittingGranularity(daysFrom("2024-01-01", "2024-03-31"))).toBe("day");
  expect(fittingGranularity(year)).toBe("week");
  expect(fittingGranularity(daysFrom("2020-01-01", "2024-12-31"))).toBe("month");
  expect(fittingGranularity(daysFrom("1900-01-01", "2024-12-31"))).toBe("year");
  expect(fittingGranularity(null)).toBe("month");
});

test("hours are kept of what the totals have, and by weekday", () => {
  expect(keepsHours("watch", ["watch.count", "watch.averageDuration"], [])).toBe(true);
  expect(keepsHours("watch", ["watch.count"], ["weekday"])).toBe(true);
  expect(keepsHours("watch", ["watch.count"], ["category"])).toBe(false);
  expect(keepsHours("watch", ["watch.medianDuration"], [])).toBe(false);
  expect(keepsHours("inventory", ["inventory.onHand"], [])).toBe(true);
});
