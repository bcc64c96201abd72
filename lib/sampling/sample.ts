/**
 * What a page of records says of the tiles that a rollup would have: sketches of its cells, which pages add up to,
 * and how many bytes a few of them take as they are stored.
 */
import { combinations } from "../facts/contributions.js";
import { distinctBin } from "../measures/hyperLogLog.js";
import type { Fact } from "../model/cube.js";
import { timeOf } from "../model/fact.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import { cellKey } from "../tiles/cellKey.js";
import { charactersOf, encodeSeries, type Series } from "../tiles/codec.js";
import { bucketStart } from "../time/calendar.js";
import type { Granularity } from "../time/granularity.js";
import { trueCells } from "../verification/trueCells.js";

/** Facts that are encoded for the rollups of a page: a few for each are enough for a mean, as a page is one of many. */
const ENCODED_FACTS = 256;
const ENCODED_EACH = 8;

/** Counted things of one level that pages can be added up by; the texts are of `sketchText`. */
export interface LevelSample {
  cells: string;
  /** Combinations of dimension values by partition. */
  series: string;
  partitions: string;
  /** Places that the facts count in: several for one fact where a dimension has several values. */
  contributions: number;
  encoded: EncodedSample;
}

/** What encoding some facts gave, in numbers of things and in bytes. */
export interface EncodedSample {
  contributions: number;
  series: number;
  cells: number;
  /** Of the series without their cells, and of their cells. */
  seriesBytes: number;
  cellBytes: number;
  /** Of the cells: characters of sketches, which grow with the records of a cell. */
  sketchBytes: number;
}

/** Size of a value as Convex stores it, in bytes. */
export type SizeOf = (value: unknown) => number;

/** One sample for each level of each rollup, of one cube. O(facts × levels × combinations). */
export function sampleLevels(
  rollups: readonly StoredRollup[],
  facts: readonly Fact[],
  sizeOf: SizeOf,
): LevelSample[][] {
  const known = new Map<string, unknown>();
  /** Many levels are of the same dimensions, buckets and partitions. */
  const once = <T>(of: unknown, make: () => T): T => {
    const key = JSON.stringify(of);
    if (!known.has(key)) known.set(key, make());
    return known.get(key) as T;
  };
  const each = Math.min(ENCODED_EACH, Math.ceil(ENCODED_FACTS / rollups.length));
  const some = facts.slice(0, each);
  return rollups.map((rollup) => {
    const { dimensions, timezone, timeField } = rollup;
    const starts = (granularity: Granularity) =>
      once(granularity, () =>
        facts.map((fact) => bucketStart(granularity, timezone, timeOf(fact, timeField))),
      );
    const keys = once(dimensions, () =>
      facts.map((fact) => combinations(fact, dimensions, timezone).map(cellKey)),
    );
    const places = (granularity: Granularity) =>
      once([dimensions, granularity], () => {
        const bins = new Set<number>();
        starts(granularity).forEach((start, i) =>
          keys[i]?.forEach((key) => bins.add(distinctBin(`${start} ${key}`))),
        );
        return sketchText(bins);
      });
    const contributions = keys.reduce((sum, { length }) => sum + length, 0);
    const encoded = encodeSome(rollup, some, sizeOf);
    return rollup.levels.map(({ granularity, partition }) => ({
      ...{ cells: places(granularity), series: places(partition), contributions, encoded },
      partitions: once([partition], () => sketchText(new Set(starts(partition).map(distinctBin)))),
    }));
  });
}

/** Starts of the bucket and of the partition that a fact counts in. */
export function placeOf(
  { timezone, timeField }: StoredRollup,
  { granularity, partition }: Level,
  fact: Fact,
): { bucket: number; partition: number } {
  const bucket = bucketStart(granularity, timezone, timeOf(fact, timeField));
  return { bucket, partition: bucketStart(partition, timezone, bucket) };
}

/** By the finest level: what a cell takes depends on the level only where it has sketches. */
function encodeSome(rollup: StoredRollup, facts: readonly Fact[], sizeOf: SizeOf): EncodedSample {
  const level = rollup.levels[0] as Level;
  const bySeries = new Map<string, Series>();
  let [cells, sketchBytes, contributions] = [0, 0, 0];
  for (const fact of facts)
    contributions += combinations(fact, rollup.dimensions, rollup.timezone).length;
  for (const { dimensions, values, pending } of trueCells(rollup, level, facts).values()) {
    const key = cellKey(dimensions);
    const series: Series = bySeries.get(key) ?? { dimensions, cells: new Map() };
    bySeries.set(key, series);
    series.cells.set(series.cells.size, { values, pending });
    sketchBytes += charactersOf(values);
    cells++;
  }
  const full = [...bySeries.values()];
  const bare = full.map(({ dimensions }): Series => ({ dimensions, cells: new Map() }));
  const [none, without, within] = [[], bare, full].map((series) =>
    sizeOf(encodeSeries(rollup, { chunk: 0, directory: null }, series)),
  ) as [number, number, number];
  return {
    ...{ contributions, series: full.length, cells, sketchBytes },
    ...{ seriesBytes: without - none, cellBytes: within - without },
  };
}

/** Bins of `distinctBin`, in base 36. */
function sketchText(bins: ReadonlySet<number>): string {
  return [...bins].map((bin) => bin.toString(36)).join(" ");
}

/** The inverse. */
export function sketchBins(text: string): number[] {
  return text === "" ? [] : text.split(" ").map((bin) => parseInt(bin, 36));
}
