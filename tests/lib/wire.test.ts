/** The wire form: a text gives the cells that its tile gives, in fewer bytes. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeTile } from "../../lib/tiles/codec.js";
import { decodeColumns } from "../../lib/tiles/decodedTile.js";
import { fromWire, toWire } from "../../lib/tiles/wire.js";
import type { TileColumns } from "../../lib/tiles/tile.js";
import { codeOf } from "./fixtures/codeOf.js";
import { anySteps, sales, zones } from "./fixtures/sales.js";
import { generationOf, play, type Generation } from "./fixtures/world.js";

function tilesOf(generation: Generation) {
  return generation.rollup.levels.flatMap((level) =>
    [...(generation.tiles.get(level.granularity) ?? [])].flatMap(([partitionStart, chunks]) =>
      [...chunks.values()].map((tile) => ({ level, partitionStart, tile })),
    ),
  );
}

describe("a tile's text", () => {
  it("gives the cells that decodeTile gives, lost extremes and all", () => {
    const seen = { tiles: 0, pending: 0, texts: 0, dictionaries: 0 };
    fc.assert(
      fc.property(
        anySteps(60),
        fc.constantFrom(...zones),
        fc.constantFrom(...Object.keys(sales.rollups)),
        fc.constantFrom(4, 512),
        (steps, zone, rollup, cellsMax) => {
          const generation = generationOf(sales, rollup, zone, cellsMax);
          const { changes } = play(sales, steps);
          const half = Math.ceil(changes.length / 2);
          generation.fold(changes.slice(0, half));
          generation.fold(changes.slice(half));
          for (const { level, partitionStart, tile } of tilesOf(generation)) {
            const text = toWire(partitionStart, tile);
            const cells = decodeTile(generation.rollup, level, partitionStart, tile);
            const [one, two] = fromWire(generation.rollup, level, `[${text},${text}]`);
            expect({ partitionStart: one!.partitionStart, cells: [...one!.cells()] }).toEqual({
              partitionStart,
              cells,
            });
            const stored = decodeColumns(generation.rollup, level, partitionStart, tile);
            expect([...stored.cells()]).toEqual(cells);
            expect(two).toEqual(one);
            const values = cells.flatMap(({ values }) => values);
            seen.tiles++;
            seen.pending += tile.pending.length;
            seen.texts += values.filter((value) => typeof value === "string").length;
            expect(values.some((value) => Object.is(value, -0))).toBe(false);
            if (text.includes('"of":')) seen.dictionaries++;
          }
        },
      ),
      { numRuns: 400 },
    );
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(5);
  });

  it("keeps whole numbers that no double holds", () => {
    const { rollup } = generationOf(sales, "totals", "UTC");
    const level = rollup.levels[0]!;
    const columns = Object.fromEntries(
      rollup.accumulators.map(({ column }) => [column, [[null, 2n ** 60n + 1n]]]),
    );
    const tile: TileColumns = {
      ...{ chunk: 0, directory: null, dimensions: {}, columns, pending: [] },
    };
    const start = Date.UTC(2012, 0, 1);
    const [decoded] = fromWire(rollup, level, `[${toWire(start, tile)}]`);
    const cells = [...decoded!.cells()];
    expect(cells).toEqual(decodeTile(rollup, level, start, tile));
    expect(cells[0]!.values[0]).toBe(2n ** 60n + 1n);
  });

  it("has no room for buckets without records, and has a repeated name once", () => {
    const generation = generationOf(sales, "byShop", "UTC");
    const doc = { tags: [], quantity: 1, price: null, weight: null };
    const docs = [1, 2, null].flatMap((size) =>
      [3, 30].map((day) => ({ ...doc, shop: "a", size, at: Date.UTC(2012, 0, day) })),
    );
    generation.fold(
      play(
        sales,
        docs.map((doc) => ({ op: "insert" as const, doc })),
      ).changes,
    );
    const [{ partitionStart, tile }] = tilesOf(generation) as [ReturnType<typeof tilesOf>[number]];
    const text = toWire(partitionStart, tile);
    expect(text.match(/"a"/g)).toHaveLength(1);
    expect(text.length).toBeLessThan(JSON.stringify(tile).length / 3);
  });

  it("is refused with CorruptTile where it is not of the rollup", () => {
    const { rollup } = generationOf(sales, "totals", "UTC");
    const level = rollup.levels[0]!;
    const other = generationOf(sales, "byShop", "UTC").rollup;
    const columns = Object.fromEntries(rollup.accumulators.map(({ column }) => [column, [[1]]]));
    const tile = { dimensions: {}, columns, pending: [] };
    const read = (of: typeof rollup, text: string) =>
      codeOf(() => fromWire(of, level, `[${text}]`));
    expect(read(other, toWire(0, tile))).toBe("CorruptTile");
    expect(read(rollup, toWire(0, { ...tile, columns: { count: [[1]] } }))).toBe("CorruptTile");
    const late = { ...tile, columns: { ...columns, count: [Array(25).fill(1)] } };
    expect(read(rollup, toWire(0, late))).toBe("CorruptTile");
    const marked = { ...tile, pending: [{ series: 0, slot: 0, column: "nothing" }] };
    expect(read(rollup, toWire(0, marked))).toBe("CorruptTile");
  });
});
