/** What is counted, by months, and what it comes to in dollars. */
import { describe, expect, test } from "vitest";
import { PROFESSIONAL } from "../../lib/cost/prices.js";
import { estimatedWork, patternCost, pricePerThousand } from "../../lib/cost/question.js";
import {
  budgetBytes,
  counted,
  current,
  isOverBudget,
  MONTH_MS,
  monthlyUpkeep,
  rollupCost,
  tenantCost,
} from "../../lib/cost/upkeep.js";
import { Rollups } from "../../src/client/index.js";
import { components } from "../../convex/_generated/api.js";
import { cubes, schema } from "../src/support/orders.js";

const DAY = 86_400_000;
const NOW = 1000 * DAY;
const usage = { calls: 4, bytesRead: 300_000, bytesWritten: 100_000 };

describe("upkeep", () => {
  test("is counted for 30 days, and then from the beginning", () => {
    const first = counted(null, usage, NOW);
    const second = counted(first, usage, NOW + MONTH_MS - 1);
    expect(second).toEqual({ since: NOW, calls: 8, bytesRead: 600_000, bytesWritten: 200_000 });
    expect(counted(second, usage, NOW + MONTH_MS)).toEqual({ since: NOW + MONTH_MS, ...usage });
    const none = { calls: 0, bytesRead: 0, bytesWritten: 0 };
    expect(current(second, NOW + MONTH_MS)).toEqual({ since: NOW + MONTH_MS, ...none });
    expect(current(second, NOW + 5)).toEqual(second);
  });

  test("costs per month what its pace comes to, a young month as a day", () => {
    const count = { since: NOW, calls: 1e6, bytesRead: 5e9, bytesWritten: 5e9 };
    // 2 dollars of calls and 2 of bandwidth.
    expect(monthlyUpkeep(count, PROFESSIONAL, NOW + 15 * DAY)).toBeCloseTo(8, 10);
    expect(monthlyUpkeep(count, PROFESSIONAL, NOW + 1)).toBeCloseTo(120, 10);
    const twice = { ...PROFESSIONAL, calls: 4, bandwidth: 0.4 };
    expect(monthlyUpkeep(count, twice, NOW + 30 * DAY)).toBeCloseTo(8, 10);
  });

  test("has a budget in which a call is 10 KB, what a call and 10 KB cost being the same", () => {
    expect(budgetBytes(usage)).toBe(440_000);
    expect([isOverBudget(usage, 0.44), isOverBudget(usage, 0.43), isOverBudget(usage, 0)]).toEqual([
      ...[false, true, false],
    ]);
    const { calls, bandwidth } = PROFESSIONAL;
    expect(calls / 1e6).toBeCloseTo((10_000 / 1e9) * bandwidth, 15);
  });
});

test("a rollup and a tenant cost what is stored and their share of upkeep, and null where that is not known", () => {
  const known = { storedBytes: 5e9, upkeepShare: 0.25 };
  const unknown = { storedBytes: null, upkeepShare: null };
  expect(rollupCost(known, 8, PROFESSIONAL)).toEqual({ storage: 1, upkeep: 2 });
  expect(rollupCost(unknown, 8, PROFESSIONAL)).toEqual({ storage: null, upkeep: null });
  expect(tenantCost([known, unknown], 8, PROFESSIONAL)).toEqual({
    storage: 1,
    upkeep: 8,
    total: 9,
  });
});

test("a question costs its calls and bytes; what browsers hold is asked for nothing", () => {
  const work = estimatedWork(5000);
  expect(work).toEqual({ calls: 2, bytes: 100_000 });
  // 2,000 calls and 100 MB.
  const perThousand = pricePerThousand(work, PROFESSIONAL);
  expect(perThousand).toBeCloseTo(0.004 + 0.02, 12);
  const pattern = {
    ...{ cube: "watch", form: "f", query: {}, asked: 2000, reports: 10, routes: {} },
    ...{ firstSeen: NOW - 10 * DAY, lastSeen: NOW },
  };
  expect(patternCost(pattern, work, PROFESSIONAL, NOW)).toBeCloseTo(6 * perThousand, 12);
  const half = { ...pattern, held: 1000 };
  expect(patternCost(half, work, PROFESSIONAL, NOW)).toBeCloseTo(3 * perThousand, 12);
});

test("prices are checked when the app is made", () => {
  const made = (prices: object) =>
    new Rollups(components.rollups, { schema, cubes, authorize: () => null, prices });
  expect(() => made({ calls: 0, storage: 0.5 })).not.toThrow();
  expect(() => made({ call: 1 })).toThrow("Invalid prices: call: there is no such price");
  expect(() => made({ bandwidth: -1 })).toThrow("Invalid prices: bandwidth");
});
