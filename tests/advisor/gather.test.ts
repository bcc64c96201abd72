/** What a deployment answers, as the subject of advice. */
import { expect, test } from "vitest";
import { countFor, subjectOf } from "../../lib/advisor/gather.js";
import { watch } from "../../convex/cubes.js";
import { servingOf } from "./counted.js";

const standing = {
  ...{ cube: watch, timezone: "UTC", zones: [], sourceFrom: null, stateBytes: 800 },
};

test("rollups that are declared and not built yet count as if they served", () => {
  const [first, ...others] = servingOf(watch);
  const candidates = others.map(({ rollup }) => ({
    rollup,
    generation: 3,
    status: "ready" as const,
  }));
  const { serving } = subjectOf({ ...standing, candidates }, []);
  expect(serving.map(({ name }) => name)).toEqual(Object.keys(watch.rollups));
  expect(serving.map(({ generation }) => generation)).toEqual([0, ...others.map(() => 3)]);
  expect(serving[0]!.rollup).toEqual(first!.rollup);
});

test("a rollup whose definition has changed counts as the new one, whatever serves in its place", () => {
  const [first] = servingOf(watch);
  const { rollup } = first!;
  const former = { ...rollup, levels: rollup.levels.slice(0, 1) };
  const candidates = [{ rollup: former, generation: 1, status: "ready" as const }];
  const { serving } = subjectOf({ ...standing, candidates }, []);
  expect(serving[0]).toMatchObject({ generation: 0, rollup: { levels: rollup.levels } });
});

test("records that nothing has counted are looked at from the oldest on, and lie so", async () => {
  const subject = { ...subjectOf({ ...standing, candidates: [] }, []), serving: [] };
  const page = (first: number) => ({
    ...{
      levels: [],
      records: 100,
      bytes: 1000,
      first,
      last: first + 90,
      next: { t: first + 100, at: null },
    },
  });
  let t = 0;
  const ask = async (name: string) =>
    (name === "sample" ? page((t += 100) - 100) : { folds: 0, spanMs: 1, touched: [] }) as never;
  const { sampled, span } = await countFor(ask, { ...standing, candidates: [] }, subject, {
    ...{ most: 200, now: 1900 },
  });
  expect({ sampled, records: span.records }).toEqual({ sampled: 200, records: 2000 });
  expect(span.shares).toEqual([
    { t: 0, share: 0 },
    { t: 100, share: 0.05 },
    { t: 190, share: 0.1 },
  ]);
});
