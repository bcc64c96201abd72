import { describe, expect, test } from "vitest";
import {
  commitMs,
  formatAgo,
  formatBucket,
  formatBucketTick,
  formatClock,
  formatLag,
  formatSpanBeside,
  formatWeekday,
} from "../../../src/dashboard/format/times.js";

describe("times as text", () => {
  test("buckets are named as they are, in no zone", () => {
    expect(formatBucket("2012-03-01", "day")).toBe("Thu, Mar 1, 2012");
    expect(formatBucket("2012-03-01", "month")).toBe("March 2012");
    expect(formatBucket("2012-02-27", "week")).toContain("Feb 27");
    expect(formatBucket("2012-02-27", "week")).toContain("Mar 4");
    expect(formatBucket("2012-03-01T07", "hour")).toBe("Thu, Mar 1, 2012, 07:00");
    expect(formatBucket("2012-04-01", "quarter")).toBe("Q2 2012");
    expect(formatBucket("2012-01-01", "year")).toBe("2012");
  });

  test("a bucket that the period cuts is named by the days that count", () => {
    const span = { from: "2012-02-10", to: "2012-05-20" };
    const plain = (text: string) => text.replace(/\s/g, " ");
    expect(plain(formatBucket("2012-01-01", "quarter", span))).toBe("Feb 10 – Mar 31, 2012");
    expect(plain(formatBucket("2012-01-01", "year", span))).toBe("Feb 10 – May 20, 2012");
    expect(formatBucket("2012-03-01", "month", span)).toBe("March 2012");
  });

  test("an axis names hours by their day where it has many", () => {
    const hours = ["2012-03-01T00", "2012-03-01T06", "2012-03-01T07"];
    const ticks = (isLong: boolean) => hours.map((hour) => formatBucketTick(hour, "hour", isLong));
    expect(ticks(false)).toEqual(["Mar 1", "06:00", ""]);
    expect(ticks(true)).toEqual(["Mar 1", "", ""]);
    expect(formatBucketTick("2012-04-01", "quarter", false)).toBe("Q2 2012");
    expect(formatBucketTick("2012-01-01", "year", true)).toBe("2012");
  });

  test("a span beside another leaves out a year that both are in", () => {
    const may = { from: "2026-05-29", to: "2026-08-26" } as const;
    // Intl puts thin spaces around the dash.
    const beside = formatSpanBeside(may, { from: "2026-08-27", to: "2026-11-24" });
    expect(beside.replace(/\s/g, " ")).toBe("May 29 – Aug 26");
    expect(formatSpanBeside(may, { from: "2025-08-27", to: "2025-11-24" })).toContain("2026");
    const day = { from: "2026-05-29", to: "2026-05-29" } as const;
    expect(formatSpanBeside(day, day)).toBe("May 29");
  });

  test("a commit timestamp in nanoseconds is an instant, beyond what a number holds", () => {
    expect(commitMs("1795293501080123456")).toBe(1795293501080);
    expect(commitMs(null)).toBeNull();
    expect(commitMs("0")).toBeNull();
    expect(commitMs("soon")).toBeNull();
  });

  test("instants are shown in the tenant's zone", () => {
    const noon = Date.UTC(2020, 0, 1, 12, 0, 5);
    expect(formatClock(noon, "America/New_York")).toBe("7:00:05 AM");
    expect(formatClock(noon, "Asia/Kolkata")).toBe("5:30:05 PM");
  });

  test("a lag is said in the unit that fits", () => {
    expect(formatLag(null)).toBe("");
    expect(formatLag(12)).toBe("up to date");
    expect(formatLag(420)).toBe("0.4 s behind");
    expect(formatLag(150_000)).toBe("3 min behind");
  });

  test("the past is relative", () => {
    expect(formatAgo(1000, 2000)).toBe("now");
    expect(formatAgo(0, 47_000)).toBe("47s ago");
    expect(formatAgo(0, 3 * 86_400_000)).toBe("3d ago");
  });

  test("weekdays are ISO: 1 is Monday", () => {
    expect([1, 7].map(formatWeekday)).toEqual(["Mon", "Sun"]);
  });
});
