/** History taken from another rollup's cells: which may give it, and that it is exact (law 5, across rollups). */
import { describe, expect, test } from "vitest";
import { derivedPart } from "../../lib/fold/backfill.js";
import type { Change } from "../../lib/fold/change.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import {
  derivableBefore,
  derivedCells,
  toldStretches,
  type CoveredRollup,
} from "../../lib/fold/derivation.js";
import { projectFact } from "../../lib/model/fact.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import type { StoredRollup } from "../../lib/model/rollup.js";
import type { Coverage } from "../../lib/tiles/coverage.js";
import { placeKey, trueCells } from "../../lib/verification/trueCells.js";
import { sales } from "./fixtures/sales.js";

const stored = sales.rollups.byTag;
const variant = (change: Partial<CubeDefinition["rollups"][string]>, zone = "Europe/Berlin") => {
  const rollups = { wanted: { ...stored, ...change } };
  return resolveRollup({ ...sales, rollups } as CubeDefinition, "wanted", zone);
};
const source = resolveRollup(sales, "byTag", "Europe/Berlin");

const whole = (definition: StoredRollup): CoveredRollup => ({ definition, coverage: [] });
const isDerivable = (wanted: StoredRollup, stored: StoredRollup) =>
  derivableBefore(whole(wanted), whole(stored), Date.UTC(2024, 3, 10, 22)) !== null;

describe("a rollup can be derived", () => {
  test.each([
    ["the same", {}, true],
    ["fewer dimensions", { dimensions: ["tag"], measures: ["count", "quantity", "gifts"] }, true],
    ["fewer measures", { measures: ["lowest", "count"] }, true],
    ["coarser levels", { levels: { week: "week", month: "year" } }, true],
    ["other partitions", { levels: { hour: "month", day: "year" } }, true],
    ["a dimension more", { dimensions: ["tag", "shop", "size"] }, false],
    ["a multi-valued dimension less", { dimensions: ["shop"], measures: ["count"] }, false],
    ["a statistic more", { measures: ["count", "highest"] }, false],
    ["a filter more", { measures: ["count", "nightly"] }, false],
  ] as const)("with %s: %s", (_name, change, expected) => {
    expect(isDerivable(variant(change), source)).toBe(expected);
  });

  test("never in another zone, of another cube, or from coarser buckets", () => {
    expect(isDerivable(variant({}, "UTC"), source)).toBe(false);
    expect(isDerivable({ ...variant({}), cube: "visits" }, source)).toBe(false);
    const days = variant({ levels: { day: "month" } });
    expect(isDerivable(variant({ levels: { hour: "day" } }), days)).toBe(false);
    const weeks = variant({ levels: { week: "week" } });
    expect(isDerivable(variant({ levels: { month: "year" } }), weeks)).toBe(false);
    expect(isDerivable(days, variant({ levels: { hour: "day" } }))).toBe(true);
  });
});

describe("where levels are kept for a limited time", () => {
  const zone = "UTC";
  const of = (levels: object, ...limits: [string, number][]): CoveredRollup => ({
    definition: variant({ levels }, zone),
    coverage: limits.map(([granularity, from]) => ({
      granularity,
      servedFrom: from,
      storedFrom: from,
    })) as Coverage,
  });
  const month = (n: number) => Date.UTC(2024, n, 1);
  const levels = { hour: "day", day: "month", month: "year" };
  const sourceFrom = Date.UTC(2024, 5, 10, 7);
  const day = Date.UTC(2024, 5, 11);

  test("each time is told by the finest level that is there, from a whole bucket on", () => {
    const told = (stored: CoveredRollup, before: number) =>
      toldStretches(stored, before)?.map(({ level, from, to }) => [level.granularity, from, to]);
    expect(told(of(levels), day)).toEqual([["hour", -Infinity, day]]);
    // Hours begin within a month, of which the bucket is whole in months only.
    expect(told(of(levels, ["hour", month(1) + 5], ["day", month(1)]), day)).toEqual([
      ["month", -Infinity, month(1)],
      ["day", month(1), month(1) + 86_400_000],
      ["hour", month(1) + 86_400_000, day],
    ]);
    expect(told(of({ hour: "day", month: "year" }, ["hour", month(1) + 5]), day)).toEqual([
      ["month", -Infinity, month(2)],
      ["hour", month(2), day],
    ]);
    // Weeks do not begin with months.
    expect(told(of({ week: "week", month: "year" }, ["week", month(1)]), day)).toBe(undefined);
    expect(told(of(levels, ["hour", day], ["day", day]), day)).toBe(undefined);
    expect(told(of(levels, ["hour", 0], ["day", 0], ["month", 0]), day)).toBe(undefined);
  });

  test("history is taken where every cell that is stored is a merge of stored ones", () => {
    const source = of(levels, ["hour", month(3)]);
    expect(derivableBefore(of(levels), source, sourceFrom)).toBe(null);
    expect(derivableBefore(of(levels, ["hour", month(2)]), source, sourceFrom)).toBe(null);
    const hour = Date.UTC(2024, 5, 10, 7);
    expect(derivableBefore(of(levels, ["hour", month(3)]), source, sourceFrom)).toBe(hour);
    expect(derivableBefore(of({ day: "year" }), source, sourceFrom)).toBe(hour);
    // Hours that are in the records are asked of nobody.
    const days = of({ day: "month" });
    expect(derivableBefore(of(levels, ["hour", month(6)]), days, sourceFrom)).toBe(day);
    expect(derivableBefore(of(levels, ["hour", month(5)]), days, sourceFrom)).toBe(null);
    // Of what is kept for a time after the boundary only, coarser buckets tell both sides of it.
    const late = of(levels, ["hour", month(8)], ["day", month(8)]);
    expect(derivableBefore(of({ month: "year" }), late, sourceFrom)).toBe(month(6));
    expect(derivableBefore(of({ day: "year" }), late, sourceFrom)).toBe(null);
  });
});

test("derived cells are those of the facts themselves", () => {
  const facts = Array.from({ length: 400 }, (_, i) =>
    projectFact(sales, {
      at: Date.UTC(2024, 2, 20) + i * 3_599_999 * 1.7,
      shop: ["a", "b", null][i % 3],
      tags: [["x"], ["x", "y"], [], ["y", "gift"]][i % 4],
      size: i % 5,
      quantity: (i % 9) - 4,
      price: i % 6 === 0 ? null : (i % 23) / 4,
    }),
  );
  for (const change of [
    { dimensions: ["tag"], measures: ["count", "quantity", "amount", "lowest", "gifts"] },
    { levels: { day: "week", week: "month", month: "year" } as const },
  ].map((one) => ({ ...one }))) {
    const wanted = variant(change as Partial<CubeDefinition["rollups"][string]>);
    const finest = [...trueCells(source, source.levels[0]!, facts).values()];
    for (const level of wanted.levels) {
      const derived = derivedCells(wanted, level, source, finest);
      const truth = trueCells(wanted, level, facts);
      expect(derived.length).toBe(truth.size);
      for (const cell of derived) expect(cell).toEqual(truth.get(placeKey(cell)));
    }
  }
});

test("a cell is pending in what one of its parts is pending in", () => {
  const wanted = variant({ dimensions: ["tag"], measures: ["count", "lowest"] });
  const index = source.accumulators.findIndex(({ kind }) => kind === "min");
  const at = wanted.accumulators.findIndex(({ kind }) => kind === "min");
  const cell = (shop: string, pending: number) => ({
    dimensions: ["x", shop],
    bucket: Date.UTC(2024, 0, 1),
    values: source.accumulators.map(() => 1),
    pending,
  });
  const [only, ...more] = derivedCells(wanted, wanted.levels[0]!, source, [
    cell("a", 0),
    cell("b", 1 << index),
  ]);
  expect(more).toEqual([]);
  expect(only?.pending).toBe(1 << at);
});

describe("a change of a generation that is being derived", () => {
  const fact = (at: number) => ({ at, shop: "a" });
  const change = (before: number | null, after: number | null): Change => ({
    ...{ cube: "sales", op: "update", docId: "1", docCreatedAt: 1 },
    before: before === null ? null : fact(before),
    after: after === null ? null : fact(after),
  });
  const part = (
    before: number | null,
    after: number | null,
    to: number | null,
    applies: boolean,
  ) => {
    const counted = derivedPart(change(before, after), "at", { before: 100, to }, applies);
    return counted && [counted.before?.at ?? null, counted.after?.at ?? null];
  };

  test("counts by the time of each of its sides", () => {
    // Nothing derived, the page has not come: everything is still to be brought.
    expect(part(10, 150, null, false)).toBe(null);
    // The record was read, or will be by none: what is later counts.
    expect(part(10, 150, null, true)).toEqual([null, 150]);
    expect(part(150, 10, null, true)).toEqual([150, null]);
    expect(part(100, 100, null, true)).toEqual([100, 100]);
    // Derived up to 50: what lies before counts, whatever pages have come.
    expect(part(10, 150, 50, false)).toEqual([10, null]);
    expect(part(10, 60, 50, true)).toEqual([10, null]);
    expect(part(50, 49, 50, false)).toEqual([null, 49]);
    expect(part(60, null, 50, true)).toBe(null);
    expect(part(99, 100, 100, true)).toEqual([99, 100]);
  });
});
