/** Finding a series' chunk by its hash: law 8 (a fold reads what it changes) and what damage does to it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeltaBatch } from "../../lib/fold/deltas.js";
import { chunksFor, foldPartition } from "../../lib/fold/foldPartition.js";
import { projectFact } from "../../lib/model/fact.js";
import { resolveRollup } from "../../lib/resolve/resolveRollup.js";
import { decodeTile } from "../../lib/tiles/codec.js";
import { chunkFor, seriesHash } from "../../lib/tiles/directory.js";
import type { TileColumns } from "../../lib/tiles/tile.js";
import { sales } from "./fixtures/sales.js";

const rollup = resolveRollup(sales, "byShop", "UTC");
const day = rollup.levels.find(({ granularity }) => granularity === "day")!;
const CELLS_MAX = 4;

/** What inserting or deleting a record of each shop does to the days of 1970's first month. */
function deltaOf(shops: readonly string[], op: "insert" | "delete" = "insert") {
  const batch = new DeltaBatch(rollup);
  shops.forEach((shop, i) => {
    const doc = { at: 0, shop, tags: [], size: 1, quantity: 1, price: 1 };
    const fact = projectFact(sales, doc);
    const base = { cube: "sales", op, docId: `f${i}`, docCreatedAt: i };
    batch.add({
      ...base,
      before: op === "insert" ? null : fact,
      after: op === "insert" ? fact : null,
    });
  });
  return batch.partitions().find(({ level }) => level.granularity === "day")!;
}

/** Chunks by number, after folding into those that `visible` lets the fold see. */
function folded(
  chunks: ReadonlyMap<number, TileColumns>,
  delta: ReturnType<typeof deltaOf>,
  visible: (chunk: number) => boolean,
): Map<number, TileColumns> {
  const given = [...chunks.values()].filter(({ chunk }) => visible(chunk));
  const { put, drop } = foldPartition(rollup, delta, given, { cellsMax: CELLS_MAX });
  const after = new Map(chunks);
  for (const number of drop) after.delete(number);
  for (const tile of put) after.set(tile.chunk, tile);
  return after;
}

const everything = () => true;
const names = (count: number) => Array.from({ length: count }, (_, i) => `shop ${i}`);

function counts(chunks: ReadonlyMap<number, TileColumns>): Record<string, number> {
  const all: Record<string, number> = {};
  const at = rollup.accumulators.findIndex(({ column }) => column === "count");
  for (const tile of chunks.values()) {
    for (const { dimensions, values } of decodeTile(rollup, day, 0, tile)) {
      const shop = String(dimensions[0]);
      all[shop] = (all[shop] ?? 0) + Number(values[at]);
    }
  }
  return all;
}

describe("the hash of a series", () => {
  it("is what it always was, since stored tiles depend on it", () => {
    expect([[], [null], ["a"], ["b"], [7], ["7"], ["Drama", 3], ["Ünï 🎬", null]].map(seriesHash))
      .toMatchInlineSnapshot(`
      [
        6405929415113739,
        1669877202635434,
        5940016076733942,
        3178165237757188,
        7914962930289535,
        5455625648797028,
        4547963555814434,
        843776370222931,
      ]
    `);
  });

  it("spreads names that differ in little evenly over its range", () => {
    const ranges = new Array<number>(16).fill(0);
    for (const name of names(16_000)) ranges[Math.floor(seriesHash([name]) / 2 ** 49)]!++;
    for (const count of ranges) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe("a fold", () => {
  const step = fc.record({
    op: fc.constantFrom("insert" as const, "delete" as const),
    picks: fc.uniqueArray(fc.nat({ max: 60 }), { minLength: 1, maxLength: 12 }),
  });

  it("that sees only the chunks it changes leaves what one that sees all does", () => {
    let largest = 0;
    let unseen = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        let some: ReadonlyMap<number, TileColumns> = new Map();
        let all: ReadonlyMap<number, TileColumns> = new Map();
        const held = new Map<string, number>();
        for (const { op, picks } of steps) {
          const shops = picks
            .map((pick) => `shop ${pick}`)
            .filter((shop) => op === "insert" || held.has(shop));
          if (shops.length === 0) continue;
          for (const shop of shops) {
            const count = (held.get(shop) ?? 0) + (op === "insert" ? 1 : -1);
            if (count === 0) held.delete(shop);
            else held.set(shop, count);
          }
          const change = deltaOf(shops, op);
          const directory = some.get(0)?.directory ?? null;
          const seen = chunksFor(directory, change.cells).add(0);
          unseen += [...some.keys()].filter((chunk) => !seen.has(chunk)).length;
          some = folded(some, change, (chunk) => seen.has(chunk));
          all = folded(all, change, everything);
          largest = Math.max(largest, some.size);
          expect(some).toEqual(all);
          expect(counts(some)).toEqual(Object.fromEntries(held));
        }
      }),
      { numRuns: 150 },
    );
    expect(largest).toBeGreaterThan(8);
    expect(unseen).toBeGreaterThan(200);
  });

  it("keeps the directory in chunk 0, and only as long as there are several", () => {
    const shops = names(40);
    const many = folded(new Map(), deltaOf(shops), everything);
    expect(many.size).toBeGreaterThan(9);
    for (const { chunk, directory } of many.values()) expect(directory !== null).toBe(chunk === 0);
    const { directory } = many.get(0)!;
    expect(directory!.from).toEqual([...directory!.from].sort((a, b) => a - b));
    expect([...directory!.chunk].sort((a, b) => a - b)).toEqual(
      [...many.keys()].sort((a, b) => a - b),
    );
    for (const [number, tile] of many) {
      for (const { dimensions } of decodeTile(rollup, day, 0, tile)) {
        expect(chunkFor(directory!, seriesHash(dimensions))).toBe(number);
      }
    }
    expect(folded(many, deltaOf(shops, "delete"), everything).size).toBe(0);
  });
});

describe("what somebody deleted by hand", () => {
  const shops = names(40);
  const whole = folded(new Map(), deltaOf(shops), everything);

  it("is missing, and no more than that, when it is any chunk but the first", () => {
    const [, gone] = [...whole.keys()];
    const damaged = new Map(whole);
    damaged.delete(gone!);
    const lost = whole.get(gone!)!.dimensions.shop! as string[];
    const after = folded(damaged, deltaOf(shops), everything);
    for (const shop of shops) expect(counts(after)[shop]).toBe(lost.includes(shop) ? 1 : 2);
  });

  it("leaves the other series findable when it is the first, which has the directory", () => {
    const damaged = new Map(whole);
    damaged.delete(0);
    const lost = whole.get(0)!.dimensions.shop! as string[];
    const after = folded(damaged, deltaOf(shops), everything);
    for (const shop of shops) expect(counts(after)[shop]).toBe(lost.includes(shop) ? 1 : 2);
    expect(after.get(0)!.directory!.chunk.length).toBe(after.size);
  });
});
