/** How much of tiles a question reads, and a fold rewrites. Documents and plain bytes. */
import type { Level, StoredRollup } from "../model/rollup.js";
import type { LevelCount } from "../sampling/counts.js";
import type { Touched } from "../sampling/writes.js";
import type { Segment } from "../tiles/cover.js";
import { CELLS_MAX } from "../tiles/limits.js";
import { bucketStart, meanLengthMs, nextBucket } from "../time/calendar.js";

export interface Volume {
  documents: number;
  bytes: number;
}

/** What one level holds. */
export interface LevelLoad extends Volume {
  partitions: number;
  /** From 0 to 1: cells per place that records count in. Tiles of sparse levels grow with records, others with time. */
  sparse: number;
}

/** Records of a cube: how many there are, their mean size, and the span of their times, epoch ms. */
export interface RecordSpan {
  records: number;
  bytesEach: number;
  from: number;
  to: number;
  /** In order of time: which share of the records lies before it. Between two of them records lie evenly. */
  shares: readonly { t: number; share: number }[];
}

/** Of a document without its series: ids, names of its columns, its place. */
const DOCUMENT_BYTES = 260;
const NAME_BYTES = 24;
/** A chunk's entry in the directory of its partition. */
const ENTRY_BYTES = 18;
/** A chunk is cut in halves as it grows beyond `CELLS_MAX`, so chunks are as full as leaves of a tree: ln 2. */
const FILL = Math.LN2;
/** A tile that a fold changes is read, read again to be replaced, and written. */
const READS_PER_WRITE = 2;
/**
 * Before tiles are read that could hold more cells than this, some of them are looked at, to tell whether the answer
 * would take too long (`answers/queryCost.ts` of the component).
 */
const SURE_CELLS = 9400;
const LOOKS = 4;
const SKETCH_CELLS = 2048;
const HISTORY_MS = 10 * meanLengthMs.year;
/** How full a partition is on average while it is the newest one. */
const OPEN_FILL = 0.5;
/** The stretch of newest time that tells how dense records lie now. */
const RECENT = 0.1;

export const nothing: Volume = { documents: 0, bytes: 0 };

export function plus(a: Volume, b: Volume): Volume {
  return { documents: a.documents + b.documents, bytes: a.bytes + b.bytes };
}

export function times({ documents, bytes }: Volume, factor: number): Volume {
  return { documents: documents * factor, bytes: bytes * factor };
}

/** The tiles of a level that is not built yet. Holes between a series' slots take a byte each. */
export function loadOfCount(
  rollup: StoredRollup,
  { granularity, partition }: Level,
  { cells, contributions, series, partitions, seriesBytes, cellBytes }: LevelCount,
): LevelLoad {
  if (cells === 0) return { ...nothing, partitions: 0, sparse: 1 };
  const columns = rollup.accumulators.length;
  const each = cells / partitions;
  // Series stay whole, so a chunk of a few long ones is no fuller than they fit.
  const chunks = each <= CELLS_MAX ? 1 : Math.max(2, each / (CELLS_MAX * FILL));
  const documents = partitions * chunks;
  const slots = meanLengthMs[partition] / meanLengthMs[granularity];
  const perSeries = Math.min(slots, cells / series);
  // The last of so many slots that are spread evenly.
  const length = Math.min(slots, (perSeries * (slots + 1)) / (perSeries + 1));
  const holes = series * Math.max(0, length - perSeries) * columns;
  const names = columns + rollup.dimensions.length;
  const bytes =
    documents * (DOCUMENT_BYTES + NAME_BYTES * names + (chunks > 1 ? ENTRY_BYTES : 0)) +
    series * seriesBytes +
    cells * cellBytes +
    holes;
  return { documents, bytes, partitions, sparse: Math.min(1, cells / contributions) };
}

/** What one answer reads of the segments of its plan. A tile is read whole. */
export function readOf(
  rollup: StoredRollup,
  loads: readonly LevelLoad[],
  segments: readonly Segment[],
  span: RecordSpan,
): Volume {
  const { timezone, levels, dimensions, accumulators } = rollup;
  const sketches = accumulators.filter(({ kind }) => kind === "hll" || kind === "ddSketch").length;
  const perBucket = dimensions.reduce(
    (cells, { cardinality }) => cells * cardinality,
    1 + sketches * SKETCH_CELLS,
  );
  return segments
    .map((segment) => {
      if (segment.kind === "facts") return readOfRecords(span, segment.from, segment.to);
      const { partition, granularity } = segment.level;
      const load = loads[levels.findIndex((level) => level.granularity === granularity)];
      const from = Math.max(segment.from ?? -Infinity, span.from);
      const to = Math.min(segment.to ?? Infinity, span.to + 1);
      if (load === undefined || load.partitions === 0 || from >= to) return nothing;
      const low = bucketStart(partition, timezone, from);
      const high = nextBucket(partition, timezone, bucketStart(partition, timezone, to - 1));
      const all = span.to + 1 - bucketStart(partition, timezone, span.from);
      const ofTime = Math.min(1, (Math.min(high, span.to + 1) - low) / all);
      const ofRecords = shareIn(span, low, high);
      const ofData = load.sparse * ofRecords + (1 - load.sparse) * ofTime;
      const partitions = Math.min(load.partitions, (high - low) / meanLengthMs[partition]);
      const documents = partitions + (load.documents - load.partitions) * ofData;
      const read = { documents, bytes: bytesOf(load, documents, ofData) };
      const { from: start, to: end } = segment;
      const length = start === null || end === null ? HISTORY_MS : end - start;
      const isSure = (length / meanLengthMs[granularity]) * perBucket <= SURE_CELLS;
      const looks = isSure ? 0 : partitions < LOOKS - 1 ? 2 : LOOKS;
      return times(read, 1 + looks / documents);
    })
    .reduce(plus, nothing);
}

/** Of so many documents that hold a share of what a level holds. */
function bytesOf(load: LevelLoad, documents: number, share: number): number {
  const empty = Math.min(DOCUMENT_BYTES, load.bytes / load.documents);
  return documents * empty + (load.bytes - load.documents * empty) * share;
}

/** What a look at all records of a range reads. */
export function readOfRecords(span: RecordSpan, low: number | null, high: number | null): Volume {
  const documents = span.records * shareIn(span, low ?? -Infinity, high ?? Infinity);
  return { documents, bytes: documents * span.bytesEach };
}

function shareIn(span: RecordSpan, from: number, to: number): number {
  return from >= to ? 0 : shareBefore(span, to) - shareBefore(span, from);
}

function shareBefore({ from, to, shares }: RecordSpan, t: number): number {
  const points = [{ t: from, share: 0 }, ...shares, { t: to + 1, share: 1 }];
  const next = points.findIndex((point) => point.t >= t);
  if (next <= 0) return next === 0 ? 0 : 1;
  const [a, b] = [points[next - 1], points[next]] as [(typeof points)[0], (typeof points)[0]];
  return a.share + (b.share - a.share) * ((t - a.t) / (b.t - a.t));
}

/** What folds read and write of a level to change what they touch. */
export function upkeepOf(
  load: LevelLoad,
  { partitions, series, open }: Touched,
  span: RecordSpan,
): Volume {
  if (load.partitions === 0 || partitions === 0) return nothing;
  const lengthMs = (span.to + 1 - span.from) * RECENT;
  const recent = Math.max(1, shareIn(span, span.to + 1 - lengthMs, Infinity) / RECENT);
  const density = 1 + load.sparse * (recent - 1);
  const fill = 1 - (open / partitions) * (1 - OPEN_FILL);
  // Chunks of one partition: the first, and more as it fills.
  const chunks = 1 + Math.max(0, (load.documents / load.partitions) * fill * density - 1);
  const bytesEach = bytesOf(load, chunks, (fill * density) / load.partitions) / chunks;
  // Of so many chunks those that hold some of the touched series.
  const hit = chunks <= 1 ? 1 : chunks * (1 - (1 - 1 / chunks) ** (series / partitions));
  // The first chunk has the directory, and is read for it where it is not among them.
  const directories = chunks <= 1 ? 0 : 1 - hit / chunks;
  const documents = partitions * (hit * (READS_PER_WRITE + 1) + directories);
  return { documents, bytes: documents * bytesEach };
}
