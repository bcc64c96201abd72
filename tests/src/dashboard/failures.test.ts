import { describe, expect, test } from "vitest";
import { errorCodes } from "../../../lib/errorCodes.js";
import { AggregateError, toAggregateError } from "../../../src/react/index.js";
import { failureWords, filterInTheWay } from "../../../src/dashboard/format/failures.js";

const backendText = "[CONVEX Q(aggregates:rows)] [Request ID: 77aa] Server Error Called by client";

describe("a failure on a screen", () => {
  test.each(Object.values(errorCodes).flat())("has words of its own for %s", (code) => {
    const { title, text } = failureWords(new AggregateError(code, backendText));
    expect(title).not.toBe("");
    expect(`${title} ${text}`).not.toMatch(/CONVEX|Server Error|client|rollup .*@|aggregates/);
  });

  test("of the backend shows a reference and none of its text", () => {
    const { title, text } = failureWords(toAggregateError(new Error(backendText)));
    expect([title, text]).toEqual([
      "This could not be loaded",
      "Something went wrong. Reference 77aa.",
    ]);
  });

  test("that a filter is in the way of names the filter", () => {
    const refusal = (code: string, member?: string) => ({ rollup: "r", refusal: { code, member } });
    const considered = [
      refusal("MissingMeasure", "watch.viewers"),
      refusal("FilterNotCovered", "watch.topic"),
      { rollup: "s", refusal: null },
    ];
    const error = new AggregateError("NoRollup", "", {}, { considered });
    expect(filterInTheWay(error, ["category", "topic"])).toBe("topic");
    expect(filterInTheWay(error, ["category"])).toBeNull();
    expect(filterInTheWay(new AggregateError("NoRollup", ""), ["topic"])).toBeNull();
  });
});
