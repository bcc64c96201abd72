/** Pages of samples, added up to what a level would hold of all records. */
import { estimateDistinct } from "../measures/hyperLogLog.js";
import type { Level } from "../model/rollup.js";
import { meanLengthMs } from "../time/calendar.js";
import { sketchBins, type EncodedSample, type LevelSample } from "./sample.js";

/** What a level would hold, about. */
export interface LevelCount {
  cells: number;
  /** Places that records count in: as many as cells where no two share one. */
  contributions: number;
  /** Combinations of dimension values by partition. */
  series: number;
  partitions: number;
  /** Mean bytes of a series without its cells, and of a cell. */
  seriesBytes: number;
  cellBytes: number;
}

/** The stretch of time that was looked at, and how many times more records, or time, there are in all. */
export interface Scale {
  windowMs: number;
  /** 1 where all records were looked at. */
  times: number;
}

/** Bin → the first page that has it. */
type Sketch = Map<number, number>;

/** Adds up the pages of one level, which are in order of time. */
export class LevelCounter {
  private pages = 0;
  private contributions = 0;
  private readonly sketches: Record<"cells" | "series" | "partitions", Sketch> = {
    ...{ cells: new Map(), series: new Map(), partitions: new Map() },
  };
  private readonly encoded: EncodedSample = {
    ...{ contributions: 0, series: 0, cells: 0, seriesBytes: 0, cellBytes: 0, sketchBytes: 0 },
  };

  constructor(private readonly level: Level) {}

  /** O(bins). */
  add(sample: LevelSample): void {
    for (const name of ["cells", "series", "partitions"] as const) {
      const sketch = this.sketches[name];
      for (const bin of sketchBins(sample[name])) if (!sketch.has(bin)) sketch.set(bin, this.pages);
    }
    this.pages++;
    this.contributions += sample.contributions;
    for (const key of Object.keys(this.encoded) as (keyof EncodedSample)[])
      this.encoded[key] += sample.encoded[key];
  }

  /**
   * What it would hold of all records. Distinct things grow with time from bucket to bucket, or partition to partition.
   * Within one that is longer than the window they grow as a power of it (Heaps 1978), told by how they grew from its
   * first half to all of it. A sketch statistic is taken to grow with the records of its cell, which it does at most.
   */
  count({ windowMs, times }: Scale): LevelCount {
    const { contributions, series, cells, seriesBytes, cellBytes, sketchBytes } = this.encoded;
    const total = (sketch: Sketch, lengthMs: number) => {
      const all = estimateDistinct(sketch);
      const first = [...sketch].filter(([, page]) => page < Math.ceil(this.pages / 2));
      const half = estimateDistinct(new Map(first));
      const growth = Math.log(this.pages / Math.ceil(this.pages / 2));
      const power = growth === 0 ? 1 : Math.min(1, Math.log(all / Math.max(1, half)) / growth);
      const within = Math.max(1, Math.min(times, lengthMs / windowMs));
      return all * within ** Math.max(0, power) * (times / within);
    };
    const { granularity, partition } = this.level;
    const ofAll = {
      cells: total(this.sketches.cells, meanLengthMs[granularity]),
      series: total(this.sketches.series, meanLengthMs[partition]),
      partitions: total(this.sketches.partitions, meanLengthMs[partition]),
    };
    const perCell = (this.contributions * times) / Math.max(1, ofAll.cells);
    return {
      ...{ ...ofAll, contributions: this.contributions * times },
      seriesBytes: seriesBytes / Math.max(1, series),
      cellBytes:
        (cellBytes - sketchBytes) / Math.max(1, cells) +
        (sketchBytes / Math.max(1, contributions)) * perCell,
    };
  }
}
