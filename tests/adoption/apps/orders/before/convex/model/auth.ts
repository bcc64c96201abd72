import type { Auth } from "convex/server";
import type { Id } from "../_generated/dataModel";
import type { QueryCtx } from "../_generated/server";

type Ctx = Pick<QueryCtx, "db"> & { auth: Auth };

/** The caller, who is a member of the org; throws otherwise. */
export async function requireMember(ctx: Ctx, orgId: Id<"orgs">): Promise<Id<"users">> {
  const identity = await ctx.auth.getUserIdentity();
  if (identity === null) throw new Error("Sign in first.");
  const user = await ctx.db
    .query("users")
    .withIndex("by_token", (q) => q.eq("tokenIdentifier", identity.tokenIdentifier))
    .unique();
  const member =
    user === null
      ? null
      : await ctx.db
          .query("orgMembers")
          .withIndex("by_org_and_user", (q) => q.eq("orgId", orgId).eq("userId", user._id))
          .unique();
  if (member === null) throw new Error("You are not a member of this org.");
  return member.userId;
}
