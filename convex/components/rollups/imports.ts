/**
 * Which rows of a file are stored. The app's mutation that stores a batch asks first, in its own transaction: rows and
 * what is known of them are committed together or not at all, so no crash and no repetition doubles or loses one.
 */
import type { ObjectType } from "convex/values";
import type { Doc } from "./_generated/dataModel.js";
import type { MutationCtx } from "./_generated/server.js";
import { fail } from "./errors/errors.js";
import { mutation } from "./functions.js";
import { takeArgs, vTaken } from "./schema/imports.js";

type Asked = ObjectType<typeof takeArgs>;
type Ctx = Pick<MutationCtx, "db">;

/** Refused rows of a file that are kept: more of them are no slips. */
const REFUSED_MAX = 500;

/**
 * Takes a batch on: what is `fresh` of it is to be stored by the caller. No rows ask for the position alone. Throws
 * `ChangedFile`, `OtherReading` or `TooManyRefused`.
 */
export const take = mutation({
  args: takeArgs,
  returns: vTaken,
  handler: async (ctx, asked) =>
    asked.ids === null ? await takeByPosition(ctx, asked) : await takeByIds(ctx, asked, asked.ids),
});

/** One row is read and written, however long the file is. */
async function takeByPosition(ctx: Ctx, asked: Asked) {
  const { key, name, reading, at, refused } = asked;
  const file = await fileOf(ctx, asked);
  const [before, known] = [file?.position ?? 0, file?.refused ?? []];
  const position = Math.max(before, at.at(-1) ?? 0, ...refused.map((row) => row.at));
  const all = [...known, ...refused];
  if (all.length > REFUSED_MAX) {
    fail(
      "TooManyRefused",
      `More than ${REFUSED_MAX} rows are refused: mend the file, or its mapping.`,
    );
  }
  const now = { key, name, reading, position, refused: all };
  if (file === null) await ctx.db.insert("imports", now);
  else if (position > before || refused.length > 0 || before === 0) {
    await ctx.db.replace("imports", file._id, now);
  }
  return { position: before, refused: known, fresh: at.map((row) => row > before) };
}

/** What is known of the file. One that has no row stored yet may change, and be read otherwise. */
async function fileOf(ctx: Ctx, { key, name, reading }: Asked): Promise<Doc<"imports"> | null> {
  const file = await ctx.db
    .query("imports")
    .withIndex("by_key", (q) => q.eq("key", key))
    .unique();
  if (file !== null) {
    if (file.position > 0 && file.reading !== reading) {
      fail("OtherReading", "Rows of this file were imported with other options.");
    }
    return file;
  }
  const namesake = await ctx.db
    .query("imports")
    .withIndex("by_name", (q) => q.eq("name", name))
    .order("desc")
    .first();
  if (namesake !== null && namesake.position > 0) {
    fail("ChangedFile", "A file of this name was imported, and holds something else now.");
  }
  return namesake;
}

/** Two index ranges for each row of the batch, one of them a write. */
async function takeByIds(ctx: Ctx, { key }: Asked, ids: readonly string[]) {
  const fresh: boolean[] = [];
  const seen = new Set<string>();
  const known = await Promise.all(
    ids.map((id) =>
      ctx.db
        .query("importedIds")
        .withIndex("by_key_and_id", (q) => q.eq("key", key).eq("id", id))
        .unique(),
    ),
  );
  for (const [i, id] of ids.entries()) {
    const isFresh = known[i] === null && !seen.has(id);
    seen.add(id);
    fresh.push(isFresh);
    if (isFresh) await ctx.db.insert("importedIds", { key, id });
  }
  return { position: 0, refused: [], fresh };
}
