/**
 * What verification compares by: checksums that stand for cells, and the gate of a window that is read in
 * pieces while others write.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change } from "../../lib/fold/change.js";
import { projectFact } from "../../lib/model/fact.js";
import { finerLevel } from "../../lib/tiles/coverage.js";
import type { Fact } from "../../lib/model/cube.js";
import type { Level, StoredRollup } from "../../lib/model/rollup.js";
import { seriesHash } from "../../lib/tiles/directory.js";
import type { Statistic } from "../../lib/tiles/tile.js";
import { BucketSums } from "../../lib/verification/bucketSums.js";
import { readAfter, readPart, type ReadTo } from "../../lib/verification/reading.js";
import { StoredSums } from "../../lib/verification/storedSums.js";
import { trueCells } from "../../lib/verification/trueCells.js";
import { differing } from "./fixtures/differing.js";
import { anyDoc, anySteps, sales, zones } from "./fixtures/sales.js";
import { generationOf, play } from "./fixtures/world.js";

const rollups = Object.keys(sales.rollups);
const always = { from: null, to: null };
const anyGeneration = fc
  .record({ rollup: fc.constantFrom(...rollups), zone: fc.constantFrom(...zones) })
  .map(
    ({ rollup, zone }) =>
      () =>
        generationOf(sales, rollup, zone),
  );

function sumsOf(rollup: StoredRollup, level: Level, facts: readonly Fact[]): BucketSums {
  const sums = new BucketSums(rollup, level);
  for (const fact of facts) sums.addFact(fact);
  return sums;
}

/** Another value of a statistic: one more, or of a sketch twice as many. */
function altered(value: Statistic | null): Statistic | null {
  if (value === null) return 1;
  if (typeof value === "bigint") return value + 1n;
  if (typeof value === "number") return value + 1 === value ? value / 2 : value + 1;
  return null;
}

describe("checksums", () => {
  it("find folded tiles equal to the source that they were folded from, in every level", () => {
    fc.assert(
      fc.property(anyGeneration, anySteps(40), (make, steps) => {
        const generation = make();
        const { changes, facts } = play(sales, steps);
        generation.fold(changes);
        const { rollup } = generation;
        for (const level of rollup.levels) {
          const cells = [...generation.cells(level.granularity).values()];
          expect(differing(rollup, level, sumsOf(rollup, level, facts), cells)).toEqual([]);
        }
      }),
    );
  });

  it("find a level equal to the one that it is made of, where extremes are lost, too", () => {
    fc.assert(
      fc.property(anyGeneration, anySteps(40), (make, steps) => {
        const generation = make();
        generation.fold(play(sales, steps).changes);
        const { rollup } = generation;
        for (const level of rollup.levels) {
          const finer = finerLevel(rollup, level);
          if (finer === null) continue;
          const truth = new BucketSums(rollup, level);
          for (const cell of generation.cells(finer.granularity).values()) truth.addCell(cell);
          const cells = [...generation.cells(level.granularity).values()];
          expect(differing(rollup, level, truth, cells)).toEqual([]);
        }
      }),
    );
  });

  it("find one altered statistic, a missing and a superfluous cell, and no others", () => {
    const anyCase = fc.record({
      make: anyGeneration,
      docs: fc.array(anyDoc, { minLength: 1, maxLength: 20 }),
      picks: fc.tuple(fc.nat(), fc.nat()),
      how: fc.constantFrom("alter", "drop", "move"),
    });
    fc.assert(
      fc.property(anyCase, ({ make, docs, picks: [pick, column], how }) => {
        const { rollup } = make();
        const [level] = rollup.levels as [Level];
        const facts = docs.map((doc) => projectFact(sales, doc));
        const cells = [...trueCells(rollup, level, facts).values()];
        const at = pick % cells.length;
        const cell = cells[at]!;
        const index = column % rollup.accumulators.length;
        const changed = { ...cell, values: [...cell.values] };
        if (how === "alter") changed.values[index] = altered(cell.values[index] ?? null);
        const isMoved = how === "move" && cell.dimensions.length > 0;
        if (isMoved) changed.dimensions = ["elsewhere", ...cell.dimensions.slice(1)];
        const kept = how === "alter" || isMoved ? [changed] : [];
        const found = cells.flatMap((one, i) => (i === at ? kept : [one]));
        const isSame = how === "alter" && cell.values[index] === changed.values[index];
        const truth = sumsOf(rollup, level, facts);
        expect(differing(rollup, level, truth, found)).toEqual(isSame ? [] : [cell.bucket]);
      }),
      { numRuns: 400 },
    );
  });

  it("tell two records that swap a value from the two as they were", () => {
    const { rollup } = generationOf(sales, "byShop", "UTC");
    const [level] = rollup.levels as [Level];
    const doc = { at: 0, tags: [], quantity: 1, price: 1, weight: 1 };
    const facts = (sizes: [number, number]) =>
      ["a", "b"].map((shop, i) => projectFact(sales, { ...doc, shop, size: sizes[i] }));
    const truth = sumsOf(rollup, level, facts([1, 2]));
    const swapped = trueCells(rollup, level, facts([2, 1])).values();
    expect(differing(rollup, level, truth, swapped)).toEqual([0]);
  });

  it("find a stored cell of no records, and one that cannot be read", () => {
    const { rollup } = generationOf(sales, "byShop", "UTC");
    const [level] = rollup.levels as [Level];
    const nothing = { bucket: 0, dimensions: ["a", 1], pending: 0 };
    const values = rollup.accumulators.map(({ kind }) => (kind === "count" ? 0 : null));
    const empty = new BucketSums(rollup, level);
    expect(differing(rollup, level, empty, [{ ...nothing, values }])).toEqual([0]);
    const unreadable = [{ ...nothing, values: ["?"] }];
    expect(differing(rollup, level, empty, unreadable)).toEqual([0]);
  });
});

/** A record of the modelled source. */
interface Doc {
  id: string;
  createdAt: number;
  time: number;
  fact: Fact;
}

const byIndex = (a: Doc, b: Doc) =>
  a.time - b.time || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

const HOUR = 3_600_000;
const window = { from: HOUR, to: 2 * HOUR };
/** Many records of one time, some of neighbouring ones, some outside of the window. */
const anyInstant = fc.oneof(
  { weight: 4, arbitrary: fc.constant(HOUR + 5) },
  { weight: 3, arbitrary: fc.integer({ min: HOUR, max: HOUR + 9 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, HOUR - 1, 2 * HOUR - 1, 2 * HOUR) },
);
const anyRow = fc.record({
  time: anyInstant,
  shop: fc.constantFrom("a", "b"),
  price: fc.constantFrom(null, 0.5, 1, 2),
});
type RowOfModel = { time: number; shop: string; price: number | null };

/** A source, its log, the tiles that the log makes, and a window that is read in pieces. */
class World {
  readonly docs = new Map<string, Doc>();
  readonly generation = generationOf(sales, "byShop", "UTC");
  readonly level = this.generation.rollup.levels[0] as Level;
  /** Changes since the last piece. */
  private log: Change[] = [];
  private created = 0;
  readTo: ReadTo = { t: window.from, at: null };
  sums = new BucketSums(this.generation.rollup, this.level);

  write(op: "insert" | "update" | "delete", pick: number, row: RowOfModel): void {
    const known = [...this.docs.values()][pick % Math.max(1, this.docs.size)];
    const fact = projectFact(sales, {
      ...{ at: row.time, shop: row.shop, price: row.price },
      ...{ tags: [], size: null, quantity: 1, weight: null },
    });
    if (op === "insert" || known === undefined) {
      const id = `d${String((pick * 7) % 100).padStart(2, "0")}-${this.created}`;
      // Several are created in one millisecond; their ids come in any order.
      const doc = { id, createdAt: Math.floor(this.created++ / 3), time: row.time, fact };
      this.docs.set(id, doc);
      this.append(doc, null, fact);
    } else if (op === "delete") {
      this.docs.delete(known.id);
      this.append(known, known.fact, null);
    } else {
      this.docs.set(known.id, { ...known, time: row.time, fact });
      this.append(known, known.fact, fact);
    }
  }

  private append({ id, createdAt }: Doc, before: Fact | null, after: Fact | null): void {
    const change = { cube: "sales", docId: id, docCreatedAt: createdAt, before, after };
    this.log.push({ ...change, op: "update" });
    this.generation.fold([{ ...change, op: "update" }]);
  }

  /** What verification does in one step: in one snapshot, the log since the last one, then the next piece. */
  step(size: number): void {
    const parts = this.log.flatMap((change) => readPart(change, "at", window, this.readTo) ?? []);
    this.sums.apply(parts);
    this.log = [];
    const { readTo } = this;
    if (readTo === "end") return;
    const { t, at } = readTo;
    const index = [...this.docs.values()].sort(byIndex);
    const range =
      at === null
        ? index.filter(({ time }) => time >= t && time < window.to)
        : index.filter(
            ({ time, createdAt, id }) =>
              time === t &&
              (createdAt > at.createdAt || (createdAt === at.createdAt && id > at.id)),
          );
    const piece = range.slice(0, size);
    if (range.length <= size) {
      for (const { fact } of piece) this.sums.addFact(fact);
      this.readTo = at === null ? "end" : { t: t + 1, at: null };
    } else {
      const after = readAfter(piece, at !== null)!;
      for (const { fact } of piece.slice(0, after.count)) this.sums.addFact(fact);
      this.readTo = after.readTo;
    }
    // What is kept between two steps is data.
    const stored = structuredClone(this.sums.stored());
    this.sums = BucketSums.restored(this.generation.rollup, this.level, stored);
  }

  /** The records that are read, as they are now. */
  read(): Fact[] {
    const { readTo } = this;
    return [...this.docs.values()]
      .filter(({ time }) => time >= window.from && time < window.to)
      .filter(({ time, createdAt, id }) => {
        if (readTo === "end" || time < readTo.t) return true;
        const { at } = readTo;
        if (time > readTo.t || at === null) return false;
        return createdAt < at.createdAt || (createdAt === at.createdAt && id <= at.id);
      })
      .map(({ fact }) => fact);
  }
}

const anyTurn = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constantFrom("insert" as const, "update" as const, "delete" as const),
      pick: fc.nat({ max: 99 }),
      row: anyRow,
    }),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }) },
);
const anyHistory = fc.record({
  first: fc.array(anyRow, { maxLength: 25 }),
  turns: fc.array(anyTurn, { maxLength: 60 }),
});

describe("a window that is read in pieces while others write", () => {
  const run = (
    { first, turns }: { first: RowOfModel[]; turns: unknown[] },
    check: (w: World) => void,
  ) => {
    const world = new World();
    first.forEach((row, i) => world.write("insert", i, row));
    // The first step is as of a snapshot that holds them.
    world.step(3);
    for (const turn of turns as (number | { op: "insert"; pick: number; row: RowOfModel })[]) {
      if (typeof turn !== "number") world.write(turn.op, turn.pick, turn.row);
      else {
        world.step(turn);
        check(world);
      }
    }
    for (let i = 0; i < 200 && world.readTo !== "end"; i++) world.step(1);
    expect(world.readTo).toBe("end");
    world.step(1);
    check(world);
    return world;
  };

  it("holds after every piece what is read of it, as it is then", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        run(history, (world) => {
          const { rollup } = world.generation;
          const expected = sumsOf(rollup, world.level, world.read());
          const sums = (of: BucketSums) =>
            of
              .stored()
              .sums.filter(({ a, b }) => a !== 0 || b !== 0)
              .sort((one, other) => one.bucket - other.bucket);
          expect(sums(world.sums)).toEqual(sums(expected));
        });
      }),
      { numRuns: 500 },
    );
  });

  it("finds the tiles equal in the end, and a record that nobody logged missing", () => {
    fc.assert(
      fc.property(anyHistory, anyRow, (history, extra) => {
        const world = run(history, () => undefined);
        const { rollup } = world.generation;
        const cells = () =>
          [...world.generation.cells("day").values()].filter(({ bucket }) => bucket === 0);
        // Tiles hold the day; of the window's hours only those are compared here.
        const outside = [...world.docs.values()].filter(
          ({ time }) => time < window.from || time >= window.to,
        );
        for (const { fact } of outside) world.sums.addFact(fact);
        expect(differing(rollup, world.level, world.sums, cells())).toEqual([]);
        const { time, shop, price } = extra;
        world.sums.addFact(
          projectFact(sales, {
            ...{ at: time, shop, price, tags: [], size: null, quantity: 1, weight: null },
          }),
        );
        expect(differing(rollup, world.level, world.sums, cells())).toEqual([0]);
      }),
    );
  });

  it("may compare its tiles a range of series at a time, too", () => {
    fc.assert(
      fc.property(anyHistory, fc.array(anyTurn, { maxLength: 20 }), (history, turns) => {
        const world = run({ first: history.first, turns: [] }, () => undefined);
        const { rollup } = world.generation;
        const inside = (facts: Fact | null) =>
          typeof facts?.at === "number" && facts.at >= window.from && facts.at < window.to;
        const hashes = ["a", "b"].map((shop) => seriesHash([shop, null])).sort((a, b) => a - b);
        const [low, high] = hashes as [number, number];
        // What a second snapshot finds, with the first series read in the one before.
        const own = generationOf(sales, "byShop", "UTC");
        for (const { fact } of world.docs.values()) {
          if (inside(fact)) own.fold([insertion(fact)]);
        }
        const of = (range: (hash: number) => boolean) =>
          [...own.cells("day").values()].filter((cell) => range(seriesHash(cell.dimensions)));
        let stored = new StoredSums(rollup, world.level, world.sums);
        for (const cell of of((hash) => hash <= low)) stored.addCell(cell);
        const changes: Change[] = [];
        for (const turn of turns) {
          if (typeof turn === "number") continue;
          const before = new Map(world.docs);
          world.write(turn.op, turn.pick, turn.row);
          changes.push(changeBetween(before, world.docs));
        }
        const parts = changes.flatMap((change) => readPart(change, "at", window, "end") ?? []);
        own.fold(changes.map((change) => onlyInside(change, inside)));
        world.sums.apply(parts);
        stored.apply(parts, low + 1);
        const kept = structuredClone(stored.stored());
        stored = new StoredSums(rollup, world.level, world.sums);
        stored.restore(kept);
        for (const cell of of((hash) => hash > low && hash <= high)) stored.addCell(cell);
        // Extremes of the series that were read before are of that snapshot, and were judged in it.
        expect(stored.verdicts(always).every(({ isEqual }) => isEqual)).toBe(true);
      }),
    );
  });

  it("gives up on a millisecond of many records whose times have fractions", () => {
    const record = (time: number, id: string) => ({ time, createdAt: 1, id });
    expect(readAfter([record(5, "a"), record(5, "b")], false)).toEqual({
      readTo: { t: 5, at: { createdAt: 1, id: "b" } },
      count: 2,
    });
    expect(readAfter([record(5, "a"), record(5.5, "b")], false)).toBe(null);
    expect(readAfter([record(4.5, "a"), record(5.5, "b")], false)).toEqual({
      readTo: { t: 5, at: null },
      count: 1,
    });
  });
});

const insertion = (after: Fact): Change => ({
  ...{ cube: "sales", op: "insert", docId: "", docCreatedAt: 0 },
  ...{ before: null, after },
});

function changeBetween(before: Map<string, Doc>, after: Map<string, Doc>): Change {
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(id), after.get(id)];
    if (was === is) continue;
    const { createdAt } = (was ?? is)!;
    return {
      ...{ cube: "sales", op: "update", docId: id, docCreatedAt: createdAt },
      ...{ before: was?.fact ?? null, after: is?.fact ?? null },
    };
  }
  throw new Error("Nothing was written.");
}

function onlyInside(change: Change, isInside: (fact: Fact | null) => boolean): Change {
  const part = (fact: Fact | null) => (isInside(fact) ? fact : null);
  return { ...change, before: part(change.before), after: part(change.after) };
}
