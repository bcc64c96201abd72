import { v } from "convex/values";
import type { Id } from "./_generated/dataModel";
import { internalMutation } from "./_generated/server";

/** Two orgs, and members of the first. */
export const seed = internalMutation({
  args: { members: v.array(v.string()) },
  handler: async (ctx, { members }) => {
    const orgs: Id<"orgs">[] = [];
    for (const name of ["One", "Two"]) orgs.push(await ctx.db.insert("orgs", { name }));
    for (const tokenIdentifier of members) {
      const userId = await ctx.db.insert("users", { tokenIdentifier });
      await ctx.db.insert("orgMembers", { orgId: orgs[0]!, userId });
    }
    return orgs;
  },
});
