/**
 * A rollup as it is stored beside its tiles: self-contained data, resolved from the cube at the
 * moment its generation was started. Folding and reading a generation use this, never the code's
 * current definition, so an old generation keeps serving while a new one is built.
 */
import type { Granularity } from "../time/granularity.js";
import type { DimensionValue } from "./cube.js";
import type { FilterOperator } from "./operators.js";

/** A kind also says how the statistic is computed and stored: change that, and it is another kind. */
export type StoredKindName =
  | ("count" | "n" | "sum" | "sumSq" | "min" | "max")
  /** Exact sums of doubles. */
  | ("floatSum" | "floatSumSq")
  /** Sketches: distinct values, quantiles. */
  | ("hll" | "ddSketch");

/** "values": all of them, which no rollup stores: order statistics and scans tell them. */
export type AccumulatorKindName = StoredKindName | "values";

/** One statistic. `count` counts records; `n` counts non-null values of `field`. */
export interface Accumulator {
  /**
   * Column name in the tile: `count`, `n_price`, `sum_price`, `sumSq_price`, `min_price`, `max_price`,
   * `floatSum_weight`, `floatSumSq_weight`, `hll_viewer`, `ddSketch_price`; of a measure with filters, by
   * the measure's name: `count_if_gifts`, `sum_if_gifts`.
   */
  column: string;
  kind: AccumulatorKindName;
  /** The fact's field; absent for `count`. */
  field?: string;
  /** Only records that pass all of them count; absent where all records do. */
  filters?: AccumulatorFilter[];
  /** Of `values`: the percentile that is taken of them. */
  p?: number;
}

/** One stored statistic of a cell. */
export interface StoredAccumulator extends Omit<Accumulator, "p"> {
  kind: StoredKindName;
}

/** A measure's condition with its dimension resolved. Values are as facts hold them. */
export interface AccumulatorFilter {
  type: RollupDimension["type"];
  field: string;
  operator: FilterOperator;
  /** Empty for `set` and `notSet`. */
  values: DimensionValue[];
}

export interface RollupDimension {
  name: string;
  /** "stringSet": a dimension of type "strings" whose values are kept together, as one text. */
  type: "string" | "strings" | "stringSet" | "number" | "hourOfDay" | "weekday";
  field: string;
  /** Expected distinct values, for cost estimates. */
  cardinality: number;
}

/** One granularity kept by a rollup. */
export interface Level {
  granularity: Granularity;
  /** The slice of time one tile spans; a multiple of `granularity`. */
  partition: Granularity;
}

export interface StoredRollup {
  cube: string;
  name: string;
  /** IANA zone that buckets, partitions, hourOfDay and weekday are derived in. */
  timezone: string;
  timeField: string;
  dimensions: RollupDimension[];
  /** Always starts with `count`; a cell whose count is 0 does not exist. */
  accumulators: StoredAccumulator[];
  /** Finest first. */
  levels: Level[];
  /**
   * How the source's fields were read when the generation was started (`fieldsSignature`). A cube
   * that reads them differently, say with another scale, cannot be answered from these tiles.
   */
  fields: string;
}
