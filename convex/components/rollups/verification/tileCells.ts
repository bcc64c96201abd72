/**
 * Reading the cells of a stretch of tiles, as many as one step may: whole partitions, one after the
 * other; or, of a stretch that is too large for one step, those of a range of series at a time.
 */
import { RollupsError } from "../../../../lib/errors.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { decodeTile } from "../../../../lib/tiles/codec.js";
import { rangeOf, seriesHash, SINGLE } from "../../../../lib/tiles/directory.js";
import type { Cell, TileColumns } from "../../../../lib/tiles/tile.js";
import { bucketCeiling, bucketStart, nextBucket } from "../../../../lib/time/calendar.js";
import type { Granularity } from "../../../../lib/time/granularity.js";
import type { Doc } from "../_generated/dataModel.js";
import type { QueryCtx } from "../app/ctx.js";
import { firstPartition } from "../tiles/store.js";
import type { Generation } from "../generations/generation.js";

type Ctx = Pick<QueryCtx, "db" | "meta" | "app">;

/** What is to be read: buckets from `from` on and before `to`, null being unbounded, in some levels. */
export interface Stretch {
  generation: Generation;
  levels: readonly Level[];
  /** Where a stretch may be cut in time: between these buckets. */
  grain: Granularity;
  from: number | null;
  to: number | null;
}

export interface CellsRead {
  /** Parallel to the levels. All cells of [from, upTo), of series with hashes in [hash, hashTo). */
  cells: Cell[][];
  upTo: number | null;
  /** Null where the series are read to their end. */
  hashTo: number | null;
  /** Some tile does not have the form of its rollup. */
  isBroken: boolean;
}

/** Hashes of series are below it. */
const HASHES = 2 ** 53;

/** Reads on from `hash`, which is 0 unless the stretch was cut by series. Some index ranges per level. */
export async function readCells(ctx: Ctx, stretch: Stretch, hash: number): Promise<CellsRead> {
  if (hash > 0) return await readSeries(ctx, stretch, stretch.from ?? 0, hash);
  const { generation, levels, from, to } = stretch;
  const zone = generation.definition.timezone;
  const read = new Reading(stretch);
  const before = await bytesRead(ctx);
  let first = Infinity;
  let cut = Infinity;
  for (const [i, level] of levels.entries()) {
    let documents = 0;
    for await (const doc of tilesOf(ctx, stretch, level)) {
      const { partitionStart } = doc;
      first = Math.min(first, partitionStart);
      if (partitionStart >= cut) break;
      const isLooked = ++documents % 8 === 0;
      if (
        isWide(ctx, doc) ||
        (isLooked && (await bytesRead(ctx)) - before > ctx.app.limits.verification.tileBytes)
      ) {
        cut = partitionStart;
        break;
      }
      read.add(i, partitionStart, doc);
    }
  }
  if (cut === Infinity) return read.result(to, null);
  const begin = bucketStart(stretch.grain, zone, Math.max(first, from ?? -Infinity));
  const upTo = bucketStart(stretch.grain, zone, cut);
  if (upTo > begin && upTo > (from ?? -Infinity)) return read.result(upTo, null);
  // There is nothing before the first partition.
  if (from === null || begin > from) return new Reading(stretch).result(begin, null);
  return await readSeries(ctx, stretch, begin, 0);
}

/** One bucket of the grain, in as many ranges of series as it takes. */
async function readSeries(
  ctx: Ctx,
  stretch: Stretch,
  begin: number,
  hash: number,
): Promise<CellsRead> {
  const { generation, levels, grain, to } = stretch;
  const zone = generation.definition.timezone;
  const end = nextBucket(grain, zone, bucketStart(grain, zone, begin));
  const upTo = to === null ? end : Math.min(end, to);
  const partitions: { index: number; level: Level; start: number; first: Doc<"rollupTiles"> }[] =
    [];
  let chunks = 0;
  for (const [index, level] of levels.entries()) {
    const { partition, granularity } = level;
    let start = await firstPartition(
      ctx,
      generation,
      granularity,
      bucketStart(partition, zone, begin),
    );
    while (start !== null && start < upTo) {
      const first = await chunkAt(ctx, generation, level, start, null);
      if (first === null) break;
      partitions.push({ index, level, start, first });
      chunks += (first.directory ?? SINGLE).chunk.length;
      start = await firstPartition(
        ctx,
        generation,
        granularity,
        nextBucket(partition, zone, start),
      );
    }
  }
  const width = Math.ceil(
    (HASHES * ctx.app.limits.verification.chunksPerStep) / Math.max(1, chunks),
  );
  const hashTo = Math.min(HASHES, hash + width);
  const read = new Reading({ ...stretch, to: upTo }, { from: hash, to: hashTo });
  for (const { index, level, start, first } of partitions) {
    // What is left of a partition whose first chunk is gone has no directory.
    if (first.chunk !== 0) {
      for await (const doc of chunksOf(ctx, generation, level, start)) read.add(index, start, doc);
      continue;
    }
    const directory = first.directory ?? SINGLE;
    for (let at = rangeOf(directory, hash); at < directory.chunk.length; at++) {
      if ((directory.from[at] as number) >= hashTo) break;
      const chunk = directory.chunk[at] as number;
      const doc = chunk === 0 ? first : await chunkAt(ctx, generation, level, start, chunk);
      if (doc !== null) read.add(index, start, doc);
    }
  }
  return read.result(upTo, hashTo === HASHES ? null : hashTo);
}

/** Cells as they are read, of the buckets and series that are asked for. */
class Reading {
  private readonly cells: Cell[][];
  private isBroken = false;

  constructor(
    private readonly stretch: Stretch,
    private readonly hashes: { from: number; to: number } | null = null,
  ) {
    this.cells = stretch.levels.map(() => []);
  }

  add(index: number, partitionStart: number, tile: TileColumns): void {
    const { generation, levels, from, to } = this.stretch;
    const level = levels[index] as Level;
    try {
      let dimensions: Cell["dimensions"] | null = null;
      let isMine = true;
      for (const cell of decodeTile(generation.definition, level, partitionStart, tile)) {
        if ((from !== null && cell.bucket < from) || (to !== null && cell.bucket >= to)) continue;
        // Cells of one series come one after the other and share their dimensions.
        if (cell.dimensions !== dimensions) {
          dimensions = cell.dimensions;
          isMine = this.isAsked(dimensions);
        }
        if (isMine) this.cells[index]?.push(cell);
      }
    } catch (error) {
      if (!(error instanceof RollupsError)) throw error;
      this.isBroken = true;
    }
  }

  private isAsked(dimensions: Cell["dimensions"]): boolean {
    if (this.hashes === null) return true;
    const hash = seriesHash(dimensions);
    return hash >= this.hashes.from && hash < this.hashes.to;
  }

  result(upTo: number | null, hashTo: number | null): CellsRead {
    const cells =
      upTo === null
        ? this.cells
        : this.cells.map((some) => some.filter(({ bucket }) => bucket < upTo));
    return { cells, upTo, hashTo, isBroken: this.isBroken };
  }
}

/** Whether a partition begins that one step does not read whole. */
function isWide(ctx: Ctx, { directory }: Pick<Doc<"rollupTiles">, "directory">): boolean {
  return directory !== null && directory.chunk.length > ctx.app.limits.verification.chunksPerStep;
}

function tilesOf(ctx: Ctx, { generation, from, to }: Stretch, { granularity, partition }: Level) {
  const zone = generation.definition.timezone;
  const { tenantId, rollup } = generation;
  return ctx.db.query("rollupTiles").withIndex("by_partition", (q) => {
    const level = q
      .eq("tenantId", tenantId)
      .eq("rollup", rollup)
      .eq("generation", generation.generation)
      .eq("granularity", granularity);
    const lower =
      from === null ? level : level.gte("partitionStart", bucketStart(partition, zone, from));
    if (to === null) return lower;
    return (lower as typeof level).lt("partitionStart", bucketCeiling(partition, zone, to));
  });
}

function chunksOf(
  ctx: Ctx,
  { tenantId, rollup, generation }: Generation,
  { granularity }: Level,
  partitionStart: number,
) {
  return ctx.db
    .query("rollupTiles")
    .withIndex("by_partition", (q) =>
      q
        .eq("tenantId", tenantId)
        .eq("rollup", rollup)
        .eq("generation", generation)
        .eq("granularity", granularity)
        .eq("partitionStart", partitionStart),
    );
}

/** One chunk; the first that is there where `chunk` is null. */
async function chunkAt(
  ctx: Ctx,
  { tenantId, rollup, generation }: Generation,
  { granularity }: Level,
  partitionStart: number,
  chunk: number | null,
): Promise<Doc<"rollupTiles"> | null> {
  return await ctx.db
    .query("rollupTiles")
    .withIndex("by_partition", (q) => {
      const partition = q
        .eq("tenantId", tenantId)
        .eq("rollup", rollup)
        .eq("generation", generation)
        .eq("granularity", granularity)
        .eq("partitionStart", partitionStart);
      return chunk === null ? partition : partition.eq("chunk", chunk);
    })
    .first();
}

async function bytesRead(ctx: Pick<QueryCtx, "meta">): Promise<number> {
  return (await ctx.meta.getTransactionMetrics()).bytesRead.used;
}
