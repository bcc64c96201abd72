/**
 * What reading a plan's segments will cost, in cells: an estimate from expected cardinalities and
 * calendar lengths, good for comparing plans and nothing else.
 */
import type { RollupDimension, StoredRollup } from "../model/rollup.js";
import { CELLS_MAX } from "../tiles/limits.js";
import type { Segment } from "../tiles/cover.js";
import { DAY_MS, HOUR_MS } from "../time/civil.js";
import { meanLengthMs } from "../time/calendar.js";

/** Reading one document costs about as much as decoding this many cells. */
const DOCUMENT_CELLS = 64;

/** What one index range costs before its first document. */
const RANGE_CELLS = 32;

/** Length of history that an unbounded range is taken to have. */
const HISTORY_MS = 5 * 365 * DAY_MS;

/**
 * Source records per day. At an edge each is a document of its own, and no bucket holds more cells
 * than records.
 */
const RECORDS_PER_DAY = 500;

/** A dimension's value: it tells rollups apart that hold a cell per record, the one as the other. */
const DIMENSION_CELLS = 1 / 8;

/** Sets of values beside one combination of the other dimensions: what is kept together goes with them. */
const SETS_PER_COMBINATION = 4;

/** Bins of a sketch that are as long as a cell of numbers, and most that one is taken to have. */
const BINS_PER_CELL = 32;
const SKETCH_BINS = 2048;

/** Total over all segments. O(segments). */
export function estimateCost(rollup: StoredRollup, segments: readonly Segment[]): number {
  return segments.reduce((total, segment) => total + segmentCost(rollup, segment), 0);
}

/**
 * A cell with its sketches and the dimension values of its series, in cells of numbers; `records` are
 * about as many as it counts.
 */
function weightOfCell({ accumulators, dimensions }: StoredRollup, records: number): number {
  const sketches = accumulators.filter(({ kind }) => kind === "hll" || kind === "ddSketch").length;
  const bins = sketches * (Math.min(records, SKETCH_BINS) / BINS_PER_CELL);
  return 1 + dimensions.length * DIMENSION_CELLS + bins;
}

/** Expected values of a dimension within one bucket: a day is one weekday, an hour one hour of day. */
function valuesWithin({ type, cardinality }: RollupDimension, bucketMs: number): number {
  if (type === "stringSet") return Math.min(cardinality, SETS_PER_COMBINATION);
  if (type !== "weekday" && type !== "hourOfDay") return cardinality;
  return Math.min(cardinality, Math.ceil(bucketMs / (type === "weekday" ? DAY_MS : HOUR_MS)));
}

function segmentCost(rollup: StoredRollup, segment: Segment): number {
  const { from, to } = segment;
  const length = from === null || to === null ? HISTORY_MS : to - from;
  if (segment.kind === "facts") {
    return RANGE_CELLS + (length / DAY_MS) * RECORDS_PER_DAY * DOCUMENT_CELLS;
  }
  const { granularity, partition } = segment.level;
  const bucketMs = meanLengthMs[granularity];
  const combinations = rollup.dimensions.reduce((all, one) => all * valuesWithin(one, bucketMs), 1);
  const records = (bucketMs / DAY_MS) * RECORDS_PER_DAY;
  // Near the smaller of the two, but still growing with the other, so that narrower is cheaper.
  const cellsPerBucket = (combinations * records) / (combinations + records);
  // A tile is read whole, even where the range covers a part of its partition.
  const partitions = Math.ceil(length / meanLengthMs[partition]);
  const cells =
    ((partitions * meanLengthMs[partition] * cellsPerBucket) / bucketMs) *
    weightOfCell(rollup, records / cellsPerBucket);
  const documents = Math.max(partitions, cells / CELLS_MAX);
  return RANGE_CELLS + cells + documents * DOCUMENT_CELLS;
}
