/**
 * The app with a builder that somebody forgot to wrap: what its mutations write, no log knows. In a
 * folder of its own, so that lint keeps others from doing the same.
 */
import { AppCopy } from "../support/appCopy.js";

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
export async function layOutForgetful(): Promise<AppCopy> {
  const copy = await AppCopy.layOut();
  await copy.write("convex/forgetful.ts", forgetful);
  return copy;
}
