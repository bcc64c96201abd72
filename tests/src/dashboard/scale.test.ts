import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cursorAfter } from "../../../src/dashboard/charts/LineChart.js";
import {
  areaPath,
  labelIndexes,
  linearScale,
  linePath,
  ticksFor,
} from "../../../src/dashboard/charts/scale.js";

const same = (value: number) => value;

describe("ticks", () => {
  test("are round and begin at zero", () => {
    expect(ticksFor([3, 87], 4).values).toEqual([0, 25, 50, 75, 100]);
    expect(ticksFor([-30, 50], 4).values).toEqual([-40, -20, 0, 20, 40, 60]);
  });

  test("are whole for whole numbers", () => {
    expect(ticksFor([0, 2], 4).values).toEqual([0, 1, 2]);
    expect(ticksFor([0, 0.2], 4).values).toEqual([0, 0.05, 0.1, 0.15, 0.2]);
  });

  test("of durations are minutes and hours, not hundreds of seconds", () => {
    expect(ticksFor([0, 400], 4, { kind: "duration" }).values).toEqual([0, 120, 240, 360, 480]);
    expect(ticksFor([0, 14_000], 4, { kind: "duration" }).values).toEqual([
      0, 3600, 7200, 10_800, 14_400,
    ]);
  });

  test("of levels may leave zero out", () => {
    expect(ticksFor([1010, 1090], 4, { fromZero: false })).toMatchObject({ min: 1000, max: 1100 });
  });

  test("cover every value with a handful of steps", () => {
    const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.option(value)), fc.boolean(), (values, fromZero) => {
        const { min, max, values: ticks } = ticksFor(values, 4, { fromZero });
        const slack = (max - min) * 1e-9;
        for (const one of values) {
          if (one === null) continue;
          expect(one).toBeGreaterThanOrEqual(min - slack);
          expect(one).toBeLessThanOrEqual(max + slack);
        }
        expect(max).toBeGreaterThan(min);
        expect(ticks.length).toBeLessThanOrEqual(8);
      }),
    );
  });
});

describe("paths", () => {
  test("break at a gap, and keep a lonely point visible", () => {
    expect(linePath([1, 2, null, 4, null], same, same)).toBe("M0 1L1 2M3 4h0");
    expect(linePath([null, null], same, same)).toBe("");
  });

  test("of areas go down to the baseline run by run", () => {
    expect(areaPath([1, null, 3, 4], same, same, 9)).toBe("M0 9L0 1L0 9ZM2 9L2 3L3 4L3 9Z");
  });

  test("a scale of one point is its start", () => {
    expect(linearScale([0, 0], [10, 90])(0)).toBe(10);
  });
});

test("labels get the room that they need", () => {
  expect(labelIndexes(10, 400, 100)).toEqual([0, 3, 6, 9]);
  expect(labelIndexes(3, 1000, 100)).toEqual([0, 1, 2]);
  expect(labelIndexes(0, 1000, 100)).toEqual([]);
});

describe("the chart's keyboard cursor", () => {
  test.each([
    ["ArrowRight", null, 0],
    ["ArrowLeft", null, 29],
    ["ArrowRight", 29, 29],
    ["ArrowLeft", 5, 4],
    ["PageDown", 5, 8],
    ["Home", 5, 0],
    ["End", 5, 29],
    ["Escape", 5, null],
    ["a", 5, undefined],
  ] as const)("%s at %s moves to %s", (key, from, to) => {
    expect(cursorAfter(key, from, 30)).toBe(to);
  });

  test("ignores keys where there is nothing to read", () => {
    expect(cursorAfter("ArrowRight", null, 0)).toBeUndefined();
  });
});
