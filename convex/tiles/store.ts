/**
 * Tile documents: reading a range for an answer, and a write-back cache for a fold, in which each
 * partition is read once and each changed chunk is written once.
 */
import { RollupsError } from "../../lib/errors";
import { wallClock } from "../../lib/time/calendar";
import type { Level, StoredRollup } from "../../lib/model/rollup";
import type { TileColumns } from "../../lib/tiles/tile";
import type { Doc, Id } from "../_generated/dataModel";
import type { MutationCtx, QueryCtx } from "../_generated/server";
import { PARTITION_BYTES_MAX } from "../fold/limits";

/** One generation of one rollup of one tenant. */
export interface Generation {
  tenantId: string;
  /** "cube.rollup". */
  rollup: string;
  generation: number;
  definition: StoredRollup;
}

/** How a rollup is named in tiles: its cube and its own name. */
export const rollupKey = (definition: StoredRollup) => `${definition.cube}.${definition.name}`;

/** The tiles of one level whose partitions start in [from, to); null is unbounded. One index range. */
export async function readTiles(
  ctx: Pick<QueryCtx, "db">,
  { tenantId, rollup, generation }: Generation,
  granularity: Level["granularity"],
  from: number | null,
  to: number | null,
): Promise<{ partitionStart: number; tile: TileColumns }[]> {
  const docs = await ctx.db
    .query("rollupTiles")
    .withIndex("by_partition", (q) => {
      const level = q
        .eq("tenantId", tenantId)
        .eq("rollup", rollup)
        .eq("generation", generation)
        .eq("granularity", granularity);
      const lower = from === null ? level : level.gte("partitionStart", from);
      return to === null ? lower : (lower as typeof level).lt("partitionStart", to);
    })
    .collect();
  return docs.map((doc) => ({ partitionStart: doc.partitionStart, tile: toColumns(doc) }));
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

function toColumns(doc: Doc<"rollupTiles">): TileColumns {
  const { chunk, dimensions, columns, pending } = doc;
  return { chunk, dimensions, columns, pending };
}

interface Partition {
  generation: Generation;
  level: Level;
  partitionStart: number;
  chunks: Map<number, { id: Id<"rollupTiles"> | null; tile: TileColumns; dirty: boolean }>;
  dropped: Id<"rollupTiles">[];
  /** Chunks that the prepared changes may write, at most. */
  expectedWrites: number;
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
   * What was read from the database so far, about, and how many documents the prepared changes may
   * write: writing one by its id reads it too.
   */
  readonly loaded = { bytes: 0, documents: 0, ranges: 0, writes: 0 };
  private readonly bytesByGeneration = new Map<Generation["rollup"], number>();

  constructor(private readonly ctx: MutationCtx) {}

  /** The chunks of one partition, read from the database the first time. */
  async chunks(
    generation: Generation,
    level: Level,
    partitionStart: number,
  ): Promise<TileColumns[]> {
    const partition = await this.load(generation, level, partitionStart);
    return [...partition.chunks.values()].map(({ tile }) => tile);
  }

  has(generation: Generation, level: Level, partitionStart: number): boolean {
    return this.partitions.has(keyOf({ generation, level, partitionStart }));
  }

  /** Loads a partition of which a change will touch so many cells. */
  async expect(
    generation: Generation,
    level: Level,
    partitionStart: number,
    cells: number,
  ): Promise<void> {
    const partition = await this.load(generation, level, partitionStart);
    const known = partition.expectedWrites;
    // One chunk more than there are: a full one may split.
    partition.expectedWrites = Math.min(partition.chunks.size + 1, known + cells);
    this.loaded.writes += partition.expectedWrites - known;
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
    const partition = this.partitions.get(keyOf(write));
    if (partition === undefined) throw new Error("A partition is loaded before it is written.");
    for (const tile of write.put) {
      const known = partition.chunks.get(tile.chunk);
      partition.chunks.set(tile.chunk, { id: known?.id ?? null, tile, dirty: true });
    }
    for (const chunk of write.drop) {
      const known = partition.chunks.get(chunk);
      if (known?.id) partition.dropped.push(known.id);
      partition.chunks.delete(chunk);
    }
  }

  /** A cheap upper estimate of what `flush` will write. */
  dirtyBytes(): number {
    let bytes = 0;
    for (const partition of this.partitions.values()) {
      for (const { tile, dirty } of partition.chunks.values()) {
        if (dirty) bytes += estimateBytes(tile);
      }
    }
    return bytes;
  }

  /** How many documents `flush` will write or delete. */
  dirtyCount(): number {
    let count = 0;
    for (const partition of this.partitions.values()) {
      count += partition.dropped.length;
      for (const { dirty } of partition.chunks.values()) if (dirty) count++;
    }
    return count;
  }

  /** Changed partitions that hold extremes to be read again. */
  pendingPartitions(): Pick<Partition, "generation" | "level" | "partitionStart">[] {
    return [...this.partitions.values()].filter(({ chunks }) =>
      [...chunks.values()].some(({ tile, dirty }) => dirty && tile.pending.length > 0),
    );
  }

  /** Writes every changed chunk once. */
  async flush(now: number): Promise<void> {
    for (const partition of this.partitions.values()) {
      const { generation, level, partitionStart } = partition;
      for (const id of partition.dropped) await this.ctx.db.delete("rollupTiles", id);
      for (const { id, tile, dirty } of partition.chunks.values()) {
        if (!dirty) continue;
        const doc = {
          tenantId: generation.tenantId,
          rollup: generation.rollup,
          generation: generation.generation,
          granularity: level.granularity,
          partitionStart,
          period: wallClock(generation.definition.timezone, partitionStart).slice(0, 10),
          ...tile,
          updatedAt: now,
        };
        if (id === null) await this.ctx.db.insert("rollupTiles", doc);
        else await this.ctx.db.replace("rollupTiles", id, doc);
      }
    }
  }

  private async load(
    generation: Generation,
    level: Level,
    partitionStart: number,
  ): Promise<Partition> {
    const key = keyOf({ generation, level, partitionStart });
    const known = this.partitions.get(key);
    if (known !== undefined) return known;
    const docs = await this.ctx.db
      .query("rollupTiles")
      .withIndex("by_partition", (q) =>
        q
          .eq("tenantId", generation.tenantId)
          .eq("rollup", generation.rollup)
          .eq("generation", generation.generation)
          .eq("granularity", level.granularity)
          .eq("partitionStart", partitionStart),
      )
      .collect();
    const bytes = docs.reduce((sum, doc) => sum + estimateBytes(toColumns(doc)), 0);
    this.loaded.bytes += bytes;
    this.loaded.documents += docs.length;
    this.loaded.ranges++;
    const held = this.bytesByGeneration.get(generation.rollup) ?? 0;
    this.bytesByGeneration.set(generation.rollup, held + bytes);
    if (bytes > PARTITION_BYTES_MAX) {
      throw new RollupsError(
        "CardinalityExceeded",
        `${generation.rollup} holds too many combinations of dimension values in one partition`,
        { rollup: generation.rollup, granularity: level.granularity, partitionStart, bytes },
      );
    }
    const partition: Partition = {
      generation,
      level,
      partitionStart,
      chunks: new Map(
        docs.map((doc) => [doc.chunk, { id: doc._id, tile: toColumns(doc), dirty: false }]),
      ),
      dropped: [],
      expectedWrites: 0,
    };
    this.partitions.set(key, partition);
    return partition;
  }
}

function keyOf(place: { generation: Generation; level: Level; partitionStart: number }): string {
  const { generation, level, partitionStart } = place;
  return `${generation.rollup}#${generation.generation}/${level.granularity}/${partitionStart}`;
}

/** Document overhead, and what a value of each kind takes at most in Convex's size rules. */
const DOCUMENT_BYTES = 320;
const NUMBER_BYTES = 9;

function estimateBytes(tile: TileColumns): number {
  let bytes = DOCUMENT_BYTES;
  for (const values of Object.values(tile.dimensions)) {
    for (const value of values) {
      bytes += typeof value === "string" ? value.length * 2 + 2 : NUMBER_BYTES;
    }
  }
  for (const series of Object.values(tile.columns)) {
    for (const slots of series) {
      bytes += 2;
      for (const slot of slots) bytes += slot === null ? 1 : NUMBER_BYTES;
    }
  }
  return bytes;
}
