/** What the reference app makes of the variables for rests: no value of theirs has a target refused in each call. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { components } from "../../convex/_generated/api.js";
import { foldLimits } from "../../convex/components/rollups/limits/fold.js";
import { catalogue } from "../../convex/cubes.js";
import { restsOf } from "../../convex/limits.js";
import schema from "../../convex/schema.js";
import type { FreshnessTarget } from "../../lib/model/cube.js";
import { Rollups } from "../../src/client/index.js";
import { shippedCubes } from "../convex/harness.js";

afterEach(() => void vi.unstubAllEnvs());

const { inventory } = catalogue;
const cubesWith = (freshness: FreshnessTarget) => [
  catalogue.watch,
  {
    ...inventory,
    rollups: { ...inventory.rollups, totals: { ...inventory.rollups.totals, freshness } },
  },
];

/** What the class says to it, as in each call: null where it takes it. */
function refusalOf(freshness: FreshnessTarget, min?: string, max?: string): string | null {
  const totals = { ...shippedCubes.inventory.rollups.totals, freshness };
  const rollups = { ...shippedCubes.inventory.rollups, totals };
  try {
    new Rollups(components.rollups, {
      schema,
      authorize: () => null,
      cubes: { inventory: { ...shippedCubes.inventory, rollups } },
      limits: { fold: restsOf(min, max, cubesWith(freshness)) },
    });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("rests of the reference app", () => {
  test.each([
    [undefined, undefined, {}],
    ["100", "1000", { restMsMin: 100, restMsMax: 1000 }],
    ["0", "600000", { restMsMin: 0, restMsMax: 600_000 }],
    ["", "soon", {}],
    ["-1", "NaN", {}],
  ])("are what the environment says where no rollup has a target: %o, %o", (min, max, rests) => {
    expect(restsOf(min, max, Object.values(catalogue))).toEqual(rests);
  });

  test("are read from the environment", async () => {
    vi.stubEnv("ROLLUPS_REST_MS_MIN", "700");
    vi.stubEnv("ROLLUPS_REST_MS_MAX", "7000");
    vi.resetModules();
    const { limits } = await import("../../convex/limits.js");
    expect(limits.fold).toMatchObject({ restMsMin: 700, restMsMax: 7000 });
  });

  test.each([
    ["a longer rest", undefined, "600000", { restMsMax: 60_000 }],
    ["a longer first rest", "600000", undefined, { restMsMin: 60_000 }],
    ["longer ones", "600000", "600000", { restMsMin: 60_000, restMsMax: 60_000 }],
    ["shorter ones", "100", "1000", { restMsMin: 100, restMsMax: 1000 }],
    ["none", undefined, undefined, {}],
    ["no number", undefined, "soon", {}],
  ])("are no longer than the shortest target: %s", (_, min, max, rests) => {
    const target = { warn: 60_000, error: 600_000 };
    expect(restsOf(min, max, cubesWith(target))).toEqual(rests);
    expect(refusalOf(target, min, max)).toBeNull();
  });

  test.each([undefined, "5000", "20000", "45000", "600000"])(
    "hold a target that is shorter than the longest rest by default: %o",
    (max) => {
      const target = { error: foldLimits.restMsMin };
      expect(restsOf(undefined, max, cubesWith(target))).toEqual({
        restMsMax: foldLimits.restMsMin,
      });
      expect(refusalOf(target, undefined, max)).toBeNull();
    },
  );

  test("are not made of a target that is below the shortest rest, which is refused with both figures", () => {
    for (const max of [undefined, "5000", "600000"])
      expect(refusalOf({ warn: 60 }, undefined, max)).toBe(
        'Cube "inventory": rollup "totals": freshness.warn is 60 ms, and workers rest up to 5000. Say 5000 or more, or a smaller limits.fold.restMsMax.',
      );
    expect(refusalOf({ warn: 60 }, "10", "50")).toBeNull();
  });
});
