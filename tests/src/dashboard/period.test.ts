import { describe, expect, test } from "vitest";
import {
  addMonths,
  bucketsBetween,
  daysBetween,
  todayIn,
} from "../../../src/dashboard/model/calendar.js";
import {
  parsePeriod,
  presets,
  printPeriod,
  resolvePeriod,
  type Preset,
} from "../../../src/dashboard/model/period.js";

const spans = (preset: Preset, anchor: string) => {
  const { span, previous } = resolvePeriod({ kind: "preset", preset }, anchor);
  return [span, previous].map((one) => one && `${one.from}..${one.to}`);
};

describe("a preset's period, and the one before it", () => {
  test.each([
    ["today", "2024-03-01", "2024-03-01..2024-03-01", "2024-02-29..2024-02-29"],
    ["yesterday", "2024-03-01", "2024-02-29..2024-02-29", "2024-02-28..2024-02-28"],
    ["7d", "2024-03-05", "2024-02-28..2024-03-05", "2024-02-21..2024-02-27"],
    ["30d", "2024-03-05", "2024-02-05..2024-03-05", "2024-01-06..2024-02-04"],
    ["month", "2024-03-31", "2024-03-01..2024-03-31", "2024-02-01..2024-02-29"],
    ["last-month", "2024-01-15", "2023-12-01..2023-12-31", "2023-11-01..2023-11-30"],
    ["year", "2024-02-29", "2024-01-01..2024-02-29", "2023-01-01..2023-02-28"],
    ["12m", "2024-03-15", "2023-04-01..2024-03-15", "2022-04-01..2023-03-15"],
  ] as const)("%s at %s: %s after %s", (preset, anchor, span, previous) => {
    expect(spans(preset, anchor)).toEqual([span, previous]);
  });

  test("all time has no bounds and nothing before it", () => {
    expect(spans("all", "2024-03-05")).toEqual([null, null]);
  });

  test("custom dates are compared with as many days before them", () => {
    const { previous } = resolvePeriod(
      { kind: "custom", from: "2024-03-01", to: "2024-03-10" },
      "x",
    );
    expect(previous).toEqual({ from: "2024-02-20", to: "2024-02-29" });
  });

  test("a year before is the same dates, and whole months stay whole", () => {
    const { previous } = resolvePeriod({ kind: "preset", preset: "last-month" }, "2025-03-15", {
      comparison: "year",
    });
    expect(previous).toEqual({ from: "2024-02-01", to: "2024-02-29" });
    const days = resolvePeriod({ kind: "preset", preset: "7d" }, "2024-03-05", {
      comparison: "year",
    });
    expect(days.previous).toEqual({ from: "2023-02-28", to: "2023-03-05" });
  });

  test("nothing is compared where that is chosen", () => {
    const chosen = resolvePeriod({ kind: "preset", preset: "7d" }, "2024-03-05", {
      comparison: "off",
    });
    expect(chosen).toMatchObject({ previous: null, compared: null });
    expect(chosen.span).toEqual({ from: "2024-02-28", to: "2024-03-05" });
  });

  test.each([
    ["7d", "2024-02-28..2024-03-04", "2024-02-21..2024-02-26"],
    ["month", "2024-03-01..2024-03-04", "2024-02-01..2024-02-04"],
    ["quarter", "2024-01-01..2024-03-04", "2023-10-01..2023-12-04"],
  ] as const)(
    "of %s that ends today only the days that are over are compared",
    (preset, now, before) => {
      const today = "2024-03-05";
      const { compared } = resolvePeriod({ kind: "preset", preset }, today, { today });
      expect(compared?.isComplete).toBe(true);
      expect(
        [compared?.now, compared?.before].map((one) => one && `${one.from}..${one.to}`),
      ).toEqual([now, before]);
    },
  );

  test("a period that is over is compared as a whole, and today alone with nothing", () => {
    const today = "2024-03-05";
    const over = resolvePeriod({ kind: "preset", preset: "last-month" }, today, { today });
    expect(over.compared).toEqual({ now: over.span, before: over.previous, isComplete: false });
    const custom = { kind: "custom", from: today, to: today } as const;
    expect(resolvePeriod(custom, today, { today }).compared).toBeNull();
  });
});

describe("a period in an address", () => {
  test("comes back as it was", () => {
    for (const { id } of presets) {
      expect(parsePeriod(printPeriod({ kind: "preset", preset: id }))).toMatchObject({
        preset: id,
      });
    }
    const custom = { kind: "custom", from: "2024-01-01", to: "2024-02-29" } as const;
    expect(parsePeriod(printPeriod(custom))).toEqual(custom);
  });

  test.each([
    null,
    "",
    "tomorrow",
    "2024-02-30..2024-03-01",
    "2024-03-02..2024-03-01",
    "2024-01-01",
  ])("%s falls back to the default", (text) =>
    expect(parsePeriod(text)).toEqual({ kind: "preset", preset: "30d" }),
  );
});

describe("calendar dates", () => {
  test("buckets cover the span, also those that begin before it", () => {
    expect(bucketsBetween("2024-02-28", "2024-03-01", "day")).toHaveLength(3);
    expect(bucketsBetween("2024-03-01", "2024-03-12", "week")).toEqual([
      "2024-02-26",
      "2024-03-04",
      "2024-03-11",
    ]);
    expect(bucketsBetween("2023-11-20", "2024-01-02", "month")).toEqual([
      "2023-11-01",
      "2023-12-01",
      "2024-01-01",
    ]);
  });

  test("months have ends", () => {
    expect(addMonths("2024-01-31", 1)).toBe("2024-02-29");
    expect(addMonths("2024-03-31", -13)).toBe("2023-02-28");
    expect(daysBetween("2024-02-28", "2024-03-01")).toBe(3);
  });

  test("today depends on the zone", () => {
    const instant = Date.UTC(2024, 0, 1, 3);
    expect(todayIn("UTC", instant)).toBe("2024-01-01");
    expect(todayIn("America/New_York", instant)).toBe("2023-12-31");
  });
});
