/**
 * Writing the tiles of a partition to file storage, asked for by the fold worker. The row of the
 * archive is there before the tiles are read, so a change in between marks it stale and the file is
 * dropped. A run that fails leaves the row as it is, and the worker asks again later: folding never
 * waits for it.
 */
import { v } from "convex/values";
import type { TileColumns } from "../../../../lib/tiles/tile.js";
import { internal } from "../_generated/api.js";
import { internalAction, internalMutation, internalQuery } from "../functions.js";
import { mustStoredApp } from "../app/stored.js";
import { mayReadOn } from "../transaction/budget.js";
import { wakeIfIdle } from "../wake/status.js";
import { vDefinition, vGranularity, vTileColumns } from "../schema/validators.js";
import { ArchiveWriter, sha256 } from "./archiveFile.js";
import { dropFile } from "./archives.js";

const request = { archive: v.id("archives"), requestedAt: v.number() };

/** A tile without its place. */
export const vTile = v.object({
  chunk: v.number(),
  directory: v.union(v.null(), v.object({ from: v.array(v.number()), chunk: v.array(v.number()) })),
  ...vTileColumns,
});

/** The next tiles of the partition after chunk `after`; null when the request is not current. */
export const readTiles = internalQuery({
  args: { ...request, after: v.number() },
  returns: v.union(
    v.null(),
    v.object({
      header: v.object({
        rollup: v.string(),
        generation: v.number(),
        granularity: vGranularity,
        partitionStart: v.number(),
        definition: vDefinition,
      }),
      tiles: v.array(vTile),
      more: v.boolean(),
    }),
  ),
  handler: async (ctx, { archive, requestedAt, after }) => {
    const row = await ctx.db.get("archives", archive);
    if (row === null || row.requestedAt !== requestedAt) return null;
    const { tenantId, rollup, generation, granularity, partitionStart } = row;
    const states = await ctx.db
      .query("rollupStates")
      .withIndex("by_tenant_and_cube", (q) =>
        q.eq("tenantId", tenantId).eq("cube", rollup.split(".")[0] ?? ""),
      )
      .collect();
    const state = states.find(
      (one) => `${one.cube}.${one.rollup}` === rollup && one.generation === generation,
    );
    if (state === undefined) return null;
    const range = ctx.db
      .query("rollupTiles")
      .withIndex("by_partition", (q) =>
        q
          .eq("tenantId", tenantId)
          .eq("rollup", rollup)
          .eq("generation", generation)
          .eq("granularity", granularity)
          .eq("partitionStart", partitionStart)
          .gt("chunk", after),
      );
    const header = {
      ...{ rollup, generation, granularity, partitionStart },
      definition: state.definition,
    };
    const app = await mustStoredApp(ctx, tenantId);
    const tiles: TileColumns[] = [];
    for await (const { chunk, directory, dimensions, columns, pending } of range) {
      tiles.push({ chunk, directory, dimensions, columns, pending });
      if (!(await mayReadOn({ ...ctx, app }))) return { header, tiles, more: true };
    }
    return { header, tiles, more: false };
  },
});

/** Writes one archive. */
export const write = internalAction({
  args: request,
  returns: v.null(),
  handler: async (ctx, args) => {
    let writer: ArchiveWriter | null = null;
    let [tiles, cells, after, more] = [0, 0, -1, true];
    while (more) {
      const read: Read = await ctx.runQuery(internal.archives.archive.readTiles, {
        ...args,
        after,
      });
      if (read === null) return null;
      writer ??= new ArchiveWriter(read.header);
      for (const tile of read.tiles) {
        writer.add(tile);
        tiles++;
        cells += cellsOf(tile);
        after = tile.chunk;
      }
      more = read.more;
    }
    if (writer === null) return null;
    const bytes = writer.finish();
    const storageId = await ctx.storage.store(new Blob([bytes], { type: "application/gzip" }));
    await ctx.runMutation(internal.archives.archive.finish, {
      ...args,
      file: { storageId, sha256: await sha256(bytes), bytes: bytes.length, tiles, cells },
    });
    return null;
  },
});

type Read = {
  header: ConstructorParameters<typeof ArchiveWriter>[0];
  tiles: TileColumns[];
  more: boolean;
} | null;

/** Records the file, unless the partition changed while it was read. */
export const finish = internalMutation({
  args: {
    ...request,
    file: v.object({
      storageId: v.id("_storage"),
      sha256: v.string(),
      bytes: v.number(),
      tiles: v.number(),
      cells: v.number(),
    }),
  },
  returns: v.null(),
  handler: async (ctx, { archive, requestedAt, file }) => {
    const row = await ctx.db.get("archives", archive);
    const isCurrent = row !== null && row.requestedAt === requestedAt;
    if (!isCurrent || row.isStale) await dropFile(ctx, file.storageId);
    if (!isCurrent) return null;
    await ctx.db.patch("archives", archive, {
      file: row.isStale ? null : file,
      requestedAt: 0,
    });
    await wakeIfIdle(ctx, row.tenantId, null);
    return null;
  },
});

function cellsOf({ columns }: TileColumns): number {
  return (columns.count ?? []).flat().filter((slot) => slot !== null).length;
}
