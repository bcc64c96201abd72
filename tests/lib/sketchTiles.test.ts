/** Tiles with texts in their slots: how they are split, what is refused, and how a wrong one is restored. */
import { finerLevel } from "../../lib/tiles/coverage.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change } from "../../lib/fold/change.js";
import { DeltaBatch } from "../../lib/fold/deltas.js";
import { foldPartition } from "../../lib/fold/foldPartition.js";
import type { CubeDefinition } from "../../lib/model/cube.js";
import { projectFact } from "../../lib/model/fact.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import type { Level } from "../../lib/model/rollup.js";
import { charactersOf } from "../../lib/tiles/codec.js";
import type { Cell, Statistic, TileColumns } from "../../lib/tiles/tile.js";
import { bucketStart } from "../../lib/time/calendar.js";
import { BucketSums } from "../../lib/verification/bucketSums.js";
import { mergeInto } from "../../lib/verification/mergeInto.js";
import { replaceBucket } from "../../lib/verification/replaceBucket.js";
import { trueCells } from "../../lib/verification/trueCells.js";
import { codeOf, errorOf } from "./fixtures/codeOf.js";
import { differing } from "./fixtures/differing.js";
import { anySteps, sales } from "./fixtures/sales.js";
import { generationOf, play } from "./fixtures/world.js";

const cube = {
  ...(sales as CubeDefinition),
  rollups: {
    sizes: {
      dimensions: ["shop"],
      measures: ["count", "sizesSeen", "medianPrice", "weight"],
      levels: { day: "month" },
    },
  },
  measures: {
    ...sales.measures,
    sizesSeen: { type: "countDistinctApprox", dimension: "size" },
  },
} as const satisfies CubeDefinition;

const rollup = resolveRollup(cube, "sizes", "UTC");
const [level] = rollup.levels;

const insertion = (i: number, shop: string, day = 1): Change => ({
  ...{ cube: "sales", op: "insert", docId: `f${i}`, docCreatedAt: i, before: null },
  after: projectFact(cube, {
    ...{ at: Date.UTC(2012, 0, day), shop, tags: [], size: i, quantity: 1 },
    ...{ price: i / 100, weight: 0.1 },
  }),
});
const removal = ({ after, ...change }: Change): Change => ({
  ...change,
  op: "delete",
  before: after,
  after: null,
});

/** The partition of January 2012 after some changes. */
function fold(
  changes: readonly Change[],
  chunks: readonly TileColumns[] = [],
  limits?: Parameters<typeof foldPartition>[3],
): TileColumns[] {
  const batch = new DeltaBatch(rollup);
  for (const change of changes) batch.add(change);
  const [delta] = batch.partitions();
  const { put, drop } = foldPartition(rollup, delta!, chunks, limits);
  const changed = new Set([...drop, ...put.map(({ chunk }) => chunk)]);
  return [...chunks.filter(({ chunk }) => !changed.has(chunk)), ...put];
}

const lengthOf = ({ columns }: TileColumns) =>
  Object.values(columns)
    .flat()
    .reduce((sum, slots) => sum + charactersOf(slots), 0);

describe("a chunk", () => {
  it("is split when its sketches grow, as it is when its cells do", () => {
    const shops = Array.from({ length: 16 }, (_, i) => `shop ${i}`);
    const few = fold(shops.map((shop, i) => insertion(i, shop)));
    expect(few).toHaveLength(1);
    const many = shops.flatMap((shop, s) =>
      Array.from({ length: 400 }, (_, i) => insertion(s * 1000 + i + 1, shop)),
    );
    const chunks = fold(many, few);
    expect(chunks.length).toBeGreaterThan(1);
    for (const tile of chunks) expect(lengthOf(tile)).toBeLessThan(128 * 64);
  });

  it("of one series that no document could hold is refused by name, and nothing is written", () => {
    const changes = Array.from({ length: 300 }, (_, i) => insertion(i + 1, "a"));
    const chunks = fold(changes.slice(0, 100), [], { seriesMax: 8 });
    const error = errorOf(() => fold(changes.slice(100), chunks, { seriesMax: 8 }));
    expect(error?.code).toBe("TileTooLarge");
    expect(error?.message).toContain("sales.sizes");
    expect(fold(changes.slice(100), chunks, { seriesMax: 80 })).toHaveLength(1);
    // Two series can be kept apart.
    const apart = changes.slice(100, 150).map((_, i) => insertion(i + 1000, "b"));
    expect(fold(apart, chunks, { cellsMax: 6, seriesMax: 6 })).toHaveLength(2);
    expect(codeOf(() => fold(apart, chunks, { seriesMax: 6 }))).toBe("TileTooLarge");
  });

  it("keeps the texts of series that a fold does not touch as they are", () => {
    const before = fold([insertion(1, "a"), insertion(2, "b")]);
    const [after] = fold([insertion(3, "b")], before);
    expect(after!.columns.hll_size![0]).toBe(before[0]!.columns.hll_size![0]);
    expect(after!.columns.hll_size![1]).not.toEqual(before[0]!.columns.hll_size![1]);
  });
});

describe("a sketch in a cell", () => {
  it("refuses to lose what it does not hold", () => {
    const chunks = fold([insertion(1, "a"), insertion(2, "a")]);
    expect(codeOf(() => fold([removal(insertion(3, "a"))], chunks))).toBe("InconsistentCell");
    const left = fold([removal(insertion(2, "a"))], chunks);
    expect(left).toEqual(fold([insertion(1, "a")]));
  });

  it("that cannot be read is refused with its place, and restored from the truth", () => {
    const facts = [1, 2, 3].map((i) => insertion(i, "a"));
    const chunks = fold(facts);
    const bucket = Date.UTC(2012, 0, 1);
    for (const [column, text] of [
      ["hll_size", "no sketch"],
      ["ddSketch_price", 17],
      ["floatSum_weight", "0.3"],
      ["count", "many"],
    ] as const) {
      const broken = structuredClone(chunks);
      broken[0]!.columns[column]![0]![0] = text;
      const error = errorOf(() => fold([insertion(4, "a")], broken));
      expect([error?.code, error?.details.bucket]).toEqual(["InconsistentCell", bucket]);
      const truth = trueCells(
        rollup,
        level!,
        facts.map(({ after }) => after!),
      );
      const { put } = replaceBucket(rollup, level!, bucket, broken, bucket, truth);
      expect(put).toEqual(chunks);
    }
  });

  it("of a superfluous cell goes with it, whatever it says", () => {
    const broken = fold([insertion(1, "a"), insertion(2, "b", 2)]);
    broken[0]!.columns.hll_size![0]![0] = "*";
    const bucket = Date.UTC(2012, 0, 1);
    const { put } = replaceBucket(rollup, level!, bucket, broken, bucket, new Map());
    expect(put).toEqual(fold([insertion(2, "b", 2)]));
  });
});

describe("cells of a coarser level", () => {
  it("are compared with the merge of finer ones, character by character", () => {
    fc.assert(
      fc.property(anySteps(40), fc.constantFrom("totals", "byShop", "byTag"), (steps, name) => {
        const generation = generationOf(sales, name, "UTC", 4);
        const { facts } = play(sales, steps);
        generation.fold(
          facts.map((after, i) => ({
            ...{ cube: "sales", op: "insert", docId: `${i}`, docCreatedAt: i, before: null },
            after,
          })),
        );
        for (const coarse of generation.rollup.levels) {
          const finer = finerLevel(generation.rollup, coarse);
          if (finer === null) continue;
          const { granularity } = coarse;
          const stored = [...generation.cells(granularity).values()];
          const fine = [...generation.cells(finer.granularity).values()];
          const truth = new BucketSums(generation.rollup, coarse);
          for (const cell of fine) truth.addCell(cell);
          const differ = (cells: Iterable<Cell>) =>
            differing(generation.rollup, coarse, truth, cells);
          expect(differ(stored)).toEqual([]);
          expect(differ(mergeInto(generation.rollup, granularity, fine).values())).toEqual([]);
          const sketch = generation.rollup.accumulators.findIndex(({ kind }) => kind === "hll");
          const first = stored.find(({ values }) => values[sketch] != null);
          if (first === undefined) continue;
          const values = first.values.map((value, i) => (i === sketch ? `${value}1` : value));
          const wrong = stored.map((cell) => (cell === first ? { ...cell, values } : cell));
          expect(differ(wrong)).toEqual([bucketStart(granularity, "UTC", first.bucket)]);
        }
      }),
      { numRuns: 100 },
    );
  });

  const totals = resolveRollup(sales, "totals", "UTC");
  const cellOf = (bucket: number, value: Statistic) => ({
    ...{ dimensions: [], bucket, pending: 0 },
    values: totals.accumulators.map(({ kind }) => (kind === "count" ? value : null)),
  });

  it("differ from them where a hand wrote what is no number, and not by how an integer is written", () => {
    const [hour] = totals.levels as [Level];
    const truth = new BucketSums(totals, hour);
    truth.addCell(cellOf(0, 5));
    expect(differing(totals, hour, truth, [cellOf(0, 5n)])).toEqual([]);
    expect(differing(totals, hour, truth, [cellOf(0, Number.NaN)])).toEqual([0]);
  });

  it("are refused with the place of a finer one that cannot be read", () => {
    const [day, next] = [Date.UTC(2012, 0, 1), Date.UTC(2012, 0, 2)];
    for (const value of ["5", 1.5, Number.NaN]) {
      const error = errorOf(() =>
        mergeInto(totals, "month", [cellOf(day, 5), cellOf(next, value)]),
      );
      expect(error).toMatchObject({ code: "CorruptTile", details: { bucket: next } });
    }
  });
});
