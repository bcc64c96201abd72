/**
 * The app with a builder that somebody forgot to wrap: what its mutations write, no log knows. In a
 * folder of its own, so that lint keeps others from doing the same.
 */
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

const forgetful = `
import { v } from "convex/values";
import { internalMutation, internalQuery } from "./_generated/server";

export const write = internalMutation({
  args: { insert: v.array(v.any()), edit: v.array(v.any()), remove: v.array(v.id("inventoryRecords")) },
  returns: v.null(),
  handler: async (ctx, { insert, edit, remove }) => {
    for (const row of insert) await ctx.db.insert("inventoryRecords", row);
    for (const { id, patch } of edit) await ctx.db.patch("inventoryRecords", id, patch);
    for (const id of remove) {
      if ((await ctx.db.get("inventoryRecords", id)) !== null) {
        await ctx.db.delete("inventoryRecords", id);
      }
    }
    return null;
  },
});

export const page = internalQuery({
  args: { tenantId: v.string(), cursor: v.union(v.string(), v.null()) },
  returns: v.object({ page: v.array(v.any()), isDone: v.boolean(), continueCursor: v.string() }),
  handler: async (ctx, { tenantId, cursor }) => {
    const { page, isDone, continueCursor } = await ctx.db
      .query("inventoryRecords")
      .withIndex("by_tenant", (q) => q.eq("tenantId", tenantId))
      .paginate({ cursor, numItems: 4000 });
    return { page, isDone, continueCursor };
  },
});
`;

/** Lays the app out in a new temporary folder. Remove it with `remove`. */
export async function layOutForgetful(): Promise<{ cwd: string; remove: () => Promise<void> }> {
  const cwd = await mkdtemp(join(tmpdir(), "forgetful-"));
  for (const name of ["convex", "lib"]) {
    await cp(join(root, name), join(cwd, name), { recursive: true });
  }
  for (const name of ["package.json", "tsconfig.json"]) {
    await cp(join(root, name), join(cwd, name));
  }
  await writeFile(join(cwd, "convex/forgetful.ts"), forgetful);
  await symlink(join(root, "node_modules"), join(cwd, "node_modules"));
  return { cwd, remove: () => rm(cwd, { recursive: true, force: true }) };
}
