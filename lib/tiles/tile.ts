/**
 * A tile is one stored document: one partition of one level of one rollup generation, or one chunk
 * of it. It holds series: one per combination of dimension values, each with one slot per bucket of
 * the partition. Columns are named, so a tile can be read in the Convex dashboard.
 */
import type { DimensionValue } from "../model/cube.js";
import type { Exact } from "../numbers/exact.js";
import type { Directory } from "./directory.js";

/** What a slot holds: a text is a sketch, or a sum of floats that no double holds. */
export type Statistic = Exact | string;

/** Slots of one series in one column; `null` where the bucket holds no record. Trailing nulls are left off. */
export type Slots = (Statistic | null)[];

export interface TileColumns {
  /** Chunk number within the partition. */
  chunk: number;
  /** In chunk 0 of a partition of several chunks: which series each of them holds. Null in all others. */
  directory: Directory | null;
  /** Dimension name → one value per series. */
  dimensions: { [dimension: string]: DimensionValue[] };
  /** Accumulator column → one array of slots per series. */
  columns: { [column: string]: Slots[] };
  /** Extremes that a removal took away and that must be read from the source again. */
  pending: { series: number; slot: number; column: string }[];
}

/** One combination of dimension values in one bucket. `values` is parallel to the rollup's accumulators. */
export interface Cell {
  /** Parallel to the rollup's dimensions. */
  dimensions: DimensionValue[];
  /** Start of the bucket, epoch ms. */
  bucket: number;
  values: (Statistic | null)[];
  /** Bit i set: `values[i]` is an extreme that is pending. */
  pending: number;
}
