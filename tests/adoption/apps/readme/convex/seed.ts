import { v } from "convex/values";
import { internalMutation } from "./_generated/server";

export const org = internalMutation({
  args: { token: v.string() },
  handler: async (ctx, { token }) => {
    const orgId = await ctx.db.insert("orgs", { name: "Acme" });
    await ctx.db.insert("members", { orgId, token });
    return orgId;
  },
});
