/** Laws 2 (convergence), 3 (batching) and 5 (conservation), and how tiles are chunked. */
import { finerLevel } from "../../lib/tiles/coverage.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DeltaBatch, type TouchedCells } from "../../lib/fold/deltas.js";
import { foldPartition } from "../../lib/fold/foldPartition.js";
import { repairFromCells, repairFromFiner } from "../../lib/fold/repairPartition.js";
import { isNothing, mergeStored, type State } from "../../lib/measures/accumulators.js";
import { encodeDyadic } from "../../lib/numbers/dyadic.js";
import { projectFact } from "../../lib/model/fact.js";
import type { Cell } from "../../lib/tiles/tile.js";
import { bucketStart } from "../../lib/time/calendar.js";
import { codeOf } from "./fixtures/codeOf.js";
import { anyDoc, anySteps, sales, zones } from "./fixtures/sales.js";
import { generationOf, play, type Generation } from "./fixtures/world.js";

const rollups = Object.keys(sales.rollups);

/** Counts and sums of all cells, and extremes unless they are pending. */
function known(generation: Generation, exempt?: Generation): Record<string, unknown> {
  const cells: Record<string, unknown> = {};
  for (const { granularity } of generation.rollup.levels) {
    const others = exempt?.cells(granularity);
    for (const [key, { values, pending }] of generation.cells(granularity)) {
      const hidden = pending | (others?.get(key)?.pending ?? 0);
      cells[`${granularity} ${key}`] = values.map((value, i) =>
        (hidden & (1 << i)) === 0 ? value : "pending",
      );
    }
  }
  return cells;
}

function placesOf({ level, partitionStart, cells }: TouchedCells): string[] {
  return cells.map(({ bucket, dimensions }) =>
    JSON.stringify([level.granularity, partitionStart, bucket, dimensions]),
  );
}

/** Equal for equal states: a sum of doubles can be held in more than one way. */
function plain(state: State | null): unknown {
  if (isNothing(state)) return null;
  return typeof state === "object" && state !== null && "mantissa" in state
    ? encodeDyadic(state)
    : state;
}

function byPlace(batch: DeltaBatch): Map<string, unknown> {
  return new Map(
    batch
      .partitions()
      .flatMap((partition) =>
        partition.cells.map((cell): [string, unknown] => [
          placesOf({ ...partition, cells: [cell] })[0]!,
          { ...cell, change: cell.change.map(plain) },
        ]),
      ),
  );
}

/** Repairs as the fold worker does: the finest level from the source, the others from finer ones. */
function repair(generation: Generation, fresh: Generation): void {
  const { rollup } = generation;
  for (const level of rollup.levels) {
    const finer = finerLevel(rollup, level);
    for (const [partitionStart, chunks] of generation.tiles.get(level.granularity) ?? []) {
      const list = [...chunks.values()];
      const put =
        finer === null
          ? repairFromCells(rollup, level, partitionStart, list, [
              ...fresh.cells(level.granularity).values(),
            ])
          : repairFromFiner(
              rollup,
              level,
              partitionStart,
              list,
              [...generation.cells(finer.granularity).values()].filter(
                ({ bucket }) =>
                  bucketStart(level.partition, rollup.timezone, bucket) === partitionStart,
              ),
            );
      for (const tile of put) chunks.set(tile.chunk, tile);
    }
  }
}

describe("folding", () => {
  it("gives the same cells however the changes are split into batches", () => {
    let pending = 0;
    fc.assert(
      fc.property(
        anySteps(40),
        fc.constantFrom(...rollups),
        fc.constantFrom(...zones),
        fc.array(fc.nat({ max: 40 }), { maxLength: 6 }),
        (steps, rollup, zone, cuts) => {
          const { changes } = play(sales, steps);
          const whole = generationOf(sales, rollup, zone, 4);
          const split = generationOf(sales, rollup, zone, 4);
          whole.fold(changes);
          let from = 0;
          for (const to of [...cuts.sort((a, b) => a - b), changes.length]) {
            split.fold(changes.slice(from, to));
            from = Math.max(from, to);
          }
          expect(known(split, whole)).toEqual(known(whole, split));
          for (const { granularity } of split.rollup.levels) {
            for (const cell of split.cells(granularity).values()) pending += cell.pending;
          }
        },
      ),
      { numRuns: 250 },
    );
    expect(pending).toBeGreaterThan(0);
  });

  it("gives the same cells as a fresh build, a pending extreme being a bound of the true one", () => {
    fc.assert(
      fc.property(
        anySteps(60),
        fc.constantFrom(...rollups),
        fc.constantFrom(...zones),
        fc.integer({ min: 1, max: 9 }),
        (steps, rollup, zone, size) => {
          const { changes, facts } = play(sales, steps);
          const folded = generationOf(sales, rollup, zone, 4);
          for (let i = 0; i < changes.length; i += size) folded.fold(changes.slice(i, i + size));
          const fresh = freshBuild(rollup, zone, facts);
          expect(known(folded)).toEqual(known(fresh, folded));
          for (const { granularity } of folded.rollup.levels) {
            const truth = fresh.cells(granularity);
            for (const [key, cell] of folded.cells(granularity)) {
              expect(isBounded(folded, cell, truth.get(key)!), key).toBe(true);
            }
          }
          repair(folded, fresh);
          expect(known(folded)).toEqual(known(fresh));
        },
      ),
      { numRuns: 250 },
    );
  });

  it("keeps every coarse cell equal to the merge of the fine cells it covers", () => {
    fc.assert(
      fc.property(
        anySteps(40),
        fc.constantFrom(...rollups),
        fc.constantFrom(...zones),
        (steps, rollup, zone) => {
          const { facts } = play(sales, steps);
          const generation = freshBuild(rollup, zone, facts);
          for (const level of generation.rollup.levels) {
            const finer = finerLevel(generation.rollup, level);
            if (finer === null) continue;
            const merged = new Map<string, Cell["values"]>();
            for (const { bucket, dimensions, values } of generation
              .cells(finer.granularity)
              .values()) {
              const start = bucketStart(level.granularity, zone, bucket);
              const key = JSON.stringify([start, dimensions]);
              const before = merged.get(key);
              merged.set(
                key,
                generation.rollup.accumulators.map(({ kind }, i) =>
                  before === undefined ? values[i]! : mergeStored(kind, before[i]!, values[i]!),
                ),
              );
            }
            const coarse = [...generation.cells(level.granularity)];
            expect(new Map(coarse.map(([key, { values }]) => [key, values]))).toEqual(merged);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("leaves nothing behind when everything is deleted", () => {
    fc.assert(
      fc.property(anySteps(30), fc.constantFrom(...rollups), (steps, rollup) => {
        const { changes, facts } = play(sales, steps);
        const generation = generationOf(sales, rollup, "UTC", 4);
        generation.fold(changes);
        generation.fold(facts.map((before, i) => removal(before, i)));
        for (const partitions of generation.tiles.values()) {
          for (const chunks of partitions.values()) expect(chunks.size).toBe(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("refuses to remove what is not there", () => {
    fc.assert(
      fc.property(anyDoc, anyDoc, (doc, other) => {
        const generation = generationOf(sales, "totals", "UTC");
        const [fact, otherFact] = [projectFact(sales, doc), projectFact(sales, other)];
        expect(codeOf(() => generation.fold([removal(fact, 0)]))).toBe("NegativeCount");
        generation.fold([insertion(otherFact, 1)]);
        const apart =
          bucketStart("hour", "UTC", doc.at as number) !==
          bucketStart("hour", "UTC", other.at as number);
        if (apart) expect(codeOf(() => generation.fold([removal(fact, 0)]))).toBe("NegativeCount");
      }),
    );
  });

  it("refuses an update of a record that no cell holds, and statistics that contradict each other", () => {
    const doc = { at: 0, shop: "a", tags: [], size: 1, quantity: 2, price: 1 };
    const before = projectFact(sales, doc);
    const after = projectFact(sales, { ...doc, quantity: 3 });
    const change = { ...insertion(after, 0), op: "update" as const, before };
    const generation = generationOf(sales, "totals", "UTC");
    expect(codeOf(() => generation.fold([change]))).toBe("InconsistentCell");
    generation.fold([insertion(before, 0)]);
    expect(codeOf(() => generation.fold([removal(after, 0)]))).toBe("InconsistentCell");
  });
});

describe("a batch", () => {
  it("touches no partition where it undoes itself", () => {
    const fact = projectFact(sales, {
      at: 0,
      shop: "a",
      tags: ["x"],
      size: 1,
      quantity: 1,
      price: 1,
    });
    const batch = new DeltaBatch(generationOf(sales, "byShop", "UTC").rollup);
    for (const change of [insertion(fact, 0), removal(fact, 0)]) batch.add(change);
    expect(batch.partitions()).toEqual([]);
    batch.add({ ...insertion(fact, 1), cube: "another" });
    expect(batch.partitions()).toEqual([]);
  });
});

describe("a batch that is collected in bites", () => {
  it("names each cell that it touches once, and holds what a batch of the kept bites holds", () => {
    fc.assert(
      fc.property(anySteps(40), fc.integer({ min: 1, max: 7 }), fc.nat(3), (steps, size, kept) => {
        const { changes } = play(sales, steps);
        for (const name of rollups) {
          const { rollup } = generationOf(sales, name, "UTC");
          const batch = new DeltaBatch(rollup);
          const whole = new DeltaBatch(rollup);
          const touched: string[] = [];
          for (let i = 0; i < changes.length; i += size) {
            const bite = changes.slice(i, i + size);
            for (const change of bite) batch.add(change);
            touched.push(...batch.takeTouched().flatMap(placesOf));
            if (i % 4 === kept) for (const change of bite) batch.undo(change);
            else for (const change of bite) whole.add(change);
          }
          expect(new Set(touched).size).toBe(touched.length);
          expect(byPlace(batch)).toEqual(byPlace(whole));
          expect(touched).toEqual(expect.arrayContaining([...byPlace(whole).keys()]));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("a change that cannot be folded", () => {
  it("leaves its batch as it was", () => {
    const good = projectFact(sales, { at: 0, shop: "a", tags: [], size: 1, quantity: 1, price: 1 });
    const batch = new DeltaBatch(generationOf(sales, "byShop", "UTC").rollup);
    batch.add(insertion(good, 0));
    const before = structuredClone(batch.partitions());
    for (const [at, code] of [
      [null, "InvalidFact"],
      [1e15, "TimeOutOfRange"],
    ] as const) {
      const bad = { ...good, at };
      const change = { ...insertion(bad, 1), op: "update" as const, before: good };
      expect(codeOf(() => batch.add(change))).toBe(code);
      expect(batch.partitions()).toEqual(before);
    }
  });
});

describe("chunks", () => {
  it("keep a series in one place until they are split, and are never larger than they may be", () => {
    fc.assert(
      fc.property(anySteps(60), fc.integer({ min: 1, max: 9 }), (steps, size) => {
        const { changes } = play(sales, steps);
        const generation = generationOf(sales, "byShop", "UTC", 4);
        for (let i = 0; i < changes.length; i += size) {
          const before = homes(generation);
          generation.fold(changes.slice(i, i + size));
          const numbers = new Set(before.values());
          for (const [series, chunk] of homes(generation)) {
            const was = before.get(series);
            // A series moves only when its chunk is split, and then to a new one.
            if (was !== undefined && was !== chunk) expect(numbers.has(chunk)).toBe(false);
          }
          for (const partitions of generation.tiles.values()) {
            for (const chunks of partitions.values()) {
              for (const tile of chunks.values()) {
                const cells = tile.columns.count!.map(
                  (slots) => slots.filter((slot) => slot !== null).length,
                );
                expect(Math.min(...cells)).toBeGreaterThan(0);
                const total = cells.reduce((a, b) => a + b, 0);
                if (cells.length > 1) expect(total).toBeLessThanOrEqual(4);
                for (const slots of tile.columns.count!) expect(slots.at(-1)).not.toBe(null);
              }
            }
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it("are written only where something changed", () => {
    const facts = Array.from({ length: 12 }, (_, i) =>
      projectFact(sales, { at: 0, shop: `s${i}`, tags: [], size: 1, quantity: 1, price: 1 }),
    );
    const generation = freshBuild("byShop", "UTC", facts);
    const chunks = [...generation.chunks("day", 0).values()];
    expect(chunks.length).toBeGreaterThan(2);
    const batch = new DeltaBatch(generation.rollup);
    batch.add(insertion(facts[3]!, 99));
    const day = batch.partitions().find(({ level }) => level.granularity === "day")!;
    const untouched = structuredClone(chunks);
    const { put, drop } = foldPartition(generation.rollup, day, chunks, { cellsMax: 4 });
    const home = chunks.find(({ dimensions }) => dimensions.shop!.includes("s3"))!;
    expect(put.map(({ chunk }) => chunk)).toEqual([home.chunk]);
    expect(drop).toEqual([]);
    expect(chunks).toEqual(untouched);
  });

  it("sort their series by dimension values, nulls first", () => {
    const shops = ["b", null, "a", "B"];
    const facts = shops.map((shop) =>
      projectFact(sales, { at: 0, shop, tags: [], size: null, quantity: 1, price: 1 }),
    );
    const generation = generationOf(sales, "byShop", "UTC");
    generation.fold(facts.map(insertion));
    const [chunk] = [...generation.chunks("day", 0).values()];
    expect(chunk!.dimensions.shop).toEqual([null, "B", "a", "b"]);
  });
});

function freshBuild(
  rollup: string,
  zone: string,
  facts: readonly ReturnType<typeof projectFact>[],
) {
  const generation = generationOf(sales, rollup, zone, 4);
  generation.fold(facts.map(insertion));
  return generation;
}

function insertion(after: ReturnType<typeof projectFact>, i: number) {
  return {
    cube: "sales",
    op: "insert" as const,
    docId: `f${i}`,
    docCreatedAt: i,
    before: null,
    after,
  };
}

function removal(before: ReturnType<typeof projectFact>, i: number) {
  return { ...insertion(before, i), op: "delete" as const, before, after: null };
}

function isBounded({ rollup }: Generation, cell: Cell, truth: Cell): boolean {
  return rollup.accumulators.every(({ kind }, i) => {
    if ((cell.pending & (1 << i)) === 0) return true;
    const [bound, value] = [cell.values[i]!, truth.values[i]!];
    return kind === "min" ? bound <= value : bound >= value;
  });
}

/** Series → chunk number, over all partitions. */
function homes(generation: Generation): Map<string, string> {
  const found = new Map<string, string>();
  for (const [level, partitions] of generation.tiles) {
    for (const [partition, chunks] of partitions) {
      for (const { chunk, dimensions } of chunks.values()) {
        dimensions.shop!.forEach((shop, i) => {
          const series = JSON.stringify([level, partition, shop, dimensions.size![i]]);
          expect(found.has(series)).toBe(false);
          found.set(series, `${level} ${partition} ${chunk}`);
        });
      }
    }
  }
  return found;
}

describe("an extreme", () => {
  /** The lowest price of one cell after each batch of prices in (+) and out (−): value, then ? if pending. */
  function lowest(...batches: (readonly [sign: "+" | "-", price: number | null])[][]): string[] {
    const generation = generationOf(sales, "totals", "UTC");
    const column = generation.rollup.accumulators.findIndex(({ column }) => column === "min_price");
    return batches.map((batch) => {
      generation.fold(
        batch.map(([sign, price], i) => {
          const fact = projectFact(sales, {
            at: 0,
            shop: "a",
            tags: [],
            size: 1,
            quantity: 1,
            price,
          });
          return sign === "+" ? insertion(fact, i) : removal(fact, i);
        }),
      );
      const [cell] = [...generation.cells("hour").values()];
      if (cell === undefined) return "none";
      return `${cell.values[column]}${(cell.pending & (1 << column)) === 0 ? "" : "?"}`;
    });
  }

  it("is pending once it is removed, whether or not others held the same value", () => {
    expect(
      lowest(
        [
          ["+", 1],
          ["+", 2],
        ],
        [["-", 1]],
      ),
    ).toEqual(["100", "100?"]);
    expect(
      lowest(
        [
          ["+", 1],
          ["+", 1],
        ],
        [["-", 1]],
      ),
    ).toEqual(["100", "100?"]);
    expect(
      lowest(
        [
          ["+", 1],
          ["+", 2],
        ],
        [["-", 2]],
      ),
    ).toEqual(["100", "100"]);
  });

  it("is known again once something at least as extreme is added", () => {
    const lost = [
      ["+", 1],
      ["+", 2],
    ] as const;
    expect(lowest([...lost], [["-", 1]], [["+", 1.5]], [["+", 0.5]])).toEqual([
      ...["100", "100?", "100?", "50"],
    ]);
    expect(lowest([...lost], [["-", 1]], [["+", 1]])).toEqual(["100", "100?", "100"]);
    expect(
      lowest(
        [...lost],
        [
          ["-", 1],
          ["+", 0.5],
        ],
      ),
    ).toEqual(["100", "50"]);
    expect(
      lowest(
        [...lost],
        [
          ["-", 1],
          ["+", 1],
        ],
      ),
    ).toEqual(["100", "100"]);
    expect(
      lowest(
        [...lost],
        [
          ["+", 0.5],
          ["-", 0.5],
        ],
      ),
    ).toEqual(["100", "100"]);
  });

  it("is gone, not pending, once its cell holds no value or no record any more", () => {
    expect(
      lowest(
        [
          ["+", 1],
          ["+", null],
        ],
        [["-", 1]],
      ),
    ).toEqual(["100", "null"]);
    expect(
      lowest(
        [
          ["+", 1],
          ["+", 2],
        ],
        [["-", 1]],
        [["-", 2]],
        [["+", 3]],
      ),
    ).toEqual([...["100", "100?", "none", "300"]]);
  });
});
