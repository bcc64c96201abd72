/**
 * Reading an archive back, asked for by the fold worker: the file is checked against its row and the
 * definition of its generation, and its tiles are put below `storedFrom` in pieces. They count when
 * the worker says so; until then nobody reads or folds there.
 */
import { v, type Infer } from "convex/values";
import type { TileColumns } from "../../../../lib/tiles/tile.js";
import { internal } from "../_generated/api.js";
import type { Doc } from "../_generated/dataModel.js";
import type { MutationCtx } from "../app/ctx.js";
import { internalAction, internalMutation, internalQuery } from "../functions.js";
import { wakeIfIdle } from "../wake/status.js";
import { tileDocument } from "../tiles/store.js";
import { vTile } from "./archive.js";
import { archivedTiles, sha256, type ArchiveHeader } from "./archiveFile.js";
import { generationOf } from "../generations/generation.js";

/** Size of the tiles that one mutation puts back, as JSON, about: a small part of what it may write. */
const PIECE_BYTES = 1024 * 1024;

const request = {
  restore: v.id("restores"),
  archive: v.id("archives"),
  requestedAt: v.number(),
};

/** The file to read; null when the request is not current. */
export const find = internalQuery({
  args: request,
  returns: v.union(
    v.null(),
    v.object({
      storageId: v.id("_storage"),
      sha256: v.string(),
      tiles: v.number(),
      header: v.any(),
    }),
  ),
  handler: async (ctx, { restore, archive, requestedAt }) => {
    const row = await ctx.db.get("restores", restore);
    const place = await ctx.db.get("archives", archive);
    const state = row === null ? null : await ctx.db.get("rollupStates", row.state);
    if (row?.status !== "reading" || row.requestedAt !== requestedAt) return null;
    if (state === null || place?.file == null) return null;
    const { rollup, generation, granularity, partitionStart } = place;
    const { storageId, sha256, tiles } = place.file;
    const { definition } = state;
    const header = { rollup, generation, granularity, partitionStart, definition };
    return { storageId, sha256, tiles, header };
  },
});

/** Puts one archive back. */
export const read = internalAction({
  args: request,
  returns: v.null(),
  handler: async (ctx, args) => {
    const found: Found = await ctx.runQuery(internal.archives.restoreFile.find, args);
    if (found === null) return null;
    const refuse = async (message: string) => {
      await ctx.runMutation(internal.archives.restoreFile.refuse, { ...args, message });
      return null;
    };
    const blob = await ctx.storage.get(found.storageId);
    if (blob === null) return await refuse("The file of the archive is gone.");
    const bytes = new Uint8Array(await blob.arrayBuffer());
    if ((await sha256(bytes)) !== found.sha256) {
      return await refuse("The file of the archive is not what was written.");
    }
    let tiles: TileColumns[] = [];
    let [size, count] = [0, 0];
    const put = async () => {
      await ctx.runMutation(internal.archives.restoreFile.put, { ...args, tiles });
      count += tiles.length;
      [tiles, size] = [[], 0];
    };
    const lines = archivedTiles(bytes, found.header);
    for (;;) {
      const next = nextOf(lines);
      if (next === "broken") return await refuse("The file of the archive cannot be read.");
      if (next === null) break;
      tiles.push(next.tile);
      size += next.size;
      if (size >= PIECE_BYTES) await put();
    }
    await put();
    if (count !== found.tiles) return await refuse("The file of the archive lacks tiles.");
    await ctx.runMutation(internal.archives.restoreFile.finish, args);
    return null;
  },
});

type Found = {
  storageId: NonNullable<Doc<"archives">["file"]>["storageId"];
  sha256: string;
  tiles: number;
  header: ArchiveHeader;
} | null;

function nextOf(lines: ReturnType<typeof archivedTiles>) {
  try {
    const { done, value } = lines.next();
    return done === true ? null : value;
  } catch {
    return "broken" as const;
  }
}

type Request = Infer<ReturnType<typeof v.object<typeof request>>>;

/** The restore that waits for this request; null when there is none any more. */
async function current(ctx: Pick<MutationCtx, "db">, { restore, requestedAt }: Request) {
  const row = await ctx.db.get("restores", restore);
  return row?.status === "reading" && row.requestedAt === requestedAt ? row : null;
}

/** Some of the tiles. */
export const put = internalMutation({
  args: { ...request, tiles: v.array(vTile) },
  returns: v.null(),
  handler: async (ctx, { tiles, ...args }) => {
    const row = await current(ctx, args);
    const place = await ctx.db.get("archives", args.archive);
    const state = row === null ? null : await ctx.db.get("rollupStates", row.state);
    if (row === null || place === null || state === null) {
      throw new Error("The restore goes on without this action.");
    }
    const now = ctx.now;
    const generation = generationOf(state);
    for (const tile of tiles) {
      const document = tileDocument(generation, place, place.partitionStart, tile, now);
      await ctx.db.insert("rollupTiles", document);
    }
    if (!row.hasPending && tiles.some(({ pending }) => pending.length > 0)) {
      await ctx.db.patch("restores", row._id, { hasPending: true });
    }
    return null;
  },
});

/** All tiles are there. */
export const finish = internalMutation({
  args: request,
  returns: v.null(),
  handler: async (ctx, args) => {
    const row = await current(ctx, args);
    if (row === null) return null;
    await ctx.db.patch("restores", row._id, { status: "staged" });
    await wakeIfIdle(ctx, row.tenantId, null);
    return null;
  },
});

/** The file is not what it has to be: nothing comes back from it. */
export const refuse = internalMutation({
  args: { ...request, message: v.string() },
  returns: v.null(),
  handler: async (ctx, { message, ...args }) => {
    const row = await current(ctx, args);
    if (row === null) return null;
    const error = { code: "ArchiveCorrupt", message };
    await ctx.db.patch("restores", row._id, { status: "failed", error });
    await wakeIfIdle(ctx, row.tenantId, null);
    return null;
  },
});
