/** History taken from another rollup's cells: which may give it, and that it is exact (law 5, across rollups). */
import { describe, expect, test } from "vitest";
import { derivedPart } from "../../lib/fold/backfill";
import type { Change } from "../../lib/fold/change";
import type { CubeDefinition } from "../../lib/model/cube";
import { derivedCells, isDerivable } from "../../lib/model/derivation";
import { projectFact } from "../../lib/model/fact";
import { resolveRollup } from "../../lib/model/resolveRollup";
import { placeKey, trueCells } from "../../lib/verification/trueCells";
import { sales } from "./fixtures/sales";

const stored = sales.rollups.byTag;
const variant = (change: Partial<CubeDefinition["rollups"][string]>, zone = "Europe/Berlin") => {
  const rollups = { wanted: { ...stored, ...change } };
  return resolveRollup({ ...sales, rollups } as CubeDefinition, "wanted", zone);
};
const source = resolveRollup(sales, "byTag", "Europe/Berlin");

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
