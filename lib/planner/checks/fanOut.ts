import type { StoredRollup } from "../../model/rollup.js";
import { dimensionTests } from "../../query/filterTest.js";
import type { Check } from "./check.js";

/**
 * A record counts in one cell per value of a multi-valued dimension, unless its values are kept
 * together. Adding up such cells counts it several times, unless the dimension is grouped by, or pinned
 * to one value.
 */
export const fanOut: Check<StoredRollup> = ({ query, filters, distinct }, rollup) => {
  for (const dimension of rollup.dimensions) {
    const member = `${rollup.cube}.${dimension.name}`;
    if (dimension.type !== "strings" || query.dimensions.includes(member)) continue;
    const tests = dimensionTests(filters).filter((test) => test.dimension.name === dimension.name);
    const [test] = tests;
    const pinned = tests.length === 1 && test?.isPin === true && filters.includes(test);
    // Pinned cells know the record's other values no more, so they cannot be counted.
    const counted = distinct.some(({ name }) => name === dimension.name);
    if (pinned && !counted) continue;
    return {
      code: "FanOut",
      message: `counts a record once for each ${member}; group by it, or filter on exactly one`,
      member,
    };
  }
  return null;
};
