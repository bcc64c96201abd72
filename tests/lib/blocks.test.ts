/** Blocks: whole, aligned, without overlap, and the same for every question. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  partitionsPerBlock,
  splitRead,
  tilesWithin,
  type Block,
} from "../../lib/planner/blocks.js";
import type { Level } from "../../lib/model/rollup.js";
import { bucketCeiling, bucketStart, nextBucket } from "../../lib/time/calendar.js";
import { granularities } from "../../lib/time/granularity.js";
import { fromWire, toWire } from "../../lib/tiles/wire.js";
import { sales, zones } from "./fixtures/sales.js";
import { generationOf } from "./fixtures/world.js";

const allZones = [...zones, "Pacific/Apia", "America/Sao_Paulo", "Africa/Cairo"];
const NOW = Date.UTC(2012, 5, 14, 9, 30);

const anyLevel = fc
  .constantFrom(...granularities)
  .map((partition): Level => ({ granularity: "quarterHour", partition }));

/** Around times at which clocks were set, and a date was skipped. */
const anyTime = fc
  .tuple(
    fc.constantFrom(Date.UTC(2011, 11, 30), Date.UTC(2012, 2, 11), NOW, Date.UTC(2012, 9, 21)),
    fc.integer({ min: -3000, max: 3000 }),
  )
  .map(([anchor, hours]) => anchor + hours * 3_600_000);

type Ends = readonly [number | null, number | null];

const anyRead = fc
  .tuple(fc.option(anyTime), fc.option(anyTime))
  .map(([a, b]): Ends => (a !== null && b !== null && a > b ? [b, a] : [a, b]));

const anyPerBlock = fc.constantFrom(1, 2, 4, 8, 16);

const partitionsOf = ({ partition }: Level, zone: string, [a, b]: Ends) => ({
  fromPartition: a === null ? null : bucketStart(partition, zone, a),
  toPartition: b === null ? null : bucketCeiling(partition, zone, b),
});

describe("the blocks of a read", () => {
  it("hold all of its partitions, once, and begin and end with partitions", () => {
    fc.assert(
      fc.property(
        anyLevel,
        fc.constantFrom(...allZones),
        anyRead,
        anyPerBlock,
        (level, zone, ends, perBlock) => {
          const { partition } = level;
          const read = partitionsOf(level, zone, ends);
          const blocks = splitRead(level, zone, read, NOW, perBlock);
          for (const t of blocks.flatMap(({ from, to }) => [from, to])) {
            if (t !== null) expect(bucketStart(partition, zone, t)).toBe(t);
          }
          blocks.slice(1).forEach(({ from }, i) => expect(blocks[i]!.to).toBe(from));
          const { fromPartition: low, toPartition: high } = read;
          if (low !== null && high !== null && low >= high) return;
          const [first, last] = [blocks[0]!, blocks.at(-1)!];
          if (low === null) expect(first.from).toBeNull();
          else expect(first.from).toBeLessThanOrEqual(low);
          if (high === null) expect(last.to).toBeNull();
          else if (last.to !== null) expect(last.to).toBeGreaterThanOrEqual(high);
        },
      ),
      { numRuns: 4000 },
    );
  });

  it("are among those of any wider read: questions share them", () => {
    fc.assert(
      fc.property(
        anyLevel,
        fc.constantFrom(...allZones),
        anyRead,
        anyRead,
        anyPerBlock,
        (level, zone, one, other, perBlock) => {
          if (one[0] === null || other[0] === null) return;
          const low = Math.min(one[0], other[0]);
          const high = one[1] === null || other[1] === null ? null : Math.max(one[1], other[1]);
          const blocksOf = (ends: Ends) =>
            splitRead(level, zone, partitionsOf(level, zone, ends), NOW, perBlock);
          const all = blocksOf([low, high]).map((block) => JSON.stringify(block));
          for (const block of blocksOf(one)) expect(all).toContain(JSON.stringify(block));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("trap 3: do not move while a partition lasts, whatever the time", () => {
    const level: Level = { granularity: "day", partition: "month" };
    const read = partitionsOf(level, "UTC", [Date.UTC(2012, 0, 5), null]);
    const at = (now: number) => splitRead(level, "UTC", read, now, 4);
    const june = at(Date.UTC(2012, 5, 1));
    expect(at(Date.UTC(2012, 6, 1) - 1)).toEqual(june);
    expect(june).toEqual([
      { from: Date.UTC(2012, 0, 1), to: Date.UTC(2012, 4, 1) },
      { from: Date.UTC(2012, 4, 1), to: Date.UTC(2012, 5, 1) },
      { from: Date.UTC(2012, 5, 1), to: null },
    ]);
    expect(at(Date.UTC(2012, 6, 1))).toEqual([
      june[0],
      { from: Date.UTC(2012, 4, 1), to: Date.UTC(2012, 6, 1) },
      { from: Date.UTC(2012, 6, 1), to: null },
    ]);
  });

  it("are one for all that has no beginning, and one for all that is to come", () => {
    const level: Level = { granularity: "day", partition: "month" };
    const open = Date.UTC(2012, 5, 1);
    const split = (from: number | null, to: number | null) =>
      splitRead(level, "UTC", { fromPartition: from, toPartition: to }, NOW, 16);
    expect(split(null, null)).toEqual([
      { from: null, to: open },
      { from: open, to: null },
    ]);
    expect(split(null, Date.UTC(2001, 0, 1))).toEqual([{ from: null, to: open }]);
    const later = Date.UTC(2020, 0, 1);
    expect(split(later, null)).toEqual([{ from: open, to: null }]);
    expect(split(later, nextBucket("month", "UTC", later))).toEqual([{ from: open, to: null }]);
  });

  it("hold as many partitions as come to 32 KB, a power of two, and 16 at most", () => {
    const counts = [0, 100, 3000, 5000, 20_000, 1_000_000].map(partitionsPerBlock);
    expect(counts).toEqual([16, 16, 8, 4, 1, 1]);
  });
});

describe("the tiles of a read", () => {
  it("trap 1: are taken once from blocks that overlap", () => {
    const month = (m: number) => Date.UTC(2012, m, 1);
    const { rollup } = generationOf(sales, "totals", "UTC");
    const level = rollup.levels.find(({ partition }) => partition === "month")!;
    const columns = Object.fromEntries(rollup.accumulators.map(({ column }) => [column, []]));
    const empty = { dimensions: {}, columns, pending: [] };
    const tiles = [0, 1, 2, 3, 4].map(
      (m) => fromWire(rollup, level, `[${toWire(month(m), empty)}]`)[0]!,
    );
    const block = (from: number | null, to: number | null): Block => ({ from, to });
    const read = { fromPartition: month(1), toPartition: month(4) };
    // All of history is held for another question, and serves two of this one's parts.
    const parts = [block(month(0), month(2)), block(month(2), month(4)), block(month(4), null)];
    const starts = tilesWithin(
      read,
      parts.map((block) => ({ block, tiles })),
    ).map(({ partitionStart }) => partitionStart);
    expect(starts).toEqual([month(1), month(2), month(3)]);
  });
});
