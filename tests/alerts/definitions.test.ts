/** What may be declared of targets and alerts, and what a mistake says when the app is pushed. */
import { expect, test } from "vitest";
import { components } from "../../convex/_generated/api.js";
import schema from "../../convex/schema.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import type { RollupsError } from "../../lib/errors.js";
import { fingerprint, resolveRollup } from "../../lib/resolve/resolveRollup.js";
import {
  defineCube,
  Rollups,
  type AlertOptions,
  type LimitOverrides,
} from "../../src/client/index.js";
import { shippedCubes } from "../convex/harness.js";

const cubeWith = (freshness: unknown) => {
  const { inventory } = shippedCubes;
  const totals = { ...inventory.rollups.totals, freshness } as CubeDefinition["rollups"][string];
  return { ...inventory, rollups: { ...inventory.rollups, totals } };
};

const { tenant: _, ...whole } = cubeWith({ warn: 60_000 });

function thrownBy(call: () => unknown): RollupsError {
  try {
    call();
  } catch (error) {
    return error as RollupsError;
  }
  throw new Error("Nothing was thrown.");
}

const made = (freshness: unknown, limits: LimitOverrides = {}, alerts?: AlertOptions) =>
  new Rollups(components.rollups, {
    schema,
    authorize: () => null,
    cubes: { inventory: cubeWith(freshness) },
    limits,
    ...(alerts && { alerts }),
  });

test.each([
  ["no object", 60_000, "must be an object, as { warn: 60000 }"],
  ["nothing", {}, "must say warn, error or both"],
  ["another name", { warning: 1 }, "warning must be warn or error"],
  ["a text", { warn: "1 minute" }, "warn must be a whole number of milliseconds from 1 on"],
  ["zero", { error: 0 }, "error must be a whole number of milliseconds from 1 on"],
  [
    "a part of a millisecond",
    { error: 1.5 },
    "error must be a whole number of milliseconds from 1 on",
  ],
  ["a warning after the error", { warn: 2, error: 1 }, "warn must not be larger than error"],
])("a target of %s is refused with cube and rollup", (_what, freshness, message) => {
  const { code, details } = thrownBy(() => made(freshness));
  expect(code).toBe("InvalidDefinition");
  const issues = (details as { issues: { path: string; message: string }[] }).issues;
  const place = "inventory.rollups.totals.freshness";
  expect(issues.map((one) => `${one.path} ${one.message}`.slice(place.length + 1))).toContain(
    message,
  );
  expect(issues.every(({ path }) => path.startsWith(place))).toBe(true);
});

test.each([
  { warn: 60_000, error: 600_000 },
  { warn: 45_000 },
  { error: 45_000 },
  { warn: 60_000, error: 60_000 },
])("%o is taken", (freshness) => {
  expect(() => made(freshness)).not.toThrow();
  expect(() => defineCube({ ...whole })).not.toThrow();
});

test.each<[string, object, LimitOverrides, string]>([
  [
    "warn",
    { warn: 44_999, error: 60_000 },
    {},
    "freshness.warn is 44999 ms, and workers rest up to 45000. Say 45000 or more, or a smaller limits.fold.restMsMax.",
  ],
  [
    "error",
    { error: 1000 },
    { fold: { restMsMin: 1000, restMsMax: 2000 } },
    "freshness.error is 1000 ms, and workers rest up to 2000. Say 2000 or more, or a smaller limits.fold.restMsMax.",
  ],
  [
    "warn",
    { warn: 60_000 },
    { fold: { restMsMin: 90_000 } },
    "freshness.warn is 60000 ms, and workers rest up to 90000. Say 90000 or more, or a smaller limits.fold.restMsMin.",
  ],
  [
    "warn",
    { warn: 60_000 },
    { cost: { megabytesPerMonth: 1, slow: 1 } },
    "freshness.warn is 60000 ms, and workers rest up to 100000. Say 100000 or more, or a smaller limits.cost.slowRestMsMax.",
  ],
])(
  "a target that a rest by design would pass is refused: %s",
  (severity, freshness, limits, message) => {
    const { code, message: said, details } = thrownBy(() => made(freshness, limits));
    expect(code).toBe("InvalidDefinition");
    expect(said).toBe(`Cube "inventory": rollup "totals": ${message}`);
    expect(details).toMatchObject({
      cube: "inventory",
      rollup: "totals",
      path: `freshness.${severity}`,
    });
  },
);

test("a target of an order statistic is refused when the app is pushed, with what says its age", () => {
  const { watch } = shippedCubes;
  const seconds = { field: "durationSeconds", by: ["category"], freshness: { warn: 60_000 } };
  const cubes = { watch: { ...watch, orderStatistics: { seconds } } };
  const { code, details } = thrownBy(
    () => new Rollups(components.rollups, { schema, authorize: () => null, cubes }),
  );
  expect(code).toBe("InvalidDefinition");
  expect((details as { issues: object[] }).issues).toEqual([
    {
      path: "watch.orderStatistics.seconds.freshness",
      message:
        "is for rollups: order statistics have no targets, and health says how far each is behind (lagMs)",
    },
  ]);
});

test("a target is no part of what a rollup is", () => {
  const of = (freshness: unknown) => {
    const { tenant: _, ...cube } = cubeWith(freshness);
    return fingerprint(resolveRollup(cube as CubeDefinition, "totals", "UTC"));
  };
  expect(of({ warn: 60_000 })).toBe(of(undefined));
});

test.each([{}, { action: "alerts" }, { action: "a:b", mutation: "a:c" }, { webhook: "a:b" }])(
  "alerts as %o are refused",
  (alerts) => {
    const { code, message } = thrownBy(() => made({ warn: 60_000 }, {}, alerts as AlertOptions));
    expect(code).toBe("InvalidDefinition");
    expect(message).toContain('{ action: "alerts:notify" }');
  },
);
