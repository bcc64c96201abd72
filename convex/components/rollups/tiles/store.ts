/**
 * Tile documents: reading a range for an answer, and a write-back cache for a fold, in which each
 * chunk is read at most once and each changed one is written once.
 */
import { RollupsError } from "../../../../lib/errors.js";
import { chunksFor } from "../../../../lib/fold/foldPartition.js";
import type { CellPlace, ChunkLimits, PartitionCells } from "../../../../lib/fold/rewriteCells.js";
import { wallClock } from "../../../../lib/time/calendar.js";
import type { Level } from "../../../../lib/model/rollup.js";
import { rangeOf, SINGLE } from "../../../../lib/tiles/directory.js";
import type { TileColumns } from "../../../../lib/tiles/tile.js";
import type { Doc, Id } from "../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../app/ctx.js";
import { mayReadOn, type Loaded } from "../transaction/budget.js";
import type { Generation } from "../generations/generation.js";

export function chunkLimits({ app }: Pick<QueryCtx, "app">): ChunkLimits {
  return { cellsMax: app.limits.fold.tileCells };
}

/** The tiles of one level whose partitions start in [from, to); null is unbounded. One index range. */
export async function readTiles(
  ctx: Pick<QueryCtx, "db">,
  generation: Generation,
  granularity: Level["granularity"],
  from: number | null,
  to: number | null,
): Promise<{ partitionStart: number; tile: TileColumns }[]> {
  const docs = await tilesOfLevel(ctx, generation, granularity, from, to).collect();
  return docs.map((doc) => ({ partitionStart: doc.partitionStart, tile: toColumns(doc) }));
}

/** The documents of the same tiles, in order of partition and chunk. */
export function tilesOfLevel(
  ctx: Pick<QueryCtx, "db">,
  { tenantId, rollup, generation }: Generation,
  granularity: Level["granularity"],
  from: number | null,
  to: number | null,
) {
  return ctx.db.query("rollupTiles").withIndex("by_partition", (q) => {
    const level = q
      .eq("tenantId", tenantId)
      .eq("rollup", rollup)
      .eq("generation", generation)
      .eq("granularity", granularity);
    const lower = from === null ? level : level.gte("partitionStart", from);
    return to === null ? lower : (lower as typeof level).lt("partitionStart", to);
  });
}

/** The last chunk of the newest partition that starts before `to`; null when there is none. */
export async function lastTile(
  ctx: Pick<QueryCtx, "db">,
  generation: Generation,
  granularity: Level["granularity"],
  to: number | null,
): Promise<Doc<"rollupTiles"> | null> {
  return await tilesOfLevel(ctx, generation, granularity, null, to).order("desc").first();
}

/** Start of the first stored partition of a level at or after `from`; null when there is none. */
export async function firstPartition(
  ctx: Pick<QueryCtx, "db">,
  { tenantId, rollup, generation }: Generation,
  granularity: Level["granularity"],
  from: number | null,
): Promise<number | null> {
  const tile = await ctx.db
    .query("rollupTiles")
    .withIndex("by_partition", (q) => {
      const level = q
        .eq("tenantId", tenantId)
        .eq("rollup", rollup)
        .eq("generation", generation)
        .eq("granularity", granularity);
      return from === null ? level : level.gte("partitionStart", from);
    })
    .first();
  return tile?.partitionStart ?? null;
}

/**
 * Deletes the first of some tiles: one at least, at most `most`, and no more than may be read, as a
 * document is read again to be deleted. Returns them, and whether others may follow.
 */
export async function deleteSome(
  ctx: MutationCtx,
  stored: AsyncIterable<Doc<"rollupTiles">>,
  most: number,
): Promise<{ tiles: Doc<"rollupTiles">[]; more: boolean }> {
  const tiles: Doc<"rollupTiles">[] = [];
  for await (const tile of stored) {
    await ctx.db.delete("rollupTiles", tile._id);
    tiles.push(tile);
    if (tiles.length >= most || !(await mayReadOn(ctx))) return { tiles, more: true };
  }
  return { tiles, more: false };
}

function toColumns(doc: Doc<"rollupTiles">): TileColumns {
  const { chunk, directory, dimensions, columns, pending } = doc;
  return { chunk, directory, dimensions, columns, pending };
}

interface Partition {
  generation: Generation;
  level: Level;
  partitionStart: number;
  /** Chunks that were read, or that a fold made; null where a chunk is missing. */
  chunks: Map<number, { id: Id<"rollupTiles"> | null; tile: TileColumns; dirty: boolean } | null>;
  /** All chunks were read. */
  isWhole: boolean;
  dropped: Id<"rollupTiles">[];
  /** Chunks that the prepared changes write, about. */
  expectedWrites: Set<number>;
}

/** Chunks of a partition that a fold changed. */
export interface PartitionWrite {
  generation: Generation;
  level: Level;
  partitionStart: number;
  put: TileColumns[];
  drop: number[];
}

/** The partitions that one fold touches. Nothing is written before `flush`. */
export class TileCache {
  private readonly partitions = new Map<string, Partition>();
  /**
   * What was read from the database so far, about, what writing the prepared changes will read, as a
   * document that is replaced by its id is read again, and what was computed beside.
   */
  readonly loaded: Loaded = {
    ...{ bytes: 0, documents: 0, ranges: 0, writes: 0 },
    ...{ cells: 0, changes: 0, recoded: 0 },
  };
  private readonly bytesByGeneration = new Map<Generation["rollup"], number>();

  /** When chunks that change are split. */
  readonly chunkLimits: ChunkLimits;

  constructor(private readonly ctx: MutationCtx) {
    this.chunkLimits = chunkLimits(ctx);
  }

  /** All chunks of one partition. Throws `CardinalityExceeded` where they do not all fit. */
  async whole(
    generation: Generation,
    level: Level,
    partitionStart: number,
    fits: () => boolean,
  ): Promise<TileColumns[]> {
    const partition = this.partition(generation, level, partitionStart);
    const isKnown = partition.isWhole;
    if (!(await this.readAll(partition, fits))) throw tooMany(partition);
    const tiles = tilesOf(partition);
    // What is looked at once more is decoded once more.
    if (isKnown) for (const tile of tiles) this.loaded.recoded += estimateBytes(tile);
    return tiles;
  }

  /**
   * Loads the chunks that hold the series of some cells, as long as `fits`; false when something is
   * left to be loaded. Throws `CardinalityExceeded`.
   */
  async load(
    generation: Generation,
    { level, partitionStart, cells }: PartitionCells<CellPlace>,
    fits: () => boolean,
  ): Promise<boolean> {
    const partition = this.partition(generation, level, partitionStart);
    if (!(await this.readFirst(partition, fits))) return false;
    const directory = partition.chunks.get(0)?.tile.directory ?? null;
    if (directory !== null && directory.chunk.length > this.ctx.app.limits.fold.chunks) {
      throw tooMany(partition);
    }
    for (const chunk of chunksFor(directory, cells)) {
      if (!(await this.read(partition, chunk, fits))) return false;
      this.expectWrite(partition, chunk);
    }
    return true;
  }

  /** The same of the chunks that hold series with hashes from `from` on and below `to`. */
  async loadRange(
    generation: Generation,
    level: Level,
    partitionStart: number,
    { from, to }: { from: number; to: number },
    fits: () => boolean,
  ): Promise<boolean> {
    const partition = this.partition(generation, level, partitionStart);
    if (!(await this.readFirst(partition, fits))) return false;
    const directory = partition.chunks.get(0)?.tile.directory ?? SINGLE;
    for (let at = rangeOf(directory, from); at < directory.chunk.length; at++) {
      if ((directory.from[at] as number) >= to) break;
      const chunk = directory.chunk[at] as number;
      if (!(await this.read(partition, chunk, fits))) return false;
      this.expectWrite(partition, chunk);
    }
    return true;
  }

  /** The loaded chunks of one partition. Throws where it was not loaded: it would pass for an empty one. */
  loadedChunks({
    generation,
    level,
    partitionStart,
  }: Pick<Partition, "generation" | "level" | "partitionStart">): TileColumns[] {
    const partition = this.partition(generation, level, partitionStart);
    if (!partition.isWhole && !partition.chunks.has(0)) {
      throw new Error(`${keyOf(partition)} is changed before it is loaded.`);
    }
    return tilesOf(partition);
  }

  /** The rollup that takes the most room, for lack of which not even one change could be folded. */
  largestRollup(): string | null {
    let largest: string | null = null;
    for (const [rollup, bytes] of this.bytesByGeneration) {
      if (bytes > (this.bytesByGeneration.get(largest ?? "") ?? -1)) largest = rollup;
    }
    return largest;
  }

  /** Takes over the result of folding one loaded partition. */
  apply(write: PartitionWrite): void {
    const partition = this.partition(write.generation, write.level, write.partitionStart);
    for (const tile of write.put) {
      const known = partition.chunks.get(tile.chunk);
      partition.chunks.set(tile.chunk, { id: known?.id ?? null, tile, dirty: true });
    }
    for (const chunk of write.drop) {
      const known = partition.chunks.get(chunk);
      if (known?.id) partition.dropped.push(known.id);
      partition.chunks.set(chunk, null);
    }
  }

  /** A cheap upper estimate of what `flush` will write. */
  dirtyBytes(): number {
    let bytes = 0;
    for (const partition of this.partitions.values()) {
      for (const chunk of partition.chunks.values()) {
        if (chunk?.dirty === true) bytes += estimateBytes(chunk.tile);
      }
    }
    return bytes;
  }

  /** How many documents `flush` will write or delete. */
  dirtyCount(): number {
    let count = 0;
    for (const partition of this.partitions.values()) {
      count += partition.dropped.length;
      for (const chunk of partition.chunks.values()) if (chunk?.dirty === true) count++;
    }
    return count;
  }

  /** Changed partitions that hold extremes to be read again. */
  pendingPartitions(): Pick<Partition, "generation" | "level" | "partitionStart">[] {
    return [...this.partitions.values()].filter(({ chunks }) =>
      [...chunks.values()].some((chunk) => chunk?.dirty === true && chunk.tile.pending.length > 0),
    );
  }

  /** Writes every changed chunk once. All are issued together: a replace reads what it replaces. */
  async flush(now: number): Promise<void> {
    const writes: Promise<unknown>[] = [];
    for (const { generation, level, partitionStart, dropped, chunks } of this.partitions.values()) {
      writes.push(...dropped.map((id) => this.ctx.db.delete("rollupTiles", id)));
      for (const chunk of chunks.values()) {
        if (chunk?.dirty !== true) continue;
        const { id, tile } = chunk;
        const doc = tileDocument(generation, level, partitionStart, tile, now);
        writes.push(
          id === null
            ? this.ctx.db.insert("rollupTiles", doc)
            : this.ctx.db.replace("rollupTiles", id, doc),
        );
      }
    }
    await Promise.all(writes);
  }

  private expectWrite(partition: Partition, chunk: number): void {
    if (partition.expectedWrites.has(chunk)) return;
    partition.expectedWrites.add(chunk);
    this.loaded.writes++;
    const stored = partition.chunks.get(chunk);
    if (stored?.id != null) this.loaded.bytes += estimateBytes(stored.tile);
  }

  private partition(generation: Generation, level: Level, partitionStart: number): Partition {
    const key = keyOf({ generation, level, partitionStart });
    let partition = this.partitions.get(key);
    if (partition === undefined) {
      partition = {
        generation,
        level,
        partitionStart,
        chunks: new Map(),
        isWhole: false,
        dropped: [],
        expectedWrites: new Set(),
      };
      this.partitions.set(key, partition);
    }
    return partition;
  }

  /** Reads chunk 0, which has the directory; what somebody left of a partition without it, whole. */
  private async readFirst(partition: Partition, fits: () => boolean): Promise<boolean> {
    if (partition.isWhole || partition.chunks.has(0)) return true;
    if (!fits()) return false;
    this.loaded.ranges++;
    const doc = await this.range(partition, null).first();
    if (doc === null) partition.isWhole = true;
    else if (doc.chunk === 0) this.take(partition, doc);
    else return await this.readAll(partition, fits);
    return true;
  }

  /** Reads all chunks, counting that each may be replaced; false when they do not fit any more. */
  private async readAll(partition: Partition, fits: () => boolean): Promise<boolean> {
    if (partition.isWhole) return true;
    this.loaded.ranges++;
    for await (const doc of this.range(partition, null)) {
      if (!fits()) return false;
      this.loaded.bytes += this.take(partition, doc);
      this.loaded.writes++;
    }
    partition.isWhole = true;
    return true;
  }

  /** Reads one chunk unless it is known; false when it does not fit any more. */
  private async read(partition: Partition, chunk: number, fits: () => boolean): Promise<boolean> {
    if (partition.isWhole || partition.chunks.has(chunk)) return true;
    if (!fits()) return false;
    this.loaded.ranges++;
    const doc = await this.range(partition, chunk).first();
    if (doc === null) partition.chunks.set(chunk, null);
    else this.take(partition, doc);
    return true;
  }

  /** Keeps a chunk as it is stored, unless a changed one is kept already. Returns its size, about. */
  private take(partition: Partition, doc: Doc<"rollupTiles">): number {
    const tile = toColumns(doc);
    const bytes = estimateBytes(tile);
    if (partition.chunks.has(doc.chunk)) return bytes;
    partition.chunks.set(doc.chunk, { id: doc._id, tile, dirty: false });
    this.loaded.bytes += bytes;
    this.loaded.documents++;
    const { rollup } = partition.generation;
    this.bytesByGeneration.set(rollup, (this.bytesByGeneration.get(rollup) ?? 0) + bytes);
    return bytes;
  }

  /** One chunk of a partition, or all. */
  private range({ generation, level, partitionStart }: Partition, chunk: number | null) {
    return this.ctx.db.query("rollupTiles").withIndex("by_partition", (q) => {
      const partition = q
        .eq("tenantId", generation.tenantId)
        .eq("rollup", generation.rollup)
        .eq("generation", generation.generation)
        .eq("granularity", level.granularity)
        .eq("partitionStart", partitionStart);
      return chunk === null ? partition : partition.eq("chunk", chunk);
    });
  }
}

/** A tile as it is stored. */
export function tileDocument(
  { tenantId, rollup, generation, definition }: Generation,
  { granularity }: Pick<Level, "granularity">,
  partitionStart: number,
  tile: TileColumns,
  updatedAt: number,
) {
  const period = wallClock(definition.timezone, partitionStart).slice(0, 10);
  const place = { tenantId, rollup, generation, granularity, partitionStart, period };
  return { ...place, ...tile, updatedAt };
}

function tilesOf({ chunks }: Partition): TileColumns[] {
  return [...chunks.values()].flatMap((chunk) => (chunk === null ? [] : [chunk.tile]));
}

function tooMany({ generation, level, partitionStart }: Partition): RollupsError {
  const { rollup } = generation;
  return new RollupsError(
    "CardinalityExceeded",
    `${rollup} holds too many combinations of dimension values in one partition`,
    { rollup, granularity: level.granularity, partitionStart },
  );
}

function keyOf(place: { generation: Generation; level: Level; partitionStart: number }): string {
  const { generation, level, partitionStart } = place;
  return `${generation.rollup}#${generation.generation}/${level.granularity}/${partitionStart}`;
}

/** Document overhead, and what a value of each kind takes at most in Convex's size rules. */
const DOCUMENT_BYTES = 320;
const NUMBER_BYTES = 9;

/** Tiles do not change: folding makes new ones. The budget is looked at after every slice. */
const estimates = new WeakMap<TileColumns, number>();

function estimateBytes(tile: TileColumns): number {
  let bytes = estimates.get(tile);
  if (bytes === undefined) estimates.set(tile, (bytes = sumBytes(tile)));
  return bytes;
}

function sumBytes(tile: TileColumns): number {
  let bytes = DOCUMENT_BYTES;
  for (const values of Object.values(tile.dimensions)) {
    for (const value of values) {
      bytes += typeof value === "string" ? value.length * 2 + 2 : NUMBER_BYTES;
    }
  }
  if (tile.directory !== null) bytes += tile.directory.from.length * 2 * NUMBER_BYTES;
  for (const series of Object.values(tile.columns)) {
    for (const slots of series) {
      bytes += 2;
      for (const slot of slots) {
        if (typeof slot === "string") bytes += slot.length + 2;
        else bytes += slot === null ? 1 : NUMBER_BYTES;
      }
    }
  }
  return bytes;
}
