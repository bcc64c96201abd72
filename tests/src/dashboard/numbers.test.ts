import { describe, expect, test } from "vitest";
import {
  compare,
  formatBound,
  formatDuration,
  formatMeasure,
  formatTick,
} from "../../../src/dashboard/format/numbers.js";

describe("measures as text", () => {
  test.each([
    [12, "12", "12"],
    [99_999, "99,999", "99,999"],
    [1_034_567, "1.03M", "1,034,567"],
    [-12.345, "−12.35", "−12.35"],
    [0, "0", "0"],
  ])("number %d: %s in short, %s in full", (value, short, full) => {
    expect(formatMeasure(value, "number", "short")).toBe(short);
    expect(formatMeasure(value, "number", "full")).toBe(full);
  });

  test("money keeps its cents in full", () => {
    expect(formatMeasure(8123.456, "currency", "full")).toBe("$8,123.46");
    expect(formatMeasure(-3_612_000, "currency", "short")).toBe("−$3.61M");
  });

  test("an approximate measure says how far it may be off", () => {
    expect(formatBound({ error: 0.01, kind: "relative" })).toBe("give or take 1%");
    expect(formatBound({ error: 0.01625, kind: "standard" })).toBe("standard error 1.625%");
  });

  test("nothing is a dash, not a zero", () => {
    expect(formatMeasure(null, "number", "full")).toBe("–");
    expect(formatMeasure(undefined, "duration", "short")).toBe("–");
  });

  test.each([
    [0, "0s"],
    [45.25, "45.3s"],
    [59.99, "60s"],
    [60, "1m"],
    [750, "12m 30s"],
    [3599.6, "1h"],
    [12_000, "3h 20m"],
    [359_999, "100h"],
    [5_123_456, "1,423h"],
    [-750, "−12m 30s"],
  ])("%d seconds: %s", (seconds, text) => {
    expect(formatDuration(seconds, "full")).toBe(text);
  });

  test("ticks are short", () => {
    expect(formatTick(150_000, "number")).toBe("150K");
    expect(formatTick(7200, "duration")).toBe("2h");
    expect(formatTick(-1500, "number")).toBe("−1.5K");
  });
});

describe("a change against the period before", () => {
  test("is a signed share", () => {
    expect(compare(150, 120)).toEqual({ kind: "moved", direction: 30, text: "+25%" });
    expect(compare(90, 120)).toEqual({ kind: "moved", direction: -30, text: "−25%" });
    expect(compare(120, 120)).toEqual({ kind: "moved", direction: 0, text: "0%" });
    expect(compare(1000, 100)).toMatchObject({ text: "+900%" });
  });

  test("is the difference where a share of it means nothing", () => {
    expect(compare(-9850, 10_900, "currency")).toMatchObject({
      direction: -20_750,
      text: "−$20.8K",
    });
    expect(compare(-50, -100)).toEqual({ kind: "moved", direction: 50, text: "+50" });
    expect(compare(0, -100)).toMatchObject({ text: "+100" });
    expect(compare(5909, 100)).toMatchObject({ text: "+5,809" });
    expect(compare(7200, 60, "duration")).toMatchObject({ text: "+1h 59m" });
  });

  test("has no share where there was nothing", () => {
    expect(compare(5, 0)).toEqual({ kind: "new" });
    expect(compare(0, 0)).toEqual({ kind: "none" });
    expect(compare(null, 4)).toEqual({ kind: "none" });
    expect(compare(4, null)).toEqual({ kind: "none" });
  });
});
