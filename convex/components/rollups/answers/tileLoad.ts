/** What a stretch of tiles holds, told by a few of them. */
import { getConvexSize } from "convex/values";
import {
  shortName,
  type MemberFilter,
  type NormalizedQuery,
} from "../../../../lib/query/normalizedQuery.js";
import type { CompiledQuery } from "../../../../lib/query/compile.js";
import type { Segment } from "../../../../lib/tiles/cover.js";
import { bucketStart, meanLengthOf, meanLengthMs } from "../../../../lib/time/calendar.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import type { Generation } from "../generations/generation.js";

export type TileSegment = Extract<Segment, { kind: "tiles" }>;
type Tile = Pick<Doc<"rollupTiles">, "dimensions" | "columns">;

/** What one segment holds, about. */
export interface Load {
  documents: number;
  bytes: number;
  /** Combinations of the queried dimensions' values, and those by buckets of the query. */
  series: number;
  groups: number;
  spanMs: number;
}

/** Tiles of a segment: as many partitions as lie between its first and last one, of average size. */
export async function loadOf(
  ctx: Pick<QueryCtx, "db">,
  { generation, compiled: { query } }: { generation: Generation; compiled: CompiledQuery },
  { level, from, to }: TileSegment,
): Promise<Load> {
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
  if (first === null || last === null) {
    return { documents: 0, bytes: 0, series: 0, groups: 0, spanMs: 0 };
  }
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
  const sampled = [...new Map([first, ...ends].map((tile) => [tile._id, tile])).values()];
  const mean = (of: (tile: Doc<"rollupTiles">) => number) =>
    sampled.reduce((sum, tile) => sum + of(tile), 0) / sampled.length;
  const filters = filtersOf(generation, query);
  const count = (tile: Tile, slots: number) => groupsIn(tile, query, filters, slots);
  const perBucket =
    query.time?.granularity == null
      ? Infinity
      : meanLengthOf(query.time.granularity) / meanLengthMs[granularity];
  return {
    documents,
    bytes: Math.ceil(documents * mean(getConvexSize)),
    series: chunks * Math.max(...sampled.map((tile) => count(tile, Infinity))),
    groups: documents * mean((tile) => count(tile, perBucket)),
    spanMs: partitions * meanLengthMs[partition],
  };
}

/** The query's filters that list texts as tiles hold them: of sets and numbers they hold other forms. */
function filtersOf({ definition }: Generation, { filters }: NormalizedQuery): MemberFilter[] {
  return filters.filter((filter): filter is MemberFilter => {
    if (!("member" in filter)) return false;
    const { member, operator } = filter;
    const dimension = definition.dimensions.find(({ name }) => name === shortName(member));
    const isText = dimension?.type === "string" || dimension?.type === "strings";
    return isText && (operator === "equals" || operator === "in");
  });
}

/**
 * Combinations of the queried dimensions' values in one tile, times the query's buckets that each has a record in.
 * `slots` of the tile make up one of them.
 */
function groupsIn(
  { dimensions, columns }: Tile,
  query: NormalizedQuery,
  filters: readonly MemberFilter[],
  slots: number,
): number {
  const names = query.dimensions.map(shortName);
  const found = new Set<string>();
  (columns["count"] ?? []).forEach((counts, series) => {
    const passes = filters.every(({ member, values }) =>
      (values as unknown[]).includes(dimensions[shortName(member)]?.[series] ?? null),
    );
    if (!passes) return;
    const key = JSON.stringify(names.map((name) => dimensions[name]?.[series] ?? null));
    counts.forEach((count, slot) => {
      if (count !== null) found.add(`${slots === Infinity ? 0 : Math.floor(slot / slots)} ${key}`);
    });
  });
  return found.size;
}
