/** Sketches within their published bounds: on made-up values of several shapes, and on the real files where they are. */
import { describe, expect, it } from "vitest";
import { dice } from "../../bench/data/random.js";
import { realDistinct, realQuantiles } from "../../bench/support/realValues.js";
import {
  distinctErrors,
  distinctShapes,
  quantileErrors,
  quantileShapes,
} from "../../bench/support/sketchErrors.js";
import { announceData, realDataDir } from "../cli/realData.js";
import { generateFiles } from "../realData/generatedFiles.js";

const realFiles = realDataDir();
announceData("sketch errors", realFiles);
const directory = realFiles ?? generateFiles();

const distinct = [...distinctShapes(dice(7), 12), ...realDistinct(directory)];
const quantiles = [...quantileShapes(dice(8), 12), ...realQuantiles(directory)];

describe("approximate distinct counts", () => {
  it.each(distinct)("of $name are within 1.625 % in the mean square, however merged", (shape) => {
    const { rms, max, given, answers } = distinctErrors(shape, 1);
    expect(answers).toBeGreaterThanOrEqual(50);
    expect(rms).toBeLessThanOrEqual(0.01625);
    expect(rms).toBeGreaterThan(0);
    // One too few of a dozen is more than any share of many: both are looked at by themselves.
    expect(max).toBeLessThan(0.15);
    shape.groups.forEach((values, i) => {
      const truth = new Set(values).size;
      expect(Math.abs(given[i]! - truth)).toBeLessThanOrEqual(Math.max(2, 5 * 0.01625 * truth));
    });
    for (const ways of [10, 1000]) expect(distinctErrors(shape, ways).given).toEqual(given);
  });
});

describe("quantiles", () => {
  it.each(quantiles)("of $name are within 1 % each, however merged", (shape) => {
    const { max, given, answers } = quantileErrors(shape, 1);
    expect(answers).toBeGreaterThanOrEqual(100);
    expect(max).toBeLessThanOrEqual(0.01);
    expect(max).toBeGreaterThan(0);
    for (const ways of [10, 1000]) expect(quantileErrors(shape, ways).given).toEqual(given);
  });
});
