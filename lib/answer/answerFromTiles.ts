/**
 * An answer from a rollup: tiles as of the fold position, the unfolded tail applied to their cells by
 * the fold's own rule, and source facts where the range's edges stick out of whole buckets.
 */
import type { Answer } from "../query/answer.js";
import { RollupsError } from "../errors.js";
import { applyDelta } from "../fold/applyDelta.js";
import type { Change } from "../fold/change.js";
import { DeltaBatch, type CellDelta } from "../fold/deltas.js";
import type { CubeDefinition, DimensionValue, Fact } from "../model/cube.js";
import type { Level, StoredRollup } from "../model/rollup.js";
import type { NormalizedQuery } from "../query/normalizedQuery.js";
import type { RollupPlan } from "../planner/plan.js";
import { cellKey } from "../tiles/cellKey.js";
import { decodeTile } from "../tiles/codec.js";
import type { Segment } from "../tiles/cover.js";
import type { Cell, TileColumns } from "../tiles/tile.js";
import { bucketCeiling, bucketStart } from "../time/calendar.js";
import { CellColumns } from "./cellColumns.js";
import { compileQuery } from "../query/compile.js";
import { resolveExtremes, type LeveledCell } from "./extremes.js";
import { Groups } from "./groups.js";

/** Partitions of one level whose start lies in [fromPartition, toPartition); null is unbounded. */
export interface TileRead {
  level: Level;
  fromPartition: number | null;
  toPartition: number | null;
}

/** Where tiles and facts come from; all of one generation of one tenant, in one snapshot. */
export interface TileSource {
  tiles(read: TileRead): Promise<{ partitionStart: number; tile: TileColumns }[]>;
  /** The source's current facts (the tail included) in [from, to); null if there are more than `limit`. */
  facts(from: number | null, to: number | null, limit: number): Promise<Fact[] | null>;
}

export interface AnswerLimits {
  /** Most facts that one look at the source may return (default 4,000). */
  factsMax?: number;
  /** Most looks at the source for lost extremes (default 32). */
  rereadsMax?: number;
}

export interface TilesQuestion {
  cube: CubeDefinition;
  query: NormalizedQuery;
  plan: RollupPlan;
  source: TileSource;
  /** Changes after the fold position, in log order. */
  tail: readonly Change[];
  /** "folded": the tail only completes a commit, and the source's facts are later than the answer. */
  tailMode?: "live" | "folded";
  limits?: AnswerLimits;
}

/**
 * Throws, as refusals: `EdgeTooLarge` (more facts at an edge than allowed), `EdgeNotFolded` and
 * `ExtremePending` (would need the source, which is too large or in a folded answer too new),
 * `ZoneMismatch` (records lie where the plan cannot tell whether its buckets fit the query's); as
 * failures: `NegativeCount`, `InconsistentCell`, `CorruptTile`, `SumOverflow`, `TooManyRows`.
 * One read per stretch of tiles of one level. O(cells read + tail).
 */
export async function answerFromTiles(question: TilesQuestion): Promise<Answer> {
  const { cube, query, plan, source } = question;
  const compiled = compileQuery(cube, query);
  const { segments } = plan;
  const factsMax = question.limits?.factsMax ?? 4000;
  const edges = edgesOf(segments);
  if (edges.length > 0 && question.tailMode === "folded") {
    throw new RollupsError("EdgeNotFolded", "The range's edges lie within buckets", {});
  }
  const reader = new CellReader(plan.rollup, source, question.tail);
  const [cells, facts] = await Promise.all([
    reader.cells(segments),
    Promise.all(edges.map(({ from, to }) => source.facts(from, to, factsMax))),
  ]);
  const columns = new CellColumns(compiled, plan);
  const wanted = cells.filter((cell) => columns.passes(cell));
  // What a bucket tells that is not known to fit may be wrong, so it is not filtered by.
  mustFit(plan, plan.derived.length > 0 ? cells : wanted);
  const groups = new Groups(compiled, plan.rollup.timezone);
  const resolved = await resolveExtremes(wanted, {
    rollup: plan.rollup,
    coverage: plan.coverage,
    reader,
    facts: question.tailMode === "folded" ? null : (from, to) => source.facts(from, to, factsMax),
    rereadsMax: question.limits?.rereadsMax ?? 32,
    accumulators: columns.extremes,
    range: columns.extremesRange,
  });
  for (const cell of resolved) columns.addTo(groups, cell);
  edges.forEach(({ from, to }, i) => {
    const found = facts[i];
    if (found == null) {
      throw new RollupsError("EdgeTooLarge", "Too many records at an edge of the range", {
        from,
        to,
        factsMax,
      });
    }
    for (const fact of found) {
      const t = fact[compiled.timeField];
      if (typeof t === "number" && t >= from && t < to) groups.addFact(fact);
    }
  });
  return groups.finish();
}

function mustFit({ within, rollup }: RollupPlan, cells: readonly Cell[]): void {
  if (within === null) return;
  const { from, to } = within;
  if (cells.every(({ bucket }) => bucket >= from && bucket < to)) return;
  throw new RollupsError(
    "ZoneMismatch",
    `Some records of ${rollup.cube}.${rollup.name} are of times at which zones cannot be compared`,
    { from, to },
  );
}

/** Cells of tiles with the tail applied. */
export class CellReader {
  /** Granularity → the tail, netted. */
  private readonly netted = new Map<string, CellDelta[]>();

  constructor(
    private readonly rollup: StoredRollup,
    private readonly source: Pick<TileSource, "tiles">,
    private readonly tail: readonly Change[],
  ) {}

  /** The cells of all tile segments, which must not overlap; facts segments are left out. */
  async cells(segments: readonly Segment[]): Promise<LeveledCell[]> {
    const { rollup } = this;
    const ranges = rangesByLevel(rollup, segments);
    const levels = await Promise.all(
      ranges.map(async ({ level, ranges }) => {
        const tiles = await Promise.all(
          tileReads(rollup, level, ranges).map((read) => this.source.tiles(read)),
        );
        const deltas = this.tailOf(level, ranges);
        const buckets = new Set([...deltas.values()].map(({ bucket }) => bucket));
        const cells: LeveledCell[] = [];
        for (const { partitionStart, tile } of tiles.flat()) {
          for (const cell of decodeTile(rollup, level, partitionStart, tile)) {
            if (!isInside(ranges, cell.bucket)) continue;
            const key = buckets.has(cell.bucket) ? keyOf(cell) : "";
            const delta = deltas.get(key);
            const after = delta === undefined ? cell : applyDelta(rollup, cell, delta);
            deltas.delete(key);
            if (after === null) continue;
            const { dimensions, bucket } = cell;
            const { values, pending } = after;
            cells.push({ dimensions, bucket, values, pending, level });
          }
        }
        for (const delta of deltas.values()) {
          const { dimensions, bucket } = delta;
          const after = applyDelta(rollup, null, delta);
          if (after !== null) cells.push({ dimensions, bucket, ...after, level });
        }
        return cells;
      }),
    );
    return levels.flat();
  }

  /** What the tail does to the cells of one level in the given ranges, by `keyOf`. */
  private tailOf(level: Level, ranges: readonly Range[]): Map<string, CellDelta> {
    const deltas = new Map<string, CellDelta>();
    if (this.tail.length === 0) return deltas;
    let netted = this.netted.get(level.granularity);
    if (netted === undefined) {
      const batch = new DeltaBatch(this.rollup, [level]);
      for (const change of this.tail) batch.add(change);
      netted = batch.partitions().flatMap((partition) => partition.cells);
      this.netted.set(level.granularity, netted);
    }
    for (const delta of netted) if (isInside(ranges, delta.bucket)) deltas.set(keyOf(delta), delta);
    return deltas;
  }
}

interface Range {
  from: number | null;
  to: number | null;
}

function rangesByLevel(
  rollup: StoredRollup,
  segments: readonly Segment[],
): { level: Level; ranges: Range[] }[] {
  return rollup.levels.flatMap((level) => {
    const ranges = segments.filter(
      (segment) => segment.kind === "tiles" && segment.level.granularity === level.granularity,
    );
    return ranges.length === 0 ? [] : [{ level, ranges }];
  });
}

/** One read per stretch: ranges whose partitions touch or overlap are read together. */
function tileReads(rollup: StoredRollup, level: Level, ranges: readonly Range[]): TileRead[] {
  const { partition } = level;
  const zone = rollup.timezone;
  const reads = ranges
    .map(({ from, to }): TileRead => ({
      level,
      fromPartition: from === null ? null : bucketStart(partition, zone, from),
      toPartition: to === null ? null : bucketCeiling(partition, zone, to),
    }))
    .sort((a, b) => (a.fromPartition ?? -Infinity) - (b.fromPartition ?? -Infinity));
  const joined: TileRead[] = [];
  for (const read of reads) {
    const last = joined.at(-1);
    const touches =
      last !== undefined && (read.fromPartition ?? -Infinity) <= (last.toPartition ?? Infinity);
    if (!touches) joined.push(read);
    else if (last.toPartition !== null) last.toPartition = read.toPartition;
  }
  return joined;
}

/** The stretches of time that only the source can tell about, neighbours joined. */
function edgesOf(segments: readonly Segment[]): { from: number; to: number }[] {
  const edges: { from: number; to: number }[] = [];
  for (const segment of segments) {
    if (segment.kind !== "facts") continue;
    const last = edges.at(-1);
    if (last !== undefined && last.to === segment.from) last.to = segment.to;
    else edges.push({ from: segment.from, to: segment.to });
  }
  return edges;
}

function isInside(ranges: readonly Range[], t: number): boolean {
  return ranges.some(({ from, to }) => (from === null || t >= from) && (to === null || t < to));
}

function keyOf({ bucket, dimensions }: { bucket: number; dimensions: DimensionValue[] }): string {
  return `${bucket}\0${cellKey(dimensions)}`;
}
