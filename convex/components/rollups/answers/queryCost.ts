/**
 * Refusing a query whose tiles one transaction cannot read, before reading them. Most segments cannot
 * hold many cells by their declared cardinalities. Of the others a few tiles are looked at, and from
 * those the number and size of all is estimated.
 */
import { getConvexSize } from "convex/values";
import { RollupsError } from "../../../../lib/errors.js";
import type { RollupPlan } from "../../../../lib/planner/planQuery.js";
import type { Segment } from "../../../../lib/tiles/cover.js";
import { bucketStart, meanLengthMs } from "../../../../lib/time/calendar.js";
import { DAY_MS } from "../../../../lib/time/civil.js";
import type { QueryCtx } from "../app/ctx.js";
import type { Generation } from "../generations/generation.js";

/** Segments of at most this many cells, shared among ranges, are not looked at: some megabytes if every cell is in use. */
const SURE_CELLS = 100_000;
/** Cells of numbers that one sketch may be as long as: 128 KB, some millions of distinct values. */
const SKETCH_CELLS = 2048;
/** Length of history that an unbounded range is taken to have. */
const HISTORY_MS = 10 * 365 * DAY_MS;
/** Half of what a transaction may read: the log's tail, edges and re-read extremes need the rest. */
export const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
/** A quarter of what a transaction may scan. */
export const ANSWER_DOCUMENTS_MAX = 8000;

type TileSegment = Extract<Segment, { kind: "tiles" }>;

/** What an answer, or one range of it, is to be read from. */
export interface Reading {
  generation: Generation;
  plan: RollupPlan;
}

/**
 * Throws `QueryTooLarge` with estimate and bound where all readings of one answer together would be
 * too much. At most four documents per large segment are read.
 */
export async function mustAfford(
  ctx: Pick<QueryCtx, "db">,
  readings: readonly Reading[],
): Promise<void> {
  const sure = SURE_CELLS / readings.length;
  const large = readings.flatMap(({ generation, plan }) =>
    plan.segments.flatMap((segment) =>
      segment.kind === "tiles" && cellsAtMost(plan, segment) > sure
        ? [{ generation, segment }]
        : [],
    ),
  );
  if (large.length === 0) return;
  const sizes = await Promise.all(
    large.map(({ generation, segment }) => estimate(ctx, generation, segment)),
  );
  const documents = sizes.reduce((sum, size) => sum + size.documents, 0);
  const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
  if (documents <= ANSWER_DOCUMENTS_MAX && bytes <= ANSWER_BYTES_MAX) return;
  throw new RollupsError(
    "QueryTooLarge",
    "The answer would read too much; ask for a shorter range, a coarser granularity or fewer dimensions.",
    {
      documents,
      documentsMax: ANSWER_DOCUMENTS_MAX,
      bytes,
      bytesMax: ANSWER_BYTES_MAX,
      rollup: [...new Set(large.map(({ generation }) => generation.rollup))].join(", "),
    },
  );
}

/** Buckets by combinations of dimension values, all of them in use, and sketches as long as they get. */
function cellsAtMost({ rollup }: RollupPlan, { level, from, to }: TileSegment): number {
  const length = from === null || to === null ? HISTORY_MS : to - from;
  const sketches = rollup.accumulators.filter(({ kind }) => kind === "hll" || kind === "ddSketch");
  return rollup.dimensions.reduce(
    (cells, { cardinality }) => cells * cardinality,
    (length / meanLengthMs[level.granularity]) * (1 + sketches.length * SKETCH_CELLS),
  );
}

/** Tiles of a segment: as many partitions as lie between its first and last one, of average size. */
async function estimate(
  ctx: Pick<QueryCtx, "db">,
  generation: Generation,
  { level, from, to }: TileSegment,
): Promise<{ documents: number; bytes: number }> {
  const { timezone } = generation.definition;
  const { granularity, partition } = level;
  const low = from === null ? null : bucketStart(partition, timezone, from);
  const tiles = (until: number | null) =>
    ctx.db.query("rollupTiles").withIndex("by_partition", (q) => {
      const all = q
        .eq("tenantId", generation.tenantId)
        .eq("rollup", generation.rollup)
        .eq("generation", generation.generation)
        .eq("granularity", granularity);
      const after = low === null ? all : all.gte("partitionStart", low);
      return until === null ? after : (after as typeof all).lt("partitionStart", until);
    });
  const [first, last] = await Promise.all([tiles(to).first(), tiles(to).order("desc").first()]);
  if (first === null || last === null) return { documents: 0, bytes: 0 };
  const span = last.partitionStart - first.partitionStart;
  const partitions = 1 + Math.round(span / meanLengthMs[partition]);
  const between = await Promise.all(
    partitions < 3
      ? []
      : [1, 2].map((third) =>
          tiles(first.partitionStart + Math.ceil((span * third) / 3) + 1)
            .order("desc")
            .first(),
        ),
  );
  // The last chunk of a partition tells how many there are.
  const ends = [last, ...between].filter((tile) => tile !== null);
  const chunks = ends.reduce((sum, { chunk }) => sum + chunk + 1, 0) / ends.length;
  const documents = Math.ceil(partitions * chunks);
  // Not as full as the fullest: quiet weeks have small tiles, and what is too much after all is refused.
  const sampled = [first, ...ends].map((tile) => getConvexSize(tile));
  const mean = sampled.reduce((sum, bytes) => sum + bytes, 0) / sampled.length;
  return { documents, bytes: Math.ceil(documents * mean) };
}
